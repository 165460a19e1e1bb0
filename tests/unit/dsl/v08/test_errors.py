"""Handlers of both error models."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.faultmatch import pick
from weft.dsl.machine.faults import Fault
from weft.dsl.v08.errors import handlers
from weft.dsl.v08.lowering import Lowering

Make = Callable[..., Lowering]


def taken(made: Lowering, entries: Any, fault: Fault) -> int:
    found = handlers({"onErrors": entries}, "/s", made, of_action=False)
    return pick([handler.caught for handler in found], fault)


def test_codes_and_names(lowering: Make) -> None:
    made = lowering(errors=[{"name": "busy", "code": 503}, {"name": "lost"}])
    entries = [{"errorRef": "busy", "end": True}, {"errorRefs": ["lost", "DEFAULT"], "end": True}]
    assert taken(made, entries, Fault("communication", 503)) == 0
    assert taken(made, entries, Fault("runtime", 500, title="lost")) == 1
    assert taken(made, entries, Fault("runtime", 500, code="OTHER")) == 1
    assert made.draft.problems == []


def test_a_name_that_is_none(lowering: Make) -> None:
    made = lowering()
    assert taken(made, [{"errorRef": "X", "end": True}], Fault("runtime", 500, code="X")) == 0
    assert [(p.code, p.pointer) for p in made.draft.problems] == [("ref-error", "/s/onErrors/0/errorRef")]
    made = lowering("cwm")
    assert taken(made, [{"errorRef": "X", "end": True}], Fault("runtime", 500, code="X")) == 0
    assert made.draft.problems == []


def test_parts(lowering: Make) -> None:
    base = "https://serverlessworkflow.io/spec/errors/"
    made = lowering("v09", errors={"definitions": [{"name": "busy", "type": base + "communication", "status": 503}]})
    entries = [
        {"when": [{"refName": "busy"}], "then": {"end": True}},
        {"when": [{"type": base + "timeout"}], "exceptWhen": [{"status": 408}], "then": {"end": True}},
        {"when": [{"instance": "/states/0"}], "then": {"end": True}},
    ]
    assert taken(made, entries, Fault("communication", 503)) == 0
    assert taken(made, entries, Fault("communication", 500)) == -1
    assert taken(made, entries, Fault("timeout", 409)) == 1
    assert taken(made, entries, Fault("timeout", 408)) == -1
    assert taken(made, entries, Fault("runtime", 500, instance="/states/0")) == 2


def test_outcomes(lowering: Make) -> None:
    made = lowering("v09", retries=[{"name": "r", "maxAttempts": 2}])
    entries = [
        {"retry": "r", "then": {"throw": True}},
        {"then": {"throw": {"type": "urn:x", "status": "418", "title": "pot"}}},
        {"then": {"compensate": "s"}},
        {},
    ]
    again, new, undo, nothing = handlers({"onErrors": entries}, "/s", made, of_action=False)
    assert again.retry is not None
    assert again.throw is not None
    assert (again.retry.attempts, again.throw.kind) == (2, "")
    assert new.throw is not None
    assert (new.throw.kind, new.throw.status, new.throw.title) == ("urn:x", 418, "pot")
    assert (undo.compensate, undo.undo) == (True, 0)
    assert (nothing.exit, nothing.throw, nothing.compensate) == (None, None, False)


def test_references_that_are_none(lowering: Make) -> None:
    made = lowering("v09")
    handlers({"onErrors": "p"}, "/s", made, of_action=False)
    handlers({"onErrors": [{"refName": "h"}]}, "/s", made, of_action=False)
    handlers(
        {"onErrors": [{"when": [{"refName": "d"}], "then": {"throw": {"refName": "x"}}}]}, "/s", made, of_action=False
    )
    handlers({"onErrors": [{"then": {"compensate": "no"}}]}, "/s", made, of_action=False)
    assert [(p.code, p.pointer) for p in made.draft.problems] == [
        ("ref-error", "/s/onErrors"),
        ("ref-error", "/s/onErrors/0/refName"),
        ("ref-error", "/s/onErrors/0/when/0/refName"),
        ("ref-error", "/s/onErrors/0/then/throw/refName"),
        ("ref-state", "/s/onErrors/0/then/compensate"),
    ]
