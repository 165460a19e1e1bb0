"""Commands: every effect the machine can ask for, carried out in order, each at least once.

An engine makes each idempotent by (job, ref, attempt). A turn's state, input, journal records and commands are
committed together or not at all; effects leave only after the commit.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import Identity


class Command(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="c"):
    """Base of all commands."""


class ScheduleActivity(Command, frozen=True, tag="schedule-activity"):
    """Ask for one attempt of an activity.

    `kind` is `adapter` (target: activity id, `@latest` allowed), `system` (an engine function) or `http`.
    `arguments` is `{"input": …, "config": …}` for adapters and may hold sealed values. Time-outs are
    milliseconds, 0 for none. `retry` describes the policy in force, for people and histories only: retrying is
    the machine's. `position` is the JSON pointer of the action, `address` adds the iteration indexes. `first` is the
    ref of the first attempt, "" for that one itself: what the target was resolved to then holds for all attempts.
    """

    ref: str
    attempt: int
    kind: Literal["adapter", "system", "http"]
    target: str
    queue: str = ""
    arguments: Any = None
    schedule_to_start_ms: int = 0
    start_to_close_ms: int = 0
    heartbeat_ms: int = 0
    position: str = ""
    address: str = ""
    name: str = ""
    detached: bool = False
    retry: dict[str, Any] = {}
    first: str = ""


class CancelActivity(Command, frozen=True, tag="cancel-activity"):
    ref: str
    reason: str = ""


class StartTimer(Command, frozen=True, tag="start-timer"):
    """`purpose` is one of work, retry, action, state, branch, run, event, task: limits or work."""

    ref: str
    due_at: int
    purpose: str


class CancelTimer(Command, frozen=True, tag="cancel-timer"):
    ref: str


class Correlate(msgspec.Struct, frozen=True, omit_defaults=True):
    """One correlation attribute: `expect` is its value, UNSET while the first event may still fix it."""

    name: str
    expect: Any = msgspec.UNSET
    path: str = ""  # 1.0: a jq expression on the envelope; "" reads the extension attribute `name`


class Filter(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one event must look like. `source` "" or "*" takes any. `attributes` are exact texts."""

    type: str = ""
    source: str = ""
    attributes: dict[str, str] = {}
    correlate: tuple[Correlate, ...] = ()
    name: str = ""


class OpenSubscription(Command, frozen=True, tag="open-subscription"):
    """Wait for events. `standing`: opened at the run's start for early events (they are kept by the machine)."""

    ref: str
    filters: tuple[Filter, ...]
    standing: bool = False


class UpdateSubscription(Command, frozen=True, tag="update-subscription"):
    """New expectations after a first event fixed a correlation value."""

    ref: str
    filters: tuple[Filter, ...]


class CloseSubscription(Command, frozen=True, tag="close-subscription"):
    ref: str


class EmitEvent(Command, frozen=True, tag="emit-event"):
    """`event` is a complete CloudEvent object. `name` is the event definition's name.

    `optional`: where nobody has declared such an event, it goes nowhere and the run goes on.
    """

    ref: str
    event: dict[str, Any]
    name: str = ""
    position: str = ""
    optional: bool = False


class StartChild(Command, frozen=True, tag="start-child"):
    """Start a job of `identity`. `detached`: the parent does not wait (`on_parent_close` still holds).

    `business_key` is the new job's. `key`: of all starts with one key only the first makes a job, the others find it.
    """

    ref: str
    identity: Identity
    input: Any = None
    detached: bool = False
    on_parent_close: Literal["terminate", "abandon"] = "terminate"
    job_name: str = ""
    position: str = ""
    business_key: str | None = None
    key: str = ""


class CancelChild(Command, frozen=True, tag="cancel-child"):
    ref: str
    reason: str = ""


class TerminateChild(Command, frozen=True, tag="terminate-child"):
    ref: str
    reason: str = ""


class OpenManualTask(Command, frozen=True, tag="open-manual-task"):
    """Ask people. `address` is the node's position with its iteration indexes: what people see of it goes by it."""

    ref: str
    form: str
    payload: Any = None
    title: str = ""
    assignees: tuple[str, ...] = ()
    address: str = ""


class CloseManualTask(Command, frozen=True, tag="close-manual-task"):
    ref: str


class Record(Command, frozen=True, tag="record"):
    """A journal record for people. `type` is one of the record types of the journal (`task.started` …)."""

    type: str
    position: str = ""
    address: str = ""
    data: Any = None


class ContinueAs(Command, frozen=True, tag="continue-as"):
    """Go on as a new run of the job, of definition `identity`, with `input`."""

    identity: Identity
    input: Any = None
    workflow_timeout_ms: int = 0


class CompleteRun(Command, frozen=True, tag="complete-run"):
    output: Any = None


class FaultRun(Command, frozen=True, tag="fault-run"):
    fault: Fault


class TimeOutRun(Command, frozen=True, tag="time-out-run"):
    fault: Fault


class CancelRun(Command, frozen=True, tag="cancel-run"):
    reason: str = ""


class TerminateRun(Command, frozen=True, tag="terminate-run"):
    reason: str = ""
    by: str = ""


class Yield(Command, frozen=True, tag="yield"):
    """More work is ready: call again with `Continue`."""


AnyCommand = (
    ScheduleActivity
    | CancelActivity
    | StartTimer
    | CancelTimer
    | OpenSubscription
    | UpdateSubscription
    | CloseSubscription
    | EmitEvent
    | StartChild
    | CancelChild
    | TerminateChild
    | OpenManualTask
    | CloseManualTask
    | Record
    | ContinueAs
    | CompleteRun
    | FaultRun
    | TimeOutRun
    | CancelRun
    | TerminateRun
    | Yield
)
