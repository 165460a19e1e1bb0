"""What people do to runs: cancel, terminate, suspend, resume, retry, fork."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import structlog

from weft.domain.errors import Busy, InUse, Invalid
from weft.domain.jobs import FAILED, Job
from weft.domain.manual_tasks import ManualTask
from weft.dsl.machine import inputs as i
from weft.dsl.machine.inputs import AnyInput
from weft.engines.embedded.codec import activity_item, child_item, encode, manual_item
from weft.engines.embedded.effects import attempt_id
from weft.engines.embedded.reading import job_of
from weft.engines.embedded.relations import Relations
from weft.engines.embedded.turns import Turns
from weft.engines.embedded.work import Work
from weft.ports.engine import ControlKind
from weft.ports.ids import Ids
from weft.ports.runs import OpenItem
from weft.ports.store import Lost, Store, Tx

_log = structlog.get_logger("weft.engine")
_INPUTS: dict[str, type[Any]] = {
    "cancel": i.CancelRequested,
    "terminate": i.TerminateRequested,
    "suspend": i.SuspendRequested,
    "resume": i.ResumeRequested,
}
RETRYABLE = frozenset({"faulted", "cancelled", "terminated", "timed_out"})


class Control:
    """See `weft.ports.engine.Engine`."""

    def __init__(
        self,
        turns: Turns,
        relations: Relations,
        store: Store,
        ids: Ids,
        quarantined: dict[int, str],
        begin: Callable[[Tx], Work],
        leave: Callable[[Work], None],
    ) -> None:
        self._turns = turns
        self._relations = relations
        self._store = store
        self._ids = ids
        self._quarantined = quarantined
        self._begin = begin
        self._leave = leave

    def control(self, tx: Tx, run: str, kind: ControlKind, reason: str, by: str) -> None:
        job = job_of(tx, run)
        if job.closed:
            raise InUse(f"job {job.id} is closed ({job.status})", code="closed")
        inp: AnyInput = _INPUTS[kind](seq=0, at=0, reason=reason, by=by)
        if kind == "terminate":
            self._terminate(tx, job, inp, reason, by)
        elif job.key in self._quarantined:
            self._quarantined_control(tx, job, kind, inp)
        else:
            work = self._begin(tx)
            self._tell(work, job.key, inp, by)
            self._relations.finish(work)

    def _tell(self, work: Work, key: int, inp: AnyInput, by: str) -> None:
        cell = self._turns.begun(work, key)
        if not cell.job.closed:  # it may have ended in its first turn
            cell.job.updated_by = by
            taken = self._turns.taken(work, cell) if isinstance(inp, i.SuspendRequested) else []
            self._turns.run(work, cell, [*taken, inp])

    def _quarantined_control(self, tx: Tx, job: Job, kind: ControlKind, inp: AnyInput) -> None:
        """Kept for later; a resume lets the run try again, with all that was kept for it.

        Raises Busy when too much is kept for it already; a resume is always possible.
        """
        limit = self._turns.limits.inbox
        full = tx.runs.inbox_size(job.key) >= limit
        if full and kind != "resume":
            raise Busy(f"{limit} inputs are waiting for one run", code="inbox", retry_after=5)
        if not full:
            tx.runs.put_inbox(job.key, encode(inp))
        work = self._begin(tx)
        work.stored.append(job.key)
        if kind == "resume":
            job.quarantine_reason = ""
            job.status = "running"
            tx.jobs.update(job)
            work.changed[job.key] = job
            work.freed.append(job.key)
        elif kind == "cancel":
            job.cancel_requested = True
            tx.jobs.update(job)
            work.changed[job.key] = job
        self._leave(work)

    def _terminate(self, tx: Tx, job: Job, inp: AnyInput, reason: str, by: str) -> None:
        try:
            self._store.piece(tx, lambda inner: self._stop(inner, job.key, inp, by))
        except Lost:
            raise
        except Exception:  # noqa: BLE001 - a run that cannot take even this is closed without its interpreter
            self._force_close(tx, job, reason, by)

    def _stop(self, tx: Tx, key: int, inp: AnyInput, by: str) -> None:
        work = self._begin(tx)
        self._tell(work, key, inp, by)
        work.freed.append(key)
        self._relations.finish(work)

    def _force_close(self, tx: Tx, job: Job, reason: str, by: str) -> None:
        work = self._begin(tx)
        work.touched.add(job.key)
        self._turns.residents.drop(job.key)
        job.status = "terminated"
        job.closed_at = max(self._turns.clock.now_ms(), job.started_at, 1)
        job.fault = {"reason": reason, "by": by, "task": "", "taskId": None}
        job.quarantine_reason = ""
        job.updated_at, job.updated_by = job.closed_at, by
        tx.jobs.update(job)
        for item in tx.runs.items(job.key):
            self._let_go(work, job, item)
        tx.runs.delete_items(job.key)
        tx.runs.delete_subscriptions(job.key)
        tx.runs.delete_inbox([row.id for row in tx.runs.inbox(job.key, 2 * self._turns.limits.inbox)])
        work.closed.append(job)
        work.changed[job.key] = job
        work.freed.append(job.key)
        self._turns.host.job_closed(tx, job)
        self._relations.finish(work)

    @staticmethod
    def _let_go(work: Work, job: Job, item: OpenItem) -> None:
        """What was open of a run that is closed without its interpreter. One that cannot be read is only forgotten."""
        try:
            if item.kind == "timer":
                work.untimers.append((job.key, item.ref))
            elif item.kind == "activity":
                attempt = activity_item.decode(item.body).command.attempt
                work.dropped.append(attempt_id(job.run, item.ref, attempt))
            elif item.kind == "manual":
                work.tx.of(ManualTask).delete(manual_item.decode(item.body).id, tenant=job.tenant)
            elif item.kind == "child":
                child = child_item.decode(item.body)
                if child.key and child.command.on_parent_close == "terminate":
                    stop = i.TerminateRequested(seq=0, at=0, reason="parent job terminated", by="system")
                    work.sends.append((child.key, stop))
        except msgspec.MsgspecError:
            _log.warning("an open item of a terminated job cannot be read", job=job.id, ref=item.ref)

    # -- further runs --

    def retry(self, tx: Tx, run: str, by: str, positions: Sequence[str], patch: Any) -> Job:
        old = job_of(tx, run)
        if old.status not in RETRYABLE:
            raise InUse(f"job {old.id} is {old.status}; only a job that ended without completing is retried")
        if tx.jobs.runs_of(old.id)[-1].run != run:
            raise InUse(f"run {run} of job {old.id} was followed by another one")
        program = self._turns.host.program(tx, old.revision)
        state, seq, _, _ = self._turns.fold(tx, old.key, program)
        if state is None:
            raise InUse(f"run {run} has no state to go on from")
        job = msgspec.structs.replace(
            old, run=self._ids.uuid7(), attempt=old.attempt + 1, first_run=old.first_run or old.run, parent_ref="",
            output=None, fault=None, closed_at=0, due_at=0, cancel_requested=False, quarantine_reason="",
            history_length=0, history_bytes=0, transitions=0, updated_at=0, updated_by=by, tasks=None,
            created_at=old.created_at or old.started_at,
        )  # fmt: skip
        restored = i.RunRestored(
            seq=0, at=0, run=job.run, attempt=job.attempt, from_run=old.run, from_seq=seq, reason="retry",
            state=self._turns.machine.restorable(state), seed=self._ids.token(32), job=job.id,
            at_positions=tuple(positions), patch=patch, by=by,
        )  # fmt: skip
        tx.jobs.supersede(old.key)
        return self._restore(tx, job, program, restored)

    def fork(self, tx: Tx, run: str, seq: int, job: Job, by: str, patch: Any) -> Job:
        old = job_of(tx, run)
        last = tx.runs.last_seq(old.key)
        if not 1 <= seq <= last:
            raise Invalid(f"run {run} has inputs 1 to {last}, not {seq}")
        program = self._turns.host.program(tx, old.revision)
        state, _, _, _ = self._turns.fold(tx, old.key, program, upto=seq)
        if state is None:
            raise Invalid(f"run {run} has no state after input {seq}")
        if job.revision and job.revision != old.revision:
            program = self._turns.host.program(tx, job.revision)
        restored = i.RunRestored(
            seq=0, at=0, run=job.run, attempt=1, from_run=old.run, from_seq=seq, reason="fork",
            state=self._turns.machine.restorable(state), seed=self._ids.token(32), job=job.id, patch=patch, by=by,
        )  # fmt: skip
        job.first_run = job.run
        return self._restore(tx, job, program, restored)

    def _restore(self, tx: Tx, job: Job, program: Any, restored: i.RunRestored) -> Job:
        work = self._begin(tx)
        job.key = tx.runs.new_key(job.tenant)
        if job.status not in FAILED:  # those had begun; else the state tells
            job.status = "pending"
        else:
            job.status = "running"
        job.started_at = self._turns.clock.now_ms()
        cell = self._turns.new_cell(work, job, program)
        self._turns.run(work, cell, [restored])
        self._relations.finish(work)
        return job
