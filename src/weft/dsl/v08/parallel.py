"""`parallel`: branches together, each on its own copy of the state data; all of them, or a number of them."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.states import Branch, ParallelWork
from weft.dsl.v08.actions import lower_actions
from weft.dsl.v08.draft import Part, objects_of, text_of
from weft.dsl.v08.limits import Limits, branch_limit
from weft.dsl.v08.lowering import Lowering, Place


def lower(part: Part, index: int, limits: Limits, lowering: Lowering) -> ParallelWork:
    """Branches in declaration order, in which their merges are replayed."""
    branches: list[Branch] = []
    for at, body in objects_of(part.body, "branches"):
        where = f"{part.pointer}/branches/{at}"
        inside = branch_limit(body, where, limits, lowering)
        place = Place(where, index, inside.action, inside.default_action)
        nodes = lower_actions(body, place, lowering)
        first = nodes[0] if nodes else -1
        line = lowering.line(index, where, first, inside.branch, name=text_of(body, "name"))
        branches.append(Branch(first, line))
    return ParallelWork(tuple(branches), _need(part, len(branches), lowering))


def _need(part: Part, count: int, lowering: Lowering) -> int:
    if part.body.get("completionType") not in ("atLeast", "n_of_m"):
        return 0
    value: Any = part.body.get("numCompleted")
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            lowering.draft.error("number-text", part.pointer + "/numCompleted", f"{value!r} is no whole number")
            return 0
        value = int(text)
    if not isinstance(value, int) or isinstance(value, bool):
        return 0
    return max(1, min(value, count))
