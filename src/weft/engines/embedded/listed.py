"""What the engine itself knows of task lists and graphs: how far their tasks are, and what is kept of them at the end.

The facts of a run call an attempt running from the moment it is scheduled; here it is queued until a worker has taken
it. Nothing is written for that: who has an attempt is known in memory (the leases), and travels with the answer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, cast

from weft.domain.jobs import Job
from weft.dsl.machine.commands import ScheduleActivity
from weft.dsl.machine.nodes import facts
from weft.dsl.machine.nodes.facts import Facts
from weft.dsl.machine.nodes.task import reason_of
from weft.dsl.machine.program import Program
from weft.dsl.machine.state import ENDED, RunState
from weft.dsl.machine.task_outline import Outline, arrange, in_short, is_listed, outline_of

SUSPENDED = "suspended"
OUTLINES = 256

Taken = Callable[[str, int], int | None]
"""(ref, attempt) of an open activity to when a worker took it (ms), None while nobody has."""


class Outlines:
    """The outlines of programs that are in use, by revision; the least recently used one goes."""

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: OrderedDict[str, Outline] = OrderedDict()

    def of(self, revision: str, program: Program) -> Outline:
        """The outline of a list or graph."""
        found = self._kept.get(revision)
        if found is None:
            found = self._kept[revision] = outline_of(program)
            if len(self._kept) > OUTLINES:
                self._kept.popitem(last=False)
        return found


def listed(program: Any) -> bool:
    """Whether a run of this program keeps facts of its tasks."""
    return isinstance(program, Program) and is_listed(program)


def status_of(job: Job, state: RunState) -> Any:
    """The status of an open run: `pending` until a task has really begun.

    That somebody has taken the first attempt is not in the state; the row says running as soon as it is known.
    """
    if state.phase in ("running", "waiting") and job.status in ("pending", SUSPENDED) and not facts.has_begun(state):
        return "pending"
    return state.phase


def close(job: Job, state: RunState, outline: Outline) -> None:
    """Write into the row of a run that has just ended what lists of jobs show of its tasks, and why it failed.

    `fault` gets `reason` (text), `task` (the key of the first task that failed for good, or that ended the run; "" when
    a command or the run's own time limit did) and `taskId` (the id of its record or None). `output` is what a task that
    ended the run other than well gave.
    """
    left = facts.SKIPPED if state.phase == "completed" else facts.CANCELLED
    job.tasks = in_short(arrange(outline, facts.read_tasks(state), iterations=False), left)
    if state.phase == "completed":
        return
    job.output = state.output
    told: dict[str, Any] = dict(cast("dict[str, Any]", job.fault)) if isinstance(job.fault, dict) else {}
    key = _cause(state)
    told["reason"] = reason_of(state.fault) if state.fault is not None else told.get("reason", "")
    told["task"] = key
    told["taskId"] = facts.task_id(job.id, key) if key else None
    job.fault = told


def _cause(state: RunState) -> str:
    context = state.context
    key: str = cast("dict[str, Any]", context).get("failed", "") if isinstance(context, dict) else ""
    if state.fault is not None:
        return "" if state.fault.instance == "/timeout" else key
    ended = facts.read_tasks(state).get(key)
    # Without a fault either a task ended the run, and did so well, or a command did.
    return key if ended is not None and ended["status"] == facts.COMPLETED else ""


def as_shown(state: RunState, taken: Taken) -> dict[str, Facts]:
    """The facts of all tasks, as they are to be shown now."""
    found = facts.read_tasks(state)
    if state.phase in ENDED:
        return found
    changed: dict[str, Facts] = {}
    for wait in state.waits.values():
        command = wait.command
        if wait.kind != "activity" or not isinstance(command, ScheduleActivity):
            continue
        number = _iteration(state, wait.token)
        key = f"{command.name}__{number}" if number else command.name
        known = found.get(key)
        if known is None or known.get("status") != facts.RUNNING:
            continue
        at = taken(wait.ref, wait.attempt)
        if at is None:
            changed[key] = {**facts.without_attempt(known), "status": facts.QUEUED}
        elif known.get("attempt") == 1 and at:
            changed[key] = {**known, "started": at}
    if state.phase == SUSPENDED:
        for key, known in found.items():
            now = changed.get(key, known)
            if now.get("status") == facts.QUEUED:
                changed[key] = {**now, "status": SUSPENDED}
    return {**found, **changed} if changed else found


def _iteration(state: RunState, token: int) -> int:
    at = state.tokens.get(token)
    scope = state.scopes.get(at.scope) if at is not None else None
    while scope is not None:
        number = scope.vars.get(facts.ITERATION)
        if number is not None:
            return int(number)
        scope = state.scopes.get(scope.parent)
    return 0
