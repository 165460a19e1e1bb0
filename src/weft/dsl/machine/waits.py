"""Waits: opening and closing what a token is parked on, with the command and the journal record that belong to it."""

from __future__ import annotations

from typing import Any, Literal

from weft.dsl.machine.commands import (
    CancelActivity,
    CancelChild,
    CancelTimer,
    CloseManualTask,
    CloseSubscription,
    EmitEvent,
    Filter,
    OpenManualTask,
    OpenSubscription,
    Record,
    ScheduleActivity,
    StartChild,
    StartTimer,
    TerminateChild,
    UpdateSubscription,
)
from weft.dsl.machine.core import Turn
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.state import Token, Wait, WaitKind, clone

_BUSY = frozenset({"activity", "child"})


def _open(turn: Turn, token: Token | None, wait: Wait) -> None:
    turn.waits[wait.ref] = wait
    if wait.kind in _BUSY:
        turn.state.busy += 1
    if token is not None:
        token.refs = (*token.refs, wait.ref)


def _place(turn: Turn, token: Token | None) -> tuple[str, str]:
    if token is None:
        return "", ""
    position = turn.nodes[token.node].position
    suffix = turn.scopes[token.scope].suffix
    return position, (position + suffix if suffix else position)


def schedule_activity(
    turn: Turn,
    token: Token,
    target: str,
    arguments: Any,
    *,
    kind: Literal["adapter", "system", "http"] = "adapter",
    queue: str = "",
    attempt: int = 1,
    schedule_to_start_ms: int = 0,
    start_to_close_ms: int = 0,
    heartbeat_ms: int = 0,
    name: str = "",
    detached: bool = False,
    retry: dict[str, Any] | None = None,
    first: str = "",
) -> str:
    """Ask for one attempt of an activity; the answer comes to the token's node. `detached`: nobody waits for it."""
    ref = f"a{turn.new_id()}"
    node = turn.nodes[token.node]
    position = node.position
    suffix = turn.scopes[token.scope].suffix
    address = position + suffix if suffix else position
    command = ScheduleActivity(
        ref,
        attempt,
        kind,
        target,
        queue,
        arguments,
        schedule_to_start_ms,
        start_to_close_ms,
        heartbeat_ms,
        position,
        address,
        name or node.name,
        detached,
        retry or {},
        first,
    )
    out = turn.out
    out.append(command)
    out.append(
        Record(
            "activity.scheduled",
            position,
            address,
            {"ref": ref, "kind": kind, "target": target, "queue": queue, "attempt": attempt},
        )
    )
    if not detached:
        turn.waits[ref] = Wait(ref, token.id, "activity", "", turn.now, 0, attempt, -1, turn.epoch, command)
        turn.state.busy += 1
        token.refs = (*token.refs, ref)
    return ref


def start_timer(turn: Turn, token: Token | None, due_at: int, purpose: str, extra: Any = None) -> str:
    """A timer due at `due_at` (UTC ms). Purposes `work` and `retry` run on while suspended; the others are limits."""
    ref = f"t{turn.new_id()}"
    turn.out.append(StartTimer(ref, due_at, purpose))
    position, address = _place(turn, token)
    turn.out.append(Record("timer.started", position, address, {"ref": ref, "purpose": purpose, "due_at": due_at}))
    wait = Wait(ref, token.id if token else 0, "timer", purpose, turn.now, due_at, turn=turn.epoch, extra=extra)
    _open(turn, token, wait)
    return ref


def open_subscription(
    turn: Turn, token: Token | None, filters: tuple[Filter, ...], *, standing: bool = False, extra: Any = None
) -> str:
    """Wait for events that match one of the filters; stays open until it is closed."""
    ref = f"e{turn.new_id()}"
    command = OpenSubscription(ref, filters, standing)
    turn.out.append(command)
    position, address = _place(turn, token)
    if not standing:
        types = [item.type for item in filters]
        turn.out.append(Record("event.awaited", position, address, {"ref": ref, "types": types}))
    wait = Wait(ref, token.id if token else 0, "event", "", turn.now, turn=turn.epoch, command=command, extra=extra)
    _open(turn, token, wait)
    return ref


def update_subscription(turn: Turn, ref: str, filters: tuple[Filter, ...]) -> None:
    """New expectations of an open subscription."""
    wait = turn.waits.get(ref)
    command = wait.command if wait is not None else None
    if wait is None or not isinstance(command, OpenSubscription):
        return
    wait = clone(wait)
    wait.command = OpenSubscription(ref, filters, command.standing)
    turn.waits[ref] = wait
    turn.out.append(UpdateSubscription(ref, filters))


def start_child(
    turn: Turn,
    token: Token,
    identity: Identity,
    value: Any,
    *,
    detached: bool = False,
    on_parent_close: Literal["terminate", "abandon"] = "terminate",
    job_name: str = "",
    attempt: int = 1,
    business_key: str | None = None,
    key: str = "",
) -> str:
    """Start a job of another definition with `value` as its input. `detached`: nobody waits for it."""
    ref = f"c{turn.new_id()}"
    position, _ = _place(turn, token)
    command = StartChild(ref, identity, value, detached, on_parent_close, job_name, position, business_key, key)
    turn.out.append(command)
    if not detached:
        wait = Wait(ref, token.id, "child", "", turn.now, attempt=attempt, turn=turn.epoch, command=command)
        _open(turn, token, wait)
    return ref


def open_manual_task(
    turn: Turn, token: Token, form: str, payload: Any, *, title: str = "", assignees: tuple[str, ...] = ()
) -> str:
    """Ask people to fill in a form."""
    ref = f"m{turn.new_id()}"
    command = OpenManualTask(ref, form, payload, title, assignees, _place(turn, token)[1])
    turn.out.append(command)
    _open(turn, token, Wait(ref, token.id, "manual", "", turn.now, turn=turn.epoch, command=command))
    return ref


def emit_event(
    turn: Turn, token: Token | None, event: dict[str, Any], name: str = "", *, optional: bool = False
) -> str:
    """Send an event; `event` is a complete CloudEvent object. `optional`: nobody needs to have declared it."""
    ref = f"o{turn.new_id()}"
    position, address = _place(turn, token)
    turn.out.append(EmitEvent(ref, event, name, position, optional))
    data = {"ref": ref, "id": event.get("id"), "type": event.get("type"), "source": event.get("source")}
    turn.out.append(Record("event.emitted", position, address, data))
    return ref


def outlives(wait: Wait) -> bool:
    """Whether the wait is for a child that goes on when this run is cancelled or ends (`on_parent_close` abandon)."""
    return isinstance(wait.command, StartChild) and wait.command.on_parent_close == "abandon"


def take_wait(turn: Turn, wait: Wait) -> None:
    """Forget a wait that has been answered: nothing is left to be closed outside."""
    del turn.waits[wait.ref]
    if wait.kind in _BUSY:
        turn.state.busy -= 1
    token = turn.tokens.get(wait.token)
    if token is not None:
        refs = token.refs
        token = turn.own(token)
        token.refs = () if len(refs) == 1 else tuple([ref for ref in refs if ref != wait.ref])


def close_wait(turn: Turn, ref: str, reason: str = "", *, terminate: bool = False) -> None:
    """Close an open wait by its ref: the command that ends it outside, the record, and the token's own list."""
    wait = turn.waits.get(ref)
    if wait is None:
        return
    take_wait(turn, wait)
    _closing(turn, wait, reason, terminate)


def close_all(turn: Turn, token: Token, reason: str = "", *, terminate: bool = False) -> None:
    """Close every wait of an owned token, the newest first."""
    refs = token.refs
    token.refs = ()
    for ref in reversed(refs):
        wait = turn.waits.pop(ref, None)
        if wait is not None:
            if wait.kind in _BUSY:
                turn.state.busy -= 1
            _closing(turn, wait, reason, terminate)


def _closing(turn: Turn, wait: Wait, reason: str, terminate: bool) -> None:
    kind: WaitKind = wait.kind
    ref = wait.ref
    out = turn.out
    place = turn.tokens.get(wait.token)
    if kind == "timer":
        if wait.remaining < 0:
            out.append(CancelTimer(ref))
        _closed(turn, place, "timer.cancelled", {"ref": ref, "purpose": wait.purpose})
    elif kind == "activity":
        out.append(CancelActivity(ref, reason))
        _closed(turn, place, "activity.cancelled", {"ref": ref, "reason": reason})
    elif kind == "event":
        out.append(CloseSubscription(ref))
    elif kind == "child":
        if turn.ended and outlives(wait):
            return  # the run has ended, the child goes on without it
        out.append(TerminateChild(ref, reason) if terminate else CancelChild(ref, reason))
        _closed(turn, place, "child.cancelled", {"ref": ref, "reason": reason})
    else:
        out.append(CloseManualTask(ref))


def _closed(turn: Turn, token: Token | None, kind: str, data: Any) -> None:
    position, address = _place(turn, token)
    turn.out.append(Record(kind, position, address, data))
