from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.program import DONE, END
from weft.dsl.v10.lists import items_of

S: dict[str, Any] = {"set": {"k": 1}}


@pytest.mark.parametrize(
    ("then", "follows"), [(None, 1), ("continue", 1), ("exit", DONE), ("end", END), ("c", 2), ("a", 0)]
)
def test_then(compiled: Callable[..., Any], then: Any, follows: int) -> None:
    first = S if then is None else {**S, "then": then}
    program = compiled([{"a": first}, {"b": S}, {"c": S}]).program
    assert program.nodes[0].next == follows
    assert (program.nodes[0].skip, program.nodes[2].next) == (1, DONE)


def test_duplicates_and_unknown_targets(codes: Callable[..., Any]) -> None:
    found = codes([{"a": S}, {"a": {**S, "then": "zz"}}])
    assert ("name-duplicate", "/do/1/a") in found
    assert ("scope-target", "/do/1/a/then") in found


def test_names_of_other_lists_are_no_targets(codes: Callable[..., Any]) -> None:
    assert ("scope-target", "/do/0/d/do/0/i/then") in codes([{"d": {"do": [{"i": {**S, "then": "o"}}]}}, {"o": S}])


def test_unreachable(codes: Callable[..., Any]) -> None:
    found = codes([{"a": {**S, "then": "c"}}, {"b": S}, {"c": S}])
    assert [x for x in found if x[0] == "unreachable"] == [("unreachable", "/do/1/b")]
    conditional = codes([{"a": {**S, "if": ".x", "then": "c"}}, {"b": S}, {"c": S}])
    assert not [x for x in conditional if x[0] == "unreachable"]
    switch = {"switch": [{"x": {"when": ".x", "then": "b"}}], "then": "c"}
    assert not [x for x in codes([{"a": switch}, {"b": S}, {"c": S}]) if x[0] == "unreachable"]


def test_malformed_items_are_left_to_the_schema_stage() -> None:
    assert items_of([{"a": 1}, 5, {"b": 1, "c": 2}, {}, None]) == [(0, "a", 1)]
    assert items_of("x") == []


def test_positions_are_pointers(compiled: Callable[..., Any]) -> None:
    program = compiled([{"a/b~c": S}]).program
    assert program.positions == {"/do/0/a~1b~0c": 0}
