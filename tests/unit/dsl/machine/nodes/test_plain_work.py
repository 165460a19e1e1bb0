"""Operation in order, inject, sleep, switch on data."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def test_data_flow_from_action_to_action(states_run: Run) -> None:
    second = {"functionRef": {"refName": "g", "arguments": {"a": "${ .a }"}}}
    run = states_run(
        [{"name": "s", "type": "operation", "actions": [{"functionRef": "f"}, second], "end": True}]
    ).start()
    assert run.done({"a": 1}).scheduled() == [{"input": {"a": 1}}]
    assert run.done({"b": 2}).live.output == {"a": 1, "b": 2}


def test_inject_into_what_is_no_object(states_run: Run) -> None:
    states = [
        {"name": "s", "type": "inject", "data": {}, "stateDataFilter": {"output": "${ [1] }"}, "transition": "t"},
        {"name": "t", "type": "inject", "data": {"a": 1}, "end": True},
    ]
    assert states_run(states).start().live.fault.code == "MERGE_TYPE"
    assert states_run(states, "cwm").start().live.output == {"a": 1}


def test_sleep(states_run: Run) -> None:
    state = {"name": "s", "type": "sleep", "duration": "${ .d }", "end": True}
    run = states_run([state]).start({"d": "PT3S"})
    assert (run.live.phase, run.wait("timer").due_at) == ("waiting", run.now + 3000)
    assert run.fired("work").live.phase == "completed"
    assert states_run([state]).start({"d": "PT0S"}).live.phase == "completed"
    assert states_run([state]).start({"d": "soon"}).live.fault.kind == "validation"


def test_switch_filters_its_output(states_run: Run) -> None:
    state = {
        "name": "s",
        "type": "switch",
        "dataConditions": [{"condition": ".n > 1", "end": True}],
        "defaultCondition": {"end": {"terminate": True}},
        "stateDataFilter": {"output": "${ {n} }"},
    }
    assert states_run([state]).start({"n": 2, "m": 1}).live.output == {"n": 2}


def test_a_secret_that_came_into_the_data_decides_nothing(states_run: Run) -> None:
    states = [
        {
            "name": "a",
            "type": "operation",
            "actions": [],
            "stateDataFilter": {"output": "${ {k: $SECRETS.k} }"},
            "transition": "s",
        },
        {
            "name": "s",
            "type": "switch",
            "dataConditions": [{"condition": ".k", "end": True}],
            "defaultCondition": {"end": True},
        },
    ]
    run = states_run(states, secrets=["k"]).start(secrets=("k",))
    assert (run.live.phase, run.live.fault.kind, run.live.fault.status) == ("faulted", "authorization", 403)
