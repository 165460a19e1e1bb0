"""What a state looks like from outside: the phase, and every open wait with what is needed to issue it again."""

from __future__ import annotations

import msgspec

from weft.dsl.machine.commands import OpenManualTask, OpenSubscription, ScheduleActivity, StartChild
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.state import Phase, RunState, Wait


class OpenTimer(msgspec.Struct, frozen=True):
    """A running timer; `due_at` in UTC ms. Limits that stand still while suspended are not listed."""

    ref: str
    due_at: int
    purpose: str


class Description(msgspec.Struct, frozen=True):
    """A run from outside. `next_due_at` is the earliest timer, None without. `ready`: Continue is owed.

    `nodes` are the node indexes of the live tokens that are parked in no scope.
    """

    phase: Phase
    attempt: int
    fault: Fault | None
    activities: tuple[ScheduleActivity, ...]
    timers: tuple[OpenTimer, ...]
    subscriptions: tuple[OpenSubscription, ...]
    children: tuple[StartChild, ...]
    manual_tasks: tuple[OpenManualTask, ...]
    next_due_at: int | None
    ready: bool
    held: int
    nodes: tuple[int, ...]


def describe(state: RunState) -> Description:
    """The phase and the open waits by kind, in the order they were opened."""
    waits: list[Wait] = list(state.waits.values())
    timers = tuple(
        OpenTimer(wait.ref, wait.due_at, wait.purpose) for wait in waits if wait.kind == "timer" and wait.remaining < 0
    )
    commands = [wait.command for wait in waits]
    return Description(
        phase=state.phase,
        attempt=state.attempt,
        fault=state.fault,
        activities=tuple(item for item in commands if isinstance(item, ScheduleActivity)),
        timers=timers,
        subscriptions=tuple(item for item in commands if isinstance(item, OpenSubscription)),
        children=tuple(item for item in commands if isinstance(item, StartChild)),
        manual_tasks=tuple(item for item in commands if isinstance(item, OpenManualTask)),
        next_due_at=min((timer.due_at for timer in timers), default=None),
        ready=bool(state.ready),
        held=len(state.held),
        nodes=tuple(token.node for token in state.tokens.values() if not token.inner),
    )
