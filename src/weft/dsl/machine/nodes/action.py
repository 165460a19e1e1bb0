"""`action`: one action of a state.

Order of work: condition, pause before, `fromStateData`, arguments, the call, results, merge, pause after. Arguments
are evaluated once and used again by every further try. A failed try is decided here: retry by the policy (0.9: of the
first handler that matches, of the action or else of its state), then the action's own handlers, then the state's.

A token's `data` is the state data of its line of work; an action leaves with the data as merged. Where several lines
run together the scope keeps what was merged (`results`: [node, value]), so that it can be replayed in order.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, cast

from weft.dsl.expr import ExpressionFault
from weft.dsl.machine import flow, scopes, waits
from weft.dsl.machine.chance import fraction
from weft.dsl.machine.core import NodeHandler, Raised, Turn, register
from weft.dsl.machine.delays import due_after
from weft.dsl.machine.faultmatch import pick
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import (
    ActivityCompleted,
    ActivityFailed,
    ChildCancelled,
    ChildCompleted,
    ChildFailed,
    EventReceived,
    Input,
    TimerFired,
)
from weft.dsl.machine.merge import MISSING
from weft.dsl.machine.nodes import subscribe
from weft.dsl.machine.nodes.emit import produce
from weft.dsl.machine.nodes.leaving import handled
from weft.dsl.machine.placing import placed, selected
from weft.dsl.machine.program import Node
from weft.dsl.machine.retrying import BUILT_IN, RetryPolicy, in_force, may_retry, next_delay
from weft.dsl.machine.state import Scope, Token, Wait
from weft.dsl.machine.states import (
    ActionSpec,
    ActivityCall,
    ChildCall,
    EmitCall,
    ExpressionCall,
    Handler,
    LogCall,
    StateSpec,
)
from weft.dsl.machine.variables import evaluate, expression_fault

BEFORE, CALL, RETRY, AFTER = "before", "work", "retry", "after"
DEFAULT_ACTION_S = 60
_RETRY_PURPOSE = "retry"


@register
class ActionHandler(NodeHandler):
    """See the module."""

    kind = "action"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Condition and pause, then the call."""
        spec: ActionSpec = node.spec
        condition = spec.condition
        if condition is not None and not flow.condition_holds(turn, evaluate(turn, token, condition, token.raw)):
            turn.record_at("task.skipped", token)
            flow.advance(turn, token, node.skip, token.raw)
            return
        if spec.before is not None:
            due = due_after(turn, token, spec.before)
            if due > turn.now:
                token.stage = BEFORE
                waits.start_timer(turn, token, due, "work")
                return
        self._call(turn, token, node, spec)

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """Answers of calls, the ends of pauses, the passing of limits."""
        spec: ActionSpec = node.spec
        if isinstance(inp, ActivityCompleted):
            self._result(turn, token, node, spec, inp.result)
        elif isinstance(inp, TimerFired):
            self._timer(turn, token, node, spec, wait)
        elif isinstance(inp, EventReceived):
            if subscribe.receive(turn, token, wait, inp) >= 0:
                self._event(turn, token, node, spec, inp.event)
        elif isinstance(inp, ChildCompleted):
            self._result(turn, token, node, spec, inp.output)
        else:
            self._failed(turn, token, wait, inp)

    def _failed(self, turn: Turn, token: Token, wait: Wait, inp: Input) -> None:
        if isinstance(inp, ActivityFailed):
            local = token.local or {}
            command = wait.command
            arguments = getattr(command, "arguments", None)
            first = local.get("first", wait.ref)
            token.local = {**local, "arguments": arguments, "first": first, "not_before": inp.next_allowed_at or 0}
            scopes.climb(turn, token, inp.fault)
        elif isinstance(inp, ChildFailed):
            scopes.climb(turn, token, inp.fault)
        elif isinstance(inp, ChildCancelled):
            problem = fault("runtime", inp.reason or "the sub-workflow was cancelled", code="CANCELED")
            scopes.climb(turn, token, problem)

    def _timer(self, turn: Turn, token: Token, node: Node, spec: ActionSpec, wait: Wait) -> None:
        if wait.purpose == _RETRY_PURPOSE:
            token.attempt += 1
            self._call(turn, token, node, spec)
        elif token.stage == BEFORE:
            self._call(turn, token, node, spec)
        elif token.stage == AFTER:
            flow.done(turn, token, token.data)
        else:
            scopes.climb(turn, token, fault("timeout", "the action took too long", code="TIMEOUT"))

    def _call(self, turn: Turn, token: Token, node: Node, spec: ActionSpec) -> None:
        token.stage = CALL
        call = spec.call
        if type(call) is ActivityCall:
            self._schedule(turn, token, node, spec, call)
            return
        data = token.raw if spec.select is None else evaluate(turn, token, spec.select, token.raw)
        if data is None:
            data = token.raw
        if isinstance(call, ChildCall):
            self._child(turn, token, node, spec, call, data)
        elif isinstance(call, EmitCall):
            self._emit(turn, token, node, spec, call, data)
        elif isinstance(call, ExpressionCall):
            if call.arguments is not None:
                data = evaluate(turn, token, call.arguments, data)
            self._result(turn, token, node, spec, evaluate(turn, token, call.source, data))
        elif isinstance(call, LogCall):
            self._log(turn, token, node, spec, call, data)

    def _schedule(self, turn: Turn, token: Token, node: Node, spec: ActionSpec, call: ActivityCall) -> None:
        local = token.local
        first = ""
        if local is not None and "arguments" in local:
            arguments, first = local["arguments"], local["first"]
        else:
            arguments = self._arguments(turn, token, spec, call)
        waits.schedule_activity(
            turn,
            token,
            call.target,
            arguments,
            kind=call.kind,
            queue=call.queue,
            attempt=token.attempt,
            start_to_close_ms=_limit_ms(turn, spec),
            detached=spec.detached,
            retry=_told(turn, spec.retry),
            first=first,
        )
        if spec.detached:
            self._after(turn, token, node, spec, token.raw)

    def _arguments(self, turn: Turn, token: Token, spec: ActionSpec, call: ActivityCall) -> Any:
        if call.arguments is None:
            return {} if call.whole else {"input": {}}
        data = token.raw
        if spec.select is not None:
            data = evaluate(turn, token, spec.select, data)
            if data is None:
                data = token.raw
        arguments = evaluate(turn, token, call.arguments, data)
        return arguments if call.whole else {"input": arguments}

    def _child(self, turn: Turn, token: Token, node: Node, spec: ActionSpec, call: ChildCall, data: Any) -> None:
        identity = call.identity
        name = ""
        if turn.program.rules.child_names:
            # without a version the one that is found belongs at the end
            name = ".".join(part for part in (turn.state.origin.job_name, identity.name, identity.version) if part)
        waits.start_child(
            turn,
            token,
            identity,
            data,
            detached=spec.detached,
            on_parent_close=call.on_parent_close,
            job_name=name,
            attempt=token.attempt,
        )
        if spec.detached:
            self._after(turn, token, node, spec, token.raw)
        elif spec.limit is not None:
            waits.start_timer(turn, token, spec.limit.after(turn.now), "action")

    def _emit(self, turn: Turn, token: Token, node: Node, spec: ActionSpec, call: EmitCall, data: Any) -> None:
        wanted = None if spec.detached else call.result
        early = None
        if wanted is not None:
            filters = subscribe.filters_of(turn, token, (wanted,), data)
            early = subscribe.take_early(turn, filters) if call.event is None else None
            if early is None:
                subscribe.open_wait(turn, token, filters)
                due = subscribe.limit_at(turn, call.timeout, False)
                if due:
                    waits.start_timer(turn, token, due, "event")
        if call.event is not None:
            produce(turn, token, call.event, data)
        if wanted is None:
            self._after(turn, token, node, spec, token.raw)
        elif early is not None:
            self._event(turn, token, node, spec, early[1])

    def _event(self, turn: Turn, token: Token, node: Node, spec: ActionSpec, event: dict[str, Any]) -> None:
        call = spec.call
        if isinstance(call, EmitCall) and call.result is not None:
            self._result(turn, token, node, spec, subscribe.seen_by(call.result, event))

    def _log(self, turn: Turn, token: Token, node: Node, spec: ActionSpec, call: LogCall, data: Any) -> None:
        value = data if call.arguments is None else evaluate(turn, token, call.arguments, data)
        message = cast("dict[str, Any]", value).get("message", value) if isinstance(value, dict) else value
        turn.record_at("log", token, {"level": call.level, "message": message})
        self._after(turn, token, node, spec, token.raw)

    def _result(self, turn: Turn, token: Token, node: Node, spec: ActionSpec, result: Any) -> None:
        place = spec.place
        data = token.raw
        value = selected(turn, token, place, result)
        if value is not MISSING:
            data = placed(turn, token, place, data, value)
            scope = turn.scopes[token.scope]
            if scope.results is not None:
                turn.own_scope(scope).results.append([node.index, value])
        self._after(turn, token, node, spec, data)

    def _after(self, turn: Turn, token: Token, node: Node, spec: ActionSpec, data: Any) -> None:
        token.local = None
        if spec.after is not None:
            if token.refs:
                waits.close_all(turn, token)
            token.data = data
            due = due_after(turn, token, spec.after)
            if due > turn.now:
                token.stage = AFTER
                waits.start_timer(turn, token, due, "work")
                return
        flow.done(turn, token, data)

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        """Another try, or one of the action's own handlers (0.9)."""
        spec: ActionSpec = node.spec
        handler, own = _handler(turn, token, spec, fault)
        policy = handler.retry if handler is not None else spec.retry
        if policy is not None and token.stage == CALL and self._retry(turn, token, policy, fault):
            return True
        if handler is None or not own:
            return False
        token.local = None
        if handler.throw is not None:
            raise Raised(thrown(handler, fault))
        turn.record_at("task.faulted", token, {"fault": fault, "handled": True})
        if handler.exit is None:
            flow.done(turn, token, token.raw)
            return True
        state = turn.own(turn.tokens[_state_scope(turn, token).token])
        try:
            handled(turn, state, turn.nodes[state.node], token.raw, handler.exit)
        except Raised as raised:
            # the action is gone with the state's work: what fails on the way out is the state's fault
            scopes.climb(turn, state, raised.fault, own=False)
        except ExpressionFault as problem:
            scopes.climb(turn, state, expression_fault(problem, turn.nodes[state.node].position), own=False)
        return True

    def _retry(self, turn: Turn, token: Token, policy: RetryPolicy, fault: Fault) -> bool:
        policy = in_force(policy, turn.state.origin.defaults)
        if not may_retry(policy, fault, token.attempt):
            return False
        local = cast("dict[str, Any]", token.local or {})
        spread = policy.jitter or policy.jitter_ms
        delay = next_delay(policy, local.get("delay"), fraction(turn) if spread else 0.5)
        due = max(turn.now + delay, local.get("not_before", 0))
        token.local = {**local, "delay": delay}
        token.stage = RETRY
        turn.record_at("task.retried", token, {"fault": fault, "execution": token.attempt + 1, "delay": due - turn.now})
        waits.start_timer(turn, token, due, _RETRY_PURPOSE)
        return True


def _handler(turn: Turn, token: Token, spec: ActionSpec, fault: Fault) -> tuple[Handler | None, bool]:
    """The first 0.9 handler that takes the fault: the action's own, else the state's (which only retries here)."""
    if spec.catching:
        found = pick(spec.catching, fault)
        if found >= 0:
            return spec.handlers[found], True
    if spec.retry is None:
        outer: StateSpec = turn.nodes[_state_scope(turn, token).node].spec
        found = pick(outer.catching, fault) if outer.catching else -1
        if found >= 0 and outer.handlers[found].retry is not None:
            return outer.handlers[found], False
    return None, False


def _state_scope(turn: Turn, token: Token) -> Scope:
    """The scope of the state an action belongs to (a line of work may lie between)."""
    scope = turn.scopes[token.scope]
    while turn.nodes[scope.node].kind != "state":
        scope = turn.scopes[scope.parent]
    return scope


def thrown(handler: Handler, fault: Fault) -> Fault:
    """What `then.throw` raises: the same fault, or a new one that tells the old one as its cause."""
    throw = handler.throw
    if throw is None or not throw.kind:
        return fault
    return Fault(
        kind=throw.kind,
        status=throw.status,
        title=throw.title,
        detail=throw.detail,
        code="",
        type=throw.type,
        cause=fault,
    )


def _limit_ms(turn: Turn, spec: ActionSpec) -> int:
    limit = spec.limit
    if limit is not None:
        return limit.after(turn.now) - turn.now if limit.months else limit.ms
    if spec.default_limit:
        return int(subscribe.default_seconds(turn, "actionTimeout", DEFAULT_ACTION_S) * 1000)
    return 0


def _told(turn: Turn, policy: RetryPolicy | None) -> dict[str, Any] | None:
    """The policy in force, for people and histories; never changed by anyone."""
    if policy is None:
        return None
    defaults = turn.state.origin.defaults
    return _described(policy, *[defaults.get(key, default) for key, default in BUILT_IN.items()])


@lru_cache(maxsize=512)
def _described(policy: RetryPolicy, *values: Any) -> dict[str, Any]:
    actual = in_force(policy, dict(zip(BUILT_IN, values, strict=True)))
    return {
        "name": actual.name,
        "delay": actual.delay,
        "multiplier": actual.multiplier,
        "maxDelay": actual.max_delay,
        "maxAttempts": actual.attempts,
        "never": sorted(actual.never),
    }
