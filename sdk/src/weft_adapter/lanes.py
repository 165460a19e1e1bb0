"""Connections kept between requests, one request at a time on each.

A pool of httpcore looks at all of its connections, each against all others, whenever a request begins or ends: with a
hundred requests under way it gives a dozen answers a second. Here every request takes a lane of its own, a pool of a
single connection; idle lanes are found by origin, the youngest first, and the oldest are closed.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpcore

MAX_IDLE = 100
"""Lanes that wait for the next request; more are closed."""
KEEPALIVE_SECONDS = 30.0

Key = tuple[bytes, bytes, int | None]


class _Lane:
    """One connection. `since` is when it became idle."""

    __slots__ = ("key", "pool", "since")

    def __init__(self, key: Key, pool: httpcore.AsyncConnectionPool) -> None:
        self.key = key
        self.pool = pool
        self.since = 0.0


class LanePool:
    """What httpx asks of a pool: `handle_async_request`, `aclose`. `make` gives a pool of a single connection."""

    def __init__(self, make: Callable[[], httpcore.AsyncConnectionPool]) -> None:
        self._make = make
        self._idle: dict[Key, list[_Lane]] = {}
        self._ages: OrderedDict[int, _Lane] = OrderedDict()
        self._closed = False

    @property
    def idle(self) -> int:
        """Lanes that wait."""
        return len(self._ages)

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """The answer; its stream must be closed, as httpx does, for the lane to be used again."""
        url = request.url
        lane = self._take((url.scheme, url.host, url.port))
        try:
            answer = await lane.pool.handle_async_request(request)
        except BaseException:
            # Whatever happened: what is left of this connection is not known well enough to be used again.
            await asyncio.shield(lane.pool.aclose())
            raise
        answer.stream = _LaneStream(self, lane, answer.stream)
        return answer

    def _take(self, key: Key) -> _Lane:
        waiting = self._idle.get(key)
        if not waiting:
            return _Lane(key, self._make())
        lane = waiting.pop()
        if not waiting:
            del self._idle[key]
        del self._ages[id(lane)]
        return lane

    async def release(self, lane: _Lane) -> None:
        """A request on this lane is over."""
        if self._closed:
            await lane.pool.aclose()
            return
        lane.since = asyncio.get_running_loop().time()
        self._idle.setdefault(lane.key, []).append(lane)
        self._ages[id(lane)] = lane
        while self._ages:
            oldest = next(iter(self._ages.values()))
            if len(self._ages) <= MAX_IDLE and lane.since - oldest.since < KEEPALIVE_SECONDS:
                return
            self._forget(oldest)
            await oldest.pool.aclose()

    def _forget(self, lane: _Lane) -> None:
        del self._ages[id(lane)]
        waiting = self._idle[lane.key]
        waiting.remove(lane)
        if not waiting:
            del self._idle[lane.key]

    async def aclose(self) -> None:
        """Close what waits, and what is in use when it is given back."""
        self._closed = True
        lanes, self._idle = list(self._ages.values()), {}
        self._ages.clear()
        for lane in lanes:
            await lane.pool.aclose()

    async def __aenter__(self) -> LanePool:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()


class _LaneStream:
    """An answer's body; gives the lane back when it is closed."""

    def __init__(self, owner: LanePool, lane: _Lane, inner: Any) -> None:
        self._owner = owner
        self._lane: _Lane | None = lane
        self._inner = inner

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._inner:
            yield part

    async def aclose(self) -> None:
        lane, self._lane = self._lane, None
        if lane is None:
            return
        try:
            await self._inner.aclose()
        except BaseException:
            await asyncio.shield(lane.pool.aclose())
            raise
        await self._owner.release(lane)
