"""Scopes: frames of composite nodes, the tokens inside them, and faults on their way outwards."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.dsl.expr import ExpressionFault
from weft.dsl.machine.commands import (
    CancelRun,
    CompleteRun,
    ContinueAs,
    FaultRun,
    Record,
    TerminateRun,
    TimeOutRun,
)
from weft.dsl.machine.core import HANDLERS, Raised, Turn
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.limits import over_limit
from weft.dsl.machine.sizes import shown
from weft.dsl.machine.state import ROOT_SCOPE, Phase, Scope, Token
from weft.dsl.machine.variables import expression_fault
from weft.dsl.machine.waits import close_all, close_wait

EndCommand = CompleteRun | FaultRun | TimeOutRun | CancelRun | TerminateRun | ContinueAs


def open_scope(
    turn: Turn,
    token: Token,
    *,
    data: Any = None,
    variables: dict[str, Any] | None = None,
    results: Any = None,
    pending: int = 0,
    suffix: str | None = None,
) -> Scope:
    """The scope of the activation of an owned token's node; the token parks in it. Raises Raised(LIMIT) if too deep.

    `suffix` None: addresses inside continue those outside.
    """
    outer = turn.scopes[token.scope]
    depth = outer.depth + 1
    if depth > 64 and depth > turn.limit("depth"):
        raise Raised(over_limit("depth", turn.limit("depth"), depth))
    number = turn.new_id()
    scope = Scope(
        number,
        token.node,
        outer.id,
        token.id,
        turn.epoch,
        {},
        variables or {},
        data,
        results,
        pending,
        1,
        outer.suffix if suffix is None else suffix,
        depth,
        turn.now - turn.state.paused_ms,
    )
    turn.scopes[number] = scope
    token.inner = number
    return scope


def spawn(turn: Turn, scope: Scope, node: int, raw: Any, branch: int = 0, *, ready: bool = True) -> Token:
    """A new child token in an owned scope, about to enter `node` with `raw`.

    `ready` false: the caller puts it on `turn.ready` itself (the last one there goes first). Raises Raised(LIMIT).
    """
    if len(turn.tokens) >= 1_000 and len(turn.tokens) >= turn.limit("tokens"):
        raise Raised(over_limit("tokens", turn.limit("tokens"), len(turn.tokens) + 1))
    number = turn.new_id()
    token = Token(number, scope.id, node, turn.epoch, "", raw, raw)
    turn.tokens[number] = token
    turn.touched.append(token)
    scope.children[number] = branch
    if ready:
        turn.ready.append(number)
    return token


def drop_token(turn: Turn, token: Token) -> None:
    """Remove a token that has nothing open any more."""
    turn.tokens.pop(token.id, None)
    scope = turn.scopes.get(token.scope)
    if scope is not None and token.id in scope.children:
        turn.own_scope(scope).children.pop(token.id, None)


def cancel_token(turn: Turn, token: Token, reason: str = "") -> None:
    """Cancel a token and everything inside it, innermost first."""
    token = turn.own(token)
    cancel_inner(turn, token, reason)
    node = turn.nodes[token.node]
    HANDLERS[node.kind].left(turn, token, node)
    close_all(turn, token, reason)
    if token.stage and node.journal:
        turn.record_at("task.cancelled", token)
    drop_token(turn, token)


def cancel_inner(turn: Turn, token: Token, reason: str = "") -> None:
    """Cancel what is inside the scope an owned token is parked in, and the scope. Its own waits stay open."""
    number = token.inner
    if not number:
        return
    scope = turn.scopes.get(number)
    token.inner = 0
    if scope is None:
        return
    for child in reversed(list(scope.children)):
        inner = turn.tokens.get(child)
        if inner is not None:
            cancel_token(turn, inner, reason)
    turn.scopes.pop(number, None)


close_scope = cancel_inner


def climb(turn: Turn, token: Token, fault: Fault, *, own: bool = True) -> None:
    """Let a fault go outwards from a token until a node takes it; if none does the run faults.

    `instance` is filled in with the position of the node the fault comes from. `own` false: the node itself is not
    asked (a fault of its own time limit).
    """
    token = turn.own(token)
    close_all(turn, token)
    if not fault.instance:
        fault = msgspec.structs.replace(fault, instance=turn.nodes[token.node].position)
    inner: Scope | None = None
    child: Token | None = None
    cancel_inner(turn, token)
    while True:
        node = turn.nodes[token.node]
        turn.at = token
        if own:
            try:
                if HANDLERS[node.kind].fault(turn, token, node, inner, child, fault):
                    return
            except ExpressionFault as problem:
                fault = expression_fault(problem, node.position)
            except Raised as raised:
                fault = raised.fault
                if not fault.instance:
                    fault = msgspec.structs.replace(fault, instance=node.position)
        own = True
        if node.journal:
            turn.record_at("task.faulted", token, {"fault": fault})
        outer = turn.scopes[token.scope]
        if outer.id == ROOT_SCOPE or turn.ended:
            break
        inner = turn.own_scope(outer)
        child, token = token, turn.own(turn.tokens[outer.token])
    fault_run(turn, fault)


def end_run(turn: Turn, phase: Phase, command: EndCommand, *, fault: Fault | None = None) -> None:
    """End the run: close what is open, keep what stood for a later retry (unless it completed), say how it ended.

    Faulted and timed-out runs terminate their children, cancelled ones have asked them already.
    """
    if turn.ended:
        return
    turn.ended = True
    state = turn.state
    frozen_waits = turn.waits.copy()
    for ref in reversed(list(turn.waits)):
        close_wait(turn, ref, phase, terminate=True)
    if phase == "completed":
        turn.tokens.clear()
        turn.scopes.clear()
    else:
        state.frozen = dict(turn.tokens)
        state.frozen_waits = frozen_waits
        turn.tokens.clear()
    turn.ready.clear()
    state.held = []
    state.early = []
    state.busy = 0
    state.phase = phase
    state.fault = fault
    turn.out.append(Record(_RECORDS[phase], "", "", _end_data(turn, command)))
    turn.out.append(command)


def fault_run(turn: Turn, fault: Fault) -> None:
    """End the run with a fault that nothing can take."""
    end_run(turn, "faulted", FaultRun(fault), fault=fault)


_RECORDS: dict[Phase, str] = {
    "completed": "run.completed",
    "faulted": "run.faulted",
    "timed_out": "run.faulted",
    "cancelled": "run.cancelled",
    "terminated": "run.terminated",
}


def _end_data(turn: Turn, command: EndCommand) -> dict[str, Any]:
    if isinstance(command, CompleteRun):
        return shown(turn, command.output)
    if isinstance(command, (FaultRun, TimeOutRun)):
        return {"fault": command.fault}
    if isinstance(command, ContinueAs):
        return {"continued": command.identity}
    if isinstance(command, TerminateRun):
        return {"reason": command.reason, "by": command.by}
    return {"reason": command.reason}
