"""Inputs: every fact from outside that the machine can be told.

An engine gives each input of a run a gap-free `seq` (from 1) and `at` (UTC milliseconds, never smaller than the
input before). Inputs with unknown or already answered refs are legal and ignored with a journal record.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from weft.dsl.machine.faults import Fault


class Identity(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which definition: namespace (1.0 only), name, version ("" asks for the newest), revision digest."""

    name: str
    version: str = ""
    namespace: str = ""
    revision: str = ""


class Parent(msgspec.Struct, frozen=True):
    """The run that asked for this one, and the ref it waits on."""

    job: str
    run: str
    ref: str


class Trigger(msgspec.Struct, frozen=True, omit_defaults=True):
    kind: Literal["request", "schedule", "event", "parent", "continue"]
    by: str = ""
    events: tuple[Any, ...] = ()
    parent: Parent | None = None


class Input(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="t", kw_only=True):
    """Base of all inputs.

    `refused`: what the turn asked for cannot be done (an event of a type that does not exist). The run ends with that
    fault, which nothing catches, as it stood before the input; where the fault names the events that cannot leave
    (`weft.dsl.machine.refusals`) the tasks that emit them fail instead.
    """

    seq: int
    at: int
    refused: Fault | None = None


class RunStarted(Input, frozen=True, tag="run-started", kw_only=True):
    """The first input of a job's first run. `seed` is 32 bytes; `input` any JSON value."""

    job: str
    run: str
    attempt: int = 1
    seed: bytes
    identity: Identity
    input: Any = None
    trigger: Trigger
    job_name: str = ""
    business_key: str | None = None
    labels: dict[str, Any] = {}
    secrets: tuple[str, ...] = ()
    limits: dict[str, int] = {}
    defaults: dict[str, Any] = {}  # the dialect's system defaults at the time of the start (time-outs in s, retry)
    runtime: dict[str, Any] = {}


class RunRestored(Input, frozen=True, tag="run-restored", kw_only=True):
    """The first input of a further run: carries the state it goes on from. `patch` replaces the entry data."""

    run: str
    attempt: int
    from_run: str
    from_seq: int
    reason: Literal["continue", "retry", "fork", "migrate"]
    state: Any
    seed: bytes
    job: str = ""
    at_positions: tuple[str, ...] = ()
    patch: Any = msgspec.UNSET
    by: str = ""


class ActivityStarted(Input, frozen=True, tag="activity-started", kw_only=True):
    """`started_at` is when the worker took the attempt (ms), 0: now."""

    ref: str
    attempt: int
    worker: str = ""
    started_at: int = 0


class ActivityCompleted(Input, frozen=True, tag="activity-completed", kw_only=True):
    """`started_at` is when the worker took the attempt (ms); `attempt` the one that answered."""

    ref: str
    attempt: int
    result: Any = None
    worker: str = ""
    started_at: int = 0


class ActivityFailed(Input, frozen=True, tag="activity-failed", kw_only=True):
    ref: str
    attempt: int
    fault: Fault
    lost: bool = False
    worker: str = ""
    started_at: int = 0
    next_allowed_at: int | None = None


class TimerFired(Input, frozen=True, tag="timer-fired", kw_only=True):
    ref: str
    due_at: int


class EventReceived(Input, frozen=True, tag="event-received", kw_only=True):
    """`event` is a CloudEvent as a JSON object (`data` decoded); `filter` the index of the matching filter."""

    ref: str
    event: dict[str, Any]
    filter: int = 0
    keys: dict[str, Any] = {}


class ChildStarted(Input, frozen=True, tag="child-started", kw_only=True):
    ref: str
    job: str
    run: str
    revision: str = ""


class ChildCompleted(Input, frozen=True, tag="child-completed", kw_only=True):
    ref: str
    output: Any = None


class ChildFailed(Input, frozen=True, tag="child-failed", kw_only=True):
    """The child faulted, timed out (code TIMEOUT) or could not be started (code WORKFLOW_NOT_FOUND)."""

    ref: str
    fault: Fault


class ChildCancelled(Input, frozen=True, tag="child-cancelled", kw_only=True):
    ref: str
    reason: str = ""


class ManualTaskOpened(Input, frozen=True, tag="manual-opened", kw_only=True):
    ref: str
    task: str


class ManualTaskCompleted(Input, frozen=True, tag="manual-completed", kw_only=True):
    ref: str
    result: Any = None
    by: str = ""


class ManualTaskFailed(Input, frozen=True, tag="manual-failed", kw_only=True):
    """The task cannot be opened, or will never be completed."""

    ref: str
    fault: Fault


class CancelRequested(Input, frozen=True, tag="cancel", kw_only=True):
    reason: str = ""
    by: str = ""


class TerminateRequested(Input, frozen=True, tag="terminate", kw_only=True):
    reason: str = ""
    by: str = ""


class SuspendRequested(Input, frozen=True, tag="suspend", kw_only=True):
    reason: str = ""
    by: str = ""


class ResumeRequested(Input, frozen=True, tag="resume", kw_only=True):
    reason: str = ""
    by: str = ""


class Continue(Input, frozen=True, tag="continue", kw_only=True):
    """Answers `Yield`: go on with the work that is ready."""


AnyInput = (
    RunStarted
    | RunRestored
    | ActivityStarted
    | ActivityCompleted
    | ActivityFailed
    | TimerFired
    | EventReceived
    | ChildStarted
    | ChildCompleted
    | ChildFailed
    | ChildCancelled
    | ManualTaskOpened
    | ManualTaskCompleted
    | ManualTaskFailed
    | CancelRequested
    | TerminateRequested
    | SuspendRequested
    | ResumeRequested
    | Continue
)
