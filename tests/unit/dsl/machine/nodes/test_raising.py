from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from weft.dsl.machine.inputs import RunStarted, Trigger
from weft.dsl.machine.program import RaiseSpec, Source
from weft.dsl.machine.step import step


def raised(told: Callable[..., Any], error: Any, value: Any = None, **root: Any) -> Any:
    return told([{"r": {"raise": {"error": error}}}], value, **root).told().fault


def test_in_line(told: Callable[..., Any]) -> None:
    found = raised(told, {"type": "https://x/y", "status": 418, "title": "T ${ .n }", "detail": "d"}, {"n": 1})
    assert (found.kind, found.status, found.title, found.detail, found.instance) == (
        "https://x/y",
        418,
        "T 1",
        "d",
        "/do/0/r",
    )


def test_by_name_and_canonical(told: Callable[..., Any]) -> None:
    errors = {"late": {"type": "https://serverlessworkflow.io/spec/1.0.0/errors/timeout", "status": 408}}
    found = raised(told, "late", use={"errors": errors})
    assert (found.kind, found.status) == ("timeout", 408)


def test_parts_of_the_wrong_type(told: Callable[..., Any]) -> None:
    found = raised(told, {"type": "https://x/y", "status": 400, "title": "${ [1] }"})
    assert (found.kind, found.status) == ("validation", 400)


@pytest.mark.parametrize(
    ("given", "kind", "status"), [(True, "validation", 400), (5000, "validation", 400), ("418", "u", 418)]
)
def test_status(program: Callable[..., Any], given: Any, kind: str, status: int) -> None:
    made = program([{"r": {"raise": {"error": {"type": "u:u", "status": 400}}}}])
    source = Source(lambda value, names, budget: given)
    kinds = Source(lambda value, names, budget: "u")
    node = msgspec.structs.replace(made.nodes[0], spec=RaiseSpec(kinds, source))
    made = msgspec.structs.replace(made, nodes=(node,))
    started = RunStarted(seq=1, at=1, job="j", run="r", seed=b"s", identity=made.identity, trigger=Trigger("request"))
    found = step(made, None, started)[0].fault
    assert found is not None and (found.kind, found.status) == (kind, status)
