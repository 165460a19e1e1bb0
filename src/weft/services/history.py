"""The history that people see, made from a run's log when it is read.

Every log entry always gives the same events, so numbers are stable from the first read and their count can be kept
with the job as entries come in. An entry that shows something is: what was told (the fact), one decision (three
events), what was decided. Attempts that are tried again show nothing: an activity is scheduled once and ends once.
Timers of limits and retries show nothing; those of sleeps and event waits do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from weft.dsl.machine import commands as cmd
from weft.dsl.machine import inputs as inp
from weft.dsl.machine.faults import Fault
from weft.ports.engine import LogEntry, ResolvedActivity

SHOWN_TIMERS = frozenset({"work", "event"})
DECISION = ("decision.scheduled", "decision.started", "decision.completed")


class HistoryEvent(msgspec.Struct):
    """One event: number from 1 (0 before it is numbered), time in UTC ms, kind, the ref it belongs to.

    `start` is the number of the event that scheduled or opened what this one ends; `taken` of the one that says
    who took it; `decision` of the decision that caused it. `source` is the input or command it was made from.
    """

    at: int
    kind: str
    ref: str = ""
    source: Any = None
    data: dict[str, Any] = {}
    n: int = 0
    start: int = 0
    taken: int = 0
    decision: int = 0


def length(entry: LogEntry) -> int:
    """How many events the entry is shown as: counted with every input, so without making the events where it can."""
    shown = TOLD.get(type(entry.input))
    if shown is None:
        return len(_entry_events(entry))
    for command in entry.commands:
        kind = type(command)
        if kind is cmd.ScheduleActivity:
            again: bool = command.attempt > 1  # pyright: ignore[reportAttributeAccessIssue]
            shown += 0 if again and type(entry.input) not in _KNOWS_NOTHING else 2
        elif kind is cmd.StartTimer:
            shown += command.purpose in SHOWN_TIMERS  # pyright: ignore[reportAttributeAccessIssue]
        elif kind is cmd.CancelTimer:
            shown += _purpose(entry, command.ref) in SHOWN_TIMERS  # pyright: ignore[reportAttributeAccessIssue]
        elif kind in DECIDED:
            shown += 1
    for record in entry.records:
        if record.type == "compensation.started":
            shown += 1
    return shown + len(DECISION) if shown else 0


def project(entries: Iterable[LogEntry]) -> list[HistoryEvent]:
    """All events, numbered, each tied to the events before it that it belongs to."""
    numbering = Numbering()
    for entry in entries:
        numbering.add(entry)
    return numbering.events


class Numbering:
    """Gives events their numbers and finds, by ref, the events that they end or continue."""

    def __init__(self) -> None:
        self.events: list[HistoryEvent] = []
        self.opened: dict[str, int] = {}
        self.taken: dict[str, int] = {}
        self.first: dict[str, int] = {}  # address of an activity -> the event that scheduled its first attempt
        self.failed: dict[str, Fault] = {}  # address of an activity -> how its attempt before the current one failed
        self.addresses: dict[str, str] = {}
        self.decision = 0

    def add(self, entry: LogEntry) -> None:
        for event in _entry_events(entry):
            event.n = len(self.events) + 1
            if event.kind.startswith("decision."):
                self._decide(event)
            else:
                event.decision = self.decision
                self._tie(event)
            self.events.append(event)
        self._follow_attempts(entry)

    def _follow_attempts(self, entry: LogEntry) -> None:
        """Keep which attempts belong together, once the events of the entry are made."""
        if isinstance(entry.input, inp.ActivityFailed):
            self.failed[self.addresses.get(entry.input.ref, "")] = entry.input.fault
        for command in entry.commands:
            if isinstance(command, cmd.ScheduleActivity):
                self.addresses[command.ref] = command.address
                if command.attempt > 1:
                    self.opened[command.ref] = self.first.get(command.address, 0)
                else:
                    self.failed.pop(command.address, None)

    def _decide(self, event: HistoryEvent) -> None:
        if event.kind == "decision.scheduled":
            self.decision = event.n
        elif event.kind == "decision.started":
            event.start = self.decision
        else:
            event.start, event.taken = self.decision, self.decision + 1
            self.decision = event.n

    def _tie(self, event: HistoryEvent) -> None:
        if event.kind in OPENING:
            self.opened[event.ref] = event.n
            if event.kind == "activity.scheduled":
                self.first[event.source.address] = event.n
            return
        event.start = self.opened.get(event.ref, 0)
        if event.kind == "activity.started":
            event.data["last"] = self.failed.get(self.addresses.get(event.ref, ""))
        if event.kind in TAKING:
            self.taken[event.ref] = event.n
        else:
            event.taken = self.taken.get(event.ref, 0)


OPENING = frozenset({"activity.scheduled", "timer.started", "child.initiated"})
TAKING = frozenset({"activity.started", "child.started"})


def _entry_events(entry: LogEntry) -> list[HistoryEvent]:
    facts = list(_facts(entry))
    done = list(_decided(entry))
    if isinstance(entry.input, inp.TerminateRequested):
        return [*facts, *done]
    if not facts and not done:
        return []
    made = [HistoryEvent(entry.at, kind, data={"seq": entry.seq}) for kind in DECISION]
    return [*facts, *made, *done]


# --- facts: what the input told ----------------------------------------------------------------------------------


def _facts(entry: LogEntry) -> Iterator[HistoryEvent]:
    tell = FACTS.get(type(entry.input))
    if tell is not None:
        yield from tell(entry)


def _started(entry: LogEntry) -> Iterator[HistoryEvent]:
    yield HistoryEvent(entry.at, "run.started", source=entry.input)


def _taken(entry: LogEntry, source: Any) -> HistoryEvent:
    at = min(max(source.started_at, 0), entry.at) or entry.at
    return HistoryEvent(
        at, "activity.started", source.ref, source, {"attempt": source.attempt, "worker": source.worker}
    )


def _activity_completed(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    yield _taken(entry, source)
    yield HistoryEvent(entry.at, "activity.completed", source.ref, source)


def _activity_failed(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    if _is_retried(entry, source.ref):
        return
    yield _taken(entry, source)
    kind = "activity.timed_out" if source.fault.code == "TIMEOUT" else "activity.failed"
    yield HistoryEvent(entry.at, kind, source.ref, source, {"fault": source.fault})


def _timer_fired(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    purpose = _purpose(entry, source.ref)
    if purpose in SHOWN_TIMERS:
        yield HistoryEvent(entry.at, "timer.fired", source.ref, source)
    elif purpose == "action":
        # The limit of one attempt: the machine cancels the attempt in the same entry.
        for command in entry.commands:
            if isinstance(command, cmd.CancelActivity) and not _is_retried(entry, command.ref):
                yield HistoryEvent(entry.at, "activity.timed_out", command.ref, command, {"fault": None})


def _event_received(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    told = {"name": source.event.get("type", ""), "event": source.event}
    yield HistoryEvent(entry.at, "event.received", source.ref, source, told)


def _form_submitted(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    told = {"name": "task", "event": {"data": source.result}}
    yield HistoryEvent(entry.at, "event.received", source.ref, source, told)


def _child_started(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    yield HistoryEvent(entry.at, "child.started", source.ref, source)


def _child_completed(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    yield HistoryEvent(entry.at, "child.completed", source.ref, source)


CHILD_ENDS = {"TIMEOUT": "child.timed_out", "TERMINATED": "child.terminated", "WORKFLOW_NOT_FOUND": "child.not_started"}


def _child_failed(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    kind = CHILD_ENDS.get(source.fault.code, "child.failed")
    yield HistoryEvent(entry.at, kind, source.ref, source, {"fault": source.fault})


def _child_cancelled(entry: LogEntry) -> Iterator[HistoryEvent]:
    source: Any = entry.input
    yield HistoryEvent(entry.at, "child.cancelled", source.ref, source)


def _cancel_requested(entry: LogEntry) -> Iterator[HistoryEvent]:
    yield HistoryEvent(entry.at, "cancel.requested", source=entry.input)


def _held(name: str) -> Callable[[LogEntry], Iterator[HistoryEvent]]:
    def tell(entry: LogEntry) -> Iterator[HistoryEvent]:
        source: Any = entry.input
        data = {"name": name, "details": {"reason": source.reason, "by": source.by}}
        yield HistoryEvent(entry.at, "marker", source=source, data=data)

    return tell


FACTS: dict[type[Any], Callable[[LogEntry], Iterator[HistoryEvent]]] = {
    inp.RunStarted: _started,
    inp.RunRestored: _started,
    inp.ActivityCompleted: _activity_completed,
    inp.ActivityFailed: _activity_failed,
    inp.TimerFired: _timer_fired,
    inp.EventReceived: _event_received,
    inp.ManualTaskCompleted: _form_submitted,
    inp.ChildStarted: _child_started,
    inp.ChildCompleted: _child_completed,
    inp.ChildFailed: _child_failed,
    inp.ChildCancelled: _child_cancelled,
    inp.CancelRequested: _cancel_requested,
    inp.SuspendRequested: _held("Suspended"),
    inp.ResumeRequested: _held("Resumed"),
}


# --- what was decided --------------------------------------------------------------------------------------------


def _decided(entry: LogEntry) -> Iterator[HistoryEvent]:
    if isinstance(entry.input, inp.RunStarted | inp.RunRestored):
        yield HistoryEvent(entry.at, "marker", data={"name": "LoadDefinition"})
        yield HistoryEvent(entry.at, "labels")
        yield HistoryEvent(entry.at, "memo")
    # before what it causes: a run that ends in the same turn has its closing event last
    for record in entry.records:
        if record.type == "compensation.started":
            yield HistoryEvent(entry.at, "marker", data={"name": "Compensation", "details": record.data})
    timed_out = isinstance(entry.input, inp.TimerFired) and _purpose(entry, entry.input.ref) == "action"
    for command in entry.commands:
        if timed_out and isinstance(command, cmd.CancelActivity):
            continue
        tell = DECIDED.get(type(command))
        if tell is not None:
            yield from tell(entry, command)


_KNOWS_NOTHING = frozenset({inp.RunRestored})
"""A further run goes on counting attempts, but its own history knows nothing of those before it: the first is shown."""


def _scheduled(entry: LogEntry, command: cmd.ScheduleActivity) -> Iterator[HistoryEvent]:
    if command.attempt > 1 and type(entry.input) not in _KNOWS_NOTHING:
        return
    resolved = entry.resolved.get(command.ref) or ResolvedActivity(command.queue, command.target, "")
    config = command.arguments.get("config") if isinstance(command.arguments, dict) else None
    details = {"activity": resolved.activity}
    if isinstance(config, dict) and isinstance(config.get("resourceId"), str):
        details["resourceId"] = config["resourceId"]
    yield HistoryEvent(entry.at, "marker", data={"name": "ResolveActivity", "details": details})
    yield HistoryEvent(entry.at, "activity.scheduled", command.ref, command, {"resolved": resolved})


def _cancelled(entry: LogEntry, command: cmd.CancelActivity) -> Iterator[HistoryEvent]:
    yield HistoryEvent(entry.at, "activity.cancelled", command.ref, command)


def _timer_started(entry: LogEntry, command: cmd.StartTimer) -> Iterator[HistoryEvent]:
    if command.purpose in SHOWN_TIMERS:
        yield HistoryEvent(entry.at, "timer.started", command.ref, command, {"ms": max(0, command.due_at - entry.at)})


def _timer_cancelled(entry: LogEntry, command: cmd.CancelTimer) -> Iterator[HistoryEvent]:
    if _purpose(entry, command.ref) in SHOWN_TIMERS:
        yield HistoryEvent(entry.at, "timer.cancelled", command.ref, command)


def _emitted(entry: LogEntry, command: cmd.EmitEvent) -> Iterator[HistoryEvent]:
    event = command.event
    details = {"name": command.name, "type": event.get("type"), "id": event.get("id")}
    yield HistoryEvent(entry.at, "marker", command.ref, command, {"name": "ProduceEvent", "details": details})


def _child_initiated(entry: LogEntry, command: cmd.StartChild) -> Iterator[HistoryEvent]:
    yield HistoryEvent(entry.at, "child.initiated", command.ref, command)


def _ended(kind: str) -> Callable[[LogEntry, Any], Iterator[HistoryEvent]]:
    def tell(entry: LogEntry, command: Any) -> Iterator[HistoryEvent]:
        yield HistoryEvent(entry.at, kind, source=command)

    return tell


DECIDED: dict[type[Any], Callable[[LogEntry, Any], Iterator[HistoryEvent]]] = {
    cmd.ScheduleActivity: _scheduled,
    cmd.CancelActivity: _cancelled,
    cmd.StartTimer: _timer_started,
    cmd.CancelTimer: _timer_cancelled,
    cmd.EmitEvent: _emitted,
    cmd.StartChild: _child_initiated,
    cmd.ContinueAs: _ended("run.continued"),
    cmd.CompleteRun: _ended("run.completed"),
    cmd.FaultRun: _ended("run.faulted"),
    cmd.TimeOutRun: _ended("run.timed_out"),
    cmd.CancelRun: _ended("run.cancelled"),
    cmd.TerminateRun: _ended("run.terminated"),
}


TOLD: dict[type[Any], int] = {
    inp.RunStarted: 4,
    inp.RunRestored: 4,
    inp.ActivityCompleted: 2,
    inp.EventReceived: 1,
    inp.ManualTaskCompleted: 1,
    inp.ChildStarted: 1,
    inp.ChildCompleted: 1,
    inp.Continue: 0,
}
"""Events of an input by itself, for those where that is always the same number."""


# --- what an entry tells about its refs --------------------------------------------------------------------------


def _is_retried(entry: LogEntry, ref: str) -> bool:
    """Whether the entry decided on a further attempt of the activity `ref`: at once, or after a retry timer.

    A further attempt has the position of the attempt before; a retry of a whole list has the position of its guard.
    """
    position = next((record.position for record in entry.records if _tells_of(record, ref)), None)
    if position is None:
        return False
    if any(isinstance(c, cmd.ScheduleActivity) and c.attempt > 1 and c.position == position for c in entry.commands):
        return True
    return any(
        record.type == "timer.started" and record.position == position and record.data["purpose"] == "retry"
        for record in entry.records
    )


def _tells_of(record: cmd.Record, ref: str) -> bool:
    ends = ("activity.failed", "activity.cancelled")
    return record.type in ends and isinstance(record.data, dict) and record.data.get("ref") == ref


def _purpose(entry: LogEntry, ref: str) -> str:
    for record in entry.records:
        told = record.data if record.type in ("timer.fired", "timer.cancelled") else None
        if isinstance(told, dict) and told.get("ref") == ref:
            return str(told.get("purpose", ""))
    return ""


def closing(events: list[HistoryEvent]) -> HistoryEvent | None:
    """The event that closed the run, None while it is open."""
    for event in reversed(events):
        if event.kind in CLOSING:
            return event
    return None


CLOSING = frozenset(
    {"run.continued", "run.completed", "run.faulted", "run.timed_out", "run.cancelled", "run.terminated"}
)


def last_fault(event: HistoryEvent) -> Fault | None:
    """The fault an event of a failed activity, child or run carries."""
    found = event.data.get("fault")
    if isinstance(found, Fault):
        return found
    found = getattr(event.source, "fault", None)
    return found if isinstance(found, Fault) else None
