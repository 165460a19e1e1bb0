"""The engine's loop: fills each group commit with turns, releases effects after it, fires timers, recovers.

`weft.ports.store.WorkSource`: the committer asks `ready` and `fill`. Runs are taken in small groups, each in one
savepoint; when a group fails its runs are tried one by one, and the one that fails alone is quarantined.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from weft.domain.jobs import Job
from weft.dsl.machine import inputs as i
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import AnyInput
from weft.dsl.machine.nodes.task import LONGEST_NOTICE_MS
from weft.engines.embedded.cells import Cell, Waiting
from weft.engines.embedded.dispatcher import Dispatcher, Lease
from weft.engines.embedded.outbox import Outbox
from weft.engines.embedded.reading import Watch
from weft.engines.embedded.timers import Timers
from weft.engines.embedded.turns import Turns
from weft.engines.embedded.work import Work
from weft.ports.engine import DEFAULT_QUEUE, Task
from weft.ports.store import Lost, Store, Tx
from weft.ports.tasks import Result

if TYPE_CHECKING:
    from weft.engines.embedded.recovery import Recovery
    from weft.engines.embedded.relations import Relations

_log = structlog.get_logger("weft.engine")
GROUP = 128
TICK_S = 1.0
"""Seconds: the clock is looked at so often at least, for it may jump."""
BEGUN_S = 0.3
"""Seconds: a run whose first task was taken is shown running after one to two of these, if it has not gone on since."""


class Runner:
    """`relations` and `recovery` are set by the engine right after all three were made."""

    relations: Relations
    recovery: Recovery

    def __init__(
        self,
        store: Store,
        turns: Turns,
        waiting: Waiting,
        timers: Timers,
        tasks: Dispatcher,
        outbox: Outbox,
        watch: Watch,
    ) -> None:
        self._store = store
        self._turns = turns
        self._tasks = tasks
        self._outbox = outbox
        self._watch = watch
        self.waiting = waiting
        self.timers = timers
        self.quarantined: dict[int, str] = {}
        self.stored: set[int] = set()
        self.observers: list[Callable[[Sequence[Job]], None]] = []
        self.open_runs = 0
        self.turns = 0
        self.stopping = False
        self._deferred: list[tuple[int, str]] = []
        self._begun: set[int] = set()
        self._long_begun: set[int] = set()
        self._to_show: set[int] = set()
        self._showing: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0

    # -- units of work --

    def begin(self, tx: Tx) -> Work:
        """A Work on the open transaction, undone with it."""
        work = Work(tx)
        tx.on_rollback(lambda: self._undo(work))
        return work

    def leave(self, work: Work) -> None:
        """The unit is complete: its effects leave after the commit."""
        work.tx.after_commit(lambda: self._release(work))

    def _undo(self, work: Work) -> None:
        for key in work.touched:
            self._turns.residents.drop(key)
        for key, taken in reversed(work.taken):
            self.waiting.give_back(key, taken)
        for name in work.answered:
            self._tasks.unclaim(name)

    def _release(self, work: Work) -> None:
        self._release_tasks(work)
        for key, ref, due in work.timers:
            self.timers.set(key, ref, due)
        for key, ref in work.untimers:
            self.timers.cancel(key, ref)
        for key in work.suspended:
            self._tasks.suspend(key)
        for key in work.resumed:
            self._tasks.resume(key)
        self._release_runs(work)
        if work.emitted:
            self._outbox.poke()
        for key, _ in work.quarantined:
            self._show_aside(work, key)
        if work.changed:
            jobs = list(work.changed.values())
            self._watch.changed(jobs)
            for call in list(self.observers):
                call(jobs)
        self._arm()

    def _show_aside(self, work: Work, key: int) -> None:
        """A job that was set aside has changed too; it may be one whose row cannot even be read."""
        try:
            job = self._store.read_now(lambda tx: tx.jobs.by_key(key))
        except Exception:  # noqa: BLE001
            _log.exception("a job that was set aside cannot be shown", key=key)
            return
        if job is not None:
            work.changed[key] = job

    def _release_tasks(self, work: Work) -> None:
        for task in work.tasks:
            if task.resolved.queue == DEFAULT_QUEUE:
                self.waiting.put(task.key, task)
            else:
                self._tasks.add(task)
        for name in work.answered:
            self._tasks.drop(name)
        for name in work.dropped:
            self._tasks.drop(name)
        for name in work.cancelled:
            self._tasks.cancel(name)

    def _release_runs(self, work: Work) -> None:
        self.open_runs += work.opened - len(work.closed)
        for job in work.closed:
            self._turns.residents.drop(job.key)
            self.waiting.forget(job.key)
            self._tasks.forget(job.key)
        for key in work.freed:
            if self.quarantined.pop(key, None) is not None:
                self._tasks.resume(key)
                self.recovery.rebuild_run(key)
        for key, reason in work.quarantined:
            self.quarantined[key] = reason
            self.waiting.forget(key)
            self._tasks.suspend(key)
        for key in work.more:
            self.waiting.put(key, i.Continue(seq=0, at=0))
        for key in work.stored:
            self.stored.add(key)
            if key not in self.quarantined:
                self.waiting.nudge(key)
        self._deferred += work.deferred

    # -- the committer's questions --

    def ready(self) -> bool:
        work = self.waiting or self._deferred or self._to_show
        return not self.stopping and (bool(work) or self._turns.residents.crowded)

    def fill(self, tx: Tx, until: float) -> int:
        """Turns until the time is over; see `weft.ports.store`."""
        done = 0
        clock = self._turns.clock
        while self.waiting:
            keys = self.waiting.next_runs(GROUP)
            done += len(keys)
            try:
                self._group(tx, keys)
            except BaseException:
                self.waiting.again(keys)  # those that were not reached; what was taken is given back by the rollback
                raise
            if clock.monotonic() >= until:
                break
        while self._deferred and clock.monotonic() < until:
            self._deferred_start(tx, self._deferred.pop())
            done += 1
        if self._to_show:
            done += self._show_begun(tx)
        if self._turns.residents.crowded:
            done += self._passivate(tx)
        return done

    # -- runs whose first task was taken --

    def note_begun(self, key: int) -> None:
        """A worker has taken a task of a run that is shown pending: if it is still at it after a moment, the row says
        so. An attempt that ends at once tells it with its answer, so that most runs cost no write for this."""
        self._begun.add(key)
        self._arm()

    def begun(self, key: int) -> bool:
        """Whether a worker has taken a task of the run although its row does not say so yet."""
        return key in self._begun or key in self._long_begun or key in self._to_show or key in self._showing

    def unshown(self) -> bool:
        """Whether any run has begun whose row does not say so yet."""
        return bool(self._begun or self._long_begun or self._to_show or self._showing)

    def show_begun(self, tx: Tx) -> None:
        """Say it of all of them in this unit; of those in the commit before this one it is said already."""
        self._to_show |= self._begun | self._long_begun
        self._begun, self._long_begun = set(), set()
        self._show_begun(tx)

    def _show_begun(self, tx: Tx) -> int:
        keys, self._to_show = self._to_show, set()
        self._showing |= keys  # the row that says so can be read after the commit only
        tx.after_commit(lambda: self._showing.difference_update(keys))
        tx.on_rollback(lambda: self._to_show.update(keys))
        work = self.begin(tx)
        now = self._turns.clock.now_ms()
        for key in keys:
            cell = self._turns.residents.peek(key)
            job = cell.job if cell is not None else tx.jobs.by_key(key)
            if job is not None and job.status == "pending":
                work.touched.add(key)
                job.status = "running"
                job.updated_at = now
                tx.jobs.update(job)
                work.changed[key] = job
        self.leave(work)
        return len(keys)

    def undone(self, error: BaseException) -> None:
        """Everything was given back by the rollback calls; it is tried again with the next group commit.

        Where another server has taken over the database nothing can be stored any more: no further task is handed
        out, for the new owner hands them out as well.
        """
        if getattr(error, "code", "") == "fenced" and not self.stopping:
            _log.critical("another server has taken over the database: this one does no more work")
            self.stopping = True

    def _group(self, tx: Tx, keys: list[int]) -> None:
        try:
            self._store.piece(tx, lambda inner: self._turn(inner, keys))
            return
        except Lost:
            raise
        except Exception as error:  # noqa: BLE001
            if len(keys) == 1:
                self._set_aside(tx, keys[0], error)
                return
        for key in keys:
            try:
                self._store.piece(tx, lambda inner, key=key: self._turn(inner, [key]))
            except Lost:
                raise
            except Exception as error:  # noqa: BLE001
                self._set_aside(tx, key, error)

    def _set_aside(self, tx: Tx, key: int, error: Exception) -> None:
        taken = self.waiting.take_all(key)
        tx.on_rollback(lambda: self.waiting.give_back(key, taken))
        self.relations.quarantine(tx, key, error)

    def _turn(self, tx: Tx, keys: list[int]) -> None:
        work = self.begin(tx)
        turns, waiting = self._turns, self.waiting
        limit = turns.limits.turn_inputs
        for key in keys:
            taken = waiting.take(key, limit)
            work.taken.append((key, taken))
            if key in self.quarantined or (not taken and key not in self.stored):
                continue
            cell = turns.cell(work, key)
            if cell.job.closed:
                continue
            self.turns += 1
            if key in self.stored:
                self._run_stored(work, cell)
            inputs = [inp for entry in taken if (inp := self._input(cell, entry)) is not None]
            if inputs and not cell.job.closed:
                turns.run(work, cell, inputs)
        self.relations.finish(work)

    def _run_stored(self, work: Work, cell: Cell) -> None:
        if self._turns.run_stored(work, cell):
            work.stored.append(cell.key)
        else:
            work.tx.after_commit(lambda: self._emptied(cell.key))

    def _emptied(self, key: int) -> None:
        # Something may have come into the inbox after it was read, in a later unit of the same commit.
        if not self._store.read_now(lambda tx: tx.runs.inbox_size(key)):
            self.stored.discard(key)
        else:
            self.waiting.nudge(key)

    def _input(self, cell: Cell, entry: AnyInput | Task) -> AnyInput | None:
        """An entry as an input; a task of the engine's own queue is carried out here."""
        if not isinstance(entry, Task):
            return entry
        if cell.open.get(entry.ref) != "activity" or entry.command is None:
            return None
        now = self._turns.clock.now_ms()
        arguments = entry.command.arguments
        given = arguments.get("input") if isinstance(arguments, dict) else arguments
        try:
            result = self._turns.host.system(entry.resolved.activity, given)
        except Exception as error:  # noqa: BLE001
            _log.exception("a system function failed", activity=entry.resolved.activity)
            result = fault("runtime", f"{entry.resolved.activity} failed ({type(error).__name__})", code="PANIC")
        return answer_of(entry, result, DEFAULT_QUEUE, now)

    def _deferred_start(self, tx: Tx, entry: tuple[int, str]) -> None:
        tx.on_rollback(lambda: self._deferred.append(entry))  # of the whole commit: nothing can come before it
        try:
            self._store.piece(tx, lambda inner: self._start_deferred(inner, entry))
        except Lost:
            raise
        except Exception as error:  # noqa: BLE001
            self._set_aside(tx, entry[0], error)

    def _start_deferred(self, tx: Tx, entry: tuple[int, str]) -> None:
        work = self.begin(tx)
        if entry[0] not in self.quarantined:
            self.relations.start_child(work, *entry)
        self.relations.finish(work)

    def _passivate(self, tx: Tx) -> int:
        """Write the states of the runs that were touched least, and let them go."""
        residents = self._turns.residents
        count = 0
        for cell in residents.oldest():
            if cell.stored and cell.seq > cell.snapshot_seq:
                self._save(tx, cell)
            residents.drop(cell.key)
            count += 1
        return count

    def _save(self, tx: Tx, cell: Cell) -> None:
        try:
            self._turns.snapshot(tx, cell)
        except Exception:  # noqa: BLE001 - most go well, and together; this one is looked at by itself
            try:
                self._store.piece(tx, lambda inner: self._turns.snapshot(inner, cell))
            except Lost:
                raise
            except Exception as error:  # noqa: BLE001 - a state that cannot be written is its run's trouble only
                self._set_aside(tx, cell.key, error)

    # -- answers --

    def answer(self, tx: Tx, results: list[Result]) -> None:
        """Apply workers' results, a run at a time; those of attempts that are over are dropped."""
        by_run: dict[int, list[tuple[Lease, Result]]] = {}
        for result in results:
            lease = self._tasks.claim(result.attempt_id)
            if lease is not None:
                by_run.setdefault(lease.task.key, []).append((lease, result))
        work = self.begin(tx)
        work.answered = [result.attempt_id for group in by_run.values() for _, result in group]
        self.leave(work)
        for key, group in by_run.items():
            for lease, result in group:
                self.relations.send(tx, key, _answer(lease, result, self._turns.clock.now_ms()))

    def failed(self, task: Task, problem: Fault, lost: bool, taken_at: int) -> None:
        """An attempt failed without an answer."""
        inp = i.ActivityFailed(
            seq=0, at=0, ref=task.ref, attempt=task.attempt, fault=problem, lost=lost, worker=task.resolved.queue,
            started_at=taken_at,
        )  # fmt: skip
        self.waiting.put(task.key, inp)
        self._store.wake()

    # -- time --

    def tick(self) -> None:
        """Fire what is due by the clock."""
        self._tasks.expire()
        self._to_show |= self._long_begun
        self._long_begun, self._begun = self._begun, set()
        for due, key, ref in self.timers.take_due(self._turns.clock.now_ms()):
            self.waiting.put(key, i.TimerFired(seq=0, at=0, ref=ref, due_at=due))
        if self.ready():
            self._store.wake()
        self._arm()

    def _arm(self) -> None:
        if self.stopping:
            return
        loop = asyncio.get_running_loop()
        delay = BEGUN_S if self._begun or self._long_begun else TICK_S
        due = self.timers.next_due()
        if due is not None:
            delay = min(delay, max(0.0, (due - self._turns.clock.now_ms()) / 1000))
        at = loop.time() + delay
        if self._timer is not None:
            if self._timer_at <= at + 0.0005:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = loop.call_at(at, self._timed)

    def _timed(self) -> None:
        self._timer = None
        try:
            self.tick()
        except Exception:  # noqa: BLE001 - whatever it was: without the next tick no timer would fire any more
            _log.exception("a look at the clock failed")
            self._arm()

    def stop(self) -> None:
        """No more ticks."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def defer_start(self, key: int, ref: str) -> None:
        """A sub-flow is to be started in a later commit."""
        self._deferred.append((key, ref))

    def begin_work(self) -> None:
        """Everything is rebuilt: go on."""
        if self.ready():
            self._store.wake()
        self._arm()


def answer_of(task: Task, result: Any, worker: str, started_at: int) -> AnyInput:
    """The input that tells a run the outcome of an attempt: a Fault, or any JSON value."""
    if isinstance(result, Fault):
        return i.ActivityFailed(
            seq=0, at=0, ref=task.ref, attempt=task.attempt, fault=result, worker=worker, started_at=started_at
        )
    return i.ActivityCompleted(
        seq=0, at=0, ref=task.ref, attempt=task.attempt, result=result, worker=worker, started_at=started_at
    )


def _answer(lease: Lease, result: Result, now: int) -> AnyInput:
    task = lease.task
    if result.fault is None:
        return answer_of(task, result.output, task.resolved.queue, lease.taken_at)
    problem = fault(
        "communication" if result.fault.code.startswith("HTTP") else "runtime",
        result.fault.message,
        code=result.fault.code,
        retryable=result.fault.retryable,
    )
    answer = answer_of(task, problem, task.resolved.queue, lease.taken_at)
    if result.fault.retry_after_ms <= 0 or not isinstance(answer, i.ActivityFailed):
        return answer
    return msgspec.structs.replace(answer, next_allowed_at=now + min(result.fault.retry_after_ms, LONGEST_NOTICE_MS))
