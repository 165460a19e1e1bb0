"""What a task that is made while running says of its retries and time limits, and which definition it starts.

The keys are those that written tasks have, each with or without a leading underscore, with the same bounds; what is
outside of them is bad input, which fails the task that makes such tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal, cast

import msgspec

from weft.dsl.machine.nodes.task import ListedTask, TaskRetry, invalid

Object = dict[str, Any]

LOGICS: Final[dict[str, Literal["fixed", "linear", "exponential"]]] = {
    "FIXED": "fixed",
    "LINEAR_BACKOFF": "linear",
    "LINEAR_BACK": "linear",
    "LINEAR BACK": "linear",
    "EXPONENTIAL_BACKOFF": "exponential",
}
POLICIES: Final[dict[str, Literal["retry", "end", "alert"]]] = {
    "TIME_OUT_WF": "end",
    "TIMED_OUT_WF": "end",
    "RETRY": "retry",
    "ALERT_ONLY": "alert",
}
MAX_RETRIES: Final = 10
MAX_DELAY_S: Final = 86_400
MAX_TIMEOUT_S: Final = 31_536_000
MAX_RATE: Final = 1_000

_RETRY: Final = (
    ("retryCount", "count", MAX_RETRIES, 1),
    ("retryDelaySeconds", "delay_ms", MAX_DELAY_S, 1_000),
    ("maxRetryDelaySeconds", "max_delay_ms", MAX_DELAY_S, 1_000),
)
_LIMITS: Final = (
    ("timeoutSeconds", "timeout_ms"),
    ("responseTimeoutSeconds", "response_ms"),
    ("pollTimeoutSeconds", "poll_ms"),
    ("totalTimeoutSeconds", "total_ms"),
    ("startDelay", "delay_ms"),
)
_FLAGS: Final = (("optional", "optional"), ("permissive", "permissive"), ("asyncComplete", "confirm"))
_CHILD: Final = (
    ("name", "name"),
    ("workflowDefId", "id"),
    ("version", "version"),
    ("workflowDefinition", "definition"),
    ("input", "input"),
    ("correlationId", "correlation"),
    ("idempotencyKey", "key"),
)


def member(task: Mapping[str, Any], *keys: str) -> Any:
    """The first member that is not null, each key with the leading underscore before the one without."""
    for key in keys:
        for name in ("_" + key, key):
            if task.get(name) is not None:
                return task[name]
    return None


def retry_given(task: Mapping[str, Any]) -> Object:
    """Fields of `TaskRetry` that a task gives, plain data. Raises Raised for what is none."""
    found: Object = {}
    for key, field, most, factor in _RETRY:
        value = _whole(task, key, most)
        if value is not None:
            found[field] = value * factor
    logic, rate = member(task, "retryLogic"), member(task, "backoffRate", "backoffScaleFactor")
    if logic is not None:
        found["logic"] = _word(LOGICS, "retryLogic", logic)
    if rate is not None:
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate <= MAX_RATE:
            raise invalid(f"'backoffRate' is a number from 0 to {MAX_RATE}")
        found["rate"] = rate
    return found


def limits_given(task: Mapping[str, Any]) -> Object:
    """Fields of `ListedTask` beside the retries that a task gives, plain data. Raises Raised for what is none."""
    found: Object = {}
    for key, field in _LIMITS:
        value = _whole(task, key, MAX_TIMEOUT_S)
        if value is not None:
            found[field] = value * 1_000
    policy = member(task, "timeoutPolicy")
    if policy is not None:
        found["policy"] = _word(POLICIES, "timeoutPolicy", policy)
    for key, field in _FLAGS:
        flag = member(task, key)
        if flag is not None and not isinstance(flag, bool):
            raise invalid(f"'{key}' is true or false")
        if flag:
            found[field] = True
    return found


def child_given(value: Any) -> Object:
    """Which definition is started: the members that `ChildWork.which` gives, from what a task says."""
    given = cast("Object", value) if isinstance(value, dict) else {}
    return {field: found for key, field in _CHILD if (found := member(given, key)) is not None}


def with_given(spec: ListedTask, retry: TaskRetry, entry: Mapping[str, Any]) -> ListedTask:
    """The spec with what a task of that entry gives: `retry` and `limits`."""
    given = entry.get("retry")
    retry = msgspec.structs.replace(retry, **given) if given else retry
    return msgspec.structs.replace(spec, retry=retry, **entry.get("limits", {}))


def _whole(task: Mapping[str, Any], key: str, most: int) -> int | None:
    value = member(task, key)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= most:
        raise invalid(f"'{key}' is a whole number from 0 to {most}")
    return value


def _word(words: Mapping[str, str], key: str, value: Any) -> str:
    found = words.get(value) if isinstance(value, str) else None
    if found is None:
        raise invalid(f"'{key}' cannot be {str(value)[:40]!r}")
    return found
