"""Routing of inputs: by ref to the wait they answer, to the controls, or to the start of the run."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.commands import Record
from weft.dsl.machine.control import cancel, drain, suspend, terminate
from weft.dsl.machine.core import HANDLERS, Turn, hooks_of
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import (
    ActivityCompleted,
    ActivityFailed,
    ActivityStarted,
    AnyInput,
    CancelRequested,
    ChildCancelled,
    ChildCompleted,
    ChildFailed,
    ChildStarted,
    Continue,
    EventReceived,
    ManualTaskCompleted,
    ManualTaskFailed,
    ManualTaskOpened,
    ResumeRequested,
    RunStarted,
    SuspendRequested,
    TerminateRequested,
    TimerFired,
)
from weft.dsl.machine.limits import over_limit
from weft.dsl.machine.scopes import climb, fault_run
from weft.dsl.machine.sizes import larger_than, shown
from weft.dsl.machine.state import Token, Wait, WaitKind
from weft.dsl.machine.waits import take_wait

CONTROL = (CancelRequested, TerminateRequested, SuspendRequested, ResumeRequested)

_ANSWERS: dict[type, WaitKind] = {
    ActivityCompleted: "activity",
    ActivityFailed: "activity",
    TimerFired: "timer",
    EventReceived: "event",
    ChildCompleted: "child",
    ChildFailed: "child",
    ChildCancelled: "child",
    ManualTaskCompleted: "manual",
    ManualTaskFailed: "manual",
}
_NOTES: dict[type, tuple[WaitKind, str]] = {
    ActivityStarted: ("activity", "activity.started"),
    ChildStarted: ("child", "child.started"),
    ManualTaskOpened: ("manual", "manual.opened"),
}
_RECORDS: dict[type, str] = {
    ActivityCompleted: "activity.completed",
    ActivityFailed: "activity.failed",
    TimerFired: "timer.fired",
    EventReceived: "event.received",
    ChildCompleted: "child.completed",
    ChildFailed: "child.failed",
    ChildCancelled: "child.cancelled",
    ManualTaskCompleted: "manual.completed",
    ManualTaskFailed: "manual.failed",
}


def begin(turn: Turn, inp: RunStarted) -> None:
    """The start of a run: the journal's first record, then the language's own beginning."""
    state = turn.state
    state.phase = "running"
    data = {"identity": inp.identity, "trigger": inp.trigger.kind, "by": inp.trigger.by}
    data.update(shown(turn, inp.input, "input"))
    turn.record("run.started", data=data)
    limit = turn.limit("value")
    size = larger_than(turn, inp.input, limit)
    if size:
        fault_run(turn, over_limit("value", limit, size, "/input"))
        return
    missing = [name for name in turn.program.secrets if name not in inp.secrets]
    if missing:
        state.memory = {**state.memory, "ungranted": missing}
    hooks_of(turn).start(turn, inp.input)


def hold(turn: Turn, inp: AnyInput) -> None:
    """Keep an input until the run is resumed. Beyond the limit the run faults, for nothing may be lost silently.

    In languages that do not hold answers (`RunHooks.holds_answers`) only what timers do waits.
    """
    state = turn.state
    kind = type(inp)
    if kind is not TimerFired and (kind in _ANSWERS or kind in _NOTES) and not hooks_of(turn).holds_answers:
        route(turn, inp)
        return
    if kind in _ANSWERS or kind in _NOTES:
        wait = state.waits.get(getattr(inp, "ref", ""))
        if wait is None or wait.remaining >= 0:
            _ignore(turn, inp, "nothing waits for it")
            return
    elif kind is not Continue:
        _ignore(turn, inp, "run is suspended")
        return
    else:
        return
    limit = turn.limit("held")
    if len(state.held) >= limit:
        fault_run(turn, over_limit("held", limit, len(state.held) + 1))
        return
    state.held = [*state.held, inp]


def route(turn: Turn, inp: AnyInput) -> None:
    """Take one input while the run is live and not suspended."""
    kind = type(inp)
    wanted = _ANSWERS.get(kind)
    if wanted is not None:
        _answer(turn, inp, wanted, _RECORDS[kind])
    elif kind in _NOTES:
        _note(turn, inp, *_NOTES[kind])
    elif isinstance(inp, CancelRequested):
        cancel(turn, inp)
    elif isinstance(inp, TerminateRequested):
        terminate(turn, inp)
    elif isinstance(inp, SuspendRequested):
        suspend(turn, inp)
    elif not isinstance(inp, Continue):
        _ignore(turn, inp, "not expected now")


def _answer(turn: Turn, inp: Any, kind: WaitKind, record: str) -> None:
    ref: str = inp.ref
    wait = turn.waits.get(ref)
    if wait is None or wait.kind != kind or (kind == "activity" and inp.attempt != wait.attempt):
        _ignore(turn, inp, "nothing waits for it")
        return
    if turn.state.stopping == "cancel":
        if kind in ("activity", "child"):
            drain(turn, ref)
        return
    if kind != "event":
        take_wait(turn, wait)
    token = turn.tokens.get(wait.token)
    if token is None:
        _run_wait(turn, wait, inp, record)
        return
    token = turn.own(token)
    turn.at = token
    node = turn.nodes[token.node]
    suffix = turn.scopes[token.scope].suffix
    position = node.position
    turn.out.append(Record(record, position, position + suffix if suffix else position, _data(turn, wait, inp)))
    limit = turn.limit("value")
    size = larger_than(turn, _value(inp), limit)
    if size:
        climb(turn, token, over_limit("value", limit, size))
    elif isinstance(inp, ManualTaskFailed):
        climb(turn, token, inp.fault)
    elif wait.purpose == "task" and wait.extra is None:
        _task_timeout(turn, token)
    else:
        HANDLERS[node.kind].accept(turn, token, node, wait, inp)


def _run_wait(turn: Turn, wait: Wait, inp: Any, record: str) -> None:
    turn.at = None
    turn.record(record, data=_data(turn, wait, inp))
    if wait.purpose == "run":
        hooks_of(turn).timed_out(turn)
    else:
        hooks_of(turn).accept(turn, wait, inp)


def _task_timeout(turn: Turn, token: Token) -> None:
    node = turn.nodes[token.node]
    turn.record_at("task.timed-out", token)
    detail = f"task '{node.name}' exceeded its time-out"
    climb(turn, token, fault("timeout", detail, code="TIMEOUT", instance=node.position), own=False)


def _note(turn: Turn, inp: Any, kind: WaitKind, record: str) -> None:
    wait = turn.waits.get(inp.ref)
    token = turn.tokens.get(wait.token) if wait is not None else None
    if wait is None or wait.kind != kind or token is None:
        _ignore(turn, inp, "nothing waits for it")
        return
    if isinstance(inp, ActivityStarted):
        data: dict[str, Any] = {"ref": inp.ref, "attempt": inp.attempt, "worker": inp.worker}
    elif isinstance(inp, ChildStarted):
        data = {"ref": inp.ref, "job": inp.job, "run": inp.run, "revision": inp.revision}
    else:
        data = {"ref": inp.ref, "task": inp.task}
    turn.record_at(record, token, data)
    token = turn.own(token)
    turn.at = token
    node = turn.nodes[token.node]
    HANDLERS[node.kind].noted(turn, token, node, wait, inp)


def _ignore(turn: Turn, inp: Any, why: str) -> None:
    turn.record("ignored", data={"input": type(inp).__name__, "ref": getattr(inp, "ref", ""), "why": why})


def _value(inp: Any) -> Any:
    if isinstance(inp, (ActivityCompleted, ManualTaskCompleted)):
        return inp.result
    if isinstance(inp, ChildCompleted):
        return inp.output
    return inp.event if isinstance(inp, EventReceived) else None


def _data(turn: Turn, wait: Wait, inp: Any) -> dict[str, Any]:
    if isinstance(inp, ActivityCompleted):
        return {
            "ref": wait.ref,
            "attempt": inp.attempt,
            "worker": inp.worker,
            "started_at": inp.started_at,
            **shown(turn, inp.result, "result"),
        }
    if isinstance(inp, ActivityFailed):
        return {
            "ref": wait.ref,
            "attempt": inp.attempt,
            "worker": inp.worker,
            "started_at": inp.started_at,
            "lost": inp.lost,
            "fault": inp.fault,
        }
    if isinstance(inp, TimerFired):
        return {"ref": wait.ref, "purpose": wait.purpose, "due_at": wait.due_at}
    if isinstance(inp, EventReceived):
        event = inp.event
        return {"ref": wait.ref, "id": event.get("id"), "type": event.get("type"), "source": event.get("source")}
    if isinstance(inp, (ChildFailed, ManualTaskFailed)):
        return {"ref": wait.ref, "fault": inp.fault}
    if isinstance(inp, ChildCancelled):
        return {"ref": wait.ref, "reason": inp.reason}
    if isinstance(inp, ManualTaskCompleted):
        return {"ref": wait.ref, "by": inp.by}
    return {"ref": wait.ref}
