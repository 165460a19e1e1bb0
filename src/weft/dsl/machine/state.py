"""The state of a run: plain values, one version number, nothing that cannot be written down.

Persistence rule of the whole package: a state that was given to `step` is never changed. A turn copies the
RunState and its three dictionaries one level; tokens, scopes and waits are copied at the first write of the turn
(`Turn.own`, `Turn.own_scope`), recognised by their `turn` number. Data values (`raw`, `data`, `results`, `vars`
…) are shared and never changed in place.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from weft.dsl.machine.commands import AnyCommand
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import AnyInput, Identity, Trigger

Struct = TypeVar("Struct", bound=msgspec.Struct)

STATE_VERSION = 1
ROOT_SCOPE = 1

Phase = Literal[
    "pending",
    "running",
    "waiting",
    "suspended",
    "cancelled",
    "terminated",
    "timed_out",
    "faulted",
    "completed",
]
ENDED: frozenset[str] = frozenset({"cancelled", "terminated", "timed_out", "faulted", "completed"})

WaitKind = Literal["activity", "timer", "event", "child", "manual"]

# Timers that limit something stand still while the run is suspended; timers of work and of retries run on.
LIMIT_PURPOSES: frozenset[str] = frozenset({"action", "state", "branch", "run", "event", "task"})


def clone(value: Struct) -> Struct:
    """A shallow copy of a struct, the fastest way there is."""
    return value.__copy__()  # pyright: ignore[reportAttributeAccessIssue]


class Token(msgspec.Struct, omit_defaults=True):
    """A thread of control. `node` is the index of the node it is at; `scope` the frame it lives in.

    `raw` is the data it entered the node with (kept until the node is left, so that the node can be entered
    again), `data` what the node works on (1.0: the transformed input; 0.x: the state data). `inner` is the scope
    it is parked in, 0 for none. `refs` are its open waits in the order they were opened. `stage` and `local` are
    the node's own memory; `local` is replaced, never changed in place. `attempt` counts executions from 1.
    `same` is of the stored form only: `data` is `raw` and was left out.
    """

    id: int
    scope: int
    node: int
    turn: int = 0
    stage: str = ""
    raw: Any = None
    data: Any = None
    attempt: int = 1
    started_at: int = 0
    inner: int = 0
    refs: tuple[str, ...] = ()
    local: Any = None
    same: bool = False


class Scope(msgspec.Struct, omit_defaults=True):
    """One activation of a composite node. `token` is the parent token parked in it, 0 for the root scope.

    `children` maps live child tokens to their branch or iteration number, in order of creation. `vars` are the
    frame's variables (loop items, errors). `data` is what the activation works on. `results` is the node's own
    memory: a list or dict there may be changed in place once the scope is owned by the turn (it is copied one
    level then). `suffix` is what this frame adds to addresses (`#2`, `#2.0`). `pending` and `attempt` are the
    node's counters; `started_at` is on the run's clock (suspended time does not count).
    """

    id: int
    node: int
    parent: int
    token: int
    turn: int = 0
    children: dict[int, int] = {}
    vars: dict[str, Any] = {}
    data: Any = None
    results: Any = None
    pending: int = 0
    attempt: int = 1
    suffix: str = ""
    depth: int = 0
    started_at: int = 0


class Wait(msgspec.Struct, omit_defaults=True):
    """What a token is parked on. `token` 0: a wait of the run itself (its time limit, standing subscriptions).

    `command` is the command that opened it, to be issued again by an engine that rebuilds its queues (timers have
    `due_at` and `purpose` instead). `remaining` is the rest in milliseconds of a limit that stands still, -1 while
    it runs. `extra` is the node's own note.
    """

    ref: str
    token: int
    kind: WaitKind
    purpose: str = ""
    opened_at: int = 0
    due_at: int = 0
    attempt: int = 1
    remaining: int = -1
    turn: int = 0
    command: AnyCommand | None = None
    extra: Any = None


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the run was started with; shared by all its states. `secrets` are the names granted."""

    identity: Identity
    trigger: Trigger
    started_at: int
    input: Any = None
    job_name: str = ""
    business_key: str | None = None
    labels: dict[str, Any] = {}
    secrets: tuple[str, ...] = ()
    limits: dict[str, int] = {}
    defaults: dict[str, Any] = {}
    runtime: dict[str, Any] = {}


class RunState(msgspec.Struct, omit_defaults=True, kw_only=True, dict=True):
    """The whole state of a run.

    `turn` counts calls of `step`; `clock` is the time of the last input; `paused_ms` the time spent suspended,
    `paused_at` since when (0: not suspended). `next_id` numbers tokens, scopes and refs; `next_random` the
    values drawn from `seed`. `ready` holds tokens that a Yield left over, the next one last. `held` are inputs
    that wait for a resume. `corr` are correlation values the run has fixed. `undo` is the compensation stack
    (node, number, data), oldest first. `early` are events that came before a wait. `busy` counts open activity and
    child waits. `frozen` and `frozen_waits` keep what was live when the run ended other than by completing, so that
    a further run can take it up.
    `memory` is free for the run hooks of a dialect (replaced, never changed in place). `same` is of the stored form
    only: which of `input` (1) and `context` (2) are the object before them and were left out.
    """

    v: int = STATE_VERSION
    machine: str
    program: str
    job: str
    run: str
    attempt: int = 1
    phase: Phase = "pending"
    stopping: Literal["none", "cancel", "timeout"] = "none"
    stop_reason: str = ""
    turn: int = 0
    seq: int = 0
    clock: int = 0
    paused_ms: int = 0
    paused_at: int = 0
    next_id: int = 1
    next_random: int = 0
    transitions: int = 0
    busy: int = 0
    seed: bytes
    origin: Origin
    input: Any = None
    context: Any = None
    output: Any = None
    scopes: dict[int, Scope] = {}
    tokens: dict[int, Token] = {}
    waits: dict[str, Wait] = {}
    ready: list[int] = []
    held: list[AnyInput] = []
    corr: dict[str, Any] = {}
    undo: list[tuple[int, int, Any]] = []
    early: list[Any] = []
    memory: dict[str, Any] = {}
    fault: Fault | None = None
    frozen: dict[int, Token] = {}
    frozen_waits: dict[str, Wait] = {}
    same: int = 0
