"""A limit on failed logins: per user and address, and per address.

Failures count for a window from the first of them; while a pair, or an address, has reached its limit, further tries
are refused unread. Memory is bounded: of more than 10,000 counters the oldest go.
"""

from __future__ import annotations

import math

from weft.domain.errors import Unauthenticated
from weft.ports.clock import Clock

MAX_COUNTERS = 10_000
Key = tuple[str, str]


class LoginThrottle:
    """Used from the event loop only."""

    def __init__(self, clock: Clock, *, pair_limit: int, address_limit: int, window_s: float) -> None:
        self._clock = clock
        self._pair_limit = pair_limit
        self._address_limit = address_limit
        self._window_s = window_s
        self._counters: dict[Key, tuple[float, int]] = {}

    def check(self, user: str, address: str) -> None:
        """Raises Unauthenticated (code `too_many_attempts`, with `retry_after`) while the limit is reached."""
        for key, limit in (((user, address), self._pair_limit), (("", address), self._address_limit)):
            since, count = self._counters.get(key, (0.0, 0))
            left = since + self._window_s - self._clock.monotonic()
            if count >= limit and left > 0:
                raise Unauthenticated(
                    "too many failed logins; try again later",
                    code="too_many_attempts",
                    retry_after=max(1, math.ceil(left)),
                )

    def failed(self, user: str, address: str) -> None:
        now = self._clock.monotonic()
        for key in ((user, address), ("", address)):
            since, count = self._counters.pop(key, (now, 0))
            if since + self._window_s <= now:
                since, count = now, 0
            self._counters[key] = (since, count + 1)
        while len(self._counters) > MAX_COUNTERS:
            self._counters.pop(next(iter(self._counters)))

    def succeeded(self, user: str, address: str) -> None:
        self._counters.pop((user, address), None)
