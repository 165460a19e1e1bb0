"""What one run does to others inside a transaction: children start and end, runs continue, a poisoned one is set aside.

An input for another run is applied in a savepoint of its own, so that a run that cannot go on takes nobody with it:
it is quarantined, and what it was to be told waits in its stored inbox.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import structlog

from weft.domain.errors import Refusal
from weft.domain.jobs import Job
from weft.dsl.machine import inputs as i
from weft.dsl.machine.commands import ContinueAs
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import AnyInput
from weft.engines.embedded.cells import Cell
from weft.engines.embedded.codec import ChildItem, child_item, encode
from weft.engines.embedded.effects import close_item, open_item, put_item
from weft.engines.embedded.turns import Turns
from weft.engines.embedded.work import Work
from weft.ports.engine import StartPlan
from weft.ports.runs import OpenItem
from weft.ports.store import Lost, Store, Tx

_log = structlog.get_logger("weft.engine")
REASON_LIMIT = 1_000
DEPTH = 8
"""Levels of runs that tell one another something within one unit; deeper ones hear of it in a later commit."""


class Relations:
    """`begin` opens a Work on a transaction (and registers its undoing), `leave` hands it over to the commit."""

    def __init__(
        self,
        turns: Turns,
        store: Store,
        quarantined: dict[int, str],
        stored: set[int],
        begin: Callable[[Tx], Work],
        leave: Callable[[Work], None],
    ) -> None:
        self._turns = turns
        self._store = store
        self._quarantined = quarantined
        self._stored = stored
        self._begin = begin
        self._leave = leave
        self._depth = 0

    # -- the end of a unit --

    def finish(self, work: Work) -> None:
        """Do what the unit's runs asked of others, then hand its effects to the commit."""
        started = informed = 0
        while work.starts or work.continues or informed < len(work.closed):
            while work.starts:
                key, ref = work.starts.popleft()
                if started >= self._turns.limits.inline_children:
                    work.deferred.append((key, ref))
                    continue
                started += 1
                self.start_child(work, key, ref)
            while work.continues:
                self._continue(work, *work.continues.popleft())
            while informed < len(work.closed):
                self._tell_parent(work, work.closed[informed])
                informed += 1
        self._leave(work)
        sent = 0
        while work.sends:
            key, inp = work.sends.popleft()
            self.send(work.tx, key, inp, inline=sent < self._turns.limits.inline_deliveries)
            sent += 1

    def send(self, tx: Tx, key: int, inp: AnyInput, *, inline: bool = True) -> None:
        """Apply an input to a run in a savepoint, or keep it in the stored inbox if the run cannot take it now.

        What one run's turn sends to the next is applied at once only some levels deep: a row of sub-flows that each
        end in their first turn would else pile up on the stack.
        """
        if not inline or key in self._quarantined or key in self._stored or self._depth >= DEPTH:
            self._keep(tx, key, inp)
            return
        self._depth += 1
        try:
            applied = self._guarded(tx, key, lambda inner: self._apply(inner, key, [inp]))
        finally:
            self._depth -= 1
        if not applied and key in self._quarantined:  # else it is closed, and hears nothing more
            self._keep(tx, key, inp)

    def _keep(self, tx: Tx, key: int, inp: AnyInput) -> None:
        if key not in self._stored:  # from now on, and not from the commit on: what comes next must not overtake it
            self._stored.add(key)
            tx.on_rollback(lambda: self._stored.discard(key))
        tx.runs.put_inbox(key, encode(inp))
        work = self._begin(tx)
        work.stored.append(key)
        self._leave(work)

    def _apply(self, tx: Tx, key: int, inputs: list[AnyInput]) -> None:
        work = self._begin(tx)
        cell = self._turns.cell(work, key)
        if not cell.job.closed:
            self._turns.run(work, cell, inputs)
        self.finish(work)

    # -- starting --

    def start(self, work: Work, plan: StartPlan) -> Job:
        """A new run with its first turn."""
        job = plan.job
        job.key = work.tx.runs.new_key(job.tenant)
        job.status = "pending"
        job.started_at = self._turns.clock.now_ms()
        job.created_at = job.updated_at = job.started_at  # as the run itself knows it, not when the request came in
        job.first_run = job.first_run or job.run
        job.root_job = job.root_job or job.id
        job.root_run = job.root_run or job.run
        if job.input is None:
            job.input = plan.started.input
        cell = self._turns.new_cell(work, job, plan.program)
        self._turns.run(work, cell, [plan.started], job.started_at)
        return job

    def start_child(self, work: Work, key: int, ref: str) -> None:
        """Start the sub-flow that the parent's open item `ref` asks for."""
        tx = work.tx
        parent = self._turns.cell(work, key)
        row = open_item(work, parent, ref)
        item = None if row is None else child_item.decode(row.body)
        if item is None or item.key:
            return
        try:
            job = self._store.piece(tx, lambda inner: self._child(inner, parent.job, item))
        except Lost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever keeps the child from starting fails the child only
            job = fault("runtime", f"the sub-flow could not be started: {_reason(error)}", code="START_FAILED")
        parent = self._turns.cell(work, key)
        if parent.job.closed:  # a sub-flow that outlives it: nobody waits for it, it only had to be started
            if isinstance(job, Fault):
                _log.warning("a sub-flow of a closed job was not started", job=parent.job.id, reason=job.detail)
            close_item(work, parent, ref)
            self._turns.settle(work, parent)
            return
        if isinstance(job, Fault):
            self._turns.run(work, parent, [i.ChildFailed(seq=0, at=0, ref=ref, fault=job)])
            return
        made_before = job.parent_run != parent.job.run or job.parent_ref != ref
        if made_before:  # another start with the same key: it is nobody's child here
            close_item(work, parent, ref)
        elif ref in parent.open:
            told = encode(ChildItem(item.command, job.id, job.run, job.key))
            put_item(work, parent, OpenItem(key, ref, "child", 0, told))
        started = i.ChildStarted(seq=0, at=0, ref=ref, job=job.id, run=job.run, revision=job.revision)
        self._turns.run(work, parent, [started])
        if job.closed and not made_before:  # it ended in its first turn, before the parent knew of it
            self._tell_parent(work, job)

    def _child(self, tx: Tx, parent: Job, item: ChildItem) -> Job | Fault:
        plan = self._turns.host.plan_child(tx, parent, item.command, self._turns.clock.now_ms())
        if isinstance(plan, Fault | Job):
            return plan
        job = plan.job
        job.parent_job, job.parent_run, job.parent_ref = parent.id, parent.run, item.command.ref
        job.root_job, job.root_run = parent.root_job or parent.id, parent.root_run or parent.run
        job.on_parent_close = item.command.on_parent_close
        origin = i.Parent(job=parent.id, run=parent.run, ref=item.command.ref)
        trigger = i.Trigger(kind="parent", by=plan.started.trigger.by, parent=origin)
        plan.started = msgspec.structs.replace(plan.started, trigger=trigger)
        work = self._begin(tx)
        job = self.start(work, plan)
        self.finish(work)
        return job

    def _continue(self, work: Work, key: int, command: ContinueAs) -> None:
        """The next run of the job. Its first turn comes in a later commit, so that a job that goes on for ever lets
        the others go on as well."""
        tx = work.tx
        cell = self._turns.cell(work, key)
        old = cell.job
        plan = self._turns.host.plan_continue(tx, old, command, self._turns.clock.now_ms())
        if isinstance(plan, Fault):
            old.status = "faulted"
            old.fault = msgspec.to_builtins(plan)
            tx.jobs.update(old)
            self._turns.host.job_closed(tx, old)
            return
        job = plan.job
        job.id = old.id
        job.first_run = old.first_run or old.run
        job.parent_job, job.parent_run, job.parent_ref = old.parent_job, old.parent_run, old.parent_ref
        job.root_job, job.root_run = old.root_job, old.root_run
        job.on_parent_close = old.on_parent_close
        job.key = tx.runs.new_key(job.tenant)
        job.status = "running"
        job.started_at = self._turns.clock.now_ms()
        if job.input is None:
            job.input = plan.started.input
        job.created_at, job.updated_by = old.created_at or old.started_at, old.updated_by
        tx.jobs.supersede(old.key)
        tx.jobs.insert(job)
        tx.runs.put_inbox(job.key, encode(plan.started))
        work.opened += 1
        work.changed[job.key] = job
        work.stored.append(job.key)
        if old.parent_ref:
            self._parent_item(work, old, job)

    def _parent_item(self, work: Work, old: Job, job: Job) -> None:
        """The parent now waits for the child's next run."""
        found = self._waiting_parent(work, old)
        if found is not None:
            cell, item = found
            told = encode(ChildItem(item.command, job.id, job.run, job.key))
            put_item(work, cell, OpenItem(cell.key, old.parent_ref, "child", 0, told))
            self._turns.settle(work, cell)

    def _waiting_parent(self, work: Work, child: Job) -> tuple[Cell, ChildItem] | None:
        """The open parent of a run and its open item for it, None when there is none."""
        key = self._turns.residents.key_of(child.parent_run)
        if key is None:
            parent = work.tx.jobs.by_run(child.parent_run)
            if parent is None or parent.closed:
                return None
            key = parent.key
        if key in self._quarantined:
            return None
        cell = self._turns.cell(work, key)
        row = open_item(work, cell, child.parent_ref)
        return None if row is None else (cell, child_item.decode(row.body))

    # -- ending --

    def _tell_parent(self, work: Work, job: Job) -> None:
        """The parent is not loaded for this: a parent that cannot be must not take its child with it."""
        if not job.parent_ref or job.status == "continued":
            return
        tx = work.tx
        key = self._turns.residents.key_of(job.parent_run)
        if key is None:
            parent = tx.jobs.by_run(job.parent_run)
            if parent is None or parent.closed:
                return
            key = parent.key
        cell = self._turns.residents.peek(key)
        row = tx.runs.item(key, job.parent_ref) if cell is None else open_item(work, cell, job.parent_ref)
        item = None if row is None else child_item.decode(row.body)
        if item is None or not item.key:
            return  # closed, or not yet told that the child exists: `start_child` does it
        if item.command.detached:  # nobody waits for it: only the parent close policy needed to know
            if key in self._quarantined:
                return  # it must not be touched; the item is harmless, for an ended child hears nothing more
            ref = job.parent_ref
            self._guarded(tx, key, lambda inner: self._forget_child(inner, key, ref))
        else:
            work.sends.append((key, outcome(job)))

    def _forget_child(self, tx: Tx, key: int, ref: str) -> None:
        work = self._begin(tx)
        cell = self._turns.cell(work, key)
        close_item(work, cell, ref)
        self._turns.settle(work, cell)
        self._leave(work)

    def _guarded(self, tx: Tx, key: int, call: Callable[[Tx], None]) -> bool:
        """Whether it went well; a run that cannot go on is quarantined."""
        try:
            self._store.piece(tx, call)
        except Lost:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is the run's own
            self.quarantine(tx, key, error)
            return False
        return True

    # -- quarantine --

    def quarantine(self, tx: Tx, key: int, error: Exception) -> None:
        """Set a run aside: its job is shown suspended with the reason, until a resume tries again."""
        reason = _reason(error)
        _log.error("run quarantined", key=key, reason=reason, exc_info=None if isinstance(error, Refusal) else error)
        if not tx.jobs.set_aside(key, reason):  # it has closed: whatever was kept for it is of no use
            tx.runs.delete_inbox([row.id for row in tx.runs.inbox(key, self._turns.limits.inbox)])
            self._stored.discard(key)
            return
        if key not in self._quarantined:  # at once: nothing else in this commit may go on with it
            self._quarantined[key] = reason
            tx.on_rollback(lambda: self._take_in(key))
        work = self._begin(tx)
        work.touched.add(key)
        work.quarantined.append((key, reason))
        self._turns.residents.drop(key)
        self._leave(work)

    def _take_in(self, key: int) -> None:
        self._quarantined.pop(key, None)


def _reason(error: Exception) -> str:
    text = error.message if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"
    return text[:REASON_LIMIT]


def outcome(job: Job) -> AnyInput:
    """How a closed child's end is told to its parent."""
    ref = job.parent_ref
    if job.status == "completed":
        return i.ChildCompleted(seq=0, at=0, ref=ref, output=job.output)
    if job.status == "cancelled":
        reason = job.fault.get("reason", "") if isinstance(job.fault, dict) else ""
        return i.ChildCancelled(seq=0, at=0, ref=ref, reason=reason)
    if job.status == "terminated":
        return i.ChildFailed(
            seq=0, at=0, ref=ref, fault=fault("runtime", f"the sub-flow {job.name} was terminated", code="TERMINATED")
        )
    if job.status == "timed_out":
        problem = fault("timeout", f"the sub-flow {job.name} ran out of time", code="TIMEOUT")
        return i.ChildFailed(seq=0, at=0, ref=ref, fault=problem)
    try:
        problem = msgspec.convert(job.fault, Fault)
    except msgspec.ValidationError:
        problem = fault("runtime", f"the sub-flow {job.name} failed")
    return i.ChildFailed(seq=0, at=0, ref=ref, fault=problem)
