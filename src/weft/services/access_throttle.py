"""Limits on failed logins: of users per user and address, and per address; of clients per client, and per address.

Failures count for a window from the first of them; while a counter has reached its limit, further tries are refused
unread. Memory is bounded: of more than 10,000 counters the oldest go.
"""

from __future__ import annotations

import math

from weft.domain.errors import Busy, Unauthenticated
from weft.ports.clock import Clock

MAX_COUNTERS = 10_000
MAX_NAME = 255
"""Characters of a name that tell one counter from another: what was sent may be no name at all."""
Key = tuple[str, str]


class FailureWindow:
    """Counters of failures. Used from the event loop only."""

    def __init__(self, clock: Clock, window_s: float) -> None:
        self._clock = clock
        self._window_s = window_s
        self._counters: dict[Key, tuple[float, int]] = {}

    def __len__(self) -> int:
        return len(self._counters)

    def pause_s(self, key: Key, limit: int) -> int:
        """Seconds until the counter is below its limit again; 0 when it is."""
        since, count = self._counters.get(key, (0.0, 0))
        left = since + self._window_s - self._clock.monotonic()
        return max(1, math.ceil(left)) if count >= limit and left > 0 else 0

    def count(self, *keys: Key) -> None:
        """One failure more."""
        now = self._clock.monotonic()
        for key in keys:
            since, count = self._counters.pop(key, (now, 0))
            if since + self._window_s <= now:
                since, count = now, 0
            self._counters[key] = (since, count + 1)
        while len(self._counters) > MAX_COUNTERS:
            self._counters.pop(next(iter(self._counters)))

    def forget(self, key: Key) -> None:
        self._counters.pop(key, None)


class LoginThrottle:
    """Of users who log in with a password."""

    def __init__(self, clock: Clock, *, pair_limit: int, address_limit: int, window_s: float) -> None:
        self._failures = FailureWindow(clock, window_s)
        self._pair_limit = pair_limit
        self._address_limit = address_limit

    def check(self, user: str, address: str) -> None:
        """Raises Unauthenticated (code `too_many_attempts`, with `retry_after`) while the limit is reached."""
        for key, limit in (((user[:MAX_NAME], address), self._pair_limit), (("", address), self._address_limit)):
            pause_s = self._failures.pause_s(key, limit)
            if pause_s:
                raise Unauthenticated(
                    "too many failed logins; try again later", code="too_many_attempts", retry_after=pause_s
                )

    def failed(self, user: str, address: str) -> None:
        self._failures.count((user[:MAX_NAME], address), ("", address))

    def succeeded(self, user: str, address: str) -> None:
        self._failures.forget((user[:MAX_NAME], address))


class ClientThrottle:
    """Of clients that ask for a token with a wrong id or secret: so many for one client, and for one address."""

    def __init__(self, clock: Clock, *, limit: int, window_s: float) -> None:
        self._failures = FailureWindow(clock, window_s)
        self._limit = limit

    def check(self, client: str, address: str) -> None:
        """Raises Busy (code `too_many_requests`, with `retry_after`) while the limit is reached."""
        pause_s = max(self._failures.pause_s(key, self._limit) for key in ((client[:MAX_NAME], ""), ("", address)))
        if pause_s:
            raise Busy("too many failed tries; try again later", code="too_many_requests", retry_after=pause_s)

    def failed(self, client: str, address: str) -> None:
        self._failures.count((client[:MAX_NAME], ""), ("", address))
