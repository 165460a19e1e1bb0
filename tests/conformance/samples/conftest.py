"""The sample definitions, what is expected of them, and a stand-in for the files they refer to."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"


class StubResources:
    """Answers every URI with definitions of all the names that the document uses, so that references resolve."""

    def __init__(self, doc: Any) -> None:
        self.doc = doc

    def resolve(self, uri: str) -> Any:
        if "function" in uri:
            names = [*_named(self.doc, "refName"), *_named(self.doc, "functionRef")]
            return [{"name": name, "operation": "https://h/api.json#op"} for name in dict.fromkeys(names)]
        if "event" in uri:
            keys = ("eventRef", "triggerEventRef", "resultEventRef", "eventRefs", "event")
            names = [name for key in keys for name in _named(self.doc, key)]
            return [{"name": name, "type": name, "source": "/s"} for name in dict.fromkeys(names)]
        return {}


def _named(value: Any, key: str) -> Iterator[str]:
    """All texts at `key`, alone or in lists, wherever it is."""
    if isinstance(value, list):
        for item in value:
            yield from _named(item, key)
    if isinstance(value, dict):
        found = value.get(key)
        yield from [name for name in (found if isinstance(found, list) else [found]) if isinstance(name, str)]
        for item in value.values():
            yield from _named(item, key)


@pytest.fixture(scope="session")
def expected() -> dict[str, dict[str, list[str]]]:
    """Per folder and file the codes of the errors that must be found; files that are not listed have none."""
    return json.loads((DATA / "expected.json").read_text("utf-8"))


@pytest.fixture(scope="session")
def stub_resources() -> Callable[[Any], StubResources]:
    return StubResources


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "sample" in metafunc.fixturenames:
        files = sorted(path for path in DATA.glob("*/*") if path.suffix in (".json", ".yaml"))
        metafunc.parametrize("sample", files, ids=[f"{path.parent.name}/{path.name}" for path in files])
