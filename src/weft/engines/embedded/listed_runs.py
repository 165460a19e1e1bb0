"""Runs as lists of tasks: how far they are, answers of people, and how a run that has ended is called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from weft.domain.errors import InUse, NotFound
from weft.domain.jobs import FAILED, Job
from weft.domain.manual_tasks import ManualTask
from weft.dsl.machine import inputs as i
from weft.dsl.machine.state import RunState
from weft.engines.embedded.codec import log_entry, manual_item
from weft.engines.embedded.dispatcher import Dispatcher
from weft.engines.embedded.effects import attempt_id
from weft.engines.embedded.listed import as_shown
from weft.engines.embedded.relations import Relations
from weft.engines.embedded.turns import Turns
from weft.engines.embedded.work import Work
from weft.ports.engine import LogEntry, RunTasks
from weft.ports.store import Store, Tx


class Listed:
    """See `weft.ports.engine.ListedRuns`. `shown_soon` tells whether a run, by key, has begun though its row does not
    say so yet; `begin` and `leave` open and hand over a Work."""

    def __init__(
        self,
        store: Store,
        turns: Turns,
        tasks: Dispatcher,
        relations: Relations,
        shown_soon: Callable[[int], bool],
        begin: Callable[[Tx], Work],
        leave: Callable[[Work], None],
    ) -> None:
        self._store = store
        self._turns = turns
        self._tasks = tasks
        self._relations = relations
        self._shown_soon = shown_soon
        self._begin = begin
        self._leave = leave

    def tasks(self, run: str, seq: int = -1) -> RunTasks:
        residents = self._turns.residents
        key = residents.key_of(run)
        cell = None if key is None else residents.peek(key)
        state = None if cell is None or seq not in (-1, cell.seq) else cell.state
        if state is None and seq:
            state = self._store.read_now(lambda tx: self._folded(tx, run, max(seq, 0)))
        if state is None:
            return RunTasks({}, "pending")
        return RunTasks(as_shown(state, lambda ref, attempt: self._taken_at(run, ref, attempt)), state.phase)

    def _folded(self, tx: Tx, run: str, upto: int) -> RunState | None:
        job = _job(tx, run)
        return self._turns.fold(tx, job.key, self._turns.host.program(tx, job.revision), upto)[0]

    def _taken_at(self, run: str, ref: str, attempt: int) -> int | None:
        lease = self._tasks.lease_of(attempt_id(run, ref, attempt))
        return None if lease is None else lease.taken_at

    def entries(self, run: str, limit: int = 1_000, *, upto: int = -1, tx: Tx | None = None) -> list[LogEntry]:
        def work(tx: Tx) -> list[LogEntry]:
            job = _job(tx, run)
            before = () if job.attempt < 2 else (one.key for one in tx.jobs.runs_of(job.id) if one.attempt < job.attempt)
            found: list[LogEntry] = []
            for key in (*before, job.key):
                rows = tx.runs.log(key, limit=limit - len(found))
                wanted = rows if upto < 0 or key != job.key else [row for row in rows if row.seq <= upto]
                found += [log_entry(row.seq, row.at, row.body) for row in wanted]
            return found

        return self._store.read_now(work) if tx is None else work(tx)

    def begun(self, job: Job) -> bool:
        return self._shown_soon(job.key)

    def answer(self, tx: Tx, run: str, ref: str, result: Any, by: str) -> None:
        job = _job(tx, run)
        item = None if job.closed else tx.runs.item(job.key, ref)
        if item is None or item.kind != "manual":
            raise InUse(f"run {run} does not wait for this answer", code="illegal_state")
        ident = manual_item.decode(item.body).id
        if not tx.of(ManualTask).delete(ident, tenant=job.tenant):  # answered, and the run cannot be told just now
            raise InUse("the task has been answered", code="illegal_state")
        self._relations.send(tx, job.key, i.ManualTaskCompleted(seq=0, at=0, ref=ref, result=result, by=by))

    def terminate_closed(self, tx: Tx, run: str, reason: str = "", by: str = "") -> Job:
        job = _job(tx, run)
        if job.status not in FAILED:
            raise InUse(f"job {job.id} is {job.status}", code="illegal_state")
        told: dict[str, Any] = dict(cast("dict[str, Any]", job.fault)) if isinstance(job.fault, dict) else {}
        if reason:
            told["reason"] = reason
        job.fault = told
        job.status = "terminated"
        job.updated_at, job.updated_by = self._turns.clock.now_ms(), by
        tx.jobs.update(job)
        work = self._begin(tx)
        work.changed[job.key] = job
        self._leave(work)
        return job


def _job(tx: Tx, run: str) -> Job:
    job = tx.jobs.by_run(run)
    if job is None:
        raise NotFound(f"run {run} does not exist")
    return job
