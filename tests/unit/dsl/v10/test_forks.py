from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.program import DONE

S = {"set": {"k": 1}}


def test_branches(compiled: Callable[..., Any]) -> None:
    program = compiled(
        [{"x": {"fork": {"branches": [{"a": S}, {"b": {**S, "then": "exit"}}], "compete": True}}}]
    ).program
    spec = program.nodes[0].spec
    assert spec.race and [program.nodes[k].position for k in spec.branches] == [
        "/do/0/x/fork/branches/0/a",
        "/do/0/x/fork/branches/1/b",
    ]
    assert [program.nodes[k].next for k in spec.branches] == [DONE, DONE]
    assert all(program.nodes[k].parent == 0 for k in spec.branches)


def test_no_way_to_siblings_or_outside(codes: Callable[..., Any]) -> None:
    found = codes(
        [{"x": {"fork": {"branches": [{"a": {**S, "then": "b"}}, {"b": {**S, "then": "y"}}, {"b": S}]}}}, {"y": S}]
    )
    assert ("fork-sibling", "/do/0/x/fork/branches/0/a/then") in found
    assert ("scope-target", "/do/0/x/fork/branches/1/b/then") in found
    assert ("name-duplicate", "/do/0/x/fork/branches/2/b") in found
