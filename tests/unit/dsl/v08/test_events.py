"""Consumed events and placements."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.expr import Budget, ExpressionFault
from weft.dsl.v08.events import event_in, placement, target_path
from weft.dsl.v08.lowering import Lowering

Make = Callable[..., Lowering]


def test_a_definition(lowering: Make) -> None:
    rules = [{"contextAttributeName": "a"}, {"contextAttributeName": "b", "contextAttributeValue": "${ .x }"}]
    made = lowering(events=[{"name": "e", "type": "t", "source": "*", "dataOnly": False, "correlation": rules}])
    event = event_in("e", "/x", made)
    assert event is not None
    assert (event.type, event.source, event.data_only) == ("t", "", False)
    assert [(rule.name, rule.value is None) for rule in event.correlation] == [("a", True), ("b", False)]
    assert event_in("e", "/y", made) is event
    assert list(made.consumed) == ["e"]
    assert event_in("no", "/y", made) is None
    assert [(p.code, p.pointer) for p in made.draft.problems] == [("ref-event", "/y")]


def test_placements(lowering: Make) -> None:
    made = lowering()
    body = {"actionDataFilter": {"useResults": False, "results": ".r", "toStateData": '${ .a["b c"][0] }'}}
    found = placement(body, "actionDataFilter", "/a", made, "x-output")
    assert (found.use, found.path, found.name, found.targeted) == (False, ("a", "b c", 0), "x-output", True)
    assert not placement({}, "actionDataFilter", "/a", made, "x").targeted


def test_paths(lowering: Make) -> None:
    made = lowering()
    computed = target_path(".list[.n]", "/p", made)
    assert computed is not None
    assert computed.path is None
    assert computed.computed is not None
    assert target_path(".a + 1", "/p", made) is None
    assert [(p.code, p.pointer) for p in made.draft.problems] == [("expression-path", "/p")]
    assert target_path(None, "/p", made) is None


def test_in_cwm_a_target_that_is_no_path_is_told_and_fails_when_it_is_used(compiled: Callable[..., Any]) -> None:
    action = {"functionRef": "f", "actionDataFilter": {"toStateData": ".a + 1"}}
    state = {"name": "s", "type": "operation", "actions": [action], "end": True}
    program, problems = compiled([state], "cwm")
    assert program is not None, problems
    assert [(p.severity, p.code) for p in problems if p.code == "expression-path"] == [("warning", "expression-path")]
    [place] = [node.spec.place for node in program.nodes if node.kind == "action"]
    with pytest.raises(ExpressionFault, match="no path"):
        place.computed.one({"a": 1}, (), Budget())
