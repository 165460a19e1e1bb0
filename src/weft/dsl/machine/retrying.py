"""Retry policies of the states languages: which faults are tried again, and after how long.

The delay before the first retry is `delay`; each further one is the last plus `increment`, times `multiplier`;
jitter (a fraction of it, or a duration, plus or minus) is applied, then `max_delay` caps, and the delay really used
feeds the next.
"""

from __future__ import annotations

from typing import Final

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


class RetryPolicy(msgspec.Struct, frozen=True):
    """Durations in ms. `attempts` counts executions, the first included; 0 is without limit.

    `only` (unless None) are the codes that are retried, `never` those that are not; both normalised.
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
