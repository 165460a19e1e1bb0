"""`state`: one state of 0.8, 0.9 or CWM: input filter, time limit, work, handlers, exit.

Faults of anything inside come here. The handlers are asked in order (exact codes before `DEFAULT`); the one that
takes the fault decides where the path goes on, with the state data as they are, including merges already made. The
fault can be read as `$WORKFLOW.error` until another is handled.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine import scopes, waits
from weft.dsl.machine.core import NodeHandler, Raised, Turn, register
from weft.dsl.machine.error_values import error_value
from weft.dsl.machine.faultmatch import pick
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.nodes import compensate, leaving
from weft.dsl.machine.nodes.action import thrown
from weft.dsl.machine.nodes.event_work import Callback, Events, EventSwitch
from weft.dsl.machine.nodes.foreach import Foreach, Together
from weft.dsl.machine.nodes.plain_work import DataSwitch, Inject, Sequence, Sleep
from weft.dsl.machine.nodes.subscribe import default_seconds
from weft.dsl.machine.nodes.work import DEFAULT_STATE_S, Work
from weft.dsl.machine.program import Node
from weft.dsl.machine.state import Scope, Token, Wait
from weft.dsl.machine.states import (
    AnyWork,
    CallbackWork,
    EventWork,
    ForeachWork,
    Handler,
    InjectWork,
    OperationWork,
    ParallelWork,
    SleepWork,
    StateSpec,
    SwitchWork,
)
from weft.dsl.machine.variables import evaluate

_STATE = "state"
_SEQUENCE, _TOGETHER, _FOREACH = Sequence(), Together(), Foreach()
_DATA_SWITCH, _EVENT_SWITCH = DataSwitch(), EventSwitch()
_WORKS: dict[type[Any], Work] = {
    ParallelWork: _TOGETHER,
    ForeachWork: _FOREACH,
    SleepWork: Sleep(),
    InjectWork: Inject(),
    EventWork: Events(),
    CallbackWork: Callback(),
}


def work_of(work: AnyWork) -> Work:
    """What carries out the work of a state."""
    if type(work) is OperationWork:
        return _TOGETHER if work.branches and work.branches[0].line >= 0 else _SEQUENCE
    if type(work) is SwitchWork:
        return _EVENT_SWITCH if work.events else _DATA_SWITCH
    return _WORKS[type(work)]


@register
class StateHandler(NodeHandler):
    """See the module."""

    kind = "state"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Filter the input, start the limit, begin the work."""
        spec: StateSpec = node.spec
        if spec.input is not None:
            data = evaluate(turn, token, spec.input, token.raw)
            if data is not None:
                token.data = data
        due = self._limit(turn, spec)
        if due:
            waits.start_timer(turn, token, due, _STATE)
        work_of(spec.work).begin(turn, token, node)

    def _limit(self, turn: Turn, spec: StateSpec) -> int:
        if spec.limit is not None:
            return spec.limit.after(turn.now)
        if spec.default_limit:
            seconds = default_seconds(turn, "stateTimeout", DEFAULT_STATE_S)
            return turn.now + int(seconds * 1000) if seconds else 0
        return 0

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """The state's own time limit, or an answer for its work."""
        if wait.purpose == _STATE:
            # what is inside is cancelled before the handlers are asked: the data it has reached are kept here
            token.data = work_of(node.spec.work).current(turn, token, node)
            scopes.climb(turn, token, fault("timeout", "the state took too long", code="TIMEOUT"))
            return
        work_of(node.spec.work).accept(turn, token, node, wait, inp)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """A line of work has ended."""
        work_of(node.spec.work).child_done(turn, token, node, scope, child, branch, output)

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        """Hand the fault to the first handler that takes it."""
        if fault.code == "INTERNAL":
            return False
        spec: StateSpec = node.spec
        found = pick(spec.catching, fault) if spec.catching else -1
        if found < 0:
            return self._report_failed(turn, fault)
        handler = spec.handlers[found]
        if handler.throw is not None and handler.throw.kind:
            raise Raised(thrown(handler, fault))
        if handler.throw is not None:
            return self._report_failed(turn, fault)
        data = work_of(spec.work).current(turn, token, node)
        turn.record_at("task.faulted", token, {"fault": fault, "handled": True})
        turn.state.memory = {**turn.state.memory, "error": {**error_value(turn, fault), "code": fault.code}}
        turn.memo.pop("WORKFLOW", None)
        self._carry_out(turn, token, node, handler, data)
        return True

    def _carry_out(self, turn: Turn, token: Token, node: Node, handler: Handler, data: Any) -> None:
        spec: StateSpec = node.spec
        if not handler.compensate or compensate.is_running(turn):
            leaving.handled(turn, token, node, data, handler.exit or spec.exit)
            return
        # compensation first, then the state's own exit
        scopes.cancel_inner(turn, token)
        waits.close_all(turn, token)
        turn.record_at("task.completed", token, {"output": data})
        compensate.begin(turn, token, spec.exit, handler.undo)
        leaving.follow(turn, token, data)

    def _report_failed(self, turn: Turn, cause: Fault) -> bool:
        """A fault that nobody takes, while the states run that report a time-out: the run has timed out."""
        if leaving.REPORT not in turn.state.memory:
            return False
        leaving.time_out(turn, cause)
        return True


def is_idle(turn: Turn, token: Token) -> bool:
    """Whether a state only waits for a first event: nothing of it is under way."""
    if token.stage == leaving.REST:
        return True
    node = turn.nodes[token.node]
    if node.kind != "state" or not isinstance(node.spec.work, EventWork) or token.stage != "wait":
        return False
    return not any(event is not None for event in token.local or ())


def leave_idle(turn: Turn, token: Token) -> Any:
    """Give up an idle token; its data."""
    data = token.data
    waits.close_all(turn, token)
    scopes.drop_token(turn, token)
    return data
