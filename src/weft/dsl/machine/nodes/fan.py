"""`fan`: bodies together, each on the node's data (1.0 `fork`; base of the other parallel kinds).

Not racing: the output is the array of outputs in declaration order; the first fault cancels the others and is the
node's fault. Racing: the output of the first branch to complete, the others are cancelled; a branch that faults only
leaves the race, and if all do, the fault of the first declared one is the node's. Ties in one turn go by declaration
order, because branches advance in that order.
"""

from __future__ import annotations

from typing import Any

import msgspec

from weft.dsl.machine.core import NodeHandler, Raised, Turn, register
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.flow import done
from weft.dsl.machine.limits import over_limit
from weft.dsl.machine.program import FanSpec, Node
from weft.dsl.machine.scopes import cancel_inner, cancel_token, climb, drop_token, open_scope, spawn
from weft.dsl.machine.state import Scope, Token


@register
class FanNode(NodeHandler):
    """See the module. The scope's `results` maps branch numbers to outputs, `data` (racing) to faults.

    `pending` counts the branches that are still on their way.
    """

    kind = "fan"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Open the scope with one child per branch; empty branches pass their input through."""
        spec: FanSpec = node.spec
        branches = spec.branches
        if len(branches) > turn.limit("fan"):
            raise Raised(over_limit("fan", turn.limit("fan"), len(branches)))
        data = token.data
        scope = open_scope(turn, token, results={}, pending=len(branches))
        children: list[int] = []
        for number, first in enumerate(branches):
            if first < 0:
                scope.results[number] = data
                scope.pending -= 1
            else:
                children.append(spawn(turn, scope, first, data, number, ready=False).id)
        # The last one on the ready list goes first: branches advance in declaration order.
        children.reverse()
        turn.ready.extend(children)
        self.check(turn, token, node, scope)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """A branch has completed."""
        drop_token(turn, child)
        scope.results[branch] = output
        scope.pending -= 1
        self.check(turn, token, node, scope)

    def check(self, turn: Turn, token: Token, node: Node, scope: Scope) -> None:
        """End the node if enough branches have completed."""
        spec: FanSpec = node.spec
        results: dict[int, Any] = scope.results
        need = 1 if spec.race else spec.need or len(spec.branches)
        if len(results) >= need:
            output = self.output(turn, token, node, scope)
            cancel_inner(turn, token)
            done(turn, token, output)

    def output(self, turn: Turn, token: Token, node: Node, scope: Scope) -> Any:
        """The node's output when it ends: the array of outputs, or the winner's."""
        results: dict[int, Any] = scope.results
        spec: FanSpec = node.spec
        if spec.race:
            return results[min(results)] if results else None
        return [results[number] for number in sorted(results)]

    def fault(
        self, turn: Turn, token: Token, node: Node, scope: Scope | None, child: Token | None, fault: Fault
    ) -> bool:
        """Racing: the branch leaves the race; when none is left, the first declared one's fault goes on outwards."""
        spec: FanSpec = node.spec
        if not spec.race or scope is None or child is None:
            return False
        branch = scope.children[child.id]
        faults: dict[int, Any] = {**(scope.data or {}), branch: msgspec.to_builtins(fault)}
        scope.data = faults
        scope.pending -= 1
        if scope.pending > 0:
            cancel_token(turn, child)
            return True
        climb(turn, token, msgspec.convert(faults[min(faults)], Fault), own=False)
        return True
