"""What holds for any states run, whatever it is told: no defect, an end closes everything, the state survives."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.dsl.document.context import CompileContext
from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import (
    ActivityCompleted,
    ActivityFailed,
    CancelRequested,
    ChildCancelled,
    ChildCompleted,
    ChildFailed,
    Continue,
    EventReceived,
    ManualTaskCompleted,
    ResumeRequested,
    RunRestored,
    RunStarted,
    SuspendRequested,
    TimerFired,
    Trigger,
)
from weft.dsl.machine.state import ENDED
from weft.dsl.machine.step import step
from weft.dsl.v08 import compile_states

ACTIONS: list[dict[str, Any]] = [
    {
        "functionRef": {"refName": "f", "arguments": {"x": "${ .item }"}},
        "retryRef": "r",
        "sleep": {"before": "PT1S", "after": "PT1S"},
    },
    {"subFlowRef": "c", "actionDataFilter": {"results": ".a", "toStateData": ".list"}},
    {"eventRef": {"triggerEventRef": "e", "resultEventRef": "u", "resultEventTimeout": "PT9S"}},
]
COMMON: dict[str, Any] = {
    "timeouts": {"stateExecTimeout": "PT1H", "eventTimeout": "PT1M", "branchExecTimeout": "PT2M"},
    "onErrors": [{"errorRef": "x", "transition": {"nextState": "parallel", "compensate": True}}],
    "compensatedBy": "undo",
}
STATES: list[dict[str, Any]] = [
    {
        "name": "event",
        "type": "event",
        "exclusive": False,
        "onEvents": [{"eventRefs": ["e", "u"], "actions": ACTIONS}],
        "transition": "each",
        **COMMON,
    },
    {
        "name": "each",
        "type": "foreach",
        "inputCollection": "${ .xs // [1, 2, 3] }",
        "outputCollection": ".out",
        "batchSize": 2,
        "actions": ACTIONS,
        "transition": "callback",
        **COMMON,
    },
    {
        "name": "callback",
        "type": "callback",
        "action": ACTIONS[0],
        "eventRef": "form",
        "transition": "choose",
        **COMMON,
    },
    {
        "name": "choose",
        "type": "switch",
        "timeouts": {"eventTimeout": "PT5S"},
        "eventConditions": [{"eventRef": "u", "transition": "parallel"}],
        "defaultCondition": {"end": {"compensate": True, "produceEvents": [{"eventRef": "e", "data": "."}]}},
    },
    {
        "name": "parallel",
        "type": "parallel",
        "completionType": "atLeast",
        "numCompleted": 1,
        "branches": [{"name": "A", "actions": ACTIONS}, {"name": "B", "actions": ACTIONS[:1]}],
        "end": {"compensate": True},
    },
    {"name": "undo", "type": "operation", "actions": ACTIONS[:1], "usedForCompensation": True, "transition": "again"},
    {"name": "again", "type": "sleep", "duration": "PT1S", "usedForCompensation": True, "end": True},
    {"name": "report", "type": "operation", "actions": ACTIONS[:1], "end": True},
]
DOCUMENT: dict[str, Any] = {
    "id": "a",
    "name": "a",
    "version": "1",
    "functions": [{"name": "f", "operation": "dev.F"}],
    "events": [
        {"name": "e", "type": "t", "source": "s", "correlation": [{"contextAttributeName": "k"}]},
        {"name": "u", "type": "u", "source": "s", "correlation": [{"contextAttributeName": "k"}]},
        {"name": "form", "type": "form", "source": "system.internal.cwm"},
    ],
    "errors": [{"name": "x", "code": "X"}],
    "retries": [{"name": "r", "delay": "PT1S", "maxAttempts": 2, "jitter": 0.5}],
    "timeouts": {"workflowExecTimeout": {"duration": "P1D", "runBefore": "report"}},
    "states": STATES,
}
JSON = st.sampled_from([None, 1, "x", {}, {"a": [1]}, {"a": {"b": 1}}, [1, 2], {"xs": 5}, {"xs": [1]}, {"list": {}}])
MOVE = st.tuples(st.integers(0, 30), st.integers(0, 12), JSON)


def program_of(dialect: Any, active: bool) -> Any:
    program, problems = compile_states({**DOCUMENT, "keepActive": active}, dialect, CompileContext("d", dialect))
    assert program is not None, [p for p in problems if p.severity == "error"]
    return program


NEW_ACTIONS: list[dict[str, Any]] = [
    {"name": "one", "functionRef": "f", "onErrors": [{"when": [{"status": 500}], "retry": "r"}]},
    {
        "name": "two",
        "functionRef": "f",
        "onErrors": [
            {"then": {"transition": {"nextState": "b", "produceEvents": [{"eventRef": "e", "data": ".a.b"}]}}}
        ],
    },
    {"name": "three", "subFlowRef": "c", "onErrors": [{"then": {"throw": {"type": "urn:x", "status": 500}}}]},
    {"name": "four", "subscribe": {"event": "e", "timeout": "PT5S"}},
]
NEW_DOCUMENT: dict[str, Any] = {
    "name": "a",
    "version": "1.0.0",
    "functions": [{"name": "f", "operation": "dev.F"}],
    "events": [{"name": "e", "type": "t"}],
    "retries": [{"name": "r", "delay": "PT1S", "maxAttempts": 2}],
    "timeouts": {"workflowExecTimeout": {"duration": "PT1H", "interrupt": False}},
    "states": [
        {
            "name": "a",
            "type": "operation",
            "actions": NEW_ACTIONS,
            "compensatedBy": "u",
            "onErrors": [
                {"when": [{"type": "urn:x"}], "then": {"compensate": True}},
                {"retry": "r", "then": {"throw": True}},
            ],
            "transition": "b",
        },
        {
            "name": "b",
            "type": "operation",
            "actionMode": "parallel",
            "actions": NEW_ACTIONS,
            "onErrors": [{"then": {"compensate": "u"}}],
            "end": {"compensate": True, "continueAs": "a"},
        },
        {"name": "u", "type": "operation", "actions": NEW_ACTIONS[:1], "usedForCompensation": True},
    ],
}


def new_program() -> Any:
    program, problems = compile_states(NEW_DOCUMENT, "v09", CompileContext("d", "v09"))
    assert program is not None, [p for p in problems if p.severity == "error"]
    return program


PROGRAMS: dict[tuple[str, bool], Any] = {
    (dialect, active): program_of(dialect, active) for dialect in ("v08", "cwm") for active in (False, True)
}
PROGRAMS["v09", False] = new_program()


def told(state: Any, seq: int, at: int, move: tuple[int, int, Any]) -> Any:
    """One input: an answer to what is open, as a rule, or a control."""
    number, what, value = move
    base = {"seq": seq, "at": at}
    if what == 12:
        return [CancelRequested, SuspendRequested, ResumeRequested, Continue][number % 4](**base)
    if state.phase in ENDED or what == 11:
        return RunRestored(
            **base, run=f"r{seq}", attempt=2, from_run="r", from_seq=seq, reason="retry", state=state, seed=b"2" * 32
        )
    waits = list(state.waits.values())
    if not waits:
        return Continue(**base)
    wait = waits[number % len(waits)]
    fault = Fault("communication", 500, code="X" if what % 2 else "Y")
    if wait.kind == "activity":
        if what < 3:
            return ActivityFailed(**base, ref=wait.ref, attempt=wait.attempt, fault=fault)
        return ActivityCompleted(**base, ref=wait.ref, attempt=wait.attempt, result=value)
    if wait.kind == "timer":
        return TimerFired(**base, ref=wait.ref, due_at=wait.due_at)
    if wait.kind == "child":
        kinds = [ChildFailed(**base, ref=wait.ref, fault=fault), ChildCancelled(**base, ref=wait.ref)]
        return kinds[what] if what < 2 else ChildCompleted(**base, ref=wait.ref, output=value)
    if wait.kind == "manual":
        return ManualTaskCompleted(**base, ref=wait.ref, result=value)
    filters = wait.command.filters
    index = number % len(filters)
    event = {
        "id": str(number % 5),
        "type": filters[index].type,
        "source": filters[index].source or "s",
        "k": what % 2,
        "data": value,
    }
    return EventReceived(**base, ref=wait.ref, event=event, filter=index)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(PROGRAMS)), JSON, st.lists(MOVE, max_size=40))
def test_any_conversation(which: tuple[str, bool], value: Any, moves: list[tuple[int, int, Any]]) -> None:
    program = PROGRAMS[which]
    start = RunStarted(
        seq=1,
        at=0,
        job="j",
        run="r",
        seed=b"1" * 32,
        identity=program.identity,
        input=value,
        trigger=Trigger("request"),
    )
    state, _ = step(program, None, start)
    for seq, move in enumerate(moves, 2):
        inp = told(state, seq, seq * 1000, move)
        before = encode_state(state)
        after, commands = step(program, state, inp)
        again, twin = step(program, decode_state(before), inp)
        assert encode_state(state) == before
        assert encode_state(after) == encode_state(again)
        assert commands == twin
        assert after.fault is None or after.fault.code != "INTERNAL", after.fault
        if after.phase in ENDED:
            assert not after.waits
        state = after


@pytest.mark.parametrize("which", sorted(PROGRAMS))
def test_cancel_always_ends(which: tuple[str, bool]) -> None:
    program = PROGRAMS[which]
    start = RunStarted(
        seq=1, at=0, job="j", run="r", seed=b"1" * 32, identity=program.identity, input={}, trigger=Trigger("request")
    )
    state, _ = step(program, None, start)
    state, _ = step(program, state, CancelRequested(seq=2, at=1))
    for seq, wait in enumerate(list(state.waits.values()), 3):
        # an activity that runs may finish; its result is dropped
        state, _ = step(program, state, ActivityCompleted(seq=seq, at=2, ref=wait.ref, attempt=wait.attempt, result=1))
    assert state.phase == "cancelled"
