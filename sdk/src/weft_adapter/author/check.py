"""`test`: does the adapter load, and do its own tests pass?"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import msgspec

from weft_adapter.activities import ActivityInfo
from weft_adapter.author.archive import BuildError, read_directory
from weft_adapter.discovery import Discovered

DISCOVERY_SECONDS = 60
TEST_SECONDS = 1_800


class Report(msgspec.Struct):
    """What `test` saw. `ok` is true if the adapter loads and its tests, if it has any, pass; `output` is for people."""

    ok: bool
    adapter_id: str
    activities: list[ActivityInfo]
    output: str


def test(path: Path) -> Report:
    """Check the manifest, import the package in a child process, run `tests/` (pytest if installed, else unittest).

    Raises BuildError if the manifest cannot be used or the package offers no activities.
    """
    manifest = read_directory(path)
    environment = _environment(path)
    found = _discover(manifest.module, manifest.adapter_id, environment)
    if found.error:
        raise BuildError(found.error)
    if not (path / "tests").is_dir():
        return Report(True, manifest.adapter_id, found.activities, "the adapter loads; it has no tests/")
    runner = ["pytest", "-q", "tests"] if importlib.util.find_spec("pytest") else ["unittest", "discover", "tests"]
    done = subprocess.run(
        [sys.executable, "-m", *runner],
        cwd=path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=TEST_SECONDS,
    )
    return Report(done.returncode == 0, manifest.adapter_id, found.activities, done.stdout)


# A test runner that imports this module for its own tests must not take the function for a test.
test.__test__ = False  # pyright: ignore[reportFunctionMemberAccess]


def _environment(path: Path) -> dict[str, str]:
    """The author's environment, with the adapter's sources and this SDK importable."""
    own = Path(__file__).resolve().parents[2]
    places = [str(path.resolve() / "src"), str(own), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(place for place in places if place)}


def _discover(module: str, adapter_id: str, environment: dict[str, str]) -> Discovered:
    reading, writing = os.pipe()
    try:
        child = subprocess.Popen(
            [sys.executable, "-m", "weft_adapter.discovery", "--fd", str(writing), module, adapter_id],
            env=environment,
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as answer, child:
        try:
            _, errors = child.communicate(timeout=DISCOVERY_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
            raise BuildError(f"{module} was not imported within {DISCOVERY_SECONDS} s") from None
        text = answer.read()
    try:
        return msgspec.json.decode(text, type=Discovered)
    except msgspec.DecodeError:
        last = errors.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise BuildError(f"importing {module} ended the process: {last[0]}") from None
