"""`guard` (1.0 `try`): a body whose faults are offered to one catch, with retries.

1. A fault that leaves the body is offered to the catch: every given part of the filter must be equal, `when` truthy,
   `exceptWhen` not. Otherwise it goes on outwards.
2. With a retry policy that allows it, and no limit reached, the whole body runs again after the delay, from the same
   transformed input. Context changes of the failed attempt stay.
3. Otherwise the handling body runs on the transformed input with the error bound; its output is the node's. Without
   one: if a retry policy was used up and there is no `catch.then`, the fault goes on; else the output is the input.
4. `catch.then` replaces the node's `next` on the error path. A fault inside the handling body is not offered again.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.core import NodeHandler, Turn, register
from weft.dsl.machine.delays import due_after, length_of
from weft.dsl.machine.error_values import error_value, kind_of
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.faults import fault as make_fault
from weft.dsl.machine.flow import condition_holds, done
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.nodes.backoff import retry_delay
from weft.dsl.machine.program import ErrorFilter, GuardSpec, Node, RetrySpec, Source
from weft.dsl.machine.scopes import cancel_inner, climb, open_scope, spawn
from weft.dsl.machine.state import Scope, Token, Wait, clone
from weft.dsl.machine.variables import evaluate
from weft.dsl.machine.waits import close_wait, start_timer

_BODY = "work"
_HANDLER = "handler"


@register
class GuardNode(NodeHandler):
    """See the module.

    Token: `stage` is `work` or `handler`, `attempt` counts executions of the body, `local` holds `began` (run clock
    at the first attempt), `limit` (ref of the attempt's time limit) and `fault` (as an object, while a retry waits).
    """

    kind = "guard"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Run the body for the first time."""
        token.local = {"began": turn.run_clock()}
        self._attempt(turn, token, node)

    def _attempt(self, turn: Turn, token: Token, node: Node) -> None:
        spec: GuardSpec = node.spec
        if spec.body < 0:
            done(turn, token, token.data)
            return
        retry = spec.retry
        if retry is not None and retry.attempt_limit is not None:
            ref = start_timer(turn, token, due_after(turn, token, retry.attempt_limit), "task", "attempt")
            token.local = {**token.local, "limit": ref}
        scope = open_scope(turn, token)
        scope.attempt = token.attempt
        spawn(turn, scope, spec.body, token.data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """The body, or the handling body, is over."""
        spec: GuardSpec = node.spec
        cancel_child_free(turn, token, child)
        if token.stage == _HANDLER and spec.has_then:
            done(turn, token, output, spec.then)
        else:
            done(turn, token, output)

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """A retry's delay is over, or the attempt took too long."""
        if wait.purpose == "retry":
            token.attempt += 1
            self._attempt(turn, token, node)
            return
        problem = make_fault("timeout", "the attempt exceeded its time limit", code="TIMEOUT", instance=node.position)
        if not self._take(turn, token, node, problem):
            climb(turn, token, problem, own=False)

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        """Offer a fault of the body to the catch."""
        if scope is None or token.stage != _BODY:
            return False
        return self._take(turn, token, node, fault)

    def _take(self, turn: Turn, token: Token, node: Node, fault: Fault) -> bool:
        spec: GuardSpec = node.spec
        error = error_value(turn, fault)
        if not self._catches(turn, token, spec, fault, error):
            return False
        retry = spec.retry
        if retry is not None and fault.retryable and self._retries(turn, token, spec, retry, error):
            self._wait(turn, token, retry, fault)
            return True
        if spec.handler < 0 and retry is not None and not spec.has_then:
            return False
        cancel_inner(turn, token)
        self._close_limit(turn, token)
        if spec.handler >= 0:
            token.stage = _HANDLER
            spawn(turn, open_scope(turn, token, variables={spec.error: error}), spec.handler, token.data)
        elif spec.has_then:
            done(turn, token, token.data, spec.then)
        else:
            done(turn, token, token.data)
        return True

    def _catches(self, turn: Turn, token: Token, spec: GuardSpec, fault: Fault, error: Any) -> bool:
        return fits(spec.filter, fault) and _allowed(turn, token, spec.error, error, spec.when, spec.except_when)

    def _retries(self, turn: Turn, token: Token, spec: GuardSpec, retry: RetrySpec, error: Any) -> bool:
        if 0 <= retry.count < token.attempt:
            return False
        if not _allowed(turn, token, spec.error, error, retry.when, retry.except_when):
            return False
        if retry.total_limit is None:
            return True
        return turn.run_clock() - token.local["began"] < length_of(turn, token, retry.total_limit)

    def _wait(self, turn: Turn, token: Token, retry: RetrySpec, fault: Fault) -> None:
        delay = retry_delay(turn, token, retry, token.attempt)
        cancel_inner(turn, token)
        self._close_limit(turn, token)
        data = {"fault": fault, "attempt": token.attempt + 1, "delay_ms": delay}
        turn.record_at("task.retried", token, data)
        start_timer(turn, token, turn.now + delay, "retry")

    def _close_limit(self, turn: Turn, token: Token) -> None:
        limit = token.local.get("limit")
        if limit is not None:
            close_wait(turn, limit)
            token.local = {key: value for key, value in token.local.items() if key != "limit"}


def cancel_child_free(turn: Turn, token: Token, child: Token) -> None:
    """Close the scope of a child whose body is over."""
    turn.tokens.pop(child.id, None)
    scope = turn.scopes.get(token.inner)
    if scope is not None:
        scope.children.pop(child.id, None)
    cancel_inner(turn, token)


def fits(want: ErrorFilter, fault: Fault) -> bool:
    """Whether every given part of the filter equals the fault's."""
    return (
        (want.kind is None or want.kind == kind_of(fault))
        and (want.status is None or want.status == fault.status)
        and (want.instance is None or want.instance == fault.instance)
        and (want.title is None or want.title == fault.title)
        and (want.detail is None or want.detail == fault.detail)
    )


def _allowed(turn: Turn, token: Token, name: str, error: Any, when: Source | None, except_when: Source | None) -> bool:
    if when is None and except_when is None:
        return True
    # The error is bound in a frame of its own around the token, so outer variables stay visible.
    scope = open_scope(turn, probe := clone(token), variables={name: error})
    probe.scope = scope.id
    try:
        if when is not None and not condition_holds(turn, evaluate(turn, probe, when, token.data)):
            return False
        return except_when is None or not condition_holds(turn, evaluate(turn, probe, except_when, token.data))
    finally:
        turn.scopes.pop(scope.id, None)
