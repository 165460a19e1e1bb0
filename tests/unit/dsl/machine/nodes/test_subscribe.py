"""Subscriptions, correlation, early events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.early import MAX_EARLY
from weft.dsl.machine.inputs import EventReceived
from weft.dsl.machine.nodes.subscribe import seen_by
from weft.dsl.machine.states import EventIn

Run = Callable[..., Any]
EVENTS = [
    {"name": "e", "type": "t", "source": "s", "correlation": [{"contextAttributeName": "Device"}]},
    {"name": "u", "type": "u", "source": "*", "correlation": [{"contextAttributeName": "device"}]},
]


def waits(name: str, ref: str, target: str | None = None) -> dict[str, Any]:
    way = {"transition": target} if target else {"end": True}
    return {
        "name": name,
        "type": "event",
        "onEvents": [{"eventRefs": [ref], "eventDataFilter": {"toStateData": f".{name}"}}],
        **way,
    }


def standing(run: Any, kind: str) -> str:
    return next(
        w.ref
        for w in run.live.waits.values()
        if w.command is not None and w.command.standing and w.command.filters[0].type == kind
    )


def early(run: Any, kind: str, number: str, **attributes: Any) -> Any:
    event = {"id": number, "type": kind, "source": "s", "data": number, **attributes}
    return run.told(EventReceived, ref=standing(run, kind), event=event)


def test_a_fixed_value_holds_for_the_run(states_run: Run) -> None:
    run = states_run([waits("a", "e", "b"), waits("b", "e")], events=EVENTS).start()
    run.event("t", 1, "1", device="r1")
    assert run.live.corr == {"Device": "r1"}
    assert run.out[-1].filters[0].correlate[0].expect == "r1"
    assert run.event("t", 2, "2", device="r2").live.phase == "waiting"
    assert run.event("t", 3, "3").live.phase == "waiting"
    assert run.event("t", 4, "4", DEVICE="r1").live.output == {"a": 1, "b": 4}


def test_keys_of_the_payload_correlate(states_run: Run) -> None:
    run = states_run([waits("a", "e")], events=EVENTS).start()
    run.told(
        EventReceived, ref=run.wait("event").ref, event={"id": "1", "type": "t", "source": "s"}, keys={"Device": 5}
    )
    assert (run.live.phase, run.live.corr) == ("completed", {"Device": 5})


def test_early_events_are_taken_in_order(states_run: Run) -> None:
    states = [
        {"name": "z", "type": "operation", "actions": [{"functionRef": "f"}], "transition": "a"},
        waits("a", "e", "b"),
        waits("b", "e"),
    ]
    run = states_run(states, "cwm", events=EVENTS).start()
    early(run, "t", "1", device="r1")
    early(run, "t", "2", device="r2")
    early(run, "t", "3", device="r1")
    run.done({})
    # the second is of another device: it stays behind
    assert (run.live.phase, run.live.output) == ("completed", {"a": "1", "b": "3"})


def test_early_keys_of_the_payload(states_run: Run) -> None:
    states = [{"name": "z", "type": "operation", "actions": [{"functionRef": "f"}], "transition": "a"}, waits("a", "e")]
    run = states_run(states, "cwm", events=EVENTS).start()
    event = {"id": "1", "type": "t", "source": "s", "data": "one"}
    run.told(EventReceived, ref=standing(run, "t"), event=event, keys={"Device": 7})
    assert run.done({}).live.output == {"a": "one"}
    assert run.live.corr == {"Device": 7}


def test_standing_subscriptions_hold_to_what_is_fixed(states_run: Run) -> None:
    valued = [
        {
            "name": "v",
            "type": "v",
            "correlation": [{"contextAttributeName": "Device", "contextAttributeValue": "${ .d }"}],
        }
    ]
    states = [waits("a", "e", "b"), waits("b", "e", "c"), waits("c", "v")]
    run = states_run(states, "cwm", events=EVENTS + valued).start({"d": "other"})
    run.event("t", 1, "1", Device="r1")
    told = {
        w.command.filters[0].type: w.command.filters[0].correlate[0].expect
        for w in run.live.waits.values()
        if w.command and w.command.standing
    }
    assert told["t"] == "r1"
    assert told["v"] != "r1"


def test_an_event_too_many_is_kept_for_the_next_wait(states_run: Run) -> None:
    both = {
        "name": "a",
        "type": "event",
        "exclusive": False,
        "onEvents": [{"eventRefs": ["e", "u"]}],
        "transition": "b",
    }
    for by_standing in (False, True):
        run = states_run([both, waits("b", "e")], "cwm", events=EVENTS).start()
        run.event("t", {"first": 1}, "1", device="r")
        if by_standing:
            early(run, "t", "2", device="r")
        else:
            run.event("t", "2", "2", device="r")
        assert run.event("u", {"other": 1}, "3", device="r").live.output == {"first": 1, "other": 1, "b": "2"}


def test_the_oldest_early_event_is_dropped(states_run: Run) -> None:
    states = [{"name": "z", "type": "operation", "actions": [{"functionRef": "f"}], "transition": "a"}, waits("a", "e")]
    run = states_run(states, "cwm", events=EVENTS).start()
    for number in range(MAX_EARLY + 5):
        early(run, "t", str(number), device="r")
    assert len(run.live.early) == MAX_EARLY
    assert run.done({}).live.output == {"a": "5"}


def test_an_event_for_a_wait_by_the_standing_way(states_run: Run) -> None:
    run = states_run([waits("a", "e", "b"), waits("b", "u")], "cwm", events=EVENTS).start()
    early(run, "t", "1", device="r1")
    assert run.live.early == []
    assert [record.type for record in early(run, "t", "1", device="r1").records][-1] == "ignored"
    assert run.live.early == []
    assert early(run, "u", "2", device="r1").live.output == {"a": "1", "b": "2"}


def test_what_filters_see() -> None:
    assert seen_by(EventIn("e", "t"), {"data": 1}) == 1
    assert seen_by(EventIn("e", "t", data_only=False), {"data": 1}) == {"data": 1}
