from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.codec import encode_state
from weft.dsl.machine.commands import FaultRun, ScheduleActivity, StartChild, StartTimer
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import ActivityCompleted, ActivityFailed, RunRestored, TerminateRequested
from weft.dsl.machine.restore import migrate_state, read_state
from weft.dsl.machine.state import RunState

CHILD = {"run": {"workflow": {"namespace": "n", "name": "kid", "version": "1.0.0"}}}


def again(told_run: Any, state: Any = None, **fields: Any) -> Any:
    given = {"reason": "retry", "run": "r2", "attempt": 2, "from_run": "run", "from_seq": 1, "seed": b"t" * 32} | fields
    return told_run.tell(RunRestored, state=told_run.state if state is None else state, **given)


def test_a_state_comes_in_three_forms(told: Callable[..., Any]) -> None:
    import msgspec

    state = told([{"w": {"wait": "PT1S"}}]).state
    assert read_state(state) is state
    assert isinstance(read_state(encode_state(state)), RunState)
    assert read_state(msgspec.to_builtins(state, builtin_types=(bytes,))).job == "job"
    with pytest.raises(ValueError):
        read_state(b"nothing")


def test_a_fork_issues_everything_again(told: Callable[..., Any], call: Any) -> None:
    branches = [{"a": {**call, "timeout": {"after": "PT10S"}}}, {"b": CHILD}, {"c": {"wait": "PT8S"}}]
    run = told([{"f": {"fork": {"branches": branches}}}])
    before = {w.ref for w in run.told().waits.values()}
    again(run, after=5_000, reason="fork", job="job-2")
    state = run.told()
    assert (state.job, state.run, state.attempt) == ("job-2", "r2", 2)
    assert not before & set(state.waits)
    timers = {c.purpose: c.due_at - run.at for c in run.acts if isinstance(c, StartTimer)}
    assert timers == {"task": 10_000, "work": 8_000}  # nothing counted: the state stood at its own time
    assert [type(c) for c in run.acts if not isinstance(c, StartTimer)] == [ScheduleActivity, StartChild]
    for token in state.tokens.values():
        assert all(state.waits[ref].token == token.id for ref in token.refs)


def test_the_old_state_is_untouched(told: Callable[..., Any], call: Any) -> None:
    run = told([{"a": call}])
    state, before = run.state, encode_state(run.state)
    again(run, reason="fork")
    assert encode_state(state) == before


def test_retry_after_terminate(told: Callable[..., Any], call: Any) -> None:
    run = told([{"a": call}, {"b": call}]).tell(ActivityCompleted, ref="a3", attempt=1, result=5)
    run.tell(TerminateRequested)
    again(run)
    assert [c.position for c in run.acts] == ["/do/1/b"]
    assert run.told().fault is None


def test_an_inner_position_of_a_parked_task(told: Callable[..., Any], call: Any) -> None:
    run = told([{"o": {"do": [{"a": call}, {"b": call}]}}, {"z": call}])
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result={"n": 1})
    run.tell(ActivityFailed, ref=run.ref("activity"), attempt=1, fault=fault("runtime", ""))
    again(run, at_positions=("/do/0/o/do/0/a",), patch={"n": 7})
    assert [c.position for c in run.acts] == ["/do/0/o/do/0/a"]
    run.tell(ActivityFailed, ref=run.ref("activity"), attempt=1, fault=fault("runtime", ""))
    again(run, run="r3", at_positions=("/do/1/z",))
    assert [c.position for c in run.acts] == ["/do/1/z"]
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result="end")
    assert run.told().output == "end"


def test_another_programs_state_is_refused(told: Callable[..., Any], program: Callable[..., Any], call: Any) -> None:
    run = told([{"a": call}])
    run.program = program([{"b": call}])
    again(run)
    assert isinstance(run.acts[-1], FaultRun)
    assert run.told().fault.code == "PROGRAM"


def test_migration_follows_positions(told: Callable[..., Any], program: Callable[..., Any], call: Any) -> None:
    run = told([{"a": call}])
    new = program([{"a": call}, {"b": {"set": {"new": True}}}])
    moved = migrate_state(run.program, new, run.state)
    assert isinstance(moved, RunState)
    run.program = new
    again(run, moved, reason="migrate")
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1)
    assert run.told().output == {"new": True}


def test_migration_names_what_is_missing(told: Callable[..., Any], program: Callable[..., Any], call: Any) -> None:
    run = told([{"a": call}])
    assert migrate_state(run.program, program([{"x": call}]), run.state) == ["/do/0/a"]
    assert migrate_state(run.program, program([{"a": {"wait": "PT1S"}}]), run.state) == ["/do/0/a"]


def test_unreadable_states_are_a_defect_not_a_crash(told: Callable[..., Any], call: Any) -> None:
    run = told([{"a": call}])
    again(run, b"nothing")
    assert run.told().fault.code == "INTERNAL"
