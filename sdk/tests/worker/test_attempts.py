"""From exceptions and values to results."""

import asyncio
from typing import Any

import pytest

from weft_adapter import ActivityContext, ActivityError, activity
from weft_adapter.activities import Activity
from weft_adapter.egress import EgressRefused
from weft_adapter.messages import MAX_MESSAGE, Task
from weft_adapter.redaction import Redactor
from weft_adapter.schemas import InputInvalid
from weft_adapter.testing import FakeWorker
from weft_adapter.worker.attempts import RunningAttempt, fault_of


class Unprintable(Exception):
    def __str__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        (ActivityError("X", "m"), "X", True),
        (ActivityError("X", "m", retryable=False), "X", False),
        (InputInvalid("/a: wrong"), "INPUT_INVALID", False),
        (EgressRefused("h", 1, "private"), "EGRESS_REFUSED", False),
        (asyncio.CancelledError(), "CANCELED", False),
        (ZeroDivisionError("by zero"), "PANIC", True),
        (SystemExit(1), "PANIC", True),
        (Unprintable(), "PANIC", True),
    ],
)
def test_faults(error: BaseException, code: str, retryable: bool) -> None:
    fault = fault_of(error, Redactor(None))
    assert (fault.code, fault.retryable) == (code, retryable)
    assert fault.message


def test_messages_are_masked_bounded_and_sendable() -> None:
    redact = Redactor({"token": "hunter2"})
    assert "hunter2" not in fault_of(ValueError("bad token hunter2"), redact).message
    assert "hunter2" not in fault_of(ActivityError("X", "bad token hunter2"), redact).message
    assert len(fault_of(ValueError("x" * 100_000), redact).message) <= MAX_MESSAGE
    assert fault_of(ValueError("\ud800"), redact).message.encode()


def attempt() -> RunningAttempt:
    @activity
    def go() -> Any:
        return None

    made = Activity(go, "a.b.v1.0.0", "f")
    return RunningAttempt(Task("j", "r", "f", 1, "a1", made.info.id), made, ActivityContext(FakeWorker()), 1.0)


def test_results_carry_the_time_they_took() -> None:
    done = attempt().result({"a": (1,)}, None, 1.25)
    assert (done.attempt_id, done.output, done.fault, done.duration_ms) == ("a1", {"a": [1]}, None, 250)


def test_a_result_that_is_not_json_is_a_panic() -> None:
    fault = attempt().result({"a": object()}, None, 2.0).fault
    assert fault is not None
    assert fault.code == "PANIC"
    assert "$.a" in fault.message


def test_an_expired_attempt_is_a_timeout() -> None:
    fault = attempt().expired(3.5).fault
    assert fault is not None
    assert (fault.code, fault.retryable) == ("TIMEOUT", True)
