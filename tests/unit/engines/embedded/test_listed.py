"""What the engine knows of lists: when a run has begun, what is kept of it, how its tasks are shown."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.jobs import Job
from weft.dsl.compile import compile_document
from weft.dsl.machine import inputs as i
from weft.dsl.machine.faults import fault
from weft.dsl.machine.step import step
from weft.engines.embedded import listed
from weft.engines.embedded.listed import Outlines, as_shown, close, status_of

HTTP = {"_type": "HTTP", "_inputParams": {"uri": "http://a/", "method": "GET"}}


def run(*tasks: dict[str, Any], then: Any = ()) -> tuple[Any, Any]:
    program = compile_document({"_name": "u", "_taskDefs": list(tasks)}).program
    assert program is not None
    started = i.RunStarted(
        seq=1, at=1_000, job="j", run="r", seed=bytes(32), identity=program.identity, trigger=i.Trigger("request")
    )
    state, _ = step(program, None, started)
    for number, told in enumerate(then, 2):
        state, _ = step(program, state, told(state, number))
    return program, state


def job(status: Any = "pending", **more: Any) -> Job:
    return Job(
        id="j", run="r", name="u", workflow_name="u", workflow_version="1", workflow_id="w", revision="u",
        status=status, started_at=1, **more,
    )  # fmt: skip


def answered(state: Any, number: int, **more: Any) -> Any:
    (wait,) = state.waits.values()
    return i.ActivityCompleted(seq=number, at=2_000, ref=wait.ref, attempt=wait.attempt, result={}, **more)


def test_a_run_is_pending_until_something_has_begun() -> None:
    _, state = run({"_name": "a", **HTTP})
    assert status_of(job(), state) == "pending"
    assert status_of(job("suspended"), state) == "pending"
    assert status_of(job("running"), state) == "running"  # that it was taken is known
    _, state = run({"_name": "a", **HTTP}, {"_name": "b", **HTTP}, then=[answered])
    assert status_of(job(), state) == "running"
    _, state = run({"_name": "w", "_type": "WAIT"})
    assert status_of(job(), state) == "waiting"
    _, state = run({"_name": "a", **HTTP}, then=[lambda s, n: i.SuspendRequested(seq=n, at=2_000)])
    assert status_of(job(), state) == "suspended"


@pytest.mark.parametrize(
    ("taken", "suspended", "shown"),
    [
        (None, False, ("queued", 0, 0)),
        (1_500, False, ("running", 1, 1_500)),
        (None, True, ("suspended", 0, 0)),
        (1_500, True, ("running", 1, 1_500)),
    ],
)
def test_who_has_an_attempt_decides(taken: Any, suspended: bool, shown: Any) -> None:
    then = [lambda s, n: i.SuspendRequested(seq=n, at=2_000)] if suspended else []
    _, state = run({"_name": "a", **HTTP}, then=then)
    found = as_shown(state, lambda ref, attempt: taken)["a"]
    assert (found["status"], found["attempt"], found["started"]) == shown


def test_iterations_are_told_apart() -> None:
    loop = {"_name": "l", "_type": "DO_WHILE", "_loopCondition": "true", "_loopOver": [{"_name": "p", **HTTP}]}
    _, state = run(loop, then=[answered])
    found = as_shown(state, lambda ref, attempt: None)
    assert (found["p__1"]["status"], found["p__2"]["status"], found["l"]["status"]) == (
        "completed",
        "queued",
        "running",
    )


def test_what_is_kept_of_a_run_that_ended() -> None:
    program, state = run({"_name": "a", **HTTP}, {"_name": "b", **HTTP}, then=[_failed])
    row = job("faulted", fault={"kind": "communication"})
    close(row, state, Outlines().of("u", program))
    assert row.tasks == [["a", "faulted"], ["b", "cancelled"]]
    assert (row.fault["kind"], row.fault["reason"], row.fault["task"]) == ("communication", "gone", "a")
    assert row.fault["taskId"] and row.output is None


def test_a_command_is_no_task() -> None:
    program, state = run({"_name": "a", **HTTP}, then=[lambda s, n: i.TerminateRequested(seq=n, at=2_000, by="me")])
    row = job("terminated", fault={"reason": "x", "by": "me"})
    close(row, state, Outlines().of("u", program))
    assert (row.fault, row.tasks) == ({"reason": "x", "by": "me", "task": "", "taskId": None}, [["a", "cancelled"]])


def test_outlines_are_kept_by_revision_up_to_a_number(monkeypatch: Any) -> None:
    program, _ = run({"_name": "a", **HTTP})
    kept = Outlines()
    assert kept.of("1", program) is kept.of("1", program)
    monkeypatch.setattr(listed, "OUTLINES", 2)
    first = kept.of("1", program)
    kept.of("2", program)
    kept.of("3", program)
    assert kept.of("1", program) is not first


def test_other_programs_are_none() -> None:
    assert listed.listed(run({"_name": "a", **HTTP})[0])
    assert not listed.listed(["a", "script"])


def _failed(state: Any, number: int) -> Any:
    (wait,) = state.waits.values()
    problem = fault("communication", "gone", status=404)
    return i.ActivityFailed(seq=number, at=2_000, ref=wait.ref, attempt=wait.attempt, fault=problem, started_at=1_500)
