"""`raise`: an error of the document's own; `instance` is always the position of the node."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.core import NodeHandler, Raised, Turn, register
from weft.dsl.machine.error_values import canonical_kind
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.faults import fault as make_fault
from weft.dsl.machine.program import Node, RaiseSpec, Source
from weft.dsl.machine.state import Token
from weft.dsl.machine.variables import evaluate, refuse_sealed


@register
class RaiseNode(NodeHandler):
    """See the module."""

    kind = "raise"

    def enter(self, turn: Turn, token: Token, node: Node) -> None:
        """Evaluate the parts and fault. A part of the wrong type is fault `validation`."""
        spec: RaiseSpec = node.spec
        kind = self._text(turn, token, spec.type, "type")
        status = evaluate(turn, token, spec.status, token.data)
        if isinstance(status, str) and status.isascii() and status.isdigit() and len(status) < 4:
            status = int(status)
        if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
            raise Raised(make_fault("validation", "the status of a raised error is no HTTP status", code="RAISE"))
        raised = Fault(
            kind=canonical_kind(kind),
            status=status,
            title=self._text(turn, token, spec.title, "title"),
            detail=self._text(turn, token, spec.detail, "detail"),
            instance=node.position,
            type=kind,
        )
        raise Raised(raised)

    def _text(self, turn: Turn, token: Token, source: Source | None, what: str) -> str:
        if source is None:
            return ""
        value: Any = evaluate(turn, token, source, token.data)
        refuse_sealed(turn, value, f"the {what} of an error")
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Raised(make_fault("validation", f"the {what} of a raised error is no text", code="RAISE"))
        return value
