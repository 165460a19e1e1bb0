"""Compensation chains."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def undoable(name: str, **parts: Any) -> list[dict[str, Any]]:
    return [
        {"name": name, "type": "inject", "data": {name: 1}, "compensatedBy": f"undo {name}", **parts},
        {"name": f"undo {name}", "type": "inject", "data": {"log": [name]}, "usedForCompensation": True},
    ]


def test_each_activation_is_undone_once(states_run: Run) -> None:
    states = [
        *undoable("a", transition="again"),
        {
            "name": "again",
            "type": "switch",
            "dataConditions": [{"condition": "(.n // 0) > 1", "transition": {"nextState": "z", "compensate": True}}],
            "defaultCondition": {"transition": "count"},
        },
        {
            "name": "count",
            "type": "operation",
            "actions": [],
            "stateDataFilter": {"output": "${ .n = (.n // 0) + 1 }"},
            "transition": "a",
        },
        {"name": "z", "type": "inject", "data": {"z": 1}, "end": {"compensate": True}},
    ]
    run = states_run(states).start()
    steps = [record.data for record in run.records if record.type == "compensation.step"]
    assert steps == [{"state": "a", "by": "undo a"}] * 3
    assert run.live.output["z"] == 1
    assert run.live.undo == []


def test_a_fault_in_the_chain_fails_the_run(states_run: Run) -> None:
    states = [
        {"name": "a", "type": "inject", "data": {}, "compensatedBy": "u", "end": {"compensate": True}},
        {"name": "u", "type": "operation", "actions": [{"functionRef": "f"}], "usedForCompensation": True},
    ]
    assert states_run(states).start().failed().live.phase == "faulted"


def test_a_fault_that_is_handled_continues_the_chain(states_run: Run) -> None:
    states = [
        {"name": "a", "type": "inject", "data": {}, "compensatedBy": "u", "transition": "b"},
        *undoable("b", end={"compensate": True}),
        {
            "name": "u",
            "type": "operation",
            "actions": [{"functionRef": "f"}],
            "usedForCompensation": True,
            "onErrors": [{"errorRef": "x", "end": True}],
        },
    ]
    run = states_run(states).start().failed()
    assert (run.live.phase, run.live.output) == ("completed", {"b": 1, "log": ["b"]})


def test_nothing_to_undo(states_run: Run) -> None:
    run = states_run([{"name": "a", "type": "inject", "data": {}, "end": {"compensate": True}}]).start()
    assert [record.type for record in run.records if record.type.startswith("comp")] == [
        "compensation.started",
        "compensation.completed",
    ]


def test_a_state_that_a_handler_left_is_not_undone(states_run: Run) -> None:
    def states(end: Any) -> list[dict[str, Any]]:
        return [
            {
                "name": "a",
                "type": "operation",
                "actions": [{"functionRef": "f", "retryRef": "once"}],
                "compensatedBy": "u",
                "onErrors": [{"errorRef": "x", **end}],
                "end": True,
            },
            {"name": "b", "type": "inject", "data": {}, "end": {"compensate": True}},
            {"name": "u", "type": "inject", "data": {"undone": True}, "usedForCompensation": True},
        ]

    once = [{"name": "once", "maxAttempts": 1}]
    for dialect in ("v08", "cwm"):
        run = states_run(states({"transition": "b"}), dialect, retries=once).start().failed()
        assert run.live.output == {}
    direct = {"end": {"compensate": True}}
    assert states_run(states(direct), "cwm", retries=once).start().failed().live.output == {"undone": True}
    assert states_run(states(direct), "v08", retries=once).start().failed().live.output == {}


def test_a_handler_of_0_9_compensates(states_run: Run) -> None:
    parts: dict[str, Any] = {"events": []}
    states = [
        {"name": "a", "type": "inject", "data": {}, "compensatedBy": "u", "transition": "b"},
        {
            "name": "b",
            "type": "operation",
            "actions": [{"name": "x", "functionRef": "f"}],
            "onErrors": [{"then": {"compensate": True}}],
            "transition": "c",
        },
        {"name": "c", "type": "inject", "data": {"c": 1}, "end": True},
        {"name": "u", "type": "inject", "data": {"undone": 1}, "usedForCompensation": True},
    ]
    # `compensate` may also name the state that undoes
    for value in (True, "u"):
        states[1]["onErrors"] = [{"then": {"compensate": value}}]
        assert states_run(states, "v09", **parts).start().failed().live.output == {"undone": 1, "c": 1}
