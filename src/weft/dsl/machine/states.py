"""What the nodes of the states languages (0.8, 0.9, CWM) are made of.

Every state is a node of kind `state`; its actions are nodes of kind `action` in bodies below it. Durations are
`Duration`s; None stands for no limit, and the `default_…` flags say that the server's defaults
(`RunStarted.defaults`) apply where the document gives none.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from weft.dsl.machine.durations import Duration
from weft.dsl.machine.faultmatch import Caught
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.program import DONE, Delay, Source
from weft.dsl.machine.retrying import RetryPolicy


class EventOut(msgspec.Struct, frozen=True):
    """An event that is produced. `source` "" stands for `/<namespace>/<name>/<version>` of the definition.

    `data` gives the payload (None: no data), `attributes` an object of extension attributes.
    """

    name: str
    type: str
    source: str = ""
    data: Source | None = None
    attributes: Source | None = None
    position: str = ""


class CorrelationRule(msgspec.Struct, frozen=True):
    """One correlation attribute of a consumed event. `value` None: the first consumed event fixes it."""

    name: str
    value: Source | None = None


class EventIn(msgspec.Struct, frozen=True):
    """An event that is consumed: what fits, and whether its data or the whole envelope is what filters see."""

    name: str
    type: str
    source: str = ""
    data_only: bool = True
    correlation: tuple[CorrelationRule, ...] = ()


class Proceed(msgspec.Struct, frozen=True):
    """`continueAs`: the definition to go on as, its input (None: the state data) and a time limit for it."""

    identity: Identity
    data: Source | None = None
    timeout: Duration | None = None


class Exit(msgspec.Struct, frozen=True):
    """A way out of a state: to the node `target`, or (`DONE`) the end of the path.

    Order of work: compensate, produce, continueAs. `terminate` ends the whole run. `index` is the exit's place in
    the program's table `exits`, so that a state can name it.
    """

    target: int = DONE
    compensate: bool = False
    produce: tuple[EventOut, ...] = ()
    proceed: Proceed | None = None
    terminate: bool = False
    position: str = ""
    index: int = 0


class Throw(msgspec.Struct, frozen=True):
    """0.9 `then.throw`: the caught fault again (`kind` ""), or a new one. `type` is the URI as written."""

    kind: str = ""
    type: str = ""
    status: int = 0
    title: str = ""
    detail: str = ""


class Handler(msgspec.Struct, frozen=True):
    """What happens with the faults that `caught` takes.

    `exit` leaves the state; `throw` raises; `compensate` undoes completed states (`undo` DONE), or runs the state
    it names; none of them: the fault counts as handled.
    `retry` applies before (0.9, actions only).
    """

    caught: Caught
    exit: Exit | None = None
    throw: Throw | None = None
    compensate: bool = False
    undo: int = DONE
    retry: RetryPolicy | None = None


class Placement(msgspec.Struct, frozen=True):
    """Where a result goes. `select` filters it first; `use` false drops it.

    `path` is a fixed path, `computed` a path expression; neither: the top level, `name` for what is no object.
    """

    use: bool = True
    select: Source | None = None
    path: tuple[str | int, ...] | None = None
    computed: Any = None  # the compiled path expression (weft.dsl.expr), for paths that are no fixed ones
    source: Source | None = None  # the same expression as a source: what stands there
    name: str = "action-output"
    assign: bool = False  # a targeted result is put there as it is, without merging

    @property
    def targeted(self) -> bool:
        return self.path is not None or self.computed is not None


class ActivityCall(msgspec.Struct, frozen=True):
    """A task for a worker. `arguments` None: no arguments. `whole`: they hold `input` and `config` already.

    Otherwise all arguments are the activity's input.
    """

    kind: Literal["adapter", "system", "http"]
    target: str
    queue: str = ""
    arguments: Source | None = None
    whole: bool = False


class ExpressionCall(msgspec.Struct, frozen=True):
    """An expression function: evaluated on the action's data, or on its arguments when it has any."""

    source: Source
    arguments: Source | None = None


class LogCall(msgspec.Struct, frozen=True):
    """`custom` `sysout`: a journal record `log`; the result is empty."""

    level: str
    arguments: Source | None = None


class ChildCall(msgspec.Struct, frozen=True):
    """A sub-workflow. `on_parent_close` is what becomes of it when this run closes first."""

    identity: Identity
    on_parent_close: Literal["terminate", "abandon"] = "terminate"


class EmitCall(msgspec.Struct, frozen=True):
    """Produce `event`; with `result` also wait for the answering event, for `timeout` at most."""

    event: EventOut | None
    result: EventIn | None = None
    timeout: Duration | None = None


AnyCall = ActivityCall | ExpressionCall | LogCall | ChildCall | EmitCall


class ActionSpec(msgspec.Struct, frozen=True):
    """`action`: condition, `before`, `select` (fromStateData), the call, `place`, `after`.

    `detached` is `invoke: async`: the command is issued, nothing is awaited. `limit` limits one execution.
    """

    call: AnyCall
    condition: Source | None = None
    before: Delay | None = None
    after: Delay | None = None
    select: Source | None = None
    place: Placement = Placement()
    detached: bool = False
    retry: RetryPolicy | None = None
    limit: Duration | None = None
    default_limit: bool = False
    handlers: tuple[Handler, ...] = ()
    catching: tuple[Caught, ...] = ()


class LineSpec(msgspec.Struct, frozen=True):
    """`line`: one branch or iteration: its first action (-1: none), its time limit, the name of its element."""

    body: int
    limit: Duration | None = None
    param: str = ""


class Branch(msgspec.Struct, frozen=True):
    """One line of work of a state: its first action (-1: none), and the line's node (-1: the state's own line)."""

    body: int
    line: int = -1


class OnEvents(msgspec.Struct, frozen=True):
    """One entry of an event state: indexes into the state's events, where their data go, and the actions."""

    events: tuple[int, ...]
    place: Placement
    body: int = -1


class Case(msgspec.Struct, frozen=True):
    """One condition of a switch state. `event` is the index of the event for event conditions."""

    exit: Exit
    when: Source | None = None
    event: int = -1
    place: Placement | None = None
    name: str = ""


class OperationWork(msgspec.Struct, frozen=True):
    """`operation`: one body in order, or (`parallel`) several branches of one action each."""

    branches: tuple[Branch, ...] = ()


class ParallelWork(msgspec.Struct, frozen=True):
    """`parallel`: all branches together; `need` of them must complete (0: all)."""

    branches: tuple[Branch, ...]
    need: int = 0


class ForeachWork(msgspec.Struct, frozen=True):
    """`foreach`: the body per item of `items` (collected), `wave` at a time (1: one after the other, 0: all).

    `line` is the node of an iteration, `actions` the nodes of the body in order.
    `null_is_empty`: a missing collection gives no iterations. `output` is where the results are appended.
    """

    items: Source
    body: int
    line: int = -1
    wave: int = 0
    actions: tuple[int, ...] = ()
    output: Placement | None = None
    null_is_empty: bool = False


class SwitchWork(msgspec.Struct, frozen=True):
    """`switch`: the first case that holds, or whose event arrives; else `default`."""

    cases: tuple[Case, ...]
    default: Exit
    events: tuple[EventIn, ...] = ()
    timeout: Duration | None = None
    default_timeout: bool = False


class SleepWork(msgspec.Struct, frozen=True):
    """`sleep` and `delay`."""

    delay: Delay


class InjectWork(msgspec.Struct, frozen=True):
    """`inject`: `data` as it is, deep-merged."""

    data: dict[str, Any]


class EventWork(msgspec.Struct, frozen=True):
    """`event`: waits for the events, then runs the entries. `start`: may be served by the run's own trigger."""

    events: tuple[EventIn, ...]
    entries: tuple[OnEvents, ...]
    exclusive: bool = True
    timeout: Duration | None = None
    default_timeout: bool = False
    start: bool = False


class CallbackWork(msgspec.Struct, frozen=True):
    """`callback`: the action while the event is awaited already; a form event opens a manual task as well."""

    body: int
    event: EventIn
    place: Placement
    timeout: Duration | None = None
    default_timeout: bool = False
    form: str = ""
    form_id: Source | None = None
    payload: Source | None = None
    title: Source | None = None


AnyWork = OperationWork | ParallelWork | ForeachWork | SwitchWork | SleepWork | InjectWork | EventWork | CallbackWork


class StateSpec(msgspec.Struct, frozen=True):
    """`state`: filters, the work, the handlers, the exit.

    `limit` limits the activation. `undo` is the state that compensates this one (-1: none); `undoing` marks a
    compensating state, whose own end is not carried out inside a chain.
    """

    work: AnyWork
    exit: Exit
    input: Source | None = None
    output: Source | None = None
    limit: Duration | None = None
    default_limit: bool = False
    handlers: tuple[Handler, ...] = ()
    catching: tuple[Caught, ...] = ()
    undo: int = -1
    undoing: bool = False
