"""Delays and decisions of retry policies."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.machine.faults import Fault
from weft.dsl.machine.retrying import BUILT_IN, SERVER_DEFAULT, RetryPolicy, in_force, may_retry, next_delay


def delays(policy: RetryPolicy, count: int, random: float = 0.5) -> list[int]:
    found: list[int] = []
    for _ in range(count):
        found.append(next_delay(policy, found[-1] if found else None, random))
    return found


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (RetryPolicy(delay=10_000, increment=2_000), [10_000, 12_000, 14_000]),
        (RetryPolicy(delay=30_000, multiplier=1.1, max_delay=15_000), [15_000, 15_000, 15_000]),
        (RetryPolicy(delay=1_000, multiplier=2), [1_000, 2_000, 4_000]),
        (RetryPolicy(delay=1_000, increment=1_000, multiplier=2), [1_000, 4_000, 10_000]),
        (RetryPolicy(), [0, 0, 0]),
    ],
)
def test_delays(policy: RetryPolicy, expected: list[int]) -> None:
    assert delays(policy, 3) == expected


def test_jitter() -> None:
    assert delays(RetryPolicy(delay=10_000, jitter=0.2), 1, 0.0) == [8_000]
    assert delays(RetryPolicy(delay=10_000, jitter_ms=500), 1, 0.0) == [9_500]
    # the delay really used feeds the next
    assert delays(RetryPolicy(delay=10_000, multiplier=2, jitter=0.2), 2, 0.0) == [8_000, 12_800]
    assert delays(RetryPolicy(delay=10, jitter_ms=500), 1, 0.0) == [0]


@given(st.integers(0, 10**12), st.floats(0, 1e6), st.integers(0, 10**12), st.floats(0, 0.999))
def test_delays_are_bounded(last: int, multiplier: float, increment: int, random: float) -> None:
    assert 0 <= next_delay(RetryPolicy(multiplier=multiplier, increment=increment, jitter=1), last, random) < 10**13


def test_attempts() -> None:
    fault = Fault("communication", 500, code="X")
    assert may_retry(RetryPolicy(attempts=3), fault, 2)
    assert not may_retry(RetryPolicy(attempts=3), fault, 3)
    assert may_retry(RetryPolicy(), fault, 10**6)


def test_codes() -> None:
    fault = Fault("communication", 503)
    assert not may_retry(RetryPolicy(never=frozenset({"HTTP_STATUS_503"})), fault, 1)
    assert may_retry(RetryPolicy(only=frozenset({"HTTP_STATUS_503"})), fault, 1)
    assert not may_retry(RetryPolicy(only=frozenset()), fault, 1)
    assert not may_retry(RetryPolicy(), Fault("runtime", 500, code="FATAL"), 1)
    assert not may_retry(RetryPolicy(), Fault("runtime", 500, code="X", retryable=False), 1)


def test_server_defaults() -> None:
    built_in = in_force(SERVER_DEFAULT, {})
    assert (built_in.attempts, built_in.delay, built_in.multiplier, built_in.max_delay, built_in.jitter) == (
        5,
        10_000,
        1.5,
        300_000,
        0.2,
    )
    told = in_force(
        SERVER_DEFAULT, {"retryMaxAttempts": 0, "retryDelay": 1, "retryJitter": "much", "retryMaxDelay": -1}
    )
    assert (told.attempts, told.delay, told.jitter, told.max_delay) == (0, 1_000, BUILT_IN["retryJitter"], 300_000)
    explicit = RetryPolicy(delay=5)
    assert in_force(explicit, {"retryDelay": 1}) is explicit
