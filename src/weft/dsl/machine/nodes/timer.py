"""`timer`: waits for a length of time (1.0 `wait`, 0.x `sleep`); the output is the data."""

from __future__ import annotations

from weft.dsl.machine.core import NodeHandler, Turn, register
from weft.dsl.machine.delays import due_after
from weft.dsl.machine.flow import done
from weft.dsl.machine.inputs import Input
from weft.dsl.machine.program import Node, TimerSpec
from weft.dsl.machine.state import Token, Wait
from weft.dsl.machine.waits import start_timer


@register
class TimerNode(NodeHandler):
    """See the module."""

    kind = "timer"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Start the timer."""
        spec: TimerSpec = node.spec
        start_timer(turn, token, due_after(turn, token, spec.delay), "work")

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """The time is over."""
        done(turn, token, token.data)
