"""One state lowered: what all kinds share (filters, limits, handlers, exit, compensation) around the kind's work."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from weft.dsl.machine.program import Node
from weft.dsl.machine.states import AnyWork, StateSpec
from weft.dsl.v08 import callback, event, foreach, inject, operation, parallel, sleep, switch
from weft.dsl.v08.draft import Part, object_of, text_of
from weft.dsl.v08.ends import lower_exit
from weft.dsl.v08.errors import handlers
from weft.dsl.v08.limits import Limits, limits_of
from weft.dsl.v08.lowering import DONE, Lowering

_KINDS: Final[dict[str, Callable[[Part, int, Limits, Lowering], AnyWork | None]]] = {
    "operation": operation.lower,
    "switch": switch.lower,
    "sleep": sleep.lower,
    "delay": sleep.lower,
    "inject": inject.lower,
    "parallel": parallel.lower,
    "foreach": foreach.lower,
    "event": event.lower,
    "callback": callback.lower,
}


def lower_state(part: Part, index: int, lowering: Lowering) -> None:
    """Fills the reserved node `index` with the state; problems go to the draft."""
    body, pointer = part.body, part.pointer
    lower = _KINDS.get(text_of(body, "type"))
    if lower is None:  # reported by the flow checks, or by the schema where the type is missing
        return
    limits = limits_of(part, lowering)
    work = lower(part, index, limits, lowering)
    filters = object_of(body, "stateDataFilter")
    output = lowering.expr(filters.get("output"), pointer + "/stateDataFilter/output")
    way = lower_exit(body, pointer, lowering)
    if way.target == DONE and way.proceed is None and text_of(body, "type") != "switch":
        lowering.no_secrets(output, pointer + "/stateDataFilter/output", "the output of the run")
    taken = handlers(body, pointer, lowering, of_action=False)
    source = lowering.expr(filters.get("input"), pointer + "/stateDataFilter/input")
    if work is None:
        return
    undo = text_of(body, "compensatedBy")
    spec = StateSpec(
        work=work,
        exit=way,
        input=source,
        output=output,
        limit=limits.state,
        default_limit=limits.default_state,
        handlers=taken,
        catching=tuple(handler.caught for handler in taken),
        undo=lowering.target(undo) if undo else -1,
        undoing=body.get("usedForCompensation") is True,
    )
    lowering.fill(Node(index, "state", pointer, part.name, -1, spec=spec))
