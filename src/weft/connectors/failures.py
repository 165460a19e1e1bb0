"""How attempts of connectors fail.

Retried are connection errors, passed limits, HTTP 408, 425, 429 and 5xx, and what a connector does not mark; other 4xx,
refused egress, refused logins and bad input are not.
"""

from __future__ import annotations

from typing import Final

from weft.dsl.machine.nodes.task import LONGEST_NOTICE_MS, STATUS_RETRIED
from weft_adapter.errors import EGRESS_REFUSED, INPUT_INVALID, TIMEOUT, ActivityError

AUTHENTICATION: Final = "AUTHENTICATION"
COMMUNICATION: Final = "COMMUNICATION"
SECRET_NOT_GRANTED: Final = "SECRET_NOT_GRANTED"  # noqa: S105 - the name of an error
MAX_REASON: Final = 2048
"""Bytes of a foreign answer that become part of the reason."""


class AttemptFailed(ActivityError):
    """An attempt has failed. `retry_after_ms`: what the other side asked to wait, up to an hour; 0 for nothing."""

    def __init__(self, code: str, message: str, retryable: bool = True, retry_after_ms: int = 0) -> None:
        super().__init__(code, message, retryable)
        self.retry_after_ms = max(0, min(retry_after_ms, LONGEST_NOTICE_MS))


def bad_input(message: str) -> AttemptFailed:
    """The task's input is wrong: no attempt can go better."""
    return AttemptFailed(INPUT_INVALID, message, False)


def refused_egress(message: str) -> AttemptFailed:
    """The server does not make that connection."""
    return AttemptFailed(EGRESS_REFUSED, f"egress: {message}", False)


def refused_login(message: str) -> AttemptFailed:
    """The other side does not know the credentials."""
    return AttemptFailed(AUTHENTICATION, message, False)


def unreachable(message: str) -> AttemptFailed:
    """The connection failed, or broke."""
    return AttemptFailed(COMMUNICATION, message)


def overdue(what: str, limit_s: float) -> AttemptFailed:
    """A built-in limit has passed."""
    return AttemptFailed(TIMEOUT, f"{what} did not end within {limit_s:g} s")


def http_status(status: int, body: str, what: str, retry_after_ms: int = 0) -> AttemptFailed:
    """An HTTP answer that is no success; the reason is the beginning of its body."""
    retried = status >= 500 or status in STATUS_RETRIED
    text = body.encode("utf-8", "replace")[:MAX_REASON].decode("utf-8", "ignore")
    return AttemptFailed(f"HTTP_STATUS_{status}", text or f"{what}: {status}", retried, retry_after_ms)
