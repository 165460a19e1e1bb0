"""Takes connectors' tasks from their queue as a worker does: bounded at once, kept alive, cancelled, acknowledged.

What is unanswered when the server stops is handed out again, under the same attempt id, when it is back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading

from weft.connectors.attempt import Attempt
from weft.connectors.failures import AttemptFailed
from weft.connectors.surroundings import Surroundings
from weft.connectors.table import CONNECTORS, Connector
from weft.domain.errors import Refusal
from weft.ports.tasks import Fault, HandOut, Result, TaskSource
from weft_adapter.errors import ADAPTER_NOT_FOUND, CANCELED, PANIC, RESULT_TOO_LARGE, ActivityError
from weft_adapter.jsonvalue import NotJson, to_json
from weft_adapter.messages import MAX_BATCH, MAX_MESSAGE

logger = logging.getLogger("weft.connectors")

BEAT_SECONDS = 1.0
RETRY_SECONDS = 1.0
SWEEP_SECONDS = 600.0
STOP_SECONDS = 10.0
"""How long running attempts may go on when the server stops."""


class ConnectorRunner:
    """`open` begins, `close` ends. Everything but `wake` is called in the loop's thread."""

    def __init__(
        self,
        source: TaskSource,
        around: Surroundings,
        *,
        queue: str,
        adapter: str,
        max_in_flight: int = 200,
        connectors: dict[str, Connector] | None = None,
    ) -> None:
        self._source = source
        self._around = around
        self._queue = queue
        self._adapters = [adapter]
        self._most = max_in_flight
        self._connectors = CONNECTORS if connectors is None else connectors
        self._running: dict[str, asyncio.Task[None]] = {}
        self._unwanted: set[str] = set()
        self._done: list[Result] = []
        self._committing = 0
        self._committer: asyncio.Task[None] | None = None
        self._loops: list[asyncio.Task[None]] = []
        self._planned = False
        self._open = False

    @property
    def in_flight(self) -> int:
        """Attempts that run, or whose results are not committed."""
        return len(self._running) + len(self._done) + self._committing

    async def open(self) -> None:
        """Begin to take tasks."""
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._open = True
        self._unwatch = self._source.watch(self._queue, self.wake)
        self._loops = [self._loop.create_task(self._beat()), self._loop.create_task(self._sweep())]
        self.wake()

    async def close(self, grace_s: float = STOP_SECONDS) -> None:
        """Take nothing more, let what runs end for a while, have its results committed; the rest is left unanswered."""
        if not self._open:
            return
        self._open = False
        self._unwatch()
        if self._running:
            await asyncio.wait(list(self._running.values()), timeout=grace_s)
        left = list(self._running.values())
        for task in (*left, *self._loops):
            task.cancel()
        await asyncio.gather(*left, *self._loops, return_exceptions=True)
        if self._committer is not None:
            await asyncio.wait([self._committer])
        await self._around.transports.close()

    # -- tasks --

    def wake(self) -> None:
        """There may be tasks. From any thread; however often it is called, the loop is woken once."""
        if self._planned or not self._open:
            return
        self._planned = True
        if threading.get_ident() == self._thread:
            self._loop.call_soon(self._pump)
        else:
            self._loop.call_soon_threadsafe(self._pump)

    def _pump(self) -> None:
        self._planned = False
        while self._open and (free := self._most - self.in_flight) > 0:
            limit = min(free, MAX_BATCH)
            try:
                tasks = self._source.poll(self._queue, limit, self._adapters)
            except Exception:
                logger.exception("queue %s gives no tasks", self._queue)
                self._loop.call_later(RETRY_SECONDS, self.wake)
                return
            for task in tasks:
                self._running[task.attempt_id] = self._loop.create_task(self._attempt(task))
            if len(tasks) < limit:
                return

    async def _attempt(self, task: HandOut) -> None:
        began = self._around.clock.monotonic()
        try:
            result = await self._carried_out(task)
        except asyncio.CancelledError:
            self._running.pop(task.attempt_id, None)
            if task.attempt_id not in self._unwanted:
                raise  # the server stops: the attempt is handed out again later
            self._unwanted.discard(task.attempt_id)
            result = Result(task.attempt_id, None, Fault(CANCELED, "the attempt was cancelled", False))
        result.duration_ms = int((self._around.clock.monotonic() - began) * 1000)
        self._running.pop(task.attempt_id, None)
        self._unwanted.discard(task.attempt_id)
        self._take(result)

    async def _carried_out(self, task: HandOut) -> Result:
        connector = self._connectors.get(task.activity)
        if connector is None:
            message = f"this server has no connector for {task.activity}"
            return Result(task.attempt_id, None, Fault(ADAPTER_NOT_FOUND, message, False))
        attempt: Attempt | None = None
        try:
            place = await self._around.connections.place(task.run)
            attempt = Attempt(task, place, self._around, plain=connector.plain)
            return Result(task.attempt_id, to_json(await connector.run(attempt)))
        except AttemptFailed as failed:
            fault = Fault(failed.code, failed.message, failed.retryable, failed.retry_after_ms)
        except ActivityError as failed:
            fault = Fault(failed.code, failed.message, failed.retryable)
        except NotJson as failed:
            fault = Fault(RESULT_TOO_LARGE, f"the result cannot be kept: {failed}", False)
        except Refusal as refusal:
            fault = Fault(refusal.code or "UNAVAILABLE", refusal.message, True)
        except Exception as error:
            logger.exception("a connector failed: %s", task.activity)
            fault = Fault(PANIC, f"the connector failed ({type(error).__name__})", True)
        message = fault.message if attempt is None else attempt.redacted(fault.message)
        return Result(
            task.attempt_id, None, Fault(fault.code, message[:MAX_MESSAGE], fault.retryable, fault.retry_after_ms)
        )

    # -- results --

    def _take(self, result: Result) -> None:
        self._done.append(result)
        if self._committer is None:
            self._committer = self._loop.create_task(self._commit())

    async def _commit(self) -> None:
        """Commit what arrived, and what arrives meanwhile in the next group."""
        while self._done:
            batch, self._done = self._done, []
            self._committing = len(batch)
            try:
                await self._source.complete(batch)
            except Exception:
                logger.exception("queue %s: %d results were not committed", self._queue, len(batch))
                if not self._open:
                    break  # they are carried out again after the restart
                self._done = batch + self._done
                await asyncio.sleep(RETRY_SECONDS)
            finally:
                self._committing = 0
        self._committer = None
        self.wake()

    # -- time --

    async def _beat(self) -> None:
        """Keep the attempts alive; cancel those that nobody wants any more."""
        while True:
            await asyncio.sleep(BEAT_SECONDS)
            if self._running:
                for attempt_id in self._source.heartbeat(list(self._running)):
                    self._cancel(attempt_id)

    def _cancel(self, attempt_id: str) -> None:
        task = self._running.get(attempt_id)
        if task is not None and attempt_id not in self._unwanted:
            self._unwanted.add(attempt_id)
            task.cancel()

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            with contextlib.suppress(Refusal):
                while await self._around.connections.sweep():
                    pass
