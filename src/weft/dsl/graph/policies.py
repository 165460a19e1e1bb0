"""What all tasks of a list may say beside their work: retries, time limits, `optional`."""

from __future__ import annotations

from typing import Any, cast

from weft.dsl.graph.builder import Keys
from weft.dsl.machine.nodes.task import ListedTask, TaskRetry
from weft.dsl.machine.nodes.task_given import LOGICS, MAX_DELAY_S, MAX_RATE, MAX_RETRIES, MAX_TIMEOUT_S, POLICIES
from weft.dsl.machine.program import Source

DEFAULT_RESPONSE_S = 3_600


def retry_of(keys: Keys, default: int, *, delay_s: int = 60) -> TaskRetry:
    """The retry policy; `default` -1: the type has no retries, whatever is written."""
    count = keys.whole("retryCount", max(default, 0), 0, MAX_RETRIES)
    logic = keys.text("retryLogic", "FIXED")
    if logic not in LOGICS:
        keys.builder.shape("enum", keys.at("retryLogic"), "'retryLogic' is FIXED, LINEAR_BACKOFF, EXPONENTIAL_BACKOFF")
    rate = keys.typed("backoffRate", _is_rate, "a number from 0 to 1000", 1)
    return TaskRetry(
        count=0 if default < 0 else count,
        logic=LOGICS.get(logic, "fixed"),
        delay_ms=keys.whole("retryDelaySeconds", delay_s, 0, MAX_DELAY_S) * 1000,
        rate=rate,
        max_delay_ms=keys.whole("maxRetryDelaySeconds", 0, 0, MAX_DELAY_S) * 1000,
    )


def _is_rate(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= MAX_RATE


def common(keys: Keys, word: str, name: str, default: int, given: Source | None, work: Any, *, top: bool) -> ListedTask:
    """The spec of a task from the keys that all types share."""
    policy = keys.text("timeoutPolicy", "TIME_OUT_WF")
    if policy not in POLICIES:
        keys.builder.shape("enum", keys.at("timeoutPolicy"), "'timeoutPolicy' is RETRY, TIME_OUT_WF or ALERT_ONLY")
    optional = keys.flag("optional")
    if optional and word == "TERMINATE":
        keys.builder.error("unsupported-optional", keys.at("optional"), "a task that ends the run cannot be optional")
    return ListedTask(
        name=name,
        type=word,
        work=work,
        input=given,
        retry=retry_of(keys, default),
        timeout_ms=keys.whole("timeoutSeconds", 0, 0, MAX_TIMEOUT_S) * 1000,
        policy=POLICIES.get(policy, "end"),
        response_ms=keys.whole("responseTimeoutSeconds", DEFAULT_RESPONSE_S, 0, MAX_TIMEOUT_S) * 1000,
        poll_ms=keys.whole("pollTimeoutSeconds", 0, 0, MAX_TIMEOUT_S) * 1000,
        total_ms=keys.whole("totalTimeoutSeconds", 0, 0, MAX_TIMEOUT_S) * 1000,
        delay_ms=keys.whole("startDelay", 0, 0, MAX_TIMEOUT_S) * 1000,
        optional=optional,
        permissive=keys.flag("permissive"),
        confirm=keys.flag("asyncComplete"),
        top=top,
    )


def names_of(value: Any) -> list[str]:
    """The texts of an array."""
    return [item for item in cast("list[Any]", value) if isinstance(item, str)] if isinstance(value, list) else []
