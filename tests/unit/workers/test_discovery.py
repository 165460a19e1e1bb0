"""Discovery in a child process."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.ports.workers import DeployFailed
from weft.workers.discovery import discover
from weft.workers.environment import Environments
from weft_adapter.manifest import Manifest

Make = Callable[..., Path]


def cause(tmp_path: Path, sdk: Path, archive: Path, seconds: float = 30.0) -> str:
    with pytest.raises(DeployFailed) as caught:
        Environments(tmp_path / "root", sdk, import_seconds=seconds).install(archive, "test.kit.v1.0.0")
    assert [item.name for item in (tmp_path / "root/test.kit.v1.0.0").iterdir()] == []
    return caught.value.details[0]


def test_activities_with_schemas_ordered_by_id(tmp_path: Path, sdk: Path, make: Make) -> None:
    found = Environments(tmp_path / "root", sdk).install(make(), "test.kit.v1.0.0")
    assert [item.name for item in found.activities] == ["Crash", "Echo", "Stuck", "Until", "Where"]
    assert found.activities[1].input_schema == {"type": "object"}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("import there_is_no_such_module", "ModuleNotFoundError"),
        ("x = 1", "no function"),
        ("import os; os._exit(0)", "ended the process"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended the process"),
        ("raise SystemExit('bye')", "SystemExit"),
        ("x = bytearray(8 << 30)", "MemoryError"),
    ],
)
def test_the_cause_of_a_failure(tmp_path: Path, sdk: Path, make: Make, source: str, text: str) -> None:
    assert text in cause(tmp_path, sdk, make(source))


def test_an_import_that_does_not_end_is_ended(tmp_path: Path, sdk: Path, make: Make) -> None:
    assert "longer than" in cause(tmp_path, sdk, make("import threading; threading.Event().wait()"), 1.0)


def test_a_lying_package_is_not_believed(tmp_path: Path, sdk: Path, make: Make) -> None:
    lie = (
        "import os, sys\nfd = int(sys.orig_argv[sys.orig_argv.index('--fd') + 1])\n"
        'os.write(fd, b\'{"activities": [{"id": "other.kit.v1.0.0.f.X", "adapterId": "other.kit.v1.0.0", '
        '"packageName": "f", "name": "X"}]}\')\nos._exit(0)\n'
    )
    assert "calls itself" in cause(tmp_path, sdk, make(lie))


def test_an_interpreter_that_is_not_there(tmp_path: Path) -> None:
    manifest = Manifest("test", "kit", "1.0.0", "test_kit")
    with pytest.raises(DeployFailed):
        discover(tmp_path / "python", manifest, tmp_path)
    with pytest.raises(DeployFailed):
        discover(Path(sys.executable), manifest, tmp_path)
