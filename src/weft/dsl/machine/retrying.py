"""Retry policies of the states languages: which faults are tried again, and after how long.

The delay before the first retry is `delay`; each further one is the last plus `increment`, times `multiplier`;
jitter (a fraction of it, or a duration, plus or minus) is applied, then `max_delay` caps, and the delay really used
feeds the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from weft.dsl.machine.faultmatch import codes_of
from weft.dsl.machine.faults import Fault

# Raised by engine or adapters for what another try cannot change.
NEVER_RETRIED: Final = frozenset(
    (
        "INIT",
        "FATAL",
        "EXPRESSION",
        "JQ_ERROR",
        "BUDGET",
        "RESOURCE_NOT_FOUND",
        "SECRET_NOT_FOUND",
        "ADAPTER_NOT_FOUND",
        "WORKFLOW_NOT_FOUND",
        "EVENT_TYPE_NOT_FOUND",
        "INPUT_INVALID",
        "INTERNAL",
        "LIMIT",
        "MERGE_TYPE",
        "UNSUPPORTED",
    )
)


class RetryPolicy(msgspec.Struct, frozen=True, cache_hash=True):
    """Durations in ms. `attempts` counts executions, the first included; 0 is without limit.

    `only` (unless None) are the codes that are retried, `never` those that are not; both normalised. -1 as a delay,
    a multiplier or a number of attempts stands for the server's default (`in_force`).
    """

    name: str = ""
    delay: int = 0
    increment: int = 0
    multiplier: float = 1.0
    max_delay: int = 0
    attempts: int = 0
    jitter: float = 0.0
    jitter_ms: int = 0
    only: frozenset[str] | None = None
    never: frozenset[str] = frozenset()


# What holds where a server has no defaults of its own; times in seconds, as servers keep them.
BUILT_IN: Final[dict[str, float]] = {
    "retryMaxAttempts": 5,
    "retryDelay": 10,
    "retryMaxDelay": 300,
    "retryDelayMultiplier": 1.5,
    "retryJitter": 0.2,
}
SERVER_DEFAULT: Final = RetryPolicy(name="default", delay=-1, multiplier=-1, max_delay=-1, attempts=-1, jitter=-1)


def in_force(policy: RetryPolicy, defaults: Mapping[str, Any]) -> RetryPolicy:
    """The policy with the server's defaults in the places that ask for them."""
    if min(policy.delay, policy.multiplier, policy.max_delay, policy.attempts, policy.jitter) >= 0:
        return policy
    values = {key: _number(defaults.get(key), built_in) for key, built_in in BUILT_IN.items()}
    return msgspec.structs.replace(
        policy,
        delay=int(values["retryDelay"] * 1000) if policy.delay < 0 else policy.delay,
        multiplier=values["retryDelayMultiplier"] if policy.multiplier < 0 else policy.multiplier,
        max_delay=int(values["retryMaxDelay"] * 1000) if policy.max_delay < 0 else policy.max_delay,
        attempts=int(values["retryMaxAttempts"]) if policy.attempts < 0 else policy.attempts,
        jitter=values["retryJitter"] if policy.jitter < 0 else policy.jitter,
    )


def _number(value: Any, built_in: float) -> float:
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0 else built_in


_CAP_MS: Final = 10 * 366 * 86_400_000  # ten years: more is no delay a run waits for


def next_delay(policy: RetryPolicy, last: int | None, random: float) -> int:
    """Milliseconds before the next execution. `last` is the delay used before, `random` is in [0, 1)."""
    wait: float = policy.delay if last is None else (last + policy.increment) * policy.multiplier
    wait = min(wait, _CAP_MS)
    spread = policy.jitter * wait if policy.jitter else policy.jitter_ms
    if spread:
        wait += (2 * random - 1) * spread
    if policy.max_delay and wait > policy.max_delay:
        wait = policy.max_delay
    return max(0, int(wait))


def may_retry(policy: RetryPolicy, fault: Fault, executions: int) -> bool:
    """Whether a further execution is allowed after `executions` of them ended with `fault`."""
    if not fault.retryable or (policy.attempts and executions >= policy.attempts):
        return False
    codes = codes_of(fault)
    if policy.only is not None and not any(code in policy.only for code in codes):
        return False
    return not any(code in policy.never or code in NEVER_RETRIED for code in codes)
