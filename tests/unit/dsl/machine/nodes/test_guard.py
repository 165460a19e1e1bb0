from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import ActivityCompleted, ActivityFailed, ResumeRequested, SuspendRequested, TimerFired
from weft.dsl.machine.nodes.guard import fits
from weft.dsl.machine.program import ErrorFilter

BOOM = fault("communication", "d", status=503, title="T", instance="/i")


@pytest.mark.parametrize(
    ("want", "found"),
    [
        (ErrorFilter(), True),
        (ErrorFilter(kind="communication", status=503), True),
        (ErrorFilter(kind="timeout"), False),
        (ErrorFilter(status=500), False),
        (ErrorFilter(title="T", detail="d", instance="/i"), True),
        (ErrorFilter(title="x"), False),
        (ErrorFilter(detail="x"), False),
        (ErrorFilter(instance="/x"), False),
    ],
)
def test_filters(want: ErrorFilter, found: bool) -> None:
    assert fits(want, BOOM) is found


def guarded(call: Any, **catch: Any) -> list[Any]:
    return [{"t": {"try": [{"c": call}], "catch": catch}}]


def fail(run: Any, problem: Fault = BOOM) -> Any:
    return run.tell(ActivityFailed, ref=run.ref("activity"), attempt=1, fault=problem)


def fire(run: Any, purpose: str) -> Any:
    ref = run.ref("timer", purpose)
    return run.tell(TimerFired, ref=ref, due_at=0)


def test_no_fault_no_catch(told: Callable[..., Any], call: Any) -> None:
    run = told(guarded(call, do=[{"s": {"set": {"caught": True}}}]))
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result=1)
    assert run.told().output == 1


def test_then_on_the_error_path_only(told: Callable[..., Any], call: Any) -> None:
    tasks = [
        *guarded(call, do=[{"s": {"set": {"h": 1}}}], then="z"),
        {"y": {"set": "${ {y: .} }", "then": "end"}},
        {"z": {"set": "${ {z: .} }"}},
    ]
    run = told(tasks)
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result=1)
    assert run.told().output == {"y": 1}
    assert fail(told(tasks)).told().output == {"z": {"h": 1}}


def test_the_handler_sees_input_and_error(told: Callable[..., Any], call: Any) -> None:
    handler = [{"s": {"set": "${ {i: ., s: $e.status, t: $e.title} }"}}]
    run = fail(told(guarded(call, **{"as": "e", "do": handler}), {"k": 1}))
    assert run.told().output == {"i": {"k": 1}, "s": 503, "t": "T"}


def test_what_is_not_retryable_is_not_retried(told: Callable[..., Any], call: Any) -> None:
    run = fail(told(guarded(call, retry={"delay": "PT1S"})), fault("runtime", "", retryable=False))
    assert run.told().phase == "faulted"


def test_retry_conditions(told: Callable[..., Any], call: Any) -> None:
    catch = {"retry": {"delay": "PT1S", "when": "$error.status == 503", "exceptWhen": ".stop"}}
    assert fail(told(guarded(call, **catch), {"stop": False})).told().phase == "waiting"
    assert fail(told(guarded(call, **catch), {"stop": True})).told().phase == "faulted"
    assert fail(told(guarded(call, **catch), {"stop": False}), fault("runtime", "")).told().phase == "faulted"


def test_a_retry_starts_from_the_same_input_and_keeps_the_context(told: Callable[..., Any], call: Any) -> None:
    body = [
        {"a": {"set": "${ {n: (.n + 1)} }", "export": {"as": "{times: (($context.times // 0) + 1)}"}}},
        {"c": {**call, "with": {"n": "${ .n }"}}},
    ]
    run = told([{"t": {"try": body, "catch": {"retry": {"limit": {"attempt": {"count": 3}}}}}}], {"n": 1})
    fail(run)
    fire(run, "retry")
    assert run.acts[0].arguments == {"input": {"n": 2}}
    assert run.told().context == {"times": 2}


def test_a_failing_condition_becomes_the_fault(told: Callable[..., Any], call: Any) -> None:
    run = fail(told(guarded(call, when='error("x")', do=[{"s": {"set": {"caught": True}}}])))
    assert (run.told().fault.kind, run.told().fault.instance) == ("expression", "/do/0/t")


def test_an_attempts_limit_survives_a_suspension(told: Callable[..., Any], call: Any) -> None:
    run = told(guarded(call, retry={"limit": {"attempt": {"count": 1, "duration": "PT9S"}}}))
    run.tell(SuspendRequested, after=1000).tell(ResumeRequested, after=50_000)
    assert [c.due_at - run.at for c in run.acts] == [8000]
    run.tell(ActivityCompleted, ref=run.ref("activity"), attempt=1, result=1)
    assert (run.told().phase, [type(c).__name__ for c in run.acts]) == ("completed", ["CancelTimer", "CompleteRun"])


def test_time_suspended_does_not_count_for_the_whole(told: Callable[..., Any], call: Any) -> None:
    run = told(guarded(call, retry={"limit": {"duration": "PT10S"}}))
    run.tell(SuspendRequested).tell(ResumeRequested, after=100_000)
    assert fail(run).told().phase == "waiting"
    fire(run, "retry")
    run.at += 11_000
    assert fail(run).told().phase == "faulted"
