"""The two ends of a states run, and its time limit."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.document.context import CompileContext
from weft.dsl.machine.commands import OpenSubscription, StartTimer
from weft.dsl.machine.inputs import RunStarted, TimerFired, Trigger
from weft.dsl.machine.step import step
from weft.dsl.v08 import compile_states

END = {"name": "s", "type": "inject", "data": {}, "end": True}
SLEEP = {"name": "s", "type": "sleep", "duration": "PT9H", "end": True}


def start(
    states: list[dict[str, Any]], dialect: Any = "v08", value: Any = None, trigger: Trigger | None = None, **parts: Any
) -> Any:
    fields = {key: parts.pop(key) for key in ("limits", "defaults") if key in parts}
    document = {
        "id": "a",
        "name": "a",
        "version": "1",
        "states": states,
        "events": [{"name": "e", "type": "t"}],
        **parts,
    }
    program, problems = compile_states(document, dialect, CompileContext("d", dialect))
    assert program is not None, problems
    inp = RunStarted(
        seq=1,
        at=0,
        job="j",
        run="r",
        seed=b"1" * 32,
        identity=program.identity,
        input=value,
        trigger=trigger or Trigger("request"),
        **fields,
    )
    return program, *step(program, None, inp)


@pytest.mark.parametrize("value", [[1], "x", 5, True])
def test_the_input_is_an_object(value: Any) -> None:
    _, state, _ = start([END], value=value)
    assert (state.phase, state.fault.code, state.fault.instance) == ("faulted", "INPUT_INVALID", "/input")


def test_no_input_is_the_empty_object() -> None:
    assert start([END])[1].output == {}


@pytest.mark.parametrize(
    ("dialect", "parts", "due"),
    [
        ("v08", {}, []),
        ("v08", {"timeouts": {"workflowExecTimeout": "PT5S"}}, [5_000]),
        ("cwm", {}, [3_600_000]),
        ("cwm", {"defaults": {"workflowTimeout": 7}}, [7_000]),
        ("cwm", {"defaults": {"workflowTimeout": 0}}, []),
        ("cwm", {"timeouts": {"workflowExecTimeout": "PT0S"}}, []),
        ("cwm", {"limits": {"workflow_timeout_ms": 9}}, [9]),
    ],
)
def test_the_clock(dialect: str, parts: dict[str, Any], due: list[int]) -> None:
    _, _, commands = start([SLEEP], dialect, **parts)
    assert [c.due_at for c in commands if isinstance(c, StartTimer) and c.purpose == "run"] == due


def test_the_business_key() -> None:
    _, state, _ = start([END], "v09", {"order": "o-1"}, key="${ .order }")
    assert state.origin.business_key == "o-1"


def test_the_schema_does_not_describe_events() -> None:
    schema = {"type": "object", "required": ["x"]}
    first = {"name": "s", "type": "event", "onEvents": [{"eventRefs": ["e"]}], "end": True}
    assert start([first], dataInputSchema=schema)[1].phase == "faulted"
    by_event = Trigger("event", events=({"id": "1", "type": "t", "source": "s", "data": {"k": 1}},))
    assert start([first], trigger=by_event, dataInputSchema=schema)[1].output == {"k": 1}


def test_standing_subscriptions() -> None:
    waits = {"name": "w", "type": "event", "onEvents": [{"eventRefs": ["e"]}], "end": True}
    states = [{**SLEEP, "end": None, "transition": "w"}, waits]
    opened = [c for c in start(states, "cwm")[2] if isinstance(c, OpenSubscription)]
    assert [(c.standing, c.filters[0].type) for c in opened] == [(True, "t")]
    assert [c for c in start(states, "v08")[2] if isinstance(c, OpenSubscription)] == []


def test_time_is_up_while_nothing_is_under_way() -> None:
    waits = {"name": "w", "type": "event", "onEvents": [{"eventRefs": ["e"]}], "end": True}
    report = {"name": "r", "type": "inject", "data": {"reported": True}, "end": True}
    limit = {"workflowExecTimeout": {"duration": "PT1H", "runBefore": "r"}}
    program, state, _ = start([waits, report], value={"k": 1}, timeouts=limit)
    timer = next(wait for wait in state.waits.values() if wait.purpose == "run")
    state, _ = step(program, state, TimerFired(seq=2, at=3_600_000, ref=timer.ref, due_at=timer.due_at))
    assert (state.phase, state.output) == ("completed", {"k": 1, "reported": True})
