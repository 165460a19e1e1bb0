"""Event states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

EVENTS = [{"name": name, "type": name, "source": "s"} for name in ("a", "b")]


def test_events_are_numbered(compiled: Callable[..., Any]) -> None:
    entries = [
        {"eventRefs": ["b"], "actions": [{"functionRef": "f"}]},
        {"eventRefs": ["a", "b"], "eventDataFilter": {"useData": False}},
    ]
    program, _ = compiled(
        [{"name": "s", "type": "event", "exclusive": False, "onEvents": entries, "end": True}], events=EVENTS
    )
    work = program.nodes[0].spec.work
    assert [event.name for event in work.events] == ["b", "a"]
    assert [entry.events for entry in work.entries] == [(0,), (1, 0)]
    assert [entry.body >= 0 for entry in work.entries] == [True, False]
    assert not work.entries[1].place.use
    assert (work.exclusive, work.start) == (False, True)


def test_an_event_that_is_none(codes: Callable[..., Any]) -> None:
    state = {"name": "s", "type": "event", "onEvents": [{"eventRefs": ["x"]}], "end": True}
    assert codes([state]) == {("ref-event", "/states/0/onEvents/0/eventRefs/0")}


def test_server_limits(spec: Callable[..., Any]) -> None:
    state = {"name": "s", "type": "event", "onEvents": [{"eventRefs": ["e"]}], "end": True}
    assert spec([state], "cwm").work.default_timeout
    assert not spec([state]).work.default_timeout
