"""Placements on a live run."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import compile_expr
from weft.dsl.machine.commands import Record
from weft.dsl.machine.core import Raised, Turn
from weft.dsl.machine.inputs import Identity, Trigger
from weft.dsl.machine.merge import MISSING
from weft.dsl.machine.placing import placed, selected
from weft.dsl.machine.program import Node, Program, RunSpec, Source
from weft.dsl.machine.rules import CWM, V08, Rules
from weft.dsl.machine.state import ROOT_SCOPE, Origin, RunState, Scope, Token
from weft.dsl.machine.states import Placement


def turn_of(rules: Rules) -> tuple[Turn, Token]:
    program = Program("d", rules.dialect, Identity("a"), (Node(0, "state", "/states/0"),), 0, rules, RunSpec())
    state = RunState(
        machine="1.0", program="d", job="j", run="r", seed=b"", origin=Origin(Identity("a"), Trigger("request"), 0)
    )
    turn = Turn(program, state, 0)
    turn.scopes[ROOT_SCOPE] = Scope(ROOT_SCOPE, -1, 0, 0)
    return turn, Token(2, ROOT_SCOPE, 0)


def put(place: Placement, data: Any, value: Any, rules: Rules = V08) -> Any:
    turn, token = turn_of(rules)
    return placed(turn, token, place, data, value)


def computed(text: str) -> Placement:
    expression = compile_expr(text).result
    return Placement(computed=expression, source=Source(expression.one))


def test_where_results_go() -> None:
    assert put(Placement(), {"a": 1}, {"b": 2}) == {"a": 1, "b": 2}
    assert put(Placement(name="x-output"), {}, 5) == {"x-output": 5}
    assert put(Placement(path=("a", "b")), {}, 5) == {"a": {"b": 5}}
    assert put(computed(".a[.k]"), {"k": "x", "a": {"x": [1]}}, [2]) == {"k": "x", "a": {"x": [1, 2]}}
    assert put(Placement(), {"a": 1}, MISSING) == {"a": 1}


def test_assignment() -> None:
    assert put(Placement(path=("a",), assign=True), {"a": {"x": 1}}, {"y": 2}) == {"a": {"y": 2}}
    assert put(Placement(path=("a",), assign=True), {"a": [1]}, {"y": 2}) == {"a": {"y": 2}}


def test_kinds_that_do_not_merge() -> None:
    with pytest.raises(Raised) as raised:
        put(Placement(path=("a",)), {"a": [1]}, {"k": 1})
    assert (raised.value.fault.kind, raised.value.fault.status, raised.value.fault.code) == (
        "runtime",
        500,
        "MERGE_TYPE",
    )
    turn, token = turn_of(CWM)
    assert placed(turn, token, Placement(path=("a",)), {"a": [1]}, {"k": 1}) == {"a": {"k": 1}}
    assert [command.type for command in turn.out if isinstance(command, Record)] == ["merge.type"]


def test_selection() -> None:
    turn, token = turn_of(V08)
    first = Placement(select=Source(compile_expr(".x").result.one))
    assert selected(turn, token, first, {"x": 1}) == 1
    assert selected(turn, token, Placement(use=False), 1) is MISSING
    assert selected(turn, token, Placement(), 1) == 1
