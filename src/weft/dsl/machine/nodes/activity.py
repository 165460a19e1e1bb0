"""`activity`: one call of an activity; its result is the output, its fault the node's fault."""

from __future__ import annotations

from weft.dsl.machine.core import NodeHandler, Turn, register
from weft.dsl.machine.flow import done
from weft.dsl.machine.inputs import ActivityCompleted, ActivityFailed, Input
from weft.dsl.machine.program import ActivitySpec, Node
from weft.dsl.machine.scopes import climb
from weft.dsl.machine.state import Token, Wait
from weft.dsl.machine.variables import evaluate
from weft.dsl.machine.waits import schedule_activity


@register
class ActivityNode(NodeHandler):
    """See the module. A worker that was lost counts as a failed attempt like any other."""

    kind = "activity"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Evaluate the arguments and ask for the call. Attempts are numbered through the retries around it."""
        spec: ActivitySpec = node.spec
        schedule_activity(
            turn,
            token,
            spec.target,
            evaluate(turn, token, spec.arguments, token.data),
            kind=spec.kind,
            queue=spec.queue,
            schedule_to_start_ms=spec.schedule_to_start_ms,
            start_to_close_ms=spec.start_to_close_ms,
            heartbeat_ms=spec.heartbeat_ms,
        )

    def accept(self, turn: Turn, token: Token, node: Node, wait: Wait, inp: Input) -> None:
        """The result, or the fault."""
        if isinstance(inp, ActivityCompleted):
            done(turn, token, inp.result)
        elif isinstance(inp, ActivityFailed):
            climb(turn, token, inp.fault)
