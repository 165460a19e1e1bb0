from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.commands import CancelActivity, CancelChild, CancelRun, CancelTimer, StartTimer, TerminateRun
from weft.dsl.machine.inputs import (
    ActivityCompleted,
    CancelRequested,
    ChildCompleted,
    ResumeRequested,
    SuspendRequested,
    TerminateRequested,
    TimerFired,
)

CHILD = {"run": {"workflow": {"namespace": "n", "name": "kid", "version": "1.0.0"}}}


def both(call: Any) -> list[Any]:
    return [{"f": {"fork": {"branches": [{"a": call}, {"b": CHILD}, {"c": {"wait": "PT1S"}}]}}}]


def test_cancel_asks_children_and_waits_for_what_runs(told: Callable[..., Any], call: Any) -> None:
    run = told(both(call))
    activity, child = run.ref("activity"), run.ref("child")
    run.tell(CancelRequested, reason="r")
    assert [type(c) for c in run.acts] == [CancelTimer, CancelChild]
    run.tell(CancelRequested)
    assert run.records == ["ignored"]
    run.tell(ChildCompleted, ref=child)
    assert run.acts == []
    run.tell(ActivityCompleted, ref=activity, attempt=1, result=1)
    assert run.acts == [CancelRun("r")]
    assert run.told().output is None


KID = {"subFlowRef": {"workflowId": "kid", "onParentComplete": "continue"}}
PARENT = {
    "id": "p",
    "name": "p",
    "version": "1",
    "specVersion": "0.8",
    "states": [{"name": "A", "type": "operation", "actions": [KID], "end": True}],
}


def test_a_child_that_outlives_its_parent_is_not_asked(told_document: Callable[..., Any]) -> None:
    run = told_document(PARENT)
    child = run.ref("child")
    run.tell(CancelRequested, reason="r")
    assert run.acts == [CancelRun("r")]
    run.tell(ChildCompleted, ref=child)
    assert run.acts == []


def test_a_child_that_outlives_its_parent_is_not_terminated(told_document: Callable[..., Any]) -> None:
    run = told_document(PARENT)
    run.tell(TerminateRequested, reason="r", by="me")
    assert run.acts == [TerminateRun("r", "me")]


def test_cancel_may_ask_activities_as_well(told: Callable[..., Any], call: Any) -> None:
    run = told([{"a": call}], start={"limits": {"cancel_activities": 1}})
    ref = run.ref("activity")
    run.tell(CancelRequested)
    assert run.acts == [CancelActivity(ref)]


def test_terminate_ends_at_once(told: Callable[..., Any], call: Any) -> None:
    run = told(both(call)).tell(TerminateRequested, reason="r", by="b")
    assert run.acts[-1] == TerminateRun("r", "b")
    assert run.told().phase == "terminated"
    assert len(run.acts) == 4


def test_limits_stand_still(told: Callable[..., Any], call: Any) -> None:
    run = told([{"a": {**call, "timeout": {"after": "PT10S"}}}], timeout={"after": "PT1M"})
    run.tell(SuspendRequested, after=4_000)
    assert [type(c) for c in run.acts] == [CancelTimer, CancelTimer]
    run.tell(ResumeRequested, after=100_000)
    assert [(c.purpose, c.due_at - run.at) for c in run.acts if isinstance(c, StartTimer)] == [
        ("run", 56_000),
        ("task", 6_000),
    ]
    assert run.told().paused_ms == 100_000


def test_what_was_held_is_applied_in_order(told: Callable[..., Any], call: Any) -> None:
    run = told([{"f": {"fork": {"compete": True, "branches": [{"a": call}, {"w": {"wait": "PT1S"}}]}}}], {"k": 1})
    activity, timer = run.ref("activity"), run.ref("timer")
    run.tell(SuspendRequested).tell(TimerFired, ref=timer, due_at=1).tell(ActivityCompleted, ref=activity, attempt=1)
    assert len(run.told().held) == 2
    run.tell(ResumeRequested)
    assert run.told().output == {"k": 1}  # the timer came first and won


def test_more_than_the_limit_is_not_lost_silently(told: Callable[..., Any], call: Any) -> None:
    branches = [{f"b{k}": call} for k in range(3)]
    run = told([{"f": {"fork": {"branches": branches}}}], start={"limits": {"held": 2}}).tell(SuspendRequested)
    for ref in [w.ref for w in run.told().waits.values()]:
        run.tell(ActivityCompleted, ref=ref, attempt=1)
    assert (run.told().phase, run.told().fault.code) == ("faulted", "LIMIT")


def test_a_limit_that_fires_while_suspended_has_no_effect(told: Callable[..., Any], call: Any) -> None:
    run = told([{"a": {**call, "timeout": {"after": "PT10S"}}}])
    timer = run.ref("timer")
    run.tell(SuspendRequested).tell(TimerFired, after=20_000, ref=timer, due_at=1)
    assert (run.records, run.told().held) == (["ignored"], [])
