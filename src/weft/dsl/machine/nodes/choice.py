"""`choice`: the first case whose condition is true leads on; the default applies when none is (1.0 `switch`)."""

from __future__ import annotations

from weft.dsl.machine.core import NodeHandler, Turn, register
from weft.dsl.machine.flow import condition_holds, done
from weft.dsl.machine.program import ChoiceSpec, Node
from weft.dsl.machine.state import Token
from weft.dsl.machine.variables import evaluate


@register
class ChoiceNode(NodeHandler):
    """See the module. The output is the data the conditions were tested on."""

    kind = "choice"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Test the cases in order; without a match and without a default the node's own `next` is followed."""
        spec: ChoiceSpec = node.spec
        data = token.data
        for case in spec.cases:
            when = case.when
            if when is None or condition_holds(turn, evaluate(turn, token, when, data)):
                done(turn, token, data, case.next)
                return
        default = spec.default
        done(turn, token, data, node.next if default is None else default.next)
