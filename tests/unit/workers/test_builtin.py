"""The adapters that come with the server."""

import importlib.util
from pathlib import Path

import pytest

from weft.workers.archive import read_manifest
from weft.workers.builtin import DIRECTORY, BuiltinMissing, archives
from weft_adapter.author import test as check

ROOT = Path(__file__).resolve().parents[3]
IDS = ["cisco.nso.v1.0.3", "generic.rest.v2.0.0"]


def build_into(target: Path) -> list[Path]:
    spec = importlib.util.spec_from_file_location("build_builtin", ROOT / "tools/build_builtin.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build_all(ROOT, target)


def test_each_is_built_under_its_id_and_the_same_each_time(tmp_path: Path) -> None:
    (tmp_path / "old.tar.gz").write_bytes(b"stale")
    build_into(tmp_path)
    found = archives(tmp_path)
    assert [path.name.removesuffix(".tar.gz") for path in found] == IDS
    assert [read_manifest(path).adapter_id for path in found] == IDS
    before = [path.read_bytes() for path in found]
    build_into(tmp_path)
    assert [path.read_bytes() for path in archives(tmp_path)] == before


def test_missing_archives_say_how_to_build_them(tmp_path: Path) -> None:
    with pytest.raises(BuiltinMissing, match="build_builtin"):
        archives(tmp_path)
    assert DIRECTORY.parts[-2:] == ("app", "builtin")


@pytest.mark.parametrize(
    ("name", "activities"),
    [
        ("generic.rest", ["Delete", "Get", "Head", "Patch", "Post", "Put"]),
        ("cisco.nso", ["Delete", "Get", "Patch", "Post", "Put"]),
    ],
)
def test_their_own_tests_pass(name: str, activities: list[str]) -> None:
    report = check(ROOT / "adapters" / name)
    assert report.ok, report.output
    assert report.output.count(".") > len(activities)
    assert sorted(item.name for item in report.activities) == activities
