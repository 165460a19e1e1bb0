"""The SDK directory."""

import sys
from pathlib import Path

import pytest

from weft.workers import sdk_dir
from weft.workers.children import run


def test_it_holds_all_that_an_adapter_needs(sdk: Path, tmp_path: Path) -> None:
    code = (
        f"import sys; sys.path.append({str(sdk)!r})\n"
        "import weft_adapter.testing, weft_adapter.manifest, weft_adapter.worker.process, httpx, yaml, jsonschema_rs\n"
        "print({m.__file__.startswith(sys.path[-1]) for m in (weft_adapter, httpx, yaml, jsonschema_rs)})"
    )
    ran = run([sys.executable, "-I", "-S", "-c", code], tmp_path, 30)
    assert ran.output == "{True}"


def test_it_is_made_once_and_again_after_a_change(tmp_path: Path) -> None:
    place = sdk_dir.ensure(tmp_path / "sdk")
    made = (place / sdk_dir.STAMP).stat().st_ino
    assert (sdk_dir.ensure(place) / sdk_dir.STAMP).stat().st_ino == made
    (place / sdk_dir.STAMP).write_text("older")
    assert (sdk_dir.ensure(place) / sdk_dir.STAMP).stat().st_ino != made
    assert [item.name for item in tmp_path.iterdir()] == ["sdk"]


def test_one_that_an_installation_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "sdk/weft_adapter").mkdir(parents=True)
    assert sdk_dir.ensure(tmp_path / "sdk") == tmp_path / "sdk"
    assert [item.name for item in (tmp_path / "sdk").iterdir()] == ["weft_adapter"]


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sdk_dir, "REQUIRED", ("no-such-distribution",))
    with pytest.raises(sdk_dir.SdkMissing, match="no-such-distribution"):
        sdk_dir.ensure(tmp_path / "sdk")
