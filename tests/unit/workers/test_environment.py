"""Installations: atomic, offline, one beside the other."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.ports.workers import DeployFailed, PackageInvalid
from weft.workers.children import run
from weft.workers.environment import Environments

Make = Callable[..., Path]
ID = "test.kit.v1.0.0"
USES = """
import tinydep
from weft_adapter import activity
@activity(description=tinydep.WORD)
def get() -> dict:
    return {}
"""


def wheel(name: str = "tinydep", requires: str = "", files: dict[str, str] | None = None) -> bytes:
    raw = io.BytesIO()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n" + (
        f"Requires-Dist: {requires}\n" if requires else ""
    )
    with zipfile.ZipFile(raw, "w") as out:
        for path, text in (files or {"tinydep.py": "WORD = 'vendored'\n"}).items():
            out.writestr(path, text)
        out.writestr(f"{name}-1.0.dist-info/METADATA", metadata)
        out.writestr(f"{name}-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        out.writestr(f"{name}-1.0.dist-info/RECORD", "")
    return raw.getvalue()


@pytest.fixture
def environments(tmp_path: Path, sdk: Path) -> Environments:
    return Environments(tmp_path / "root", sdk)


def test_a_vendored_wheel_is_installed_without_a_network(environments: Environments, make: Make) -> None:
    wheels = {"wheels/tinydep-1.0-py3-none-any.whl": wheel(requires="httpx")}
    found = environments.install(make(USES, extra=wheels), ID)
    assert found.activities[0].description == "vendored"


def test_the_adapters_own_packages_come_before_the_sdk(environments: Environments, make: Make, tmp_path: Path) -> None:
    own = wheel("h11", files={"h11/__init__.py": "OWN = True\n"})
    environments.install(make(extra={"wheels/h11-1.0-py3-none-any.whl": own}), ID)
    installation = environments.find(ID)
    assert installation is not None
    code = "import h11, msgspec, weft_adapter, test_kit; print(h11.OWN, msgspec.__file__)"
    ran = run([str(installation.python), "-I", "-c", code], tmp_path, 20)
    assert ran.output.startswith("True ")
    assert "weft-sdk" in ran.output


def test_a_wheel_whose_needs_are_missing_fails_and_leaves_the_previous_installation(
    environments: Environments, make: Make, tmp_path: Path
) -> None:
    first = environments.install(make(), ID)
    wheels = {"wheels/tinydep-1.0-py3-none-any.whl": wheel(requires="not-there-at-all")}
    with pytest.raises(DeployFailed, match="vendored packages") as caught:
        environments.install(make(USES, extra=wheels), ID)
    assert "not-there-at-all" in caught.value.details[0]
    kept = environments.find(ID)
    assert kept is not None and kept.adapter == first
    assert len([item for item in (tmp_path / "root" / ID).iterdir() if item.name != "current"]) == 1


def test_a_broken_package_leaves_the_previous_installation(environments: Environments, make: Make) -> None:
    first = environments.install(make(), ID)
    with pytest.raises(DeployFailed):
        environments.install(make("raise ValueError('no')"), ID)
    kept = environments.find(ID)
    assert kept is not None and kept.adapter == first


def test_a_new_installation_replaces_and_keeps_one_before_it(
    environments: Environments, make: Make, tmp_path: Path
) -> None:
    homes = []
    for word in ("one", "two", "three"):
        environments.install(
            make(f"from weft_adapter import activity\n@activity\ndef {word}() -> dict:\n    return {{}}\n"), ID
        )
        installation = environments.find(ID)
        assert installation is not None
        assert installation.adapter.activities[0].name == word.capitalize()
        homes.append(installation.home)
    assert [home.exists() for home in homes] == [False, True, True]


def test_the_archive_must_hold_the_adapter_that_was_named(environments: Environments, make: Make) -> None:
    with pytest.raises(PackageInvalid, match=r"test\.kit\.v1\.0\.0"):
        environments.install(make(), "test.kit.v2.0.0")
    assert environments.find("test.kit.v2.0.0") is None


@pytest.mark.parametrize("adapter_id", ["../x", "a.b", "a.b.v1", "a/b.c.v1.0.0", ""])
def test_ids_are_checked_before_they_become_paths(environments: Environments, adapter_id: str, tmp_path: Path) -> None:
    with pytest.raises(PackageInvalid):
        environments.find(adapter_id)
    with pytest.raises(PackageInvalid):
        environments.install(tmp_path / "none", adapter_id)


def test_removal(environments: Environments, make: Make, tmp_path: Path) -> None:
    environments.install(make(), ID)
    environments.remove(ID)
    environments.remove(ID)
    assert environments.find(ID) is None
    assert list((tmp_path / "root").iterdir()) == []
