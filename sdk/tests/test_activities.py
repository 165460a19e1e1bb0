"""Marking and collecting activities."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from weft_adapter import ActivityContext, activity
from weft_adapter.activities import Activity, AdapterError, collect, mark_of
from weft_adapter.schemas import InputInvalid
from weft_adapter.testing import FakeWorker


@dataclass
class AllocateInput:
    pool: str
    length: int = 24


def ready(function: Callable[..., Any]) -> Activity:
    return Activity(function, "acme.ipam.v1.2.0", "prefix")


CONTEXT = ActivityContext(FakeWorker())


def test_ids_names_and_descriptions() -> None:
    @activity
    def free_prefix(input: dict, ctx: ActivityContext) -> dict:
        """Give one back.

        More.
        """
        return {}

    info = ready(free_prefix).info
    assert (info.id, info.name, info.package_name) == ("acme.ipam.v1.2.0.prefix.FreePrefix", "FreePrefix", "prefix")
    assert info.description == "Give one back."
    assert info.input_schema == {"type": "object"}
    assert info.idempotent is False


def test_given_name_description_schemas_and_idempotence() -> None:
    @activity(name="Go", description="d", input_schema={"type": "object", "required": ["a"]},
              output_schema={"type": "string"}, idempotent=True)  # fmt: skip
    async def run(input, ctx):  # type: ignore[no-untyped-def]
        return ""

    made = ready(run)
    assert made.is_async
    assert (made.info.name, made.info.description, made.info.idempotent) == ("Go", "d", True)
    assert made.info.output_schema == {"type": "string"}
    with pytest.raises(InputInvalid):
        made.arguments({}, CONTEXT)
    assert made.arguments({"a": 1}, CONTEXT) == {"input": {"a": 1}, "ctx": CONTEXT}


def test_a_dataclass_input_is_checked_and_made() -> None:
    @activity
    def allocate(input: AllocateInput) -> dict:
        return {}

    made = ready(allocate)
    assert made.arguments({"pool": "lab", "unknown": 1}, CONTEXT) == {"input": AllocateInput("lab", 24)}
    with pytest.raises(InputInvalid, match="pool"):
        made.arguments(None, CONTEXT)
    with pytest.raises(InputInvalid, match="length"):
        made.arguments({"pool": "x", "length": "y"}, CONTEXT)


def test_an_untyped_input_is_any_object() -> None:
    @activity
    def look(input, ctx: ActivityContext):  # type: ignore[no-untyped-def]
        return {}

    assert ready(look).arguments(None, CONTEXT)["input"] == {}
    with pytest.raises(InputInvalid):
        ready(look).arguments([1], CONTEXT)


def test_a_function_may_take_only_the_context_or_nothing() -> None:
    @activity
    def one(context: ActivityContext) -> dict:
        return {}

    @activity
    def none() -> dict:
        return {}

    assert ready(one).arguments({}, CONTEXT) == {"context": CONTEXT}
    assert ready(none).arguments({}, CONTEXT) == {}


def test_bad_signatures_and_names_are_refused() -> None:
    @activity
    def two(first: dict, second: dict) -> dict:
        return {}

    @activity
    def spread(*all: dict) -> dict:
        return {}

    @activity
    def odd(input: object) -> dict:
        return {}

    for function in (two, spread, odd):
        with pytest.raises(AdapterError):
            ready(function)
    with pytest.raises(ValueError, match="activity name"):
        activity(name="a.b")(lambda: None)
    with pytest.raises(AdapterError, match="not marked"):
        ready(lambda: None)
    assert mark_of(len) is None


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, str]], str]:
    def write(modules: dict[str, str]) -> str:
        name = f"collected_{abs(hash(tmp_path)) % 10**9}"
        place = tmp_path / name
        place.mkdir()
        for module, text in {"__init__": "", **modules}.items():
            (place / f"{module}.py").write_text("from weft_adapter import activity\n" + text)
        monkeypatch.syspath_prepend(str(tmp_path))
        for loaded in [item for item in sys.modules if item.startswith(name)]:
            monkeypatch.delitem(sys.modules, loaded)
        return name

    return write


ONE = "@activity\ndef get() -> dict:\n    return {}\n"


def test_collect_takes_each_module_as_a_feature(package: Callable[[dict[str, str]], str]) -> None:
    name = package({"alpha": ONE, "beta": ONE + "from .alpha import get as other\n"})
    assert sorted(collect(name, "a.b.v1.0.0")) == ["a.b.v1.0.0.alpha.Get", "a.b.v1.0.0.beta.Get"]


@pytest.mark.parametrize(
    ("modules", "text"),
    [
        ({"alpha": "import no_such_module_here"}, "alpha cannot be imported: ModuleNotFoundError"),
        ({"alpha": "raise SystemExit(3)"}, "alpha cannot be imported: SystemExit"),
        ({"alpha": ONE + "@activity(name='Get')\ndef other() -> dict:\n    return {}\n"}, "two activities"),
        ({"alpha": "x = 1"}, "no function"),
        ({"__init__": ONE}, "module of its own"),
    ],
)
def test_what_makes_a_package_unusable(
    package: Callable[[dict[str, str]], str], modules: dict[str, str], text: str
) -> None:
    with pytest.raises(AdapterError, match=text):
        collect(package(modules), "a.b.v1.0.0")


def test_a_missing_package_is_an_adapter_error() -> None:
    with pytest.raises(AdapterError, match="cannot be imported"):
        collect("no_such_package_at_all", "a.b.v1.0.0")
