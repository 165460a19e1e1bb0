"""What can be asked of a run: its log, what it waits for, and to be told when it goes on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from weft.domain.errors import NotFound
from weft.domain.jobs import Job
from weft.engines.embedded.cells import Residents
from weft.engines.embedded.codec import activity_item, child_item, filter_of, log_entry, timer_item
from weft.engines.embedded.dispatcher import Dispatcher
from weft.engines.embedded.effects import attempt_id
from weft.ports.engine import (
    LogEntry,
    Pending,
    PendingActivity,
    PendingChild,
    PendingSubscription,
    PendingTimer,
)
from weft.ports.runs import OpenItem, SubscriptionRow
from weft.ports.store import Store, Tx


class Watch:
    """Futures of those who wait for a run, by run id."""

    def __init__(self) -> None:
        self._closed: dict[str, list[asyncio.Future[bool]]] = {}
        self._moved: dict[str, list[asyncio.Future[bool]]] = {}

    def changed(self, jobs: Iterable[Job]) -> None:
        """After a commit: the jobs whose row changed."""
        if not self._closed and not self._moved:
            return
        for job in jobs:
            if job.run in self._moved:
                _wake(self._moved.pop(job.run))
            if job.closed and job.run in self._closed:
                _wake(self._closed.pop(job.run))

    async def closed(self, run: str, timeout_s: float) -> bool:
        return await self._wait(self._closed, run, timeout_s)

    async def moved(self, run: str, timeout_s: float) -> bool:
        return await self._wait(self._moved, run, timeout_s)

    @staticmethod
    async def _wait(waiting: dict[str, list[asyncio.Future[bool]]], run: str, timeout_s: float) -> bool:
        # A timer of our own: the library's `wait_for` costs several times as much.
        loop = asyncio.get_running_loop()
        future: asyncio.Future[bool] = loop.create_future()
        waiting.setdefault(run, []).append(future)
        late = loop.call_later(max(0.0, timeout_s), _settle, future, False)
        try:
            return await future
        finally:
            late.cancel()
            futures = waiting.get(run)
            if futures is not None and future in futures:
                futures.remove(future)
                if not futures:
                    del waiting[run]


def _settle(future: asyncio.Future[bool], happened: bool) -> None:
    if not future.done():
        future.set_result(happened)


def _wake(futures: list[asyncio.Future[bool]]) -> None:
    for future in futures:
        _settle(future, True)


class Reading:
    """See `weft.ports.engine.Engine`."""

    def __init__(self, store: Store, tasks: Dispatcher, residents: Residents) -> None:
        self._residents = residents
        self._store = store
        self._tasks = tasks
        self.watch = Watch()

    async def history(self, run: str, after: int, limit: int) -> list[LogEntry]:
        def work(tx: Tx) -> list[LogEntry]:
            rows = tx.runs.log(job_of(tx, run).key, after=after, limit=limit)
            return [log_entry(row.seq, row.at, row.body) for row in rows]

        return await self._store.read(work)

    async def wait_closed(self, run: str, timeout_s: float) -> bool:
        key = self._residents.key_of(run)
        cell = None if key is None else self._residents.peek(key)
        if cell is not None and not cell.job.closed:
            return await self.watch.closed(run, timeout_s)
        # Looked at and begun to wait without letting the loop go between: nothing can be missed.
        if self._store.read_now(lambda tx: job_of(tx, run)).closed:
            return True
        return await self.watch.closed(run, timeout_s)

    async def wait_history(self, run: str, after_seq: int, timeout_s: float) -> bool:
        loop = asyncio.get_running_loop()
        until = loop.time() + timeout_s
        while True:
            if self._store.read_now(lambda tx: _moved(tx, run, after_seq)):
                return True
            if not await self.watch.moved(run, until - loop.time()):
                return False

    def pending(self, run: str) -> Pending:
        def work(tx: Tx) -> tuple[Job, list[OpenItem], list[SubscriptionRow]]:
            job = job_of(tx, run)
            return job, tx.runs.items(job.key), tx.runs.subscriptions(job.key)

        job, items, subscriptions = self._store.read_now(work)
        pending = Pending([], [], [], [])
        for item in sorted(items, key=lambda item: int(item.ref[1:]) if item.ref[1:].isdecimal() else 0):
            self._add(pending, job, item)
        by_ref: dict[str, PendingSubscription] = {}
        for row in subscriptions:
            filter_, standing = filter_of.decode(row.body)
            entry = by_ref.setdefault(row.ref, PendingSubscription(row.ref, (), standing))
            entry.filters = (*entry.filters, filter_)
        pending.subscriptions = list(by_ref.values())
        return pending

    def _add(self, pending: Pending, job: Job, item: OpenItem) -> None:
        if item.kind == "timer":
            pending.timers.append(PendingTimer(item.ref, item.due, timer_item.decode(item.body).purpose))
        elif item.kind == "child":
            child = child_item.decode(item.body)
            command = child.command
            pending.children.append(
                PendingChild(item.ref, child.job, child.run, command.identity.name, command.on_parent_close)
            )
        elif item.kind == "activity":
            pending.activities.append(self._activity(job, item))

    def _activity(self, job: Job, item: OpenItem) -> PendingActivity:
        body = activity_item.decode(item.body)
        command = body.command
        lease = self._tasks.lease_of(attempt_id(job.run, item.ref, command.attempt))
        maximum = command.retry.get("maxAttempts", 0) if command.retry else 0
        return PendingActivity(
            ref=item.ref,
            target=body.resolved.activity,
            queue=body.resolved.queue,
            state="scheduled" if lease is None else "started",
            attempt=command.attempt,
            scheduled_at=body.scheduled_at,
            started_at=0 if lease is None else lease.taken_at,
            worker="" if lease is None else body.resolved.queue,
            last_fault=body.last_fault,
            maximum_attempts=maximum if isinstance(maximum, int) else 0,
        )


def _moved(tx: Tx, run: str, after_seq: int) -> bool:
    job = job_of(tx, run)
    return job.closed or tx.runs.last_seq(job.key) > after_seq


def job_of(tx: Tx, run: str) -> Job:
    """The job of a run. Raises NotFound."""
    job = tx.jobs.by_run(run)
    if job is None:
        raise NotFound(f"run {run} does not exist")
    return job
