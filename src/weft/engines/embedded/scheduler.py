"""The scheduler of one server: sleeps until the next time of a schedule, or until schedules are changed.

It looks at the clock once a second besides, in memory only: a clock that is set forward leaves times behind that nobody
could look after, which counts like a server that was down; one that is set back leaves next times too far in the
future, which are worked out anew. Whatever fails is tried again, and never ends the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

import structlog

from weft.domain.errors import Refusal
from weft.ports.clock import Clock
from weft.ports.schedules import FireDue

_log = structlog.get_logger("weft.schedules")
TICK_S = 1.0
JUMP_MS = 5_000
"""A clock that goes this much wrong against the monotonic one was set."""
RETRY_S = 5.0


class Scheduler:
    """Open it in the running event loop, after the engine; close it before the engine."""

    def __init__(self, due: FireDue, clock: Clock) -> None:
        self._due = due
        self._clock = clock
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._end_watch: Callable[[], None] | None = None
        self._next: int | None = None
        self._floor = 0
        self._seen_ms = 0
        self._seen_s = 0.0
        self._set_back = False
        self._not_before_s = 0.0

    async def open(self) -> None:
        """Begin to look after schedules; times before now were missed."""
        self.begin()
        self._task = asyncio.get_running_loop().create_task(self._loop())

    def begin(self) -> None:
        """What `open` does, without the loop: for tests, which call `turn` themselves."""
        self._seen_ms, self._seen_s = self._clock.now_ms(), self._clock.monotonic()
        self._floor = self._seen_ms
        self._set_back = True  # it may have been while no server was there
        self._end_watch = self._due.on_change(self._woken.set)
        self._woken.set()

    async def close(self) -> None:
        """A start that is under way is either durable or made at the next opening."""
        if self._end_watch is not None:
            self._end_watch()
            self._end_watch = None
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def turn(self) -> int:
        """Look at the clock and start everything that is due; how many schedules were looked after."""
        self._look_at_clock()
        changed = self._woken.is_set()
        self._woken.clear()
        now = self._clock.now_ms()
        if not (changed or self._set_back or (self._next is not None and self._next <= now)):
            return 0
        count = 0
        try:
            while self._set_back:
                self._set_back = await self._due.reckon_again() > 0
            while fired := await self._due.fire_due(self._floor):
                count += fired
        except BaseException:
            self._woken.set()  # it is looked at again
            raise
        self._next = self._due.next_due()
        return count

    def wait_s(self) -> float:
        """Seconds until the next turn."""
        if self._next is None:
            return TICK_S
        return min(TICK_S, max(0.0, (self._next - self._clock.now_ms()) / 1000))

    def _look_at_clock(self) -> None:
        now_ms, now_s = self._clock.now_ms(), self._clock.monotonic()
        off = now_ms - self._seen_ms - int((now_s - self._seen_s) * 1000)
        if off > JUMP_MS:
            _log.warning("the clock was set forward", by_s=off // 1000)
            self._floor = now_ms
        elif off < -JUMP_MS:
            _log.warning("the clock was set back", by_s=-off // 1000)
            self._floor = min(self._floor, now_ms)
            self._set_back = True
        self._seen_ms, self._seen_s = now_ms, now_s

    async def _loop(self) -> None:
        while True:
            try:
                await self.turn()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self.wait_s()):
                        await self._woken.wait()
            except Refusal as refusal:
                _log.warning("schedules have to wait", reason=refusal.message)
                await asyncio.sleep(min(RETRY_S, refusal.retry_after or RETRY_S))
            except Exception:  # noqa: BLE001 - without its loop nothing would be started any more
                _log.exception("the scheduler failed; it goes on")
                await asyncio.sleep(RETRY_S)
