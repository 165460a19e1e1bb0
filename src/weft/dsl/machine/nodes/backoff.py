"""How long a 1.0 retry waits: constant d, linear d*k, exponential d*2^(k-1) for the k-th retry, plus jitter."""

from __future__ import annotations

from weft.dsl.machine.chance import between
from weft.dsl.machine.core import Turn
from weft.dsl.machine.delays import length_of
from weft.dsl.machine.durations import MAX_MS
from weft.dsl.machine.program import RetrySpec
from weft.dsl.machine.state import Token


def retry_delay(turn: Turn, token: Token, retry: RetrySpec, number: int) -> int:
    """Milliseconds before retry `number` (from 1). The jitter is uniform between its ends, from the run's seed."""
    delay = length_of(turn, token, retry.delay)
    if retry.backoff == "linear":
        delay *= number
    elif retry.backoff == "exponential":
        delay *= 2 ** min(number - 1, 64)
    low = length_of(turn, token, retry.jitter_from)
    high = length_of(turn, token, retry.jitter_to)
    if low or high:
        delay += between(turn, low, high)
    return min(delay, MAX_MS)
