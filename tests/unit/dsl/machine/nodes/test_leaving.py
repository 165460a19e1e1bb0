"""Ends of paths and runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.inputs import Continue

Run = Callable[..., Any]


def ends(end: Any, **parts: Any) -> list[dict[str, Any]]:
    return [{"name": "s", "type": "inject", "data": {"k": 1}, "end": end, **parts}]


def test_continue_as_with_the_state_data(states_run: Run) -> None:
    run = states_run(ends({"continueAs": "next"})).start()
    assert run.tags() == ["ContinueAs"]
    assert (run.out[0].identity.name, run.out[0].input, run.live.phase) == ("next", {"k": 1}, "completed")


def test_the_output_is_checked(states_run: Run) -> None:
    schema = {"type": "object", "required": ["other"]}
    run = states_run(ends(True), "v09", dataOutputSchema=schema).start()
    assert (run.live.phase, run.live.fault.kind) == ("faulted", "validation")
    relaxed = {"schema": schema, "failOnValidationErrors": False}
    run = states_run(ends(True), "v09", dataOutputSchema=relaxed).start()
    assert run.live.phase == "completed"
    assert "log" in [record.type for record in run.records]


def test_no_secret_is_an_output(states_run: Run) -> None:
    states = [
        {
            "name": "a",
            "type": "operation",
            "actions": [],
            "stateDataFilter": {"output": "${ {k: $SECRETS.k} }"},
            "transition": "s",
        },
        {"name": "s", "type": "inject", "data": {}, "end": True},
    ]
    run = states_run(states, secrets=["k"]).start(secrets=("k",))
    assert (run.live.phase, run.live.fault.status) == ("faulted", 403)


def test_terminate_ends_an_active_run(states_run: Run) -> None:
    assert states_run(ends(True), keepActive=True).start().live.phase == "waiting"
    assert states_run(ends({"terminate": True}), keepActive=True).start().live.phase == "completed"


def test_immediate_loops_yield(states_run: Run) -> None:
    states = [
        {"name": "a", "type": "inject", "data": {}, "transition": "b"},
        {"name": "b", "type": "inject", "data": {}, "transition": "a"},
    ]
    run = states_run(states).start(limits={"transitions": 2500})
    assert run.tags() == ["Yield"]
    run.told(Continue).told(Continue)
    assert (run.live.phase, run.live.fault.code) == ("faulted", "LIMIT")
