"""The one writer: gathers units of work and turns into group commits.

Everything that is written runs on the event loop's thread, in short slices; only COMMIT, which waits for the disk,
is handed to the writer thread, and only while the loop has other work. Writing rows on a second thread would be
slower on a busy server: the driver gives up the interpreter lock at every row and would have to win it back from the
loop each time. An idle server commits a lone entry inline, since a hop to a thread and back costs more than a fast
disk's sync; where syncs are slow, the hop is taken always.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, TypeVar, cast

import structlog

from weft.domain.errors import Busy, Refusal, Unavailable
from weft.ports.clock import Clock
from weft.ports.store import Lost, Tx, WorkSource
from weft.store.lease import Lease
from weft.store.statements import refusal
from weft.store.unit import SqlTx

T = TypeVar("T")
_log = structlog.get_logger("weft.store")

SLICE_S = 0.02
LONGEST_SLICE_S = 0.05
SHARE = 8
"""Seconds of work that go into one group commit before the loop is let go; more, up to the longest, where the disk is
slow: so many times what a commit takes, that a busy server does not wait for its disk most of the time."""
INLINE_S = 0.004
"""A commit that lately took longer than this is never made on the loop's thread."""
RETRY_S = 0.25
QUEUE_LIMIT = 20_000

_Entry = tuple[Callable[[SqlTx], Any], "asyncio.Future[Any]"]


def slice_for(commit_s: float) -> float:
    """Seconds of work for one group commit where a commit lately took `commit_s`."""
    return min(max(SLICE_S, SHARE * commit_s), LONGEST_SLICE_S)


class Committer:
    """Use from one event loop. `close` finishes what waits."""

    def __init__(
        self,
        tx: SqlTx,
        clock: Clock,
        lease: Lease | None,
        writer: Executor | None,
        *,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        self._tx = tx
        self._clock = clock
        self._lease = lease
        self._writer = writer
        self._limit = queue_limit
        self._queue: deque[_Entry] = deque()
        self._sources: list[WorkSource] = []
        self._scheduled = False
        self._committing = False
        self._closed = False
        self._commit_s = 0.0
        self._idle: list[asyncio.Future[None]] = []
        self.commits = 0

    # -- asking --

    async def write(self, work: Callable[[Tx], T]) -> T:
        """See `weft.ports.store`."""
        if self._closed:
            raise Unavailable("the store is closed", code="closed")
        if len(self._queue) >= self._limit:
            raise Busy(f"{self._limit} units of work are waiting to be stored", code="store_busy", retry_after=1)
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._queue.append((cast("Callable[[SqlTx], Any]", work), done))
        self._schedule()
        return await done

    def attach(self, source: WorkSource) -> Callable[[], None]:
        """See `weft.ports.store`."""
        self._sources.append(source)
        return lambda: self._sources.remove(source) if source in self._sources else None

    def wake(self) -> None:
        if not self._closed:
            self._schedule()

    def busy(self) -> bool:
        return self._committing or self._scheduled or bool(self._queue)

    async def quiet(self) -> None:
        """Returns when no group commit is under way and nothing waits for one."""
        while self.busy():
            waiter = asyncio.get_running_loop().create_future()
            self._idle.append(waiter)
            await waiter

    async def close(self) -> None:
        """Finish what waits, then refuse everything."""
        await self.quiet()
        self._closed = True

    # -- the cycle --

    def _schedule(self, delay: float = 0) -> None:
        if self._scheduled or self._committing:
            return
        self._scheduled = True
        loop = asyncio.get_running_loop()
        if delay:
            loop.call_later(delay, self._pump)
        else:
            loop.call_soon(self._pump)

    def _pump(self) -> None:
        self._scheduled = False
        if not self._queue and not any(source.ready() for source in self._sources):
            self._rest()
            return
        done: list[tuple[asyncio.Future[Any], Any, BaseException | None]] = []
        entries: list[_Entry] = []
        try:
            self._tx.begin()
            if self._lease is not None:
                self._lease.check(self._tx.sql, self._clock.now_ms())
            pieces = self._fill(entries, done)
            self._tx.settle()
        except (sqlite3.Error, Unavailable) as error:
            self._fail(entries, error)
            return
        except Exception as error:  # noqa: BLE001
            _log.exception("a source of work failed")
            self._fail(entries, error)
            return
        if self._writer is None or (pieces <= 1 and not self._queue and self._commit_s < INLINE_S):
            self._finish(entries, done, self._commit())
            return
        self._committing = True
        future = asyncio.get_running_loop().run_in_executor(self._writer, self._commit)
        future.add_done_callback(lambda f: self._finish(entries, done, f.result()))

    def _fill(self, entries: list[_Entry], done: list[tuple[asyncio.Future[Any], Any, BaseException | None]]) -> int:
        tx, clock, queue = self._tx, self._clock, self._queue
        slice_s = slice_for(self._commit_s)
        until = clock.monotonic() + slice_s
        pieces = 0
        while queue:
            entry = queue.popleft()
            work, future = entry
            if future.cancelled():
                continue
            entries.append(entry)
            pieces += 1
            try:
                done.append((future, tx.unit(work), None))
            except Lost:
                raise
            except Exception as error:  # noqa: BLE001 - it belongs to the caller who awaits it
                done.append((future, None, error))
            if clock.monotonic() >= until:
                break
        # Turns get a slice even where the units used theirs: neither may starve the other.
        until = max(until, clock.monotonic() + slice_s / 2)
        for source in self._sources:
            if source.ready():
                pieces += source.fill(tx, until)
        return pieces

    def _commit(self) -> sqlite3.Error | None:
        began = self._clock.monotonic()
        try:
            self._tx.sql.execute("COMMIT")
        except sqlite3.Error as error:
            return error
        took = self._clock.monotonic() - began
        self._commit_s += (took - self._commit_s) / 8
        return None

    def _finish(
        self,
        entries: list[_Entry],
        done: list[tuple[asyncio.Future[Any], Any, BaseException | None]],
        error: sqlite3.Error | None,
    ) -> None:
        self._committing = False
        if error is not None:
            self._fail(entries, error)
            return
        self.commits += 1
        for call in self._tx.take_after():
            try:
                call()
            except Exception:  # noqa: BLE001 - the commit stands; one bad observer must not keep the others from hearing of it
                _log.exception("a call after a commit failed")
        for future, result, problem in done:
            if not future.done():
                if problem is None:
                    future.set_result(result)
                else:
                    future.set_exception(problem)
        self._next()

    def _next(self) -> None:
        if self._queue or any(source.ready() for source in self._sources):
            self._schedule()
        else:
            self._rest()

    def _rest(self) -> None:
        if self._idle and not self.busy():
            waiters, self._idle = self._idle, []
            for waiter in waiters:
                if not waiter.done():
                    waiter.set_result(None)

    def _fail(self, entries: list[_Entry], error: BaseException) -> None:
        """Everything since BEGIN is undone: the units are refused, the sources keep their work and try again."""
        self._committing = False
        problem = refusal(error) if isinstance(error, sqlite3.Error) else error
        try:
            self._tx.lost()
        except sqlite3.Error:
            _log.exception("a failed transaction cannot be rolled back")
        _log.error("a group commit failed", units=len(entries), reason=str(problem))
        for _, future in entries:
            if not future.done():
                future.set_exception(self._copy(problem))
        for source in self._sources:
            source.undone(problem)
        if self._queue and not entries:
            # Not even the transaction could be begun: nobody else will be better off.
            waiting, self._queue = self._queue, deque()
            for _, future in waiting:
                if not future.done():
                    future.set_exception(self._copy(problem))
        if self._queue or any(source.ready() for source in self._sources):
            self._schedule(RETRY_S)
        else:
            self._rest()

    @staticmethod
    def _copy(problem: BaseException) -> BaseException:
        """An exception of its own for each caller: a shared one would gather everyone's traceback."""
        if isinstance(problem, Refusal):
            return Unavailable(problem.message, code=problem.code, retry_after=problem.retry_after)
        return Unavailable("the store cannot write now", retry_after=5)
