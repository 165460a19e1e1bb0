"""`end`: completes the run from anywhere with what an expression gives on the data, or with the data."""

from __future__ import annotations

from weft.dsl.machine.core import NodeHandler, Turn, register
from weft.dsl.machine.flow import done
from weft.dsl.machine.program import END, EndSpec, Node
from weft.dsl.machine.state import Token
from weft.dsl.machine.variables import evaluate


@register
class EndNode(NodeHandler):
    """See the module."""

    kind = "end"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """End the run."""
        spec: EndSpec = node.spec
        output = token.data if spec.source is None else evaluate(turn, token, spec.source, token.data)
        done(turn, token, output, END)
