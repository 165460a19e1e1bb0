"""Between the tasks of a queue and one worker process: hands out by credit, has results committed, acknowledges."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable

import msgspec

from weft.ports.tasks import Fault, Result, Task, TaskSource
from weft_adapter.errors import DEFAULT, INPUT_INVALID, NEVER_RETRIED
from weft_adapter.messages import MAX_BATCH, MAX_MESSAGE, Ack, Cancel, ProtocolError, encode_item, frame, task_frames

logger = logging.getLogger("weft.workers")

MAX_CREDIT = 4_096
RETRY_SECONDS = 1.0
"""Pause after the source failed to give tasks."""


class Feed:
    """The tasks one process holds. Everything but `wake` is called in the loop's thread.

    A process runs foreign code: it can answer for, and keep alive, only the attempts that were handed to it.
    `send` queues frames for the process; while `congested()` nothing is handed out, and `wake` follows its end.
    """

    def __init__(
        self,
        source: TaskSource,
        queue: str,
        adapter_id: str,
        send: Callable[[bytes], None],
        congested: Callable[[], bool] = lambda: False,
    ) -> None:
        self._source = source
        self._queue = queue
        self._adapter_ids = [adapter_id]
        self._send = send
        self._congested = congested
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._credit = 0
        self._open = True
        self._planned = False
        self._held: dict[str, None] = {}
        self._arrived: list[Result] = []
        self._committing: set[str] = set()
        self._own: set[str] = set()
        self._committer: asyncio.Task[None] | None = None
        self._unwatch = source.watch(queue, self.wake)

    @property
    def held(self) -> int:
        """Attempts handed out and not committed."""
        return len(self._held)

    def wake(self) -> None:
        """There may be tasks. From any thread; however often it is called, the loop is woken once."""
        if self._planned or not self._open:
            return
        self._planned = True
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self._pump)
        else:
            self._loop.call_soon_threadsafe(self._pump)

    def credit(self, count: int) -> None:
        """The process takes `count` more tasks."""
        self._credit = min(MAX_CREDIT, self._credit + max(0, count))
        self.wake()

    def _pump(self) -> None:
        self._planned = False
        while self._open and self._credit > 0 and not self._congested():
            limit = min(self._credit, MAX_BATCH)
            try:
                tasks = self._source.poll(self._queue, limit, self._adapter_ids)
            except Exception:
                logger.exception("queue %s gives no tasks", self._queue)
                self._loop.call_later(RETRY_SECONDS, self.wake)
                return
            if tasks:
                self._hand_out(tasks)
            if len(tasks) < limit:
                return

    def _hand_out(self, tasks: list[Task]) -> None:
        items: list[msgspec.Raw] = []
        for task in tasks:
            self._held[task.attempt_id] = None
            try:
                items.append(encode_item(task))
            except (ProtocolError, OverflowError, TypeError, ValueError, RecursionError) as error:
                # The input cannot travel (too large, a number above 64 bits): the attempt fails, nothing else does.
                fault = Fault(INPUT_INVALID, f"the input cannot be sent to a worker: {error}"[:MAX_MESSAGE], False)
                self._own.add(task.attempt_id)
                self._take(Result(task.attempt_id, None, fault))
        self._credit -= len(items)
        if items:
            self._send(b"".join(task_frames(items)))

    def results(self, items: list[Result]) -> None:
        """Results of the process, first or repeated."""
        strange: list[str] = []
        for result in items:
            if result.attempt_id not in self._held:
                strange.append(result.attempt_id)
            elif result.attempt_id not in self._committing:
                self._take(_clean(result))
        if strange:
            # Committed before, or never this process's business: either way it may forget them.
            self._send(frame(Ack(strange)))

    def _take(self, result: Result) -> None:
        self._committing.add(result.attempt_id)
        self._arrived.append(result)
        if self._committer is None:
            self._committer = self._loop.create_task(self._commit())

    async def _commit(self) -> None:
        """Commit what arrived, and what arrives meanwhile in the next group."""
        while self._arrived:
            batch, self._arrived = self._arrived, []
            ids = [result.attempt_id for result in batch]
            try:
                await self._source.complete(batch)
            except Exception:
                logger.exception("queue %s: %d results were not committed, to be repeated", self._queue, len(ids))
                self._committing.difference_update(ids)
                self._try_again([result for result in batch if result.attempt_id in self._own])
                continue
            self._committing.difference_update(ids)
            for attempt_id in ids:
                self._held.pop(attempt_id, None)
            self._own.difference_update(ids)
            self._send(frame(Ack(ids)))
        self._committer = None

    def _try_again(self, results: list[Result]) -> None:
        """The process repeats its results; those made here are nobody else's to repeat."""
        for result in results:
            self._loop.call_later(RETRY_SECONDS, self._take, result)

    def heartbeat(self, attempt_ids: list[str]) -> None:
        """The process says these attempts are alive."""
        own = [attempt_id for attempt_id in attempt_ids if attempt_id in self._held]
        if not own:
            return
        unwanted = self._source.heartbeat(own)
        if unwanted:
            self._send(frame(Cancel(list(unwanted))))

    def close(self) -> None:
        """Hand out nothing more; results are still taken."""
        if self._open:
            self._open = False
            self._unwatch()

    async def end(self, code: str | None) -> None:
        """The process is gone. Waits for commits under way, then reports what it held as lost with `code`.

        With a code of None nothing is reported: the server stops, and hands the attempts out again later.
        """
        self.close()
        while self._committer is not None:
            await asyncio.wait([self._committer])
        lost, self._held = list(self._held), {}
        if lost and code is not None:
            self._source.lost(lost, code)


def _clean(result: Result) -> Result:
    """A result as it may be believed: codes and messages bounded, never-retried codes not retryable."""
    fault = result.fault
    if fault is None:
        return result
    code = fault.code[:255] or DEFAULT
    retryable = fault.retryable and code not in NEVER_RETRIED
    if code == fault.code and retryable == fault.retryable and len(fault.message) <= MAX_MESSAGE:
        return result
    believed = Fault(code, fault.message[:MAX_MESSAGE], retryable, fault.retry_after_ms)
    return Result(result.attempt_id, None, believed, result.duration_ms)
