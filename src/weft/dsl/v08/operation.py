"""`operation`: actions in order, or (`actionMode: parallel`) together, each on its own copy of the state data."""

from __future__ import annotations

from weft.dsl.machine.states import Branch, OperationWork
from weft.dsl.v08.actions import lower_actions
from weft.dsl.v08.draft import Part
from weft.dsl.v08.limits import Limits
from weft.dsl.v08.lowering import Lowering, Place


def lower(part: Part, index: int, limits: Limits, lowering: Lowering) -> OperationWork:
    """One branch with all actions, or one branch per action; none without actions."""
    place = Place(part.pointer, index, limits.action, limits.default_action)
    together = part.body.get("actionMode") == "parallel"
    nodes = lower_actions(part.body, place, lowering, linked=not together)
    if not together:
        return OperationWork(tuple(Branch(node) for node in nodes[:1]))
    where = part.pointer + "/actions"
    return OperationWork(tuple(Branch(node, lowering.line(index, where, node)) for node in nodes))
