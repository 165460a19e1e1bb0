"""The exceptions of activities."""

import pytest

from weft_adapter.errors import ActivityError, NonRetryableError, RetryableError


def test_an_error_carries_code_message_and_whether_to_retry() -> None:
    error = ActivityError("POOL_EXHAUSTED", "no free prefix", retryable=False)
    assert (error.code, error.message, error.retryable, str(error)) == (
        "POOL_EXHAUSTED", "no free prefix", False, "no free prefix",
    )  # fmt: skip


def test_the_short_forms_have_the_default_code() -> None:
    assert (RetryableError("later").code, RetryableError("later").retryable) == ("DEFAULT", True)
    assert (NonRetryableError("never").code, NonRetryableError("never").retryable) == ("DEFAULT", False)
    assert NonRetryableError("never", "GONE").code == "GONE"


@pytest.mark.parametrize("code", ["INIT", "FATAL", "INPUT_INVALID", "RESOURCE_NOT_FOUND"])
def test_some_codes_are_never_retried(code: str) -> None:
    assert ActivityError(code, "x", retryable=True).retryable is False


def test_an_empty_code_is_the_default_code() -> None:
    assert ActivityError("", "x").code == "DEFAULT"
