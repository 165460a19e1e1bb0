"""States that wait for events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def test_every_entry_that_lists_the_event_runs_in_order(states_run: Run) -> None:
    entries = [
        {"eventRefs": ["e", "u"], "actions": [{"functionRef": "f"}], "eventDataFilter": {"toStateData": ".first"}},
        {"eventRefs": ["u"], "actions": [{"functionRef": "g"}]},
        {"eventRefs": ["e"], "actions": [{"functionRef": {"refName": "g", "arguments": {"k": "${ .r }"}}}]},
    ]
    run = states_run([{"name": "s", "type": "event", "onEvents": entries, "end": True}]).start()
    assert run.event("t", {"n": 1}).tags() == ["CloseSubscription", "ScheduleActivity"]
    assert run.done({"r": 1}).scheduled() == [{"input": {"k": 1}}]
    assert run.done(None).live.output == {"first": {"n": 1}, "r": 1, "n": 1}


def test_all_events_in_the_order_listed(states_run: Run) -> None:
    entry = {"eventRefs": ["e", "u"], "eventDataFilter": {"data": ".v", "toStateData": ".v"}}
    run = states_run([{"name": "s", "type": "event", "exclusive": False, "onEvents": [entry], "end": True}]).start()
    run.event("u", {"v": 1}, "1")
    assert run.live.phase == "waiting"
    assert run.event("u", {"v": 9}, "2").live.phase == "waiting"
    assert run.event("t", {"v": 2}, "3").live.output == {"v": 1}


def test_the_whole_event(states_run: Run) -> None:
    events = [{"name": "e", "type": "t", "source": "s", "dataOnly": False}]
    state = {
        "name": "s",
        "type": "event",
        "onEvents": [{"eventRefs": ["e"], "eventDataFilter": {"toStateData": ".ev"}}],
        "end": True,
    }
    run = states_run([state], events=events).start().event("t", 5)
    assert run.live.output["ev"]["type"] == "t"
    assert run.live.output["ev"]["data"] == 5


def test_data_may_be_left_out(states_run: Run) -> None:
    state = {
        "name": "s",
        "type": "event",
        "onEvents": [{"eventRefs": ["e"], "eventDataFilter": {"useData": False}}],
        "end": True,
    }
    assert states_run([state]).start({"k": 1}).event("t", {"x": 1}).live.output == {"k": 1}


def test_a_fault_in_the_actions(states_run: Run) -> None:
    state = {
        "name": "s",
        "type": "event",
        "onEvents": [{"eventRefs": ["e"], "actions": [{"functionRef": "f"}]}],
        "onErrors": [{"errorRef": "x", "end": True}],
        "end": True,
    }
    assert states_run([state]).start().event("t", {"n": 1}).failed().live.output == {"n": 1}


def test_a_callback_whose_action_fails(states_run: Run) -> None:
    state = {
        "name": "s",
        "type": "callback",
        "action": {"functionRef": "f"},
        "eventRef": "e",
        "onErrors": [{"errorRef": "x", "end": True}],
        "end": True,
    }
    run = states_run([state]).start({"k": 1}).failed()
    assert (run.live.phase, run.live.output) == ("completed", {"k": 1})
    assert "CloseSubscription" in run.tags()


def test_a_callback_without_an_action(states_run: Run) -> None:
    run = states_run([{"name": "s", "type": "callback", "eventRef": "e", "end": True}], "cwm").start()
    assert run.event("t", {"n": 1}).live.output == {"n": 1}
