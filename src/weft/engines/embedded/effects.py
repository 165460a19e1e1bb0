"""What each command of the machine does inside the transaction. Effects outside wait in the Work for the commit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import msgspec

from weft.domain.errors import TooLarge
from weft.domain.manual_tasks import ManualTask
from weft.dsl.machine import commands as c
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import ActivityFailed, AnyInput, ChildCancelled, ManualTaskFailed
from weft.dsl.machine.nodes.facts import task_id
from weft.engines.embedded.cells import Cell
from weft.engines.embedded.codec import (
    ActivityItem,
    ChildItem,
    ManualItem,
    OutboxItem,
    RetryItem,
    TimerItem,
    child_item,
    encode,
    manual_item,
)
from weft.engines.embedded.work import Work
from weft.ports.engine import ResolvedActivity, Task
from weft.ports.runs import ItemKind, OpenItem, SubscriptionRow

if TYPE_CHECKING:
    from weft.engines.embedded.turns import Turns

MORE = "more"
"""The ref of the item that stands for a `Yield`."""
SMALL_COUNT = 24
SMALL_BYTES = 4_096
"""So many open items of a run, each up to so many bytes, lie together in one row."""


class Effects:
    """One turn's view: the cell, the time, what the activities of this turn were resolved to, and follow-up inputs."""

    __slots__ = ("ahead", "at", "cell", "failed", "follow", "resolved", "turns", "work")

    def __init__(self, turns: Turns, work: Work, cell: Cell, at: int) -> None:
        self.turns = turns
        self.work = work
        self.cell = cell
        self.at = at
        self.ahead = 0
        """Ms that the run's clock is ahead of ours, because ours was set back."""
        self.failed: tuple[ActivityFailed, ActivityItem] | None = None
        """This turn's input, where it is the failure of an attempt, and what was open for it."""
        self.resolved: dict[str, ResolvedActivity] = {}
        self.follow: list[AnyInput] = []

    def item(self, ref: str, kind: ItemKind, body: Any, due: int = 0) -> None:
        """Put an open item."""
        put_item(self.work, self.cell, OpenItem(self.cell.key, ref, kind, due, encode(body)))

    def close_item(self, ref: str) -> bool:
        """Whether there was one."""
        return close_item(self.work, self.cell, ref)


def put_item(work: Work, cell: Cell, item: OpenItem) -> None:
    """Put or replace an open item; the small ones are written when the run is settled."""
    ref = item.ref
    if ref in cell.small or (ref not in cell.open and len(cell.small) < SMALL_COUNT and len(item.body) <= SMALL_BYTES):
        cell.small[ref] = item
        cell.small_changed = True
    else:
        work.tx.runs.put_item(item)
    cell.open[ref] = item.kind


def close_item(work: Work, cell: Cell, ref: str) -> bool:
    """Whether there was one."""
    if cell.open.pop(ref, None) is None:
        return False
    if cell.small.pop(ref, None) is not None:
        cell.small_changed = True
    else:
        work.tx.runs.delete_item(cell.key, ref)
    return True


def open_item(work: Work, cell: Cell, ref: str) -> OpenItem | None:
    """An open item of the run, as it is in this unit of work."""
    if ref not in cell.open:
        return None
    return cell.small.get(ref) or work.tx.runs.item(cell.key, ref)


def close_manual(work: Work, cell: Cell, ref: str) -> None:
    """The task for a person is over: nobody sees it any more."""
    row = open_item(work, cell, ref)
    if row is not None and row.kind == "manual":
        work.tx.of(ManualTask).delete(manual_item.decode(row.body).id, tenant=cell.job.tenant)
        close_item(work, cell, ref)


def attempt_id(run: str, ref: str, attempt: int) -> str:
    """The stable name of one attempt."""
    return f"{run}:{ref}:{attempt}"


def _schedule(e: Effects, command: c.ScheduleActivity) -> None:
    cell, work = e.cell, e.work
    resolved = cell.resolved.get(command.first or command.ref)
    if resolved is None and command.first:
        resolved = e.turns.resolved_before(work.tx, cell.key, command.first)
    if resolved is None:
        answer = e.turns.host.resolve_activity(work.tx, cell.job, command)
        if isinstance(answer, Fault):
            answer = msgspec.structs.replace(answer, retryable=False)
            e.follow.append(
                ActivityFailed(seq=0, at=0, ref=command.ref, attempt=command.attempt, fault=answer, started_at=0)
            )
            return
        resolved = answer
        e.resolved[command.ref] = resolved
    cell.resolved[command.ref] = resolved
    last = cell.faults.pop(command.first or command.ref, None)
    e.item(command.ref, "activity", ActivityItem(cell.job.run, command, resolved, e.at, last))
    work.tasks.append(
        Task(
            run=cell.job.run,
            key=cell.key,
            ref=command.ref,
            attempt=command.attempt,
            attempt_id=attempt_id(cell.job.run, command.ref, command.attempt),
            resolved=resolved,
            scheduled_at=e.at,
            command=command,
        )
    )


def _cancel_activity(e: Effects, command: c.CancelActivity) -> None:
    if command.ref not in e.cell.open:
        return
    state = e.cell.state
    wait = None if state is None else state.waits.get(command.ref)
    attempt = e.turns.open_attempt(e.work, e.cell, command.ref)
    name = attempt_id(e.cell.job.run, command.ref, attempt)
    if wait is None:
        e.close_item(command.ref)
        e.work.dropped.append(name)
    elif e.turns.leased(name):
        e.work.cancelled.append(name)  # the machine still waits: the worker's answer ends it
    else:
        problem = fault("runtime", command.reason or "the activity was cancelled", code="CANCELLED", retryable=False)
        e.work.dropped.append(name)
        e.follow.append(ActivityFailed(seq=0, at=0, ref=command.ref, attempt=attempt, fault=problem))


def _start_timer(e: Effects, command: c.StartTimer) -> None:
    # The run's clock never goes back; the time until the timer is due is what was meant, by the clock that fires it.
    due = command.due_at - e.ahead
    retry = None
    if command.purpose == "retry" and e.failed is not None:
        inp, item = e.failed
        e.failed = None
        retry = RetryItem(item.command.first or inp.ref, item.resolved, inp.fault)
    e.item(command.ref, "timer", TimerItem(command.purpose, retry), due)
    e.work.timers.append((e.cell.key, command.ref, due))


def _cancel_timer(e: Effects, command: c.CancelTimer) -> None:
    if e.close_item(command.ref):
        e.work.untimers.append((e.cell.key, command.ref))


def _open_subscription(e: Effects, command: c.OpenSubscription | c.UpdateSubscription) -> None:
    standing = isinstance(command, c.OpenSubscription) and command.standing
    rows = [
        SubscriptionRow(e.cell.key, command.ref, index, e.cell.job.tenant, filter_.type, encode((filter_, standing)))
        for index, filter_ in enumerate(command.filters)
    ]
    e.cell.subscribed.add(command.ref)
    e.work.tx.runs.put_subscription(rows)


def _close_subscription(e: Effects, command: c.CloseSubscription) -> None:
    e.cell.subscribed.discard(command.ref)
    e.work.tx.runs.delete_subscription(e.cell.key, command.ref)


def _emit(e: Effects, command: c.EmitEvent) -> None:
    job = msgspec.structs.replace(e.cell.job, input=None, output=None, fault=None)
    e.work.tx.runs.put_outbox(e.cell.key, command.ref, e.at, encode(OutboxItem(job, command)))
    e.work.emitted = True


def _start_child(e: Effects, command: c.StartChild) -> None:
    e.item(command.ref, "child", ChildItem(command))
    e.work.starts.append((e.cell.key, command.ref))


def _stop_child(e: Effects, command: c.CancelChild | c.TerminateChild) -> None:
    row = open_item(e.work, e.cell, command.ref)
    if row is None:
        return
    item = child_item.decode(row.body)
    if item.key:
        e.work.sends.append((item.key, e.turns.stop_input(command)))
        return
    e.close_item(command.ref)
    e.follow.append(ChildCancelled(seq=0, at=0, ref=command.ref, reason=command.reason))


def _open_manual(e: Effects, command: c.OpenManualTask) -> None:
    job = e.cell.job
    payload: Any = command.payload
    about = cast("dict[str, Any]", payload) if isinstance(payload, dict) else {}
    key = about.get("task") if "taskId" in about else None
    # That of the task's record, made anew: a fork has taken it over from another job.
    ident = task_id(job.id, key if isinstance(key, str) else command.address)
    record = ManualTask(
        id=ident,
        job=job.id,
        run=job.run,
        ref=command.ref,
        created_at=e.at,
        form=command.form,
        title=command.title,
        task=key if isinstance(key, str) else "",
        payload=payload,
        assignees=command.assignees,
        namespace=job.namespace,
        tenant=job.tenant,
    )
    try:
        e.work.tx.of(ManualTask).put(record)
    except TooLarge as problem:
        told = fault("validation", f"the form cannot be kept: {problem.message}", code="INPUT_INVALID", retryable=False)
        e.follow.append(ManualTaskFailed(seq=0, at=0, ref=command.ref, fault=told))
        return
    e.item(command.ref, "manual", ManualItem(ident))


def _close_manual(e: Effects, command: c.CloseManualTask) -> None:
    close_manual(e.work, e.cell, command.ref)


def _continue_as(e: Effects, command: c.ContinueAs) -> None:
    e.cell.job.status = "continued"
    e.work.continues.append((e.cell.key, command))


def _complete(e: Effects, command: c.CompleteRun) -> None:
    e.cell.job.output = command.output


def _fault(e: Effects, command: c.FaultRun | c.TimeOutRun) -> None:
    e.cell.job.fault = msgspec.to_builtins(command.fault)


def _stopped(e: Effects, command: c.CancelRun | c.TerminateRun) -> None:
    by = command.by if isinstance(command, c.TerminateRun) else ""
    e.cell.job.fault = {"reason": command.reason, "by": by} if command.reason or by else None


def _yield(e: Effects, command: c.Yield) -> None:
    e.item(MORE, "more", None)
    e.work.more.append(e.cell.key)


HANDLERS: dict[type[Any], Callable[[Effects, Any], None]] = {
    c.ScheduleActivity: _schedule,
    c.CancelActivity: _cancel_activity,
    c.StartTimer: _start_timer,
    c.CancelTimer: _cancel_timer,
    c.OpenSubscription: _open_subscription,
    c.UpdateSubscription: _open_subscription,
    c.CloseSubscription: _close_subscription,
    c.EmitEvent: _emit,
    c.StartChild: _start_child,
    c.CancelChild: _stop_child,
    c.TerminateChild: _stop_child,
    c.OpenManualTask: _open_manual,
    c.CloseManualTask: _close_manual,
    c.ContinueAs: _continue_as,
    c.CompleteRun: _complete,
    c.FaultRun: _fault,
    c.TimeOutRun: _fault,
    c.CancelRun: _stopped,
    c.TerminateRun: _stopped,
    c.Yield: _yield,
}
