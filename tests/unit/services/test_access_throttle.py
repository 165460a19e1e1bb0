from __future__ import annotations

import pytest

from weft.domain.errors import Busy, Unauthenticated
from weft.services.access_throttle import MAX_COUNTERS, ClientThrottle, LoginThrottle


class Clock:
    now = 100.0

    def monotonic(self) -> float:
        return self.now

    def now_ms(self) -> int:
        return int(self.now * 1000)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def throttle(clock):
    return LoginThrottle(clock, pair_limit=2, address_limit=4, window_s=10)


def refused(throttle, user, address):
    try:
        throttle.check(user, address)
    except Unauthenticated as refusal:
        return refusal.retry_after
    return None


def test_pair_limit_and_window(throttle, clock):
    throttle.failed("a", "x")
    assert refused(throttle, "a", "x") is None
    clock.now += 4
    throttle.failed("a", "x")
    assert refused(throttle, "a", "x") == 6
    assert refused(throttle, "a", "y") is None
    assert refused(throttle, "b", "x") is None
    clock.now += 6
    assert refused(throttle, "a", "x") is None


def test_address_limit_over_many_users(throttle):
    for user in "abcd":
        throttle.failed(user, "x")
    assert refused(throttle, "e", "x") == 10
    assert refused(throttle, "e", "y") is None


def test_success_clears_the_pair_and_not_the_address(throttle):
    throttle.failed("a", "x")
    throttle.succeeded("a", "x")
    throttle.failed("a", "x")
    assert refused(throttle, "a", "x") is None
    for _ in range(2):
        throttle.failed("b", "x")
    assert refused(throttle, "c", "x") == 10


def test_a_window_that_is_over_starts_anew(throttle, clock):
    throttle.failed("a", "x")
    clock.now += 11
    throttle.failed("a", "x")
    assert refused(throttle, "a", "x") is None


def test_memory_is_bounded(throttle):
    for number in range(MAX_COUNTERS + 50):
        throttle.failed(f"u{number}", f"h{number}")
    assert len(throttle._failures) == MAX_COUNTERS


def client_pause(throttle, client, address):
    try:
        throttle.check(client, address)
    except Busy as refusal:
        assert refusal.code == "too_many_requests"
        return refusal.retry_after
    return None


def test_clients_are_counted_by_id_and_by_address(clock):
    throttle = ClientThrottle(clock, limit=3, window_s=60)
    for address in "xyz":
        throttle.failed("a", address)
    assert client_pause(throttle, "a", "w") == 60
    assert client_pause(throttle, "b", "x") is None
    for client in "bc":
        throttle.failed(client, "x")
    assert client_pause(throttle, "d", "x") == 60
    clock.now += 60
    assert client_pause(throttle, "a", "x") is None


def test_a_long_name_is_counted_by_its_beginning(clock):
    throttle = ClientThrottle(clock, limit=1, window_s=60)
    throttle.failed("n" * 60_000, "x")
    assert max(len(text) for key in throttle._failures._counters for text in key) == 255
    assert client_pause(throttle, "n" * 60_000, "y") == 60
