"""Program: the compiled form of a definition revision. Never stored, always made again from the document.

Nodes refer to one another by index; `next` is resolved at compile time, so that no name is looked up at run time.
A *body* is a run of nodes linked by `next` and entered at its first node; it ends at a node whose `next` is `DONE`.
Composite nodes keep the first node of each body in their spec and have a scope while they are active.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from weft.dsl.machine.durations import Duration
from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.rules import Rules

DONE = -1  # `next`: the body ends here; the scope's node is told (`child_done`)
END = -2  # `next`: the whole run ends with this node's output

Check = Callable[[Any], str]
"""A compiled schema: "" if the value fits, else the first violations as text."""


class Source(msgspec.Struct, frozen=True):
    """A compiled expression or data template: `evaluate(value, vars, budget)`, `vars` in the order of `needs`.

    `evaluate` is `Expr.one`, `Expr.test`, `Expr.collect` or `Template.render`. `text` is for people.
    """

    evaluate: Callable[[Any, tuple[Any, ...], Any], Any]
    needs: tuple[str, ...] = ()
    text: str = ""


class Delay(msgspec.Struct, frozen=True):
    """A duration known at compile time, or a source that gives ISO text (1.0: or an object) at run time."""

    fixed: Duration | None = None
    source: Source | None = None


class TaskSpec(msgspec.Struct, frozen=True):
    """What all 1.0 tasks share: condition, data flow, time limit. `definition` is the task as written."""

    condition: Source | None = None
    input_check: Check | None = None
    input_from: Source | None = None
    output_as: Source | None = None
    output_check: Check | None = None
    export_as: Source | None = None
    export_check: Check | None = None
    timeout: Delay | None = None
    definition: Any = None


class Node(msgspec.Struct, frozen=True):
    """One element of a program.

    `next` is the node after this one (or `DONE`, `END`); `skip` the one after it when its condition is false
    (default: like `DONE` at the end of its body). `parent` is the composite node whose body it is in, -1 at the
    top. `journal` false: entering and leaving it is not recorded. `spec` is the kind's own struct.
    """

    index: int
    kind: str
    position: str
    name: str = ""
    parent: int = -1
    next: int = DONE
    skip: int = DONE
    task: TaskSpec | None = None
    journal: bool = True
    spec: Any = None


class RunSpec(msgspec.Struct, frozen=True):
    """What holds for the run as a whole.

    `interrupt`, `run_before` (node, -1 none) and `keep_active` are of the states languages; so is `business_key`.
    `warn_only`: a failed input check is a journal record only. `standing` is free for the hooks.
    """

    input_check: Check | None = None
    input_from: Source | None = None
    output_as: Source | None = None
    output_check: Check | None = None
    timeout: Delay | None = None
    interrupt: bool = True
    run_before: int = -1
    keep_active: bool = False
    warn_only: bool = False
    output_warn_only: bool = False
    business_key: Source | None = None
    standing: Any = None


class Program(msgspec.Struct, frozen=True):
    """The compiled definition. `positions` finds nodes by JSON pointer; `document` is the definition as saved.

    `constants` is the value of `$CONST`; `secrets` the names declared; `tables` what a dialect's nodes share
    (event definitions, error definitions, …), by name.
    """

    digest: str
    dialect: str
    identity: Identity
    nodes: tuple[Node, ...]
    root: int
    rules: Rules
    run: RunSpec
    machine: str = "1.0"
    document: Any = None
    constants: Any = None
    secrets: tuple[str, ...] = ()
    positions: dict[str, int] = {}
    tables: dict[str, Any] = {}


class ListSpec(msgspec.Struct, frozen=True):
    """`list`: a body in a scope of its own (1.0 `do`, function bodies). -1: empty, the input is the output.

    `input` gives what the body begins with (a function's `with`); without it that is the node's data.
    """

    body: int
    input: Source | None = None


class TransformSpec(msgspec.Struct, frozen=True):
    """`transform`: the output is what `source` gives on the data."""

    source: Source


class Case(msgspec.Struct, frozen=True):
    """`when` None: the default. `next` is where it leads."""

    when: Source | None
    next: int


class ChoiceSpec(msgspec.Struct, frozen=True):
    """`choice`: the first case whose condition is true, else `default`, else the node's own `next`."""

    cases: tuple[Case, ...]
    default: Case | None = None


class ActivitySpec(msgspec.Struct, frozen=True):
    """`activity`: one call of an adapter's activity or a system function; the result is the output.

    `arguments` gives `{"input", "config"}`. Time-outs in milliseconds, 0 for none.
    """

    target: str
    arguments: Source
    kind: Literal["adapter", "system", "http"] = "adapter"
    queue: str = ""
    schedule_to_start_ms: int = 0
    start_to_close_ms: int = 0
    heartbeat_ms: int = 0


class ChildSpec(msgspec.Struct, frozen=True):
    """`child`: a job of another definition. `detached`: the output is the node's own data, nothing is awaited."""

    identity: Identity
    input: Source | None = None
    detached: bool = False
    on_parent_close: Literal["terminate", "abandon"] = "terminate"


class TimerSpec(msgspec.Struct, frozen=True):
    """`timer`: waits; the output is the data."""

    delay: Delay


class LoopSpec(msgspec.Struct, frozen=True):
    """`loop`: the body once per item, one after the other, each pass on the output of the pass before.

    `items` gives a list (anything else is fault `expression`). `each` and `at` are the variables of item and index.
    `condition` is tested before each pass. `body` -1: empty.
    """

    items: Source
    body: int
    each: str = "item"
    at: str = "index"
    condition: Source | None = None


class FanSpec(msgspec.Struct, frozen=True):
    """`fan`: bodies together, each on the node's data. `branches` are their first nodes (-1: empty).

    `need` is how many must complete: 0 all (output: array in declaration order), n the first n, others cancelled.
    `race`: a branch that faults only leaves the race; the output is that of the first to complete.
    """

    branches: tuple[int, ...]
    need: int = 0
    race: bool = False


class ErrorFilter(msgspec.Struct, frozen=True):
    """Every given part must be equal. `kind` is the canonical kind of the type."""

    kind: str | None = None
    status: int | None = None
    instance: str | None = None
    title: str | None = None
    detail: str | None = None


class RetrySpec(msgspec.Struct, frozen=True):
    """A 1.0 retry policy. `count` is the number of retries (-1: unlimited).

    `backoff` constant d, linear d*k, exponential d*2^(k-1) for the k-th retry; jitter adds a uniform amount
    between its ends. `attempt_limit` limits each attempt, `total_limit` all of them from the start of the first.
    """

    delay: Delay | None = None
    backoff: Literal["constant", "linear", "exponential"] = "constant"
    jitter_from: Delay | None = None
    jitter_to: Delay | None = None
    count: int = -1
    attempt_limit: Delay | None = None
    total_limit: Delay | None = None
    when: Source | None = None
    except_when: Source | None = None


class GuardSpec(msgspec.Struct, frozen=True):
    """`guard` (1.0 `try`): a body whose faults are offered to one catch.

    `handler` is the first node of the handling body, -1 none. `then` replaces the node's `next` on the error path
    when `has_then`. `error` is the name of the variable that holds the error.
    """

    body: int
    filter: ErrorFilter
    error: str = "error"
    when: Source | None = None
    except_when: Source | None = None
    retry: RetrySpec | None = None
    handler: int = -1
    then: int = DONE
    has_then: bool = False


class RaiseSpec(msgspec.Struct, frozen=True):
    """`raise`: the parts of the error; `instance` is always the position of the node."""

    type: Source
    status: Source
    title: Source | None = None
    detail: Source | None = None


class EndSpec(msgspec.Struct, frozen=True):
    """`end`: completes the run with what `source` gives on the data, or with the data."""

    source: Source | None = None
