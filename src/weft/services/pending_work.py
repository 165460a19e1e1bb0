"""What an open run waits for, tied to its history: event numbers, and activities between two attempts.

While the delay before a further attempt runs, the engine holds a timer and no activity; to people the activity is
pending all the same, with the attempt that comes next and how the last one failed.
"""

from __future__ import annotations

from collections.abc import Sequence

from weft.dsl.machine import commands as cmd
from weft.dsl.machine import inputs as inp
from weft.ports.engine import LogEntry, Pending, PendingActivity, PendingTimer, ResolvedActivity
from weft.services.history import OPENING, length, project


def needs_history(pending: Pending) -> bool:
    """Whether anything pending is shown by the number of a history event."""
    return bool(pending.activities or pending.children) or any(one.purpose == "retry" for one in pending.timers)


class _Openings:
    """Where activities and children were opened. Events are only counted until a number is asked for."""

    def __init__(self) -> None:
        self._events = 0
        self._opened: dict[str, tuple[int, LogEntry, str]] = {}  # by the address of an activity, the ref of a child
        self.scheduled: dict[str, cmd.ScheduleActivity] = {}

    def add(self, entry: LogEntry) -> None:
        for command in entry.commands:
            if isinstance(command, cmd.ScheduleActivity):
                self.scheduled[command.ref] = command
                if command.attempt == 1:
                    self._opened[command.address] = (self._events, entry, command.ref)
            elif isinstance(command, cmd.StartChild):
                self._opened[command.ref] = (self._events, entry, command.ref)
        self._events += length(entry)

    def number(self, ref: str) -> int:
        """The number of the event that scheduled the first attempt, or opened the child; 0 if there is none."""
        command = self.scheduled.get(ref)
        before, entry, first = self._opened.get(ref if command is None else command.address, (0, None, ""))
        found = [] if entry is None else project([entry])
        return next((before + event.n for event in found if event.ref == first and event.kind in OPENING), 0)


def place(pending: Pending, entries: Sequence[LogEntry]) -> dict[str, int]:
    """Add the activities that wait for a further attempt; gives, by ref, the event that scheduled or opened each."""
    openings = _Openings()
    delays = {one.ref: one for one in pending.timers if one.purpose == "retry"}
    resolved: dict[str, ResolvedActivity] = {}
    for entry in entries:
        openings.add(entry)
        if not delays:
            continue
        for ref, found in entry.resolved.items():
            resolved[openings.scheduled[ref].address if ref in openings.scheduled else ref] = found
        for command in entry.commands:
            if isinstance(command, cmd.StartTimer) and command.ref in delays:
                waiting = _between(entry, delays[command.ref], openings.scheduled, resolved)
                if waiting is not None:
                    pending.activities.append(waiting)
    refs = [one.ref for one in (*pending.activities, *pending.children)]
    numbers = {ref: openings.number(ref) for ref in refs}
    return {ref: number for ref, number in numbers.items() if number}


def _between(
    entry: LogEntry,
    delay: PendingTimer,
    scheduled: dict[str, cmd.ScheduleActivity],
    resolved: dict[str, ResolvedActivity],
) -> PendingActivity | None:
    """The activity whose failed attempt started the delay; None where something else is tried again."""
    source = entry.input
    command = scheduled.get(source.ref) if isinstance(source, inp.ActivityFailed) else None
    if command is None or not isinstance(source, inp.ActivityFailed):
        return None
    served = resolved.get(command.address) or ResolvedActivity(command.queue, command.target, "")
    most = command.retry.get("maxAttempts", 0) if command.retry else 0
    return PendingActivity(
        ref=command.ref,
        target=served.activity,
        queue=served.queue,
        state="scheduled",
        attempt=command.attempt + 1,
        scheduled_at=entry.at,
        started_at=source.started_at,
        worker=source.worker,
        last_fault=source.fault,
        maximum_attempts=most if isinstance(most, int) else 0,
        next_at=delay.due_at,
    )
