"""The engine: carries runs out. Services call `Engine`; the engine asks what it cannot know of `EngineHost`.

Contract
- `start`, `control`, `retry`, `fork` and `deliver` are called inside a unit of work of the store, `work(tx)` of
  `Store.write`. What they do, first turn included, is durable with that unit or not at all; effects (hand-outs,
  timers, publishing) leave only after the commit.
- Ask `capacity()` before the unit of work: it raises `Busy` when no more runs are taken.
- Every method of EngineHost except `publish` is synchronous, quick, and runs inside the engine's transaction.
  A host that raises anything but a Refusal quarantines the run (its job is shown `suspended` with the reason).
- A task list or graph is `pending` until one of its tasks has really begun: until a worker has taken the first attempt,
  where nothing else begins before. That is known at once by `listed.begun`, and stored within a second, or when
  `listed.show_begun` asks for it.
- Ask `pending` and `history` for what an engine knows of a run; lists of jobs are read from the job index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from weft.domain.jobs import Job
from weft.dsl.machine.commands import AnyCommand, ContinueAs, EmitEvent, Filter, Record, ScheduleActivity, StartChild
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import AnyInput, RunStarted
from weft.dsl.machine.program import Program
from weft.ports.store import Tx
from weft.ports.tasks import HandOut, TaskSource

ControlKind = Literal["cancel", "terminate", "suspend", "resume"]

DEFAULT_QUEUE = "default"
"""The queue of the engine's own worker: system functions, carried out in the server process."""


class StartPlan(msgspec.Struct):
    """Everything a start needs. `job.key` is given by the engine; `started.seq` and `started.at` too.

    `job` and `started` name the same job and run. `job.due_at` is set by whoever knows the run's time limit.
    """

    job: Job
    program: Program
    started: RunStarted


class ResolvedActivity(msgspec.Struct, frozen=True):
    """What the name in a definition stood for when the task was scheduled. All attempts of that ref keep it.

    `activity` is the full id `<adapter id>.<feature>.<Name>`, `adapter` the adapter id with its version
    (`system.function.v1.0.0` for functions of the engine), `queue` the task queue. An `idempotent` activity is
    handed out again under the same attempt id when its worker is lost.
    """

    queue: str
    activity: str
    adapter: str
    idempotent: bool = False


class Task(msgspec.Struct):
    """One attempt of an activity, waiting or handed out. `attempt_id` is stable over restarts of the server."""

    run: str
    key: int
    ref: str
    attempt: int
    attempt_id: str
    resolved: ResolvedActivity
    scheduled_at: int
    command: ScheduleActivity | None = None


class LogEntry(msgspec.Struct):
    """One applied input: `records` are its journal records, `commands` all other commands the machine gave.

    `resolved` tells, by ref, what the activities scheduled in this entry were resolved to.
    """

    seq: int
    at: int
    input: AnyInput
    records: list[Record]
    commands: list[AnyCommand]
    resolved: dict[str, ResolvedActivity] = {}


class PendingActivity(msgspec.Struct):
    """`target` as resolved. Times in UTC ms, 0 when not yet. `next_at`: the delay before this attempt ends then."""

    ref: str
    target: str
    queue: str
    state: Literal["scheduled", "started"]
    attempt: int
    scheduled_at: int
    started_at: int = 0
    worker: str = ""
    last_fault: Fault | None = None
    maximum_attempts: int = 0
    next_at: int = 0


class PendingTimer(msgspec.Struct):
    ref: str
    due_at: int
    purpose: str


class PendingChild(msgspec.Struct):
    """`job` and `run` are empty while the child has not been started."""

    ref: str
    job: str
    run: str
    name: str
    on_parent_close: str


class PendingSubscription(msgspec.Struct):
    ref: str
    filters: tuple[Filter, ...]
    standing: bool = False


class Pending(msgspec.Struct):
    activities: list[PendingActivity] = []
    timers: list[PendingTimer] = []
    children: list[PendingChild] = []
    subscriptions: list[PendingSubscription] = []


class RunTasks(msgspec.Struct):
    """The facts of a run's tasks by key, as `weft.dsl.machine.nodes.facts` says, and the phase of the run.

    An attempt that no worker has taken is `queued` here and does not count; `queued` is `suspended` while the run is.
    """

    facts: dict[str, dict[str, Any]]
    phase: str


class EngineStats(msgspec.Struct):
    """Counts since `open`, and what is held now. `outbox_failed`: events given up, kept with their jobs."""

    open_runs: int = 0
    resident_runs: int = 0
    ready_runs: int = 0
    queued_tasks: int = 0
    leased_tasks: int = 0
    timers: int = 0
    quarantined: int = 0
    turns: int = 0
    inputs: int = 0
    outbox: int = 0
    outbox_failed: int = 0


class EngineHost(Protocol):
    """What the engine asks of the services. See the module for when, and what raising means."""

    def program(self, tx: Tx, revision: str) -> Program:
        """The program of a stored revision; raises NotFound when there is none."""
        ...

    def plan_child(self, tx: Tx, parent: Job, command: StartChild, at_ms: int) -> StartPlan | Job | Fault:
        """The start of a sub-flow. The engine fills in the job's parent members and the trigger's parent ref.

        A Job is one that an earlier start with the same key has made: nothing is started.
        """
        ...

    def plan_continue(self, tx: Tx, job: Job, command: ContinueAs, at_ms: int) -> StartPlan | Fault:
        """The start of the job's next run. A Fault closes the job as faulted."""
        ...

    def resolve_activity(self, tx: Tx, job: Job, command: ScheduleActivity) -> ResolvedActivity | Fault:
        """Asked once per ref, when it is first scheduled. A Fault fails the activity and is not retried."""
        ...

    def open_task(self, job: Job, task: Task) -> HandOut | Fault:
        """The hand-out of a task, resource and secret opened: in memory only, never stored or logged."""
        ...

    def check_emit(self, tx: Tx, job: Job, command: EmitEvent) -> Fault | None:
        """Whether an event can be sent at all. A Fault ends the run with it, before anything of the turn happens."""
        ...

    async def publish(self, job: Job, emitted: EmitEvent) -> None:
        """Send an event. Raising means: try again later."""
        ...

    def job_closed(self, tx: Tx, job: Job) -> None:
        """Called in the transaction that closes the job, after the job's row is written."""
        ...

    def system(self, activity: str, input: Any) -> Any | Fault:
        """Carry out a system function. Quick; runs between two durable turns."""
        ...

    def history_length(self, entry: LogEntry) -> int:
        """How many history events this entry is shown as (summed into `Job.history_length`)."""
        ...


class ListedRuns(Protocol):
    """Runs seen as lists of tasks. Reading is quick and synchronous; the rest is called inside a unit of work."""

    def tasks(self, run: str, seq: int = -1) -> RunTasks:
        """What is known of the tasks of a list or graph, from memory or from the log. Raises NotFound.

        `seq` 0 or more: what was known after so many inputs (`Job.seq`). What is in memory may be ahead of the row that
        the caller has: a turn whose commit is still on its way is not to be seen.
        """
        ...

    def entries(self, run: str, limit: int = 1_000, *, upto: int = -1, tx: Tx | None = None) -> list[LogEntry]:
        """The first entries of the log of a run, at once, those of the job's earlier runs before them. Raises NotFound.

        `upto` 0 or more: of the run itself only so many. Within a unit of work `tx` tells what that one has written.
        """
        ...

    def begun(self, job: Job) -> bool:
        """Whether a worker has taken a task of a run whose row says `pending` still (for less than a second)."""
        ...

    async def show_begun(self) -> None:
        """Have the rows of all such runs written now: what is read afterwards says `running` of every run that had
        begun before. Without such runs it does nothing; where nothing can be written it gives up after a moment."""
        ...

    def answer(self, tx: Tx, run: str, ref: str, result: Any, by: str) -> None:
        """A person's answer to the open manual task `ref` of a run.

        Of several answers exactly one is taken; the others raise InUse (code `illegal_state`), as for a closed run.
        """
        ...

    def terminate_closed(self, tx: Tx, run: str, reason: str = "", by: str = "") -> Job:
        """A run that has failed or timed out counts as terminated from now on; its output stays, and its reason where
        none is given. The row as it is now. Raises NotFound, InUse for a run that ended otherwise or is open."""
        ...


class Engine(TaskSource, Protocol):
    """See the module's contract. Runs are named by run id (unique over all jobs)."""

    @property
    def listed(self) -> ListedRuns:
        """What is asked of, and done to, the tasks of runs."""
        ...

    def capacity(self) -> None:
        """Raises Busy (with `retry_after`) when the limit of open runs or waiting inputs is reached."""
        ...

    def start(self, tx: Tx, plan: StartPlan) -> Job:
        """Start a run; returns the job's row as it is after the first turn. Raises Conflict for a known run id."""
        ...

    def control(self, tx: Tx, run: str, kind: ControlKind, reason: str = "", by: str = "") -> None:
        """Raises NotFound for an unknown run, InUse for a closed one. Repeating is harmless while it is open.

        `resume` of a quarantined run tries again.
        """
        ...

    def retry(self, tx: Tx, run: str, by: str, positions: Sequence[str] = (), patch: Any = msgspec.UNSET) -> Job:
        """Go on with a faulted, cancelled, terminated or timed-out run as a new run of the same job.

        Completed work is not repeated. Raises NotFound, InUse (open, or completed, or already retried).
        """
        ...

    def fork(self, tx: Tx, run: str, seq: int, job: Job, by: str, patch: Any = msgspec.UNSET) -> Job:
        """A new job (`job`: id, run, name, tags … of it) that goes on from the state after input `seq` of `run`."""
        ...

    def deliver(self, tx: Tx, tenant: str, event: dict[str, Any], keys: Mapping[str, Any]) -> int:
        """Give a CloudEvent to every open subscription of the tenant that it fits; the number of runs reached.

        `keys` are further correlation attributes (computed from the payload) beside the event's own extension
        attributes; names are compared without case.
        """
        ...

    async def history(self, run: str, *, after: int = 0, limit: int = 100_000) -> list[LogEntry]:
        """The log of a run, entries with `seq` above `after`, in order. Raises NotFound."""
        ...

    async def wait_closed(self, run: str, timeout_s: float) -> bool:
        """True when the run has closed (at once if it has), False after `timeout_s`. Raises NotFound."""
        ...

    async def wait_history(self, run: str, after_seq: int, timeout_s: float) -> bool:
        """True when the log reaches beyond `after_seq`, or the run has closed; False after `timeout_s`."""
        ...

    def pending(self, run: str) -> Pending:
        """What the run waits for; empty for a closed run. Raises NotFound."""
        ...

    def on_change(self, call: Callable[[Sequence[Job]], None]) -> Callable[[], None]:
        """`call(jobs)` after each commit with the jobs whose row changed (for live pages); returns the unsubscribe."""
        ...

    async def open(self) -> None:
        """Recover what is open and begin to work."""
        ...

    async def close(self) -> None:
        """Stop taking work, finish the turns at hand, release everything. Nothing is lost."""
        ...

    async def idle(self) -> None:
        """Returns when nothing is ready to run: no turn, no system function, no commit on its way. For tests."""
        ...

    def tick(self) -> None:
        """Look at the clock now: fires due timers and time limits. For tests with a clock of their own."""
        ...

    async def sweep(self, limit: int = 500) -> int:
        """Remove closed runs older than the retention time, at most `limit`; how many were removed."""
        ...

    def stats(self) -> EngineStats: ...
