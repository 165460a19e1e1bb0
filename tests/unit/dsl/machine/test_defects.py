from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.codec import decode_state, encode_state
from weft.dsl.machine.commands import CancelActivity, CancelTimer, FaultRun, ScheduleActivity
from weft.dsl.machine.core import HANDLERS
from weft.dsl.machine.inputs import ActivityCompleted, RunRestored


def test_a_defect_ends_the_run_and_a_retry_goes_on_after_the_fix(
    told: Callable[..., Any], call: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = [
        {"t": {"try": [{"a": call}, {"s": {"set": {"x": 1}}}], "catch": {"do": [{"c": {"set": {"caught": True}}}]}}}
    ]
    run = told(tasks, timeout={"after": "PT1H"})
    before = encode_state(run.state)

    def broken(*_: Any) -> None:
        raise KeyError("data of the run")

    with monkeypatch.context() as patch:
        patch.setattr(HANDLERS["transform"], "enter", broken)
        run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1)
    state = run.told()
    assert (state.phase, state.fault.code, state.fault.kind) == ("faulted", "INTERNAL", "runtime")
    assert "data of the run" not in state.fault.detail
    assert [type(c) for c in run.acts] == [CancelActivity, CancelTimer, FaultRun]
    assert state.frozen == decode_state(before).tokens
    run.tell(RunRestored, run="r2", attempt=2, from_run="run", from_seq=2, reason="retry", state=state, seed=b"t" * 32)
    assert any(isinstance(c, ScheduleActivity) for c in run.acts)
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1)
    assert (run.told().phase, run.told().output) == ("completed", {"x": 1})


def test_a_defect_at_the_start(program: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from weft.dsl.machine.inputs import RunStarted, Trigger
    from weft.dsl.machine.step import step

    made = program([{"s": {"set": {"x": 1}}}])

    def broken(*_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(HANDLERS["transform"], "enter", broken)
    started = RunStarted(seq=1, at=1, job="j", run="r", seed=b"x", identity=made.identity, trigger=Trigger("request"))
    state, commands = step(made, None, started)
    assert (state.phase, state.fault.code, state.job) == ("faulted", "INTERNAL", "j")
    assert isinstance(commands[-1], FaultRun)
