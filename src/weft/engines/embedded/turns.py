"""Turns: inputs are applied to a run inside an open transaction, one at a time.

Each input gives one log row with its journal records and commands, and the effects of the commands on the rows of
the run. Nothing leaves the transaction here: that is `release`, after the commit. A run that meets an exception is
not gone on with: whoever called undoes the piece and quarantines the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

import msgspec

from weft.domain.errors import NotFound, TooLarge
from weft.domain.jobs import Job
from weft.domain.manual_tasks import ManualTask
from weft.dsl.machine import commands as c
from weft.dsl.machine import inputs as i
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import AnyInput
from weft.dsl.machine.refusals import with_refused
from weft.dsl.machine.state import ENDED, RunState
from weft.engines.embedded.cells import Cell, Residents
from weft.engines.embedded.codec import (
    activity_item,
    child_item,
    decode_input,
    encode,
    input_of_row,
    log_entry,
    manual_item,
    timer_item,
)
from weft.engines.embedded.dispatcher import Dispatcher
from weft.engines.embedded.effects import HANDLERS, MORE, Effects, attempt_id, close_item, close_manual, open_item
from weft.engines.embedded.limits import Limits
from weft.engines.embedded.listed import Outlines, close, status_of
from weft.engines.embedded.machine import Machine
from weft.engines.embedded.work import Work
from weft.ports.clock import Clock
from weft.ports.engine import DEFAULT_QUEUE, EngineHost, LogEntry, ResolvedActivity
from weft.ports.runs import SnapshotRow
from weft.ports.store import Tx

_ANSWERS = frozenset(
    {i.ActivityCompleted, i.ActivityFailed, i.TimerFired, i.ChildCompleted, i.ChildFailed, i.ChildCancelled}
)
_MANUAL = frozenset({i.ManualTaskCompleted, i.ManualTaskFailed})
SNAPSHOT_SHARE = 4
"""A snapshot is at most so many times as large as the log that was written since the last one."""
_Record = c.Record
_set = msgspec.structs.force_setattr


class Turns:
    """Shared by all units of work of one engine."""

    def __init__(
        self, machine: Machine, host: EngineHost, clock: Clock, limits: Limits, residents: Residents, tasks: Dispatcher
    ) -> None:
        self.machine = machine
        self.host = host
        self.clock = clock
        self.limits = limits
        self.residents = residents
        self.tasks = tasks
        self.outlines = Outlines()
        self.inputs = 0

    # -- cells --

    def cell(self, work: Work, key: int) -> Cell:
        """The run, from memory or from the store. Raises NotFound for a run that is not stored."""
        work.touched.add(key)
        return self.residents.get(key) or self._load(work.tx, key)

    def _load(self, tx: Tx, key: int) -> Cell:
        job = tx.jobs.by_key(key)
        if job is None:
            raise NotFound(f"run {key} is not stored")
        program = self.host.program(tx, job.revision)
        state, seq, size, since = self.fold(tx, key, program)
        cell = Cell(key, job, program, state, seq)
        cell.snapshot_seq = since
        cell.log_bytes = size
        own = set(tx.runs.own_items(key))
        for item in tx.runs.items(key):
            cell.open[item.ref] = item.kind
            if item.ref not in own:
                cell.small[item.ref] = item
            if item.kind == "activity":
                cell.resolved[item.ref] = activity_item.decode(item.body).resolved
            elif item.kind == "timer" and (retry := timer_item.decode(item.body).retry) is not None:
                cell.resolved[retry.first] = retry.resolved
                cell.faults[retry.first] = retry.fault
        if not job.closed:
            cell.subscribed = {row.ref for row in tx.runs.subscriptions(key)}
        self.residents.add(cell)
        return cell

    def fold(self, tx: Tx, key: int, program: Any, upto: int = 0) -> tuple[RunState | None, int, int, int]:
        """(state, its seq, bytes of log folded, seq of the snapshot begun from); `upto` 0: the whole log."""
        snapshot = tx.runs.snapshot(key)
        state: RunState | None = None
        since = 0
        if snapshot is not None and (not upto or snapshot.seq <= upto):
            state, since = self.machine.decode(snapshot.body), snapshot.seq
        seq, size = since, 0
        for row in tx.runs.log(key, after=since):
            if upto and row.seq > upto:
                break
            state, _ = self.machine.step(program, state, input_of_row(row.body))
            seq = row.seq
            size += len(row.body)
        return state, seq, size, since

    def new_cell(self, work: Work, job: Job, program: Any) -> Cell:
        """A run that is not stored yet; its row is written when it is settled."""
        cell = Cell(job.key, job, program, None, 0)
        cell.stored = False
        work.touched.add(job.key)
        self.residents.add(cell)
        return cell

    # -- inputs --

    def run(self, work: Work, cell: Cell, inputs: Iterable[AnyInput], at: int = 0) -> None:
        """Apply inputs in order, and what follows from them at once; then write the run's rows.

        `at` (UTC ms) is when the first one came, where that is known already; 0: now.
        """
        for inp in inputs:
            follow = self.apply(work, cell, inp, at)
            at = 0
            while follow:
                more: list[AnyInput] = []
                for next_ in follow:
                    more += self.apply(work, cell, next_)
                follow = more
        self.settle(work, cell)

    def begun(self, work: Work, key: int) -> Cell:
        """The run, with its first turn done: it may still wait in the stored inbox, as that of a continued job."""
        cell = self.cell(work, key)
        if cell.state is None:
            self.run_stored(work, cell)
        return cell

    def run_stored(self, work: Work, cell: Cell) -> bool:
        """Apply what waits in the stored inbox; whether more is left there."""
        rows = work.tx.runs.inbox(cell.key, self.limits.turn_inputs)
        if rows:
            work.tx.runs.delete_inbox([row.id for row in rows])
            self.run(work, cell, [decode_input(row.body) for row in rows])
        return len(rows) == self.limits.turn_inputs

    def apply(self, work: Work, cell: Cell, inp: AnyInput, at: int = 0) -> list[AnyInput]:
        """One input; returns the inputs that follow from its commands at once. `at`: see `run`."""
        state = cell.state
        if cell.seq >= self.limits.log_length:
            raise TooLarge(f"the run was told {cell.seq} inputs; the limit is {self.limits.log_length}")
        now = self.clock.now_ms()
        at = at or now
        if state is not None and at < state.clock:
            at = state.clock  # a clock that was set back never runs backwards for a run
        seq = cell.seq + 1
        _set(inp, "seq", seq)
        _set(inp, "at", at)
        cell.state, commands = self._step(work, cell, state, inp)
        if cell.listed and state is not None and cell.state.phase in ENDED and state.phase not in ENDED:
            taken = self.taken(work, cell, getattr(inp, "ref", ""))
            if taken:  # who is at work when a run ends is told first, so that these tasks have begun for good
                cell.state = state
                for before in taken:
                    self.apply(work, cell, before)
                return self.apply(work, cell, inp)
        cell.seq = seq
        self.inputs += 1
        effects = Effects(self, work, cell, at)
        effects.ahead = max(0, at - now)
        self._before(effects, inp, state)
        records: list[c.Record] = []
        others: list[c.AnyCommand] = []
        for command in commands:
            kind = type(command)
            if kind is _Record:
                records.append(cast("c.Record", command))
            else:
                others.append(command)
                HANDLERS[kind](effects, command)
        if effects.failed is not None:  # no delay was begun for it: there is no next attempt
            effects.cell.faults.pop(effects.failed[1].command.first or effects.failed[0].ref, None)
        body = encode((inp, records, others, effects.resolved))
        work.tx.runs.append(cell.key, seq, at, body)
        job = cell.job
        size = len(body)
        cell.log_bytes += size
        job.history_bytes += size
        job.history_length += self.host.history_length(
            LogEntry(seq=seq, at=at, input=inp, records=records, commands=others, resolved=effects.resolved)
        )
        return effects.follow

    def _step(
        self, work: Work, cell: Cell, state: RunState | None, inp: AnyInput
    ) -> tuple[RunState, list[c.AnyCommand]]:
        """The turn; where an event that it emits cannot leave it is taken again, told which ones those are.

        The tasks of a list or graph fail with such an event; every other run fails as a whole.
        """
        refused: dict[str, Fault] = {}
        while True:
            found, commands = self.machine.step(cell.program, state, inp)
            more = self._refused(work, cell, commands)
            if not more or more.keys() <= refused.keys():
                return found, commands
            refused |= more
            first = next(iter(refused.values()))
            _set(inp, "refused", with_refused(refused) if cell.listed else first)

    def _refused(self, work: Work, cell: Cell, commands: Iterable[c.AnyCommand]) -> dict[str, Fault]:
        """Why events that the turn emits cannot leave, by the names under which they are emitted."""
        found: dict[str, Fault] = {}
        for command in commands:
            if type(command) is c.EmitEvent and command.name not in found:
                problem = self.host.check_emit(work.tx, cell.job, command)
                if problem is not None:
                    found[command.name] = problem
        return found

    def taken(self, work: Work, cell: Cell, answered: str = "") -> list[AnyInput]:
        """The open activities of a list or graph that workers have taken, as inputs, where the run was not told yet.

        Which these are is otherwise told with their answers only; a run that is put down may never hear those.
        """
        found: list[AnyInput] = []
        if not cell.listed:
            return found
        for ref, kind in cell.open.items():
            if kind != "activity" or ref == answered or ref in cell.told:
                continue
            attempt = self.open_attempt(work, cell, ref)
            lease = self.tasks.lease_of(attempt_id(cell.job.run, ref, attempt))
            if lease is not None:
                cell.told.add(ref)
                worker = lease.task.resolved.queue
                found.append(
                    i.ActivityStarted(seq=0, at=0, ref=ref, attempt=attempt, worker=worker, started_at=lease.taken_at)
                )
        return found

    def _before(self, effects: Effects, inp: AnyInput, before: RunState | None) -> None:
        """What an input means by itself, whatever the machine answers."""
        kind = type(inp)
        if kind in _ANSWERS:
            ref: str = getattr(inp, "ref", "")
            if kind is i.ActivityFailed:
                self._failing(effects, cast("i.ActivityFailed", inp))
            elif kind is i.ActivityCompleted:
                effects.cell.resolved.pop(ref, None)  # a long run does not keep what all its activities were
            effects.close_item(ref)
        elif kind in _MANUAL:
            close_manual(effects.work, effects.cell, getattr(inp, "ref", ""))
        elif kind is i.Continue:
            effects.close_item(MORE)
        elif kind is i.CancelRequested:
            effects.cell.job.cancel_requested = True
            if before is not None:
                self._cancel_unstarted(effects)

    @staticmethod
    def _failing(effects: Effects, inp: i.ActivityFailed) -> None:
        """The next attempt, if there is one, tells why it is needed."""
        row = open_item(effects.work, effects.cell, inp.ref)
        if row is not None and row.kind == "activity":
            item = activity_item.decode(row.body)
            effects.failed = (inp, item)
            effects.cell.faults[item.command.first or inp.ref] = inp.fault

    def _cancel_unstarted(self, effects: Effects) -> None:
        """A graceful cancel waits for running activities; tasks that nobody has taken are answered for here."""
        cell = effects.cell
        for ref, kind in list(cell.open.items()):
            if kind != "activity" or cell.resolved[ref].queue == DEFAULT_QUEUE:
                continue
            attempt = self.open_attempt(effects.work, cell, ref)
            name = attempt_id(cell.job.run, ref, attempt)
            if not self.leased(name):
                problem = fault("runtime", "cancelled before it was started", code="CANCELLED", retryable=False)
                effects.follow.append(i.ActivityFailed(seq=0, at=0, ref=ref, attempt=attempt, fault=problem))
                effects.work.dropped.append(name)

    # -- rows of the run --

    def settle(self, work: Work, cell: Cell) -> None:
        """Write the job's row, a snapshot if one is due, and what the end of the run means."""
        state = cell.state
        job = cell.job
        if state is None:
            return
        closing = state.phase in ENDED and not job.closed_at
        self._status(work, cell, state)
        job.transitions = state.transitions
        job.updated_at = state.clock
        if closing:
            job.closed_at = max(state.clock, 1)
            self._release_open(work, cell)
            if cell.listed and job.status != "continued":
                close(job, state, self.outlines.of(job.revision, cell.program))
        if cell.small_changed:
            work.tx.runs.put_open(cell.key, list(cell.small.values()))
            cell.small_changed = False
        if cell.stored:
            work.tx.jobs.update(job)
        else:
            work.tx.jobs.insert(job)
            cell.stored = True
            work.opened += 1
        if closing or self._snapshot_due(cell):
            self.snapshot(work.tx, cell)
        work.changed[cell.key] = job
        if closing:
            work.closed.append(job)
            if job.status != "continued":
                self.host.job_closed(work.tx, job)

    def _status(self, work: Work, cell: Cell, state: RunState) -> None:
        job = cell.job
        phase = state.phase
        if job.status == "continued" or job.closed_at:
            return
        if phase == "suspended" and job.status != "suspended":
            work.suspended.append(cell.key)
        elif job.status == "suspended" and phase != "suspended":
            work.resumed.append(cell.key)
        job.status = status_of(job, state) if cell.listed else phase
        job.quarantine_reason = ""

    def _snapshot_due(self, cell: Cell) -> bool:
        """By inputs or bytes since the last one; a large state less often, so that what snapshots cost stays in
        proportion to the log (a fan of thousands of branches would else be written a hundred times over)."""
        limits = self.limits
        if cell.seq - cell.snapshot_seq < limits.snapshot_inputs and cell.log_bytes < limits.snapshot_bytes:
            return False
        return cell.log_bytes * SNAPSHOT_SHARE >= cell.snapshot_size

    def snapshot(self, tx: Tx, cell: Cell) -> None:
        """Write the state as it is now."""
        if cell.state is None:
            return
        body = self.machine.encode(cell.state)
        tx.runs.put_snapshot(SnapshotRow(cell.key, cell.seq, cell.state.clock, body))
        cell.snapshot_seq = cell.seq
        cell.snapshot_size = len(body)
        cell.log_bytes = 0

    def _release_open(self, work: Work, cell: Cell) -> None:
        """The run has ended: nothing of it stays open. Children go by their parent close policy."""
        runs = work.tx.runs
        kept: set[str] = set()
        for ref, kind in cell.open.items():
            if kind == "activity":
                attempt = self.open_attempt(work, cell, ref)
                work.dropped.append(attempt_id(cell.job.run, ref, attempt))
            elif kind == "timer":
                work.untimers.append((cell.key, ref))
            elif kind == "child" and self.children_close(work, cell, ref):
                kept.add(ref)
            elif kind == "manual":
                row = open_item(work, cell, ref)
                if row is not None:
                    work.tx.of(ManualTask).delete(manual_item.decode(row.body).id, tenant=cell.job.tenant)
        for ref in [ref for ref in cell.open if ref not in kept]:
            close_item(work, cell, ref)
        if cell.subscribed:
            runs.delete_subscriptions(cell.key)
            cell.subscribed.clear()

    def children_close(self, work: Work, cell: Cell, ref: str) -> bool:
        """The parent close policy of one child that is still open.

        True for one that outlives its parent and is not started yet: its item stays until it is.
        """
        row = open_item(work, cell, ref)
        if row is None:
            return False
        item = child_item.decode(row.body)
        if item.command.on_parent_close != "terminate":
            return item.command.detached and not item.key
        if item.key:
            stop = i.TerminateRequested(seq=0, at=0, reason=f"parent job {cell.job.status}", by="system")
            work.sends.append((item.key, stop))
        return False

    # -- small questions --

    def open_attempt(self, work: Work, cell: Cell, ref: str) -> int:
        """The attempt of an open activity."""
        state = cell.state
        wait = None if state is None else state.waits.get(ref)
        if wait is not None:
            return wait.attempt
        row = open_item(work, cell, ref)
        return 1 if row is None else activity_item.decode(row.body).command.attempt

    def leased(self, name: str) -> bool:
        return self.tasks.lease_of(name) is not None

    def resolved_before(self, tx: Tx, key: int, ref: str) -> ResolvedActivity | None:
        """What an earlier attempt of the activity was resolved to, from the log."""
        for row in tx.runs.log(key):
            found = log_entry(row.seq, row.at, row.body).resolved.get(ref)
            if found is not None:
                return found
        return None

    def stop_input(self, command: c.CancelChild | c.TerminateChild) -> AnyInput:
        """What a child is told when its parent gives it up."""
        if isinstance(command, c.CancelChild):
            return i.CancelRequested(seq=0, at=0, reason=command.reason, by="parent")
        return i.TerminateRequested(seq=0, at=0, reason=command.reason, by="parent")
