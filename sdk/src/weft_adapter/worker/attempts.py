"""From what an activity returned or raised to the result the server is told."""

from __future__ import annotations

import asyncio
from typing import Any

from weft_adapter.activities import Activity
from weft_adapter.context import ActivityContext
from weft_adapter.egress import EgressRefused
from weft_adapter.errors import CANCELED, EGRESS_REFUSED, INPUT_INVALID, PANIC, TIMEOUT, ActivityError
from weft_adapter.jsonvalue import NotJson, to_json
from weft_adapter.messages import MAX_MESSAGE, Fault, Result, Task
from weft_adapter.redaction import Redactor
from weft_adapter.schemas import InputInvalid


class RunningAttempt:
    """One attempt while it runs. `answered` is set once its result is given; the rest is only waited for."""

    __slots__ = ("activity", "answered", "beaten", "context", "handle", "started", "task", "timer")

    def __init__(self, task: Task, activity: Activity, context: ActivityContext, started: float) -> None:
        self.task = task
        self.activity = activity
        self.context = context
        self.started = started
        self.handle: asyncio.Task[Any] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.answered = False
        self.beaten = False

    def result(self, value: Any, error: BaseException | None, now: float) -> Result:
        """The result of an ended attempt."""
        duration = max(0, int((now - self.started) * 1_000))
        attempt_id = self.task.attempt_id
        if error is None:
            try:
                return Result(attempt_id, to_json(value), None, duration)
            except NotJson as problem:
                error = problem
        return Result(attempt_id, None, fault_of(error, self.context.redact), duration)

    def expired(self, now: float) -> Result:
        """The result of an attempt whose deadline passed."""
        duration = max(0, int((now - self.started) * 1_000))
        fault = Fault(TIMEOUT, f"no result within {duration / 1_000:.3f} s", True)
        return Result(self.task.attempt_id, None, fault, duration)


def fault_of(error: BaseException, redact: Redactor) -> Fault:
    """The fault an exception stands for; secret values are masked in its message."""
    if isinstance(error, ActivityError):
        return Fault(str(error.code)[:255], _text(error.message, redact), bool(error.retryable))
    if isinstance(error, InputInvalid):
        return Fault(INPUT_INVALID, _text(str(error), redact), False)
    if isinstance(error, EgressRefused):
        return Fault(EGRESS_REFUSED, _text(str(error), redact), False)
    if isinstance(error, asyncio.CancelledError):
        return Fault(CANCELED, "the attempt was cancelled", False)
    if isinstance(error, NotJson):
        return Fault(PANIC, _text(f"the result is not JSON: {error}", redact), True)
    return Fault(PANIC, _text(f"{type(error).__name__}: {_said(error)}", redact), True)


def _said(error: BaseException) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001 - an exception of foreign code may not even be printable
        return "(no message)"


def _text(message: Any, redact: Redactor) -> str:
    text = redact(str(message))
    # Lone surrogates cannot be sent as UTF-8.
    return text[:MAX_MESSAGE].encode("utf-8", "replace").decode()
