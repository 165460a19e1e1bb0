"""`transform`: the output is what an expression or template gives on the data (1.0 `set`)."""

from __future__ import annotations

from weft.dsl.machine.core import NodeHandler, Turn, register
from weft.dsl.machine.flow import done
from weft.dsl.machine.program import Node, TransformSpec
from weft.dsl.machine.state import Token
from weft.dsl.machine.variables import evaluate


@register
class TransformNode(NodeHandler):
    """See the module."""

    kind = "transform"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Evaluate and go on."""
        spec: TransformSpec = node.spec
        done(turn, token, evaluate(turn, token, spec.source, token.data))
