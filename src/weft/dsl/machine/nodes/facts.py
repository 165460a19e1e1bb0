"""Facts: what a run of a task list or graph knows of its tasks, kept in the run's context under their names.

The context is `{"tasks": {key: facts}, "variables": {name: value}, "last": key, "failed": key, "begun": bool}`. A key
is the task's name, inside a loop also `<name>__<iteration>` (from 1), so that the name alone always means the latest
iteration. Facts are an object with `status`, `queued` (ms), and, once known, `input`, `output`, `attempt` (attempts
begun, through all runs of the job), `started`, `updated`, `ended` (ms), `reason`, `iteration`, `iterations` (of a loop,
so far), `chosen` (the case of a choice), `child` (the job of a sub-workflow), `untaken` (the attempt was scheduled,
and it is not known that a worker has taken it), and of tasks made while running `type`, `parent` (name), `number`.

`begun` is true once a task has really begun: anything but an attempt of an activity that no worker has taken yet. The
facts of such an attempt say running already; whoever shows them asks the engine whether somebody has it.
"""

from __future__ import annotations

from hashlib import blake2b
from typing import Any, Final, cast

from weft.dsl.machine.core import Turn
from weft.dsl.machine.sizes import DERIVED
from weft.dsl.machine.state import ENDED, RunState, Token

QUEUED: Final = "queued"
RUNNING: Final = "running"
COMPLETED: Final = "completed"
WITH_ERRORS: Final = "completed_with_errors"
FAULTED: Final = "faulted"
TIMED_OUT: Final = "timed_out"
CANCELLED: Final = "cancelled"
SKIPPED: Final = "skipped"
PENDING: Final = "pending"

WELL: Final = frozenset((COMPLETED, WITH_ERRORS))
OPEN: Final = frozenset((PENDING, QUEUED, RUNNING))
FAILED: Final = frozenset((FAULTED, TIMED_OUT, CANCELLED))

ITERATION: Final = "$iteration"  # the variable of a loop's scope that holds the number of the iteration, from 1

Facts = dict[str, Any]
_MANY = 64
"""From so many facts on their size is told from what changed, and they are not all walked with every turn."""


def opened(variables: dict[str, Any]) -> dict[str, Any]:
    """The context of a run at its start."""
    return {"tasks": {}, "variables": variables, "last": "", "failed": "", "begun": False}


def tasks_of(turn: Turn) -> dict[str, Facts]:
    """The facts of all tasks by key."""
    context = turn.state.context
    return context["tasks"] if isinstance(context, dict) else {}


def _writable(turn: Turn) -> tuple[dict[str, Any], dict[str, Facts], set[str] | None]:
    """The context, the facts in it, and, where those are many, the set that gathers the keys that this turn changes.

    Both mappings are copied once per turn and written to afterwards; the facts themselves are replaced.
    """
    held = turn.memo.get("facts")
    if held is not None and turn.state.context is held[0]:
        return held
    old = tasks_of(turn)
    tasks = old.copy()
    context: dict[str, Any] = {**(turn.state.context or opened({})), "tasks": tasks}
    turn.state.context = context
    changed: set[str] | None = None
    if len(old) >= _MANY:
        changed = set()
        turn.memo[DERIVED] = (old, tasks, changed)
    held = turn.memo["facts"] = (context, tasks, changed)
    return held


def note(turn: Turn, **members: Any) -> None:
    """Replace members of the context other than the tasks: `variables`, `last`, `failed`."""
    _writable(turn)[0].update(members)


def begin(turn: Turn) -> None:
    """A task of the run has really begun."""
    if not turn.state.context.get("begun"):
        note(turn, begun=True)


def has_begun(state: RunState) -> bool:
    """Whether any task of the run has really begun; true for runs that keep no facts."""
    context = state.context
    return not isinstance(context, dict) or cast("dict[str, Any]", context).get("begun", True) is not False


def iteration_of(turn: Turn, token: Token) -> int:
    """The number of the loop's iteration that a token is in, 0 outside loops."""
    scopes = turn.scopes
    scope = scopes.get(token.scope)
    while scope is not None and scope.parent:
        if scope.vars:
            number = scope.vars.get(ITERATION)
            if number is not None:
                return number
        scope = scopes.get(scope.parent)
    return 0


def key_of(turn: Turn, token: Token, name: str) -> str:
    """The key of a task's facts at the place of a token."""
    number = iteration_of(turn, token)
    return f"{name}__{number}" if number else name


def facts_of(turn: Turn, token: Token, name: str) -> Facts | None:
    """What is known of a task at the place of a token (in a loop: in this iteration), None for nothing yet."""
    return tasks_of(turn).get(key_of(turn, token, name))


def write(turn: Turn, token: Token, name: str, **members: Any) -> Facts:
    """Put members into the facts of a task, which are given back; `updated` is set by itself."""
    _, tasks, changed = _writable(turn)
    number = iteration_of(turn, token)
    members["updated"] = turn.now
    key = f"{name}__{number}" if number else name
    known = tasks.get(key)
    if known is not None:
        members = {**known, **members}
    elif number:
        members["iteration"] = number
    tasks[name] = members
    if number:
        tasks[key] = members
    if changed is not None:
        changed.update((name, key))
    return members


def forget(turn: Turn, keys: list[str]) -> None:
    """Drop facts by key."""
    _, tasks, changed = _writable(turn)
    for key in keys:
        tasks.pop(key, None)
    if changed is not None:
        changed.update(keys)


def task_id(job: str, key: str) -> str:
    """The id of a task's record, in the form of a UUID: the same for all attempts and all runs of a job."""
    raw = bytearray(blake2b(f"{job}\n{key}".encode(), digest_size=16).digest())
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def revision_of(version: str) -> int | str:
    """The number of a revision whose version is `<number>.0.0`; another version as it is."""
    number, _, rest = version.partition(".")
    return int(number) if rest == "0.0" and number.isdecimal() and len(number) < 10 else version


def read_tasks(state: RunState) -> dict[str, Facts]:
    """The facts of all tasks as they are to be shown: what a run left open when it ended.

    Such a task is cancelled; if it had not begun, and the run ended well, it is skipped.
    """
    context = state.context
    tasks: Any = cast("dict[str, Any]", context).get("tasks", {}) if isinstance(context, dict) else {}
    found: dict[str, Facts] = cast("dict[str, Facts]", tasks)
    if state.phase not in ENDED:
        return found
    well = state.phase == "completed"
    return {key: _left(facts, well) if facts.get("status") in OPEN else facts for key, facts in found.items()}


def _left(facts: Facts, well: bool) -> Facts:
    ended = without_attempt(facts)
    return {**ended, "status": SKIPPED if well and not ended.get("attempt") else CANCELLED}


def without_attempt(facts: Facts) -> Facts:
    """The facts of a task without an attempt that nobody has taken."""
    if not facts.get("untaken"):
        return facts
    attempt = max(0, facts.get("attempt", 1) - 1)
    return {**facts, "attempt": attempt, "started": facts.get("started", 0) if attempt else 0}
