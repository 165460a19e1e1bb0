"""`list`: a body in a scope of its own (1.0 `do`, bodies of functions). The output is that of the last node."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.core import NodeHandler, Turn, register
from weft.dsl.machine.flow import done
from weft.dsl.machine.program import ListSpec, Node
from weft.dsl.machine.scopes import cancel_inner, drop_token, open_scope, spawn
from weft.dsl.machine.state import Scope, Token
from weft.dsl.machine.variables import evaluate


@register
class ListNode(NodeHandler):
    """See the module."""

    kind = "list"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Open the scope and start the body; an empty body passes its input through."""
        spec: ListSpec = node.spec
        data = token.data
        if spec.input is not None:
            data = evaluate(turn, token, spec.input, data)
        if spec.body < 0:
            done(turn, token, data)
            return
        spawn(turn, open_scope(turn, token), spec.body, data)

    def child_done(
        self, turn: Turn, token: Token, node: Node, scope: Scope, child: Token, branch: int, output: Any
    ) -> None:
        """The body is over: so is the node."""
        drop_token(turn, child)
        cancel_inner(turn, token)
        done(turn, token, output)
