"""The embedded engine: `weft.ports.engine.Engine` over the one store of this process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import structlog

from weft.domain.errors import Busy, Refusal, Unavailable
from weft.domain.jobs import Job
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import EventReceived
from weft.dsl.machine.state import clone
from weft.engines.embedded.cells import Residents, Waiting
from weft.engines.embedded.codec import activity_item
from weft.engines.embedded.control import Control
from weft.engines.embedded.correlation import matches
from weft.engines.embedded.dispatcher import Dispatcher
from weft.engines.embedded.limits import Limits
from weft.engines.embedded.listed_runs import Listed
from weft.engines.embedded.machine import Interpreter, Machine
from weft.engines.embedded.outbox import Outbox
from weft.engines.embedded.reading import Reading
from weft.engines.embedded.recovery import Recovery
from weft.engines.embedded.relations import Relations
from weft.engines.embedded.runner import Runner
from weft.engines.embedded.timers import Timers
from weft.engines.embedded.turns import Turns
from weft.ports.clock import Clock
from weft.ports.engine import ControlKind, EngineHost, EngineStats, LogEntry, Pending, StartPlan, Task
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.ports.tasks import HandOut, Result

_log = structlog.get_logger("weft.engine")
SWEEP_S = 60.0


class EmbeddedEngine:
    """Open it in the running event loop, after the store; close it before the store."""

    def __init__(
        self,
        store: Store,
        host: EngineHost,
        clock: Clock,
        ids: Ids,
        *,
        limits: Limits | None = None,
        machine: Machine | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._host = host
        self.limits = limits or Limits()
        waiting = Waiting()
        timers = Timers()
        residents = Residents(self.limits.resident_runs)
        self._tasks = Dispatcher(clock, self.limits, self._open_task, self._failed, self._held_since)
        self._reading = Reading(store, self._tasks, residents)
        self._turns = Turns(machine or Interpreter(), host, clock, self.limits, residents, self._tasks)
        self._outbox = Outbox(store, host, clock, self.limits)
        self._runner = Runner(store, self._turns, waiting, timers, self._tasks, self._outbox, self._reading.watch)
        runner = self._runner
        self._relations = Relations(self._turns, store, runner.quarantined, runner.stored, runner.begin, runner.leave)
        runner.relations = self._relations
        self._recovery = runner.recovery = Recovery(store, runner, self._tasks)
        self._control = Control(
            self._turns, self._relations, store, ids, runner.quarantined, runner.begin, runner.leave
        )
        self.listed = Listed(store, self._turns, self._tasks, self._relations, runner)
        """See `weft.ports.engine`."""
        self._sweeper: asyncio.Task[None] | None = None
        self._detach: Callable[[], None] | None = None

    # -- life --

    async def open(self) -> None:
        """See `weft.ports.engine`."""
        self._detach = self._store.attach(self._runner)
        for key, error in self._recovery.recover():
            await self._store.write(lambda tx, key=key, error=error: self._relations.quarantine(tx, key, error))
        self._outbox.start()
        self._sweeper = asyncio.get_running_loop().create_task(self._sweep_now_and_then())

    async def close(self) -> None:
        """See `weft.ports.engine`."""
        if self._detach is None:
            return
        self._runner.stopping = True
        await self._outbox.stop()
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
            self._sweeper = None
        await self._store.quiet()
        self._detach()
        self._detach = None
        self._runner.stop()

    async def idle(self) -> None:
        """See `weft.ports.engine`."""
        while self._runner.ready() or self._store.busy() or self._outbox.working:
            if self._runner.ready():
                self._store.wake()
            await self._store.quiet()
            await asyncio.sleep(0)

    def tick(self) -> None:
        """See `weft.ports.engine`."""
        self._runner.tick()
        self._outbox.poke()

    # -- runs --

    def capacity(self) -> None:
        """See `weft.ports.engine`."""
        runner, limits = self._runner, self.limits
        if self._detach is None or runner.stopping:
            raise Unavailable("the engine is not running", code="stopped", retry_after=5)
        if runner.open_runs >= limits.open_runs:
            raise Busy(f"{limits.open_runs} jobs are open", code="open_runs", retry_after=30)
        if self._tasks.queued >= limits.queued_tasks:
            raise Busy(f"{limits.queued_tasks} activity tasks are waiting", code="queued_tasks", retry_after=5)
        if runner.waiting.count >= limits.waiting_inputs:
            raise Busy("the engine is catching up", code="waiting_inputs", retry_after=1)

    def start(self, tx: Tx, plan: StartPlan) -> Job:
        """See `weft.ports.engine`."""
        work = self._runner.begin(tx)
        job = self._relations.start(work, plan)
        self._relations.finish(work)
        return clone(job)  # the run's own goes on changing

    def control(self, tx: Tx, run: str, kind: ControlKind, reason: str = "", by: str = "") -> None:
        """See `weft.ports.engine`."""
        self._control.control(tx, run, kind, reason, by)

    def retry(self, tx: Tx, run: str, by: str, positions: Sequence[str] = (), patch: Any = msgspec.UNSET) -> Job:
        """See `weft.ports.engine`."""
        return self._control.retry(tx, run, by, positions, patch)

    def fork(self, tx: Tx, run: str, seq: int, job: Job, by: str, patch: Any = msgspec.UNSET) -> Job:
        """See `weft.ports.engine`."""
        return self._control.fork(tx, run, seq, job, by, patch)

    def deliver(self, tx: Tx, tenant: str, event: dict[str, Any], keys: Mapping[str, Any]) -> int:
        """See `weft.ports.engine`. Raises Busy when a run's stored inbox is full.

        A quarantined run whose inbox is full misses the event: nobody knows when it can be told anything again.
        """
        found = matches(tx.runs.subscribers(tenant, str(event.get("type", ""))), event, keys)
        missed: set[int] = set()
        for count, match in enumerate(found):
            inline = count < self.limits.inline_deliveries
            waits = not inline or match.run in self._runner.stored or match.run in self._runner.quarantined
            if waits and tx.runs.inbox_size(match.run) >= self.limits.inbox:
                if match.run in self._runner.quarantined:  # it must not keep the event from all the others
                    _log.warning("an event is not kept for a quarantined run: its inbox is full", key=match.run)
                    missed.add(match.run)
                    continue
                raise Busy(f"{self.limits.inbox} inputs are waiting for one run", code="inbox", retry_after=5)
            inp = EventReceived(seq=0, at=0, ref=match.ref, event=event, filter=match.filter, keys=match.keys)
            self._relations.send(tx, match.run, inp, inline=inline)
        return len({match.run for match in found} - missed)

    # -- looking on --

    async def history(self, run: str, *, after: int = 0, limit: int = 100_000) -> list[LogEntry]:
        """See `weft.ports.engine`."""
        return await self._reading.history(run, after, limit)

    async def wait_closed(self, run: str, timeout_s: float) -> bool:
        """See `weft.ports.engine`."""
        return await self._reading.wait_closed(run, timeout_s)

    async def wait_history(self, run: str, after_seq: int, timeout_s: float) -> bool:
        """See `weft.ports.engine`."""
        return await self._reading.wait_history(run, after_seq, timeout_s)

    def pending(self, run: str) -> Pending:
        """See `weft.ports.engine`."""
        return self._reading.pending(run)

    def on_change(self, call: Callable[[Sequence[Job]], None]) -> Callable[[], None]:
        """See `weft.ports.engine`."""
        observers = self._runner.observers
        observers.append(call)
        return lambda: observers.remove(call) if call in observers else None

    def stats(self) -> EngineStats:
        """See `weft.ports.engine`."""
        runner = self._runner
        return EngineStats(
            open_runs=runner.open_runs,
            resident_runs=len(self._turns.residents),
            ready_runs=len(runner.waiting),
            queued_tasks=self._tasks.queued,
            leased_tasks=self._tasks.leased,
            timers=len(runner.timers),
            quarantined=len(runner.quarantined),
            turns=runner.turns,
            inputs=self._turns.inputs,
            outbox=self._store.read_now(lambda tx: tx.runs.outbox_size()),
            outbox_failed=self._store.read_now(lambda tx: tx.runs.outbox_failed()),
        )

    # -- tasks --

    def poll(self, queue: str, limit: int, adapter_ids: Sequence[str]) -> list[HandOut]:
        """See `weft.ports.tasks`."""
        return [] if self._runner.stopping else self._tasks.poll(queue, limit, adapter_ids)

    def watch(self, queue: str, wake: Callable[[], None]) -> Callable[[], None]:
        """See `weft.ports.tasks`."""
        return self._tasks.watch(queue, wake)

    async def complete(self, results: list[Result]) -> None:
        """See `weft.ports.tasks`. Raises Busy or Unavailable when the results cannot be stored now."""
        await self._store.write(lambda tx: self._runner.answer(tx, results))

    def heartbeat(self, attempt_ids: list[str]) -> list[str]:
        """See `weft.ports.tasks`."""
        return self._tasks.heartbeat(attempt_ids)

    def lost(self, attempt_ids: list[str], code: str) -> None:
        """See `weft.ports.tasks`."""
        self._tasks.lost(attempt_ids, code)

    def _failed(self, task: Task, problem: Fault, lost: bool, taken_at: int) -> None:
        self._runner.failed(task, problem, lost, taken_at)

    def _held_since(self, task: Task) -> int | None:
        job = self._store.read_now(lambda tx: tx.jobs.by_key(task.key))
        return job.updated_at if job is not None and job.status == "suspended" else None

    def _open_task(self, task: Task) -> HandOut | Fault | None:
        """None when the run is closed or held back (it is asked again at its resume)."""
        cell = self._turns.residents.peek(task.key)
        job = cell.job if cell is not None else self._store.read_now(lambda tx: tx.jobs.by_key(task.key))
        if job is None or job.closed:
            return None
        if job.status == "suspended":
            self._tasks.withhold(task)
            return None
        if task.command is None:
            row = self._store.read_now(lambda tx: tx.runs.item(task.key, task.ref))
            if row is None:
                return None
            task.command = activity_item.decode(row.body).command
        opened = self._host.open_task(job, task)
        if job.status == "pending" and isinstance(opened, HandOut):
            self._runner.note_begun(task.key)
        return opened

    # -- retention --

    async def sweep(self, limit: int = 500) -> int:
        """See `weft.ports.engine`."""
        if not self.limits.retention_ms:
            return 0
        before = self._clock.now_ms() - self.limits.retention_ms
        keys = self._store.read_now(lambda tx: tx.jobs.expired(before, limit))
        # Small units, so that nobody waits behind a long one.
        for start in range(0, len(keys), 50):
            part = keys[start : start + 50]
            await self._store.write(lambda tx, part=part: tx.runs.forget(part))
        return len(keys)

    async def _sweep_now_and_then(self) -> None:
        while True:
            try:
                swept = await self.sweep()
            except Refusal as refusal:
                _log.warning("closed jobs could not be removed", reason=refusal.message)
                swept = 0
            except Exception:  # noqa: BLE001 - it is tried again, and nothing waits for it
                _log.exception("closed jobs could not be removed")
                swept = 0
            await asyncio.sleep(0.2 if swept else SWEEP_S)
