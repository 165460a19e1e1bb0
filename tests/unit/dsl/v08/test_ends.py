"""Exits, produced events, going on as a new run."""

from __future__ import annotations

from collections.abc import Callable

from weft.dsl.machine.program import DONE
from weft.dsl.v08.ends import event_out, lower_exit
from weft.dsl.v08.lowering import Lowering

Make = Callable[..., Lowering]


def test_exits_are_numbered(lowering: Make) -> None:
    made = lowering()
    ways = [
        lower_exit({"transition": "s"}, "/a", made),
        lower_exit({"end": {"terminate": True, "produceEvents": [{"eventRef": "e", "data": ".x"}]}}, "/b", made),
        lower_exit({}, "/c", made),
    ]
    assert [way.index for way in ways] == [0, 1, 2]
    assert made.exits == ways
    assert [(way.target, way.terminate) for way in ways] == [(0, False), (DONE, True), (DONE, False)]
    assert [event.name for event in ways[1].produce] == ["e"]


def test_continue_as(lowering: Make) -> None:
    made = lowering()
    target = {"workflowId": "w", "version": "2", "data": {"k": "${ .k }"}, "workflowExecTimeout": {"duration": "PT1H"}}
    way = lower_exit({"end": {"continueAs": target, "terminate": False}}, "/a", made)
    assert way.terminate
    assert way.proceed is not None
    assert way.proceed.timeout is not None
    assert (way.proceed.identity.name, way.proceed.timeout.ms) == ("w", 3_600_000)
    assert [(p.code, p.severity, p.pointer) for p in made.draft.problems] == [
        ("no-effect", "warning", "/a/end/terminate")
    ]
    by_name = lower_exit({"end": {"continueAs": "w"}}, "/a", made)
    assert by_name.proceed is not None
    assert by_name.proceed.data is None


def test_events(lowering: Make) -> None:
    made = lowering(secrets=["k"])
    assert event_out("none", {}, "/p", "/p/eventRef", made) is None
    event_out(
        "e", {"data": "${ $SECRETS.k }", "contextAttributes": {"a": "${ $SECRETS.k }"}}, "/p", "/p/eventRef", made
    )
    assert [(p.code, p.pointer) for p in made.draft.problems] == [
        ("ref-event", "/p/eventRef"),
        ("secret-leak", "/p/data"),
        ("secret-leak", "/p/contextAttributes"),
    ]
