"""`loop`: the body once per item, one pass after the other (1.0 `for`).

Pass 1 gets the task's data, pass n the output of pass n-1; the output is that of the last pass, or the data if there
was none. The condition is tested before each pass with item and index bound.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.core import NodeHandler, Raised, Turn, register
from weft.dsl.machine.faults import fault
from weft.dsl.machine.flow import condition_holds, done
from weft.dsl.machine.limits import over_limit
from weft.dsl.machine.program import LoopSpec, Node
from weft.dsl.machine.scopes import cancel_inner, open_scope, spawn
from weft.dsl.machine.state import Scope, Token, clone
from weft.dsl.machine.variables import evaluate


@register
class LoopNode(NodeHandler):
    """See the module. The scope's `data` is the array of items, `pending` the number of the pass, from 0."""

    kind = "loop"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Evaluate the items and begin the first pass. Anything but an array is fault `expression`."""
        spec: LoopSpec = node.spec
        data = token.data
        items = evaluate(turn, token, spec.items, data)
        if not isinstance(items, list):
            raise Raised(fault("expression", f"'{spec.items.text}' did not give an array", code="EXPRESSION"))
        if len(items) > 1_000 and len(items) > turn.limit("passes"):
            raise Raised(over_limit("passes", turn.limit("passes"), len(items)))
        if not items or spec.body < 0:
            done(turn, token, data)
            return
        outer = turn.scopes[token.scope].suffix
        scope = open_scope(turn, token, data=items)
        scope.vars = {spec.each: items[0], spec.at: 0}
        scope.suffix = f"{outer}.0" if outer else "#0"
        if not self._goes_on(turn, token, spec, scope, data):
            cancel_inner(turn, token)
            done(turn, token, data)
            return
        spawn(turn, scope, spec.body, data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """A pass is over: begin the next one with its output, or end."""
        spec: LoopSpec = node.spec
        number = scope.pending + 1
        items = scope.data
        if number < len(items):
            scope.pending = number
            scope.vars = {spec.each: items[number], spec.at: number}
            outer = turn.scopes[scope.parent].suffix
            scope.suffix = f"{outer}.{number}" if outer else f"#{number}"
            if spec.condition is None or self._goes_on(turn, token, spec, scope, output):
                child.node = spec.body
                child.raw = output
                child.stage = ""
                turn.ready.append(child.id)
                return
        cancel_inner(turn, token)
        done(turn, token, output)

    def _goes_on(self, turn: Turn, token: Token, spec: LoopSpec, scope: Scope, data: Any) -> bool:
        # The condition sees the frame of the pass it decides on, so it is evaluated as if from inside the scope.
        if spec.condition is None:
            return True
        inside = clone(token)
        inside.scope = scope.id
        return condition_holds(turn, evaluate(turn, inside, spec.condition, data))
