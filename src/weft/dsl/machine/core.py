"""The core of the machine: the turn, and the protocol between the machine and the node kinds.

A **turn** is one call of `step`. It works on a `Turn`: a copy of the state that may be written, the commands
collected so far (`out`), and the tokens that are ready. The loop takes a ready token, enters its node, and goes on
with it until it parks on a wait, opens a scope, or ends. Layers, each importing only those before it:

    core        Turn, NodeHandler, RunHooks, the registries, Raised
    variables   binding of expression variables; `evaluate(turn, token, source, value)`
    waits       opening and closing of activities, timers, subscriptions, children, manual tasks; emitting
    scopes      open_scope, spawn, cancel_inner, drop_token, climb (faults going outwards), end_run
    flow        enter, done, advance, complete; the data flow that all 1.0 tasks share
    nodes/*     one module per node kind: a NodeHandler, registered with `@register`
    control     cancel, terminate, suspend, resume; restore  RunRestored; step  routing of inputs

**The node protocol.** A handler holds no data of a run; all is in the token and the scope. Every token and scope a
method is given is already owned by the turn (writable); whatever else it writes to must be owned first with
`turn.own(token)` or `turn.own_scope(scope)`, which return the writable one. Data values are never changed in place.
Each method must leave the token in exactly one of these conditions:

- *parked on waits*: it has opened at least one with `waits.*`, `token.refs` names them; the answer comes to `accept`;
- *parked in a scope*: it has called `scopes.open_scope(turn, token, …)` and spawned children with `scopes.spawn`;
- *done*: it has called `flow.done(turn, token, output[, nxt])`, the usual way out: what is still open of the token is
  closed, 1.0 output rules apply, `task.completed` is recorded and the token goes to `nxt` (default `node.next`);
  or `flow.advance(turn, token, nxt, output)`, which does only the last of these;
- *faulted*: it has called `scopes.climb(turn, token, fault)`, or simply raised `Raised(fault)`. An `ExpressionFault`
  that leaves a method is turned into a fault of kind `expression` at the node. A method must raise before it
  changes anything that the fault's handler relies on.

Methods, in the order of a token's life (`node` is the static node, `turn.now` the time in ms):

- `enter(turn, token, node)`: begin. `token.raw` is what came in and `token.data` what to work on (the same for nodes
  without `task`). `task.started` has been recorded where `node.journal`.
- `accept(turn, token, node, wait, inp)`: an input for one of the token's waits. Waits for one answer (activity,
  timer, child, manual) have already been taken away, with their journal record; subscriptions stay open until closed.
  The answer of a wait whose token parks in a scope (a time limit over inner work) comes here as well.
  `ActivityStarted`, `ChildStarted` and `ManualTaskOpened` never come here but to `noted`, and the wait stays open. The
  time-outs of 1.0 tasks (purpose `task` without `extra`) are the core's.
- `child_done(turn, token, node, scope, child, branch, output)`: a child has reached the end of its body with `output`.
  The child token is still there and owned: send it on (`flow.advance(turn, child, first_node, data)`: the next pass),
  or remove it (`scopes.drop_token(turn, child)`). When the work of the node is over call
  `scopes.close_scope(turn, token)`, which cancels what is left inside, then `flow.done`.
- `fault(turn, token, node, scope, child, fault) -> bool`: the takers. Called first for the token that faulted itself
  (`scope` and `child` are None; its own waits and everything inside it are closed already), then outwards for every
  token parked in a scope around it (`scope` is that scope, `child` the token in it the fault came through, everything
  inside still stands). True: taken, and the method has decided how to go on (usually
  `scopes.cancel_inner(turn, token)` first). False: not mine. If nobody takes it the run faults, and what stood is
  frozen so that it can be retried from here. A fault of a node's own time limit starts one level further out:
  `scopes.climb(turn, token, fault, own=False)`.
- `left(turn, token, node)`: the token is being cancelled from outside; waits and scopes are closed by the core, only
  private effects need undoing.

Ended tokens disappear: keep what you need in the scope. Per scope there is one token, except under fans. A token
re-enters its node (retry of a run, `RunRestored`) through `enter` with `token.raw`, so `raw` must stay what it was.

**Run hooks** are what differs between the tasks and the states languages for the run as a whole: `start`,
`root_done`, `ended`, run time-outs, and waits of the run itself (token 0: the time limit of the run with purpose
`run`, standing subscriptions).
"""

from __future__ import annotations

from typing import Any

from weft.dsl.expr import Budget
from weft.dsl.machine.commands import Command, Record
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.limits import limit_of
from weft.dsl.machine.program import Node, Program
from weft.dsl.machine.state import RunState, Scope, Token, Wait, clone

# Sizes of containers by identity: (size, depth, the container). See `sizes`.
Weights = dict[int, tuple[int, int, Any]]


class Raised(Exception):
    """A workflow fault on its way to the loop, which lets it climb from the token that was being worked on."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.title)
        self.fault = fault


class Turn:
    """One call of `step`: the writable copy of the state and what has been collected so far.

    `epoch` is the number of the turn: tokens, scopes and waits that carry it may be written. `at` is the token
    that is being worked on. `output` is what `$output` shows. `left` counts down the transitions of the turn.
    """

    __slots__ = (
        "at",
        "budget",
        "ended",
        "epoch",
        "left",
        "memo",
        "nodes",
        "now",
        "out",
        "output",
        "program",
        "ready",
        "scopes",
        "state",
        "tokens",
        "touched",
        "waits",
        "weights",
    )

    def __init__(self, program: Program, state: RunState, now: int, weights: Weights | None = None) -> None:
        """`state` is a copy that this turn owns; its dictionaries and lists are copied here.

        `weights` are the sizes known from the turn before, where it was taken in the same process.
        """
        self.weights: Weights = {} if weights is None else weights
        self.program = program
        self.nodes = program.nodes
        self.state = state
        self.now = now
        self.epoch = state.turn
        self.tokens = state.tokens = state.tokens.copy()
        self.scopes = state.scopes = state.scopes.copy()
        self.waits = state.waits = state.waits.copy()
        self.ready: list[int] = state.ready.copy()
        self.out: list[Command] = []
        self.touched: list[Token] = []  # every token that this turn has made or owned, once
        self.budget = Budget(now)
        self.left = limit_of(state.origin.limits, "turn_transitions")
        self.at: Token | None = None
        self.output: Any = None
        self.ended = False
        self.memo: dict[str, Any] = {}  # values worked out once per turn ($workflow, $secrets)

    def own(self, token: Token) -> Token:
        """The token as one that this turn may write."""
        if token.turn == self.epoch:
            return token
        token = clone(token)
        token.turn = self.epoch
        self.tokens[token.id] = token
        self.touched.append(token)
        return token

    def own_scope(self, scope: Scope) -> Scope:
        """The scope as one that this turn may write; its `children` and `results` are copied one level."""
        if scope.turn == self.epoch:
            return scope
        scope = clone(scope)
        scope.turn = self.epoch
        scope.children = scope.children.copy()
        results = scope.results
        if isinstance(results, (list, dict)):
            scope.results = results.copy()
        self.scopes[scope.id] = scope
        return scope

    def new_id(self) -> int:
        """The next number for a token, a scope or a ref; never given twice in a job."""
        number = self.state.next_id
        self.state.next_id = number + 1
        return number

    def record(self, kind: str, position: str = "", address: str = "", data: Any = None) -> None:
        """A journal record. `data` is shared, not copied; secrets in it stay sealed."""
        self.out.append(Record(kind, position, address or position, data))

    def record_at(self, kind: str, token: Token, data: Any = None) -> None:
        """A journal record at the node of a token, with its address."""
        position = self.nodes[token.node].position
        suffix = self.scopes[token.scope].suffix
        self.out.append(Record(kind, position, position + suffix if suffix else position, data))

    def address(self, token: Token) -> str:
        """The position of the token's node with the iteration indexes that lead to it, such as `/do/0/l/do/0/m#2`."""
        return self.nodes[token.node].position + self.scopes[token.scope].suffix

    def limit(self, name: str) -> int:
        """A limit of this run by its name in `limits.DEFAULTS`."""
        return limit_of(self.state.origin.limits, name)

    def run_clock(self) -> int:
        """The time in ms without what was spent suspended: what limits are measured on."""
        return self.now - self.state.paused_ms


class NodeHandler:
    """What a node kind does. See the module's text for the protocol; subclasses set `kind` and override."""

    kind: str = ""

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Begin the work of the node."""
        raise NotImplementedError(self.kind)

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """Take the answer of a wait. A kind that opens none never gets one."""
        raise NotImplementedError(self.kind)

    def noted(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """A child has started (its job is known now), or another note about a wait that stays open. Nothing to do."""

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """A child reached the end of its body. A kind that opens no scope never has one."""
        raise NotImplementedError(self.kind)

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        """Take a fault, or let it pass."""
        return False

    def left(self, turn: Turn, token: Token, node: Node) -> None:
        """The token is being cancelled."""


class RunHooks:
    """What a family of languages does at the edges of a run. Subclasses set `name` and override.

    `start` has to bring the first token into being; `root_done` is told the output of a token that reached the end
    of the root scope; `accept` gets inputs for waits of the run itself other than its time limit; `timed_out` the
    expiry of that limit; `restored` is called after a RunRestored has put the tokens back.
    """

    name: str = ""
    holds_answers = True
    """Whether answers that come while the run is suspended wait for its resume, as timers always do."""

    def start(self, turn: Turn, value: Any) -> None:
        """Begin with the run's raw input: check it, start the run's clock, spawn the first token in the root scope."""
        raise NotImplementedError(self.name)

    def root_done(self, turn: Turn, token: Token, output: Any) -> None:
        raise NotImplementedError(self.name)

    def end(self, turn: Turn, token: Token, output: Any) -> None:
        """A node whose next is END has been left with `output`."""
        raise NotImplementedError(self.name)

    def accept(self, turn: Turn, wait: Wait, inp: Input) -> None:
        """An input for a wait of the run itself."""
        raise NotImplementedError(self.name)

    def timed_out(self, turn: Turn) -> None:
        """The time limit of the run has passed."""
        raise NotImplementedError(self.name)

    def idle(self, turn: Turn) -> None:
        """Called at the end of a turn that left a live run with no token and no wait."""

    def restored(self, turn: Turn) -> None:
        """The run goes on from a restored state."""


HANDLERS: dict[str, NodeHandler] = {}
HOOKS: dict[str, RunHooks] = {}


def register(cls: type[NodeHandler]) -> type[NodeHandler]:
    """Class decorator: makes a node kind known to the machine."""
    HANDLERS[cls.kind] = cls()
    return cls


def register_hooks(cls: type[RunHooks]) -> type[RunHooks]:
    """Class decorator: makes run hooks known to the machine."""
    HOOKS[cls.name] = cls()
    return cls


def hooks_of(turn: Turn) -> RunHooks:
    """The run hooks of the turn's program."""
    return HOOKS[turn.program.rules.hooks]
