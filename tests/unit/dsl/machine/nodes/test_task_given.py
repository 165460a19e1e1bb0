"""What tasks made while running say of themselves."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.core import Raised
from weft.dsl.machine.nodes.task import ListedTask, TaskRetry
from weft.dsl.machine.nodes.task_given import child_given, limits_given, member, retry_given, with_given


def test_both_spellings() -> None:
    assert member({"_a": 1, "a": 2}, "a") == 1
    assert member({"_a": None, "b": 3}, "a", "b") == 3
    assert member({}, "a") is None


def test_retries() -> None:
    task = {
        "retryCount": 2,
        "_retryLogic": "LINEAR BACK",
        "retryDelaySeconds": 0,
        "backoffScaleFactor": 1.5,
        "_maxRetryDelaySeconds": 9,
    }
    given = retry_given(task)
    assert given == {"count": 2, "logic": "linear", "delay_ms": 0, "rate": 1.5, "max_delay_ms": 9_000}
    assert retry_given({"name": "x"}) == {}


def test_limits() -> None:
    task = {
        "timeoutSeconds": 1,
        "timeoutPolicy": "RETRY",
        "_startDelay": 2,
        "responseTimeoutSeconds": 3,
        "pollTimeoutSeconds": 4,
        "totalTimeoutSeconds": 5,
        "optional": True,
        "_permissive": False,
        "asyncComplete": True,
    }
    assert limits_given(task) == {
        "timeout_ms": 1_000,
        "policy": "retry",
        "delay_ms": 2_000,
        "response_ms": 3_000,
        "poll_ms": 4_000,
        "total_ms": 5_000,
        "optional": True,
        "confirm": True,
    }


@pytest.mark.parametrize(
    "task",
    [
        {"retryCount": 11},
        {"retryCount": True},
        {"retryCount": "2"},
        {"retryLogic": "RANDOM"},
        {"retryLogic": 5},
        {"backoffRate": 1001},
        {"backoffRate": True},
        {"retryDelaySeconds": 86_401},
        {"timeoutSeconds": -1},
        {"timeoutPolicy": "LATER"},
        {"optional": "yes"},
    ],
)
def test_what_is_out_of_bounds(task: dict[str, Any]) -> None:
    with pytest.raises(Raised) as caught:
        retry_given(task)
        limits_given(task)
    assert (caught.value.fault.code, caught.value.fault.retryable) == ("INPUT_INVALID", False)


def test_children() -> None:
    given = {
        "_workflowDefId": "i",
        "version": 2,
        "input": {"a": 1},
        "correlationId": "c",
        "idempotencyKey": "k",
        "z": 1,
    }
    assert child_given(given) == {"id": "i", "version": 2, "input": {"a": 1}, "correlation": "c", "key": "k"}
    assert child_given({"name": "n", "workflowDefinition": {"name": "d"}}) == {"name": "n", "definition": {"name": "d"}}
    assert child_given("n") == {}


def test_the_spec_takes_them() -> None:
    entry = {"retry": {"count": 1, "delay_ms": 0}, "limits": {"timeout_ms": 5, "optional": True}}
    spec = with_given(ListedTask("a", "HTTP"), TaskRetry(3, max_delay_ms=7), entry)
    assert (spec.retry, spec.timeout_ms, spec.optional) == (TaskRetry(1, delay_ms=0, max_delay_ms=7), 5, True)
    assert with_given(spec, TaskRetry(3), {}).retry == TaskRetry(3)
