"""What all tasks share: retries, limits, optional, and what is worth another try."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.nodes.task import CHILD_TERMINATED, ListedTask, TaskRetry, may_retry, reason_of, status_of

TASK = ListedTask("t", "HTTP", retry=TaskRetry(3))


@pytest.mark.parametrize(
    ("retry", "waits"),
    [
        (TaskRetry(3, "fixed", 5_000), [5_000, 5_000, 5_000]),
        (TaskRetry(3, "linear", 1_000, 2), [2_000, 4_000, 6_000]),
        (TaskRetry(3, "exponential", 2_000), [2_000, 4_000, 8_000]),
        (TaskRetry(3, "exponential", 2_000, 1, 5_000), [2_000, 4_000, 5_000]),
    ],
)
def test_delays(retry: TaskRetry, waits: list[int]) -> None:
    assert [retry.wait_ms(number) for number in (1, 2, 3)] == waits


def test_a_delay_is_bounded() -> None:
    assert TaskRetry(10, "exponential", 86_400_000).wait_ms(10_000) <= 1_000 * 366 * 86_400_000


@pytest.mark.parametrize(
    ("problem", "again"),
    [
        (fault("communication", "", status=503), True),
        (fault("communication", "", code="HTTP_STATUS_404"), False),
        (fault("communication", "", status=302), False),
        (fault("communication", "", status=408), True),
        (fault("communication", "", code="HTTP_STATUS_429", status=429), True),
        (fault("communication", "closed"), True),
        (fault("authentication", ""), False),
        (fault("expression", ""), False),
        (fault("runtime", "", retryable=False), False),
        (fault("runtime", "", code="RESOURCE_NOT_FOUND"), False),
        (fault("runtime", "", code=CHILD_TERMINATED), False),
        (fault("runtime", "lost", code="WORKER_LOST"), True),
        (fault("timeout", "", code="TIMEOUT"), True),
        (fault("timeout", "", code="TIMEOUT", data={"limit": True}), False),
    ],
)
def test_what_is_retried(problem: Fault, again: bool) -> None:
    assert may_retry(TASK, problem) is again


def test_how_a_failure_is_told() -> None:
    assert status_of(fault("timeout", "")) == "timed_out"
    assert status_of(fault("runtime", "", code=CHILD_TERMINATED)) == "cancelled"
    assert status_of(fault("runtime", "")) == "faulted"
    assert len(reason_of(fault("runtime", "x" * 5_000))) == 2_048


def test_the_budget_is_fresh_after_a_retry_and_attempts_go_on(listed: Any, http: Any) -> None:
    run = listed([http("a", _retryCount=1, _retryDelaySeconds=1)])
    run.failed("HTTP_STATUS_500").fired("retry")
    assert run.live.phase == "running"
    run.failed("HTTP_STATUS_500")
    assert (run.live.phase, run.facts("a")["attempt"], run.facts("a")["status"]) == ("faulted", 2, "faulted")
    assert run.live.context["failed"] == "a"
    run.again()
    assert run.live.context["failed"] == ""
    run.failed("HTTP_STATUS_500").fired("retry").done({})
    assert (run.live.phase, run.facts("a")["attempt"]) == ("completed", 4)


def test_an_answer_that_names_a_time_lengthens_the_delay_up_to_an_hour(listed: Any, http: Any) -> None:
    run = listed([http("a", _retryDelaySeconds=1)])
    run.failed("HTTP_STATUS_429", status=429, next_allowed_at=run.now + 5_000)
    assert run.out[0].due_at == run.now + 5_000
    run.fired("retry").failed("HTTP_STATUS_429", status=429, next_allowed_at=run.now + 10 * 3_600_000)
    assert run.out[0].due_at == run.now + 3_600_000


def test_an_own_time_limit_ends_the_run_as_timed_out(listed: Any, http: Any) -> None:
    run = listed([http("a", _timeoutSeconds=5)])
    begun = run.now
    run.now += 6_000
    run.failed("TIMEOUT", kind="timeout", status=408, started_at=begun + 500)
    assert (run.live.phase, run.facts("a")["status"]) == ("timed_out", "timed_out")


def test_a_connector_s_own_limit_is_retried(listed: Any, http: Any) -> None:
    run = listed([http("a", _timeoutSeconds=50)])
    begun = run.now
    run.now += 6_000
    run.failed("TIMEOUT", kind="timeout", status=408, started_at=begun)
    assert run.tags() == ["StartTimer"]


def test_nobody_takes_it(listed: Any, http: Any) -> None:
    run = listed([http("a", _pollTimeoutSeconds=5)])
    assert run.wait("activity").command.schedule_to_start_ms == 5_000
    run.failed("TIMEOUT", kind="timeout", status=408)
    assert run.live.phase == "timed_out"


def test_alert_only_reports(listed: Any, http: Any) -> None:
    run = listed([http("a", _timeoutSeconds=5, _timeoutPolicy="ALERT_ONLY")])
    run.fired("action")
    assert [record.type for record in run.records][-1] == "log"
    assert run.live.phase == "running"
    run.done({})
    assert run.live.phase == "completed"


def test_an_optional_container_absorbs_a_failure_inside(listed: Any, http: Any) -> None:
    inner = {"_name": "f", "_type": "FORK_JOIN", "_optional": True, "_forkTasks": [[http("a")], [http("b")]]}
    run = listed([inner, http("c")])
    wait = run.wait("activity", name="a")
    run.told(_failed(), ref=wait.ref, attempt=1, fault=fault("communication", "", status=400))
    assert run.tags() == ["CancelActivity", "ScheduleActivity"]
    assert [run.facts(name)["status"] for name in ("f", "a", "b")] == ["completed_with_errors", "faulted", "cancelled"]


def _failed() -> Any:
    from weft.dsl.machine.inputs import ActivityFailed

    return ActivityFailed


def test_a_reference_that_breaks_is_a_failure_of_the_task(listed: Any) -> None:
    items = {"_name": "l", "_type": "DO_WHILE", "_items": "${workflow.input.x}", "_loopOver": [{"_type": "WAIT"}]}
    run = listed([items], {"x": 5})
    assert (run.live.phase, run.live.fault.code, run.facts("l")["status"]) == ("faulted", "INPUT_INVALID", "faulted")


def test_a_task_that_went_well_in_the_end_has_no_reason(listed: Any, http: Any) -> None:
    run = listed([http("a", _retryDelaySeconds=0)])
    run.failed("HTTP_STATUS_503", status=503)
    assert run.facts("a")["reason"]
    run.fired("retry").done({"n": 1})
    assert (run.facts("a")["status"], run.facts("a")["reason"]) == ("completed", None)
