"""What an activity raises, and the error codes the worker itself gives.

A code is what a workflow's `onErrors` and retry policy match on. `DEFAULT` stands for an adapter error without a code.
"""

from __future__ import annotations

from typing import Final

DEFAULT: Final = "DEFAULT"
PANIC: Final = "PANIC"
"""An exception that is no `ActivityError`, or a result that is not JSON."""
TIMEOUT: Final = "TIMEOUT"
CANCELED: Final = "CANCELED"
INPUT_INVALID: Final = "INPUT_INVALID"
ADAPTER_NOT_FOUND: Final = "ADAPTER_NOT_FOUND"
EGRESS_REFUSED: Final = "EGRESS_REFUSED"
RESULT_TOO_LARGE: Final = "RESULT_TOO_LARGE"
WORKER_LOST: Final = "WORKER_LOST"
WORKER_STOPPED: Final = "WORKER_STOPPED"

NEVER_RETRIED: Final = frozenset(
    {
        "INIT",
        "FATAL",
        "EXPRESSION",
        "RESOURCE_NOT_FOUND",
        "SECRET_NOT_FOUND",
        ADAPTER_NOT_FOUND,
        "WORKFLOW_NOT_FOUND",
        "EVENT_TYPE_NOT_FOUND",
        INPUT_INVALID,
        EGRESS_REFUSED,
        RESULT_TOO_LARGE,
        CANCELED,
    }
)
"""Codes that no retry policy retries, whatever the raiser said."""


class ActivityError(Exception):
    """The failure of an activity, with the code that workflows match.

    `code` is any non-empty text, `message` is what people read, `retryable` False ends the retries. The codes of
    NEVER_RETRIED are not retried in any case.
    """

    def __init__(self, code: str, message: str = "", retryable: bool = True) -> None:
        super().__init__(message or code)
        self.code = code or DEFAULT
        self.message = message or code
        self.retryable = retryable and self.code not in NEVER_RETRIED


class RetryableError(ActivityError):
    """Short form: worth another attempt. `RetryableError("message")` has code DEFAULT."""

    def __init__(self, message: str, code: str = DEFAULT) -> None:
        super().__init__(code, message, retryable=True)


class NonRetryableError(ActivityError):
    """Short form: another attempt cannot help. `NonRetryableError("message")` has code DEFAULT."""

    def __init__(self, message: str, code: str = DEFAULT) -> None:
        super().__init__(code, message, retryable=False)
