"""Events that cannot leave."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.compile import compile_document
from weft.dsl.machine.commands import EmitEvent, StartTimer
from weft.dsl.machine.core import Raised, Turn
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import RunStarted, Trigger
from weft.dsl.machine.nodes.facts import read_tasks
from weft.dsl.machine.refusals import MEMBER, check_event, refused_events, with_refused
from weft.dsl.machine.step import blank_state, step

MISSING = fault("configuration", "no such type", code="EVENT_TYPE_NOT_FOUND", retryable=False)


def test_all_that_is_refused_travels_in_one_fault() -> None:
    other = fault("configuration", "a channel", code="SINK_NOT_FOUND")
    told = with_refused({"a": MISSING, "b": other})
    assert (told.code, told.detail) == ("EVENT_TYPE_NOT_FOUND", "no such type")
    assert refused_events(told) == {
        "a": {"code": "EVENT_TYPE_NOT_FOUND", "detail": "no such type"},
        "b": {"code": "SINK_NOT_FOUND", "detail": "a channel"},
    }


@pytest.mark.parametrize("data", [None, 5, [], {}, {"refused": 5}])
def test_a_refusal_of_a_whole_turn_names_no_events(data: Any) -> None:
    assert refused_events(Fault("configuration", 400, data=data)) == {}
    assert refused_events(None) == {}


def _started(document: dict[str, Any], refused: Fault | None) -> tuple[Any, list[Any]]:
    program = compile_document(document).program
    assert program is not None
    inp = RunStarted(
        seq=1,
        at=1_000,
        job="j",
        run="r",
        seed=b"1" * 32,
        identity=program.identity,
        trigger=Trigger("request"),
        input={"t": "x"},
        refused=refused,
    )
    return step(program, None, inp)


def test_only_the_task_that_emits_it_fails() -> None:
    inputs = {"_sink": "event:${workflow.input.t}", "_type": "EVENT", "_inputParams": {}}
    wait = {"_name": "w", "_type": "WAIT", "_inputParams": {"duration": "5s"}}
    fork = {
        "_name": "f",
        "_type": "FORK_JOIN",
        "_forkTasks": [[{"_name": "e", **inputs, "_optional": True}], [wait]],
    }
    document = {"_name": "unit", "_taskDefs": [fork]}
    state, commands = _started(document, None)
    assert [command.name for command in commands if isinstance(command, EmitEvent)] == ["x"]
    state, commands = _started(document, with_refused({"x": MISSING}))
    assert not any(isinstance(command, EmitEvent) for command in commands)
    assert any(isinstance(command, StartTimer) for command in commands)
    found = read_tasks(state)
    assert (state.phase, found["e"]["status"], found["e"]["reason"]) == (
        "waiting", "completed_with_errors", "no such type",
    )  # fmt: skip


def test_without_names_the_run_ends() -> None:
    document = {"_name": "unit", "_taskDefs": [{"_name": "w", "_type": "WAIT"}]}
    state, _ = _started(document, MISSING)
    assert (state.phase, state.fault.code) == ("faulted", "EVENT_TYPE_NOT_FOUND")


def test_other_events_may_leave() -> None:
    program = compile_document({"_name": "unit", "_taskDefs": [{"_name": "w", "_type": "WAIT"}]}).program
    assert program is not None
    inp = RunStarted(
        seq=1, at=1, job="j", run="r", seed=b"1" * 32, identity=program.identity, trigger=Trigger("request")
    )
    turn = Turn(program, blank_state(program, inp), 1, None)
    check_event(turn, "x")
    turn.memo[MEMBER] = refused_events(with_refused({"x": MISSING}))
    check_event(turn, "y")
    with pytest.raises(Raised) as caught:
        check_event(turn, "x")
    assert (caught.value.fault.code, caught.value.fault.retryable) == ("EVENT_TYPE_NOT_FOUND", False)
