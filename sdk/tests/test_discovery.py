"""Discovery of an adapter's activities."""

import os
import sys
from pathlib import Path

import msgspec
import pytest

from weft_adapter.discovery import Discovered, discover, main


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    package = tmp_path / "discovered_here"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text("from weft_adapter import activity\n@activity\ndef get() -> dict:\n    return {}\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    for name in [name for name in sys.modules if name.startswith("discovered_here")]:
        monkeypatch.delitem(sys.modules, name)
    return "discovered_here"


def test_the_answer_goes_to_the_descriptor(module: str) -> None:
    reading, writing = os.pipe()
    assert main(["--fd", str(writing), module, "a.b.v1.0.0"]) == 0
    with os.fdopen(reading, "rb") as pipe:
        found = msgspec.json.decode(pipe.read(), type=Discovered)
    assert [item.id for item in found.activities] == ["a.b.v1.0.0.one.Get"]
    assert not found.error


def test_the_cause_is_told() -> None:
    assert "cannot be imported" in discover("no_such_package_anywhere", "a.b.v1.0.0").error
