"""Runs as lists of tasks: how far they are, answers of people, and how a run that has ended is called."""

from __future__ import annotations

import asyncio
from typing import Any, Protocol, cast

from weft.domain.errors import InUse
from weft.domain.jobs import FAILED, Job
from weft.domain.manual_tasks import ManualTask
from weft.dsl.machine import inputs as i
from weft.dsl.machine.state import RunState
from weft.engines.embedded.codec import log_entry, manual_item
from weft.engines.embedded.dispatcher import Dispatcher
from weft.engines.embedded.effects import attempt_id
from weft.engines.embedded.listed import as_shown
from weft.engines.embedded.reading import job_of
from weft.engines.embedded.relations import Relations
from weft.engines.embedded.turns import Turns
from weft.engines.embedded.work import Work
from weft.ports.engine import LogEntry, RunTasks
from weft.ports.store import Store, Tx

SHOWN_WITHIN_S = 0.25
"""A server that cannot write now, or only slowly, can still be read: so long a reader waits for rows to be written."""


class LateRows(Protocol):
    """Runs that have begun though their rows do not say so yet; units of work on rows."""

    def begun(self, key: int) -> bool: ...

    def unshown(self) -> bool: ...

    def show_begun(self, tx: Tx) -> None: ...

    def begin(self, tx: Tx) -> Work: ...

    def leave(self, work: Work) -> None: ...


class Listed:
    """See `weft.ports.engine.ListedRuns`; `rows` keeps what is known of rows before they say it."""

    def __init__(
        self,
        store: Store,
        turns: Turns,
        tasks: Dispatcher,
        relations: Relations,
        rows: LateRows,
    ) -> None:
        self._store = store
        self._turns = turns
        self._tasks = tasks
        self._relations = relations
        self._rows = rows

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
        job = job_of(tx, run)
        return self._turns.fold(tx, job.key, self._turns.host.program(tx, job.revision), upto)[0]

    def _taken_at(self, run: str, ref: str, attempt: int) -> int | None:
        lease = self._tasks.lease_of(attempt_id(run, ref, attempt))
        return None if lease is None else lease.taken_at

    def entries(self, run: str, limit: int = 1_000, *, upto: int = -1, tx: Tx | None = None) -> list[LogEntry]:
        def work(tx: Tx) -> list[LogEntry]:
            job = job_of(tx, run)
            runs = tx.jobs.runs_of(job.id) if job.attempt > 1 else []
            found: list[LogEntry] = []
            for key in (*(one.key for one in runs if one.attempt < job.attempt), job.key):
                rows = tx.runs.log(key, limit=limit - len(found))
                wanted = rows if upto < 0 or key != job.key else [row for row in rows if row.seq <= upto]
                found += [log_entry(row.seq, row.at, row.body) for row in wanted]
            return found

        return self._store.read_now(work) if tx is None else work(tx)

    def begun(self, job: Job) -> bool:
        return self._rows.begun(job.key)

    async def show_begun(self) -> None:
        if self._rows.unshown():
            writing = asyncio.ensure_future(self._store.write(self._rows.show_begun))
            writing.add_done_callback(_let_go)
            await asyncio.wait({writing}, timeout=SHOWN_WITHIN_S)

    def answer(self, tx: Tx, run: str, ref: str, result: Any, by: str) -> None:
        job = job_of(tx, run)
        item = None if job.closed else tx.runs.item(job.key, ref)
        if item is None or item.kind != "manual":
            raise InUse(f"run {run} does not wait for this answer", code="illegal_state")
        ident = manual_item.decode(item.body).id
        if not tx.of(ManualTask).delete(ident, tenant=job.tenant):  # answered, and the run cannot be told just now
            raise InUse("the task has been answered", code="illegal_state")
        self._relations.send(tx, job.key, i.ManualTaskCompleted(seq=0, at=0, ref=ref, result=result, by=by))

    def terminate_closed(self, tx: Tx, run: str, reason: str = "", by: str = "") -> Job:
        job = job_of(tx, run)
        if job.status not in FAILED:
            raise InUse(f"job {job.id} is {job.status}", code="illegal_state")
        told: dict[str, Any] = dict(cast("dict[str, Any]", job.fault)) if isinstance(job.fault, dict) else {}
        if reason:
            told["reason"] = reason
        job.fault = told
        job.status = "terminated"
        job.updated_at, job.updated_by = self._turns.clock.now_ms(), by
        tx.jobs.update(job)
        work = self._rows.begin(tx)
        work.changed[job.key] = job
        self._rows.leave(work)
        return job


def _let_go(writing: asyncio.Future[None]) -> None:
    """What failed is tried again with the next group commit; nobody else waits for it."""
    if not writing.cancelled():
        writing.exception()
