"""Retry policies: `retries[]` entries and what an action says about them, by dialect.

| | 0.8 | 0.9 | CWM |
| --- | --- | --- | --- |
| `maxAttempts` counts | executions, the first included | executions | executions |
| 0 | no retry, warning | refused | without limit |
| missing | without limit | refused by the schema | without limit |
| which faults | `retryableErrors`, or all with a `retryRef` alone; with `autoRetries` all but `nonRetryableErrors` | those the handler matched | all but `nonRetryableErrors` |
| no policy named | none; with `autoRetries` without limit, 1 s, doubled, 300 s at most | none | the server's defaults |
"""  # noqa: E501

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from weft.dsl.machine.faultmatch import normal_code
from weft.dsl.machine.retrying import SERVER_DEFAULT, RetryPolicy
from weft.dsl.v08.draft import list_of, text_of
from weft.dsl.v08.lowering import Lowering, part_of

AUTOMATIC: Final = RetryPolicy(name="autoRetries", delay=1_000, multiplier=2.0, max_delay=300_000)
_MAX_ATTEMPTS: Final = 1_000_000


def retry_of_action(
    action: Mapping[str, Any], pointer: str, lowering: Lowering, *, activity: bool
) -> RetryPolicy | None:
    """The policy of one action of 0.8 or CWM; None for no retry. `activity`: it calls an activity."""
    draft = lowering.draft
    automatic = draft.doc.get("autoRetries") is True
    policy = _named(action, pointer, lowering)
    only = _codes(action, "retryableErrors", pointer, lowering)
    never = _codes(action, "nonRetryableErrors", pointer, lowering) or frozenset()
    if policy is None:
        if draft.cwm and activity and not automatic:
            policy = SERVER_DEFAULT
        elif automatic:
            policy = AUTOMATIC
        else:
            return None
    if automatic and not draft.cwm:
        only = None
    return RetryPolicy(
        name=policy.name,
        delay=policy.delay,
        increment=policy.increment,
        multiplier=policy.multiplier,
        max_delay=policy.max_delay,
        attempts=policy.attempts,
        jitter=policy.jitter,
        jitter_ms=policy.jitter_ms,
        only=only,
        never=never,
    )


def _named(action: Mapping[str, Any], pointer: str, lowering: Lowering) -> RetryPolicy | None:
    name = action.get("retryRef")
    if not isinstance(name, str):
        return None
    part = part_of(lowering.draft, lowering.draft.retries, name, "ref-retry", pointer + "/retryRef", "retry policy")
    return None if part is None else read_policy(part.body, part.pointer, lowering)


def _codes(action: Mapping[str, Any], key: str, pointer: str, lowering: Lowering) -> frozenset[str] | None:
    """The codes that a list of error names stands for; None without the list."""
    if not isinstance(action.get(key), list):
        return None
    draft = lowering.draft
    codes: set[str] = set()
    for index, name in enumerate(list_of(action, key)):
        if not isinstance(name, str):
            continue
        part = draft.errors.get(name)
        if part is None:
            if not draft.cwm:
                draft.error("ref-error", f"{pointer}/{key}/{index}", f"{name!r} is no error of this definition")
            codes.add(normal_code(name))
        else:
            codes.add(normal_code(part.body.get("code")) or normal_code(name))
    return frozenset(codes)


def policy_by(value: Any, pointer: str, lowering: Lowering) -> RetryPolicy | None:
    """A policy by name, or written in-line (0.9 handlers)."""
    if isinstance(value, str):
        draft = lowering.draft
        part = part_of(draft, draft.retries, value, "ref-retry", pointer, "retry policy")
        return None if part is None else read_policy(part.body, part.pointer, lowering)
    if isinstance(value, dict):
        return read_policy(cast("dict[str, Any]", value), pointer, lowering)
    return None


def read_policy(body: Mapping[str, Any], pointer: str, lowering: Lowering) -> RetryPolicy:
    """One `retries[]` entry. In CWM the server's defaults stand for missing delay, multiplier and cap."""
    missing = -1 if lowering.draft.cwm else 0
    delay = _ms(body, "delay", pointer, lowering)
    cap = _ms(body, "maxDelay", pointer, lowering)
    multiplier = _number(body, "multiplier", pointer, lowering)
    jitter, jitter_ms = _jitter(body, pointer, lowering)
    return RetryPolicy(
        name=text_of(body, "name"),
        delay=missing if delay is None else delay,
        increment=_ms(body, "increment", pointer, lowering) or 0,
        multiplier=(-1.0 if missing else 1.0) if multiplier is None else multiplier,
        max_delay=missing if cap is None else cap,
        attempts=_attempts(body, pointer, lowering),
        jitter=jitter,
        jitter_ms=jitter_ms,
    )


def _ms(body: Mapping[str, Any], key: str, pointer: str, lowering: Lowering) -> int | None:
    if key not in body:
        return None
    found = lowering.duration(body[key], f"{pointer}/{key}")
    # the calendar plays no part in a delay: a month counts 30 days
    return 0 if found is None else found.ms + found.months * 30 * 86_400_000


def _number(body: Mapping[str, Any], key: str, pointer: str, lowering: Lowering) -> float | None:
    value = body.get(key)
    if isinstance(value, str):
        try:
            value = float(value.strip())
        except ValueError:
            value = -1.0
        if not 0 <= value < float("inf"):
            lowering.draft.error("number-text", f"{pointer}/{key}", f"{body[key]!r} is no number that fits here")
            return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value < float("inf"):
        return float(value)
    return None


def _attempts(body: Mapping[str, Any], pointer: str, lowering: Lowering) -> int:
    draft = lowering.draft
    value = _number(body, "maxAttempts", pointer, lowering)
    if value is None:
        return 0
    attempts = min(int(value), _MAX_ATTEMPTS)
    if attempts == 0 and not draft.cwm:
        where = pointer + "/maxAttempts"
        if draft.v09:
            draft.error("retry-attempts", where, "0 executions are none: at least one is needed")
        else:
            draft.warning("retry-attempts", where, "0 is read as 1: one execution, no retry")
        return 1
    return attempts


def _jitter(body: Mapping[str, Any], pointer: str, lowering: Lowering) -> tuple[float, int]:
    value = body.get("jitter")
    if isinstance(value, str) and value.strip().startswith("P"):
        return 0.0, _ms(body, "jitter", pointer, lowering) or 0
    fraction = _number(body, "jitter", pointer, lowering)
    return min(fraction or 0.0, 1.0), 0
