"""`child`: a job of another definition (1.0 `run.workflow`); its output is the output unless it is detached."""

from __future__ import annotations

from weft.dsl.machine.core import NodeHandler, Turn, register
from weft.dsl.machine.faults import fault
from weft.dsl.machine.flow import done
from weft.dsl.machine.inputs import ChildCancelled, ChildCompleted, ChildFailed, Input
from weft.dsl.machine.program import ChildSpec, Node
from weft.dsl.machine.scopes import climb
from weft.dsl.machine.state import Token, Wait
from weft.dsl.machine.variables import evaluate
from weft.dsl.machine.waits import start_child


@register
class ChildNode(NodeHandler):
    """See the module. A cancelled child is fault `runtime`, code `CANCELED`."""

    kind = "child"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Start the child; a detached one is not waited for."""
        spec: ChildSpec = node.spec
        value = token.data if spec.input is None else evaluate(turn, token, spec.input, token.data)
        start_child(turn, token, spec.identity, value, detached=spec.detached, on_parent_close=spec.on_parent_close)
        if spec.detached:
            done(turn, token, token.data)

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """How the child ended."""
        if isinstance(inp, ChildCompleted):
            done(turn, token, inp.output)
        elif isinstance(inp, ChildFailed):
            climb(turn, token, inp.fault)
        elif isinstance(inp, ChildCancelled):
            climb(turn, token, fault("runtime", inp.reason, code="CANCELED", title="child cancelled"))
