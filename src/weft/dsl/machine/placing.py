"""Results and event data on their way into state data: filtered, then merged where the document says.

A filter without result merges nothing. A mismatch of kinds is fault `runtime` 500, code `MERGE_TYPE`; where a dialect
replaces instead, a change of kind is the journal record `merge.type`.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.core import Raised, Turn
from weft.dsl.machine.faults import fault
from weft.dsl.machine.merge import MISSING, Merged, MergeMismatch, combine, into_path, into_top
from weft.dsl.machine.state import Token
from weft.dsl.machine.states import Placement
from weft.dsl.machine.variables import evaluate, resolve


def selected(turn: Turn, token: Token, place: Placement, value: Any) -> Any:
    """What the filter of a placement lets through: the value to merge, or MISSING for nothing."""
    if not place.use:
        return MISSING
    if place.select is None:
        return value
    return evaluate(turn, token, place.select, value)


def placed(turn: Turn, token: Token, place: Placement, data: Any, value: Any) -> Any:
    """`data` with the filtered `value` in its place. Raises Raised(MERGE_TYPE)."""
    if value is MISSING:
        return data
    replace = turn.program.rules.merge_mismatch == "replace"
    try:
        merged = _merged(turn, token, place, data, value, replace)
    except MergeMismatch as mismatch:
        raise Raised(fault("runtime", str(mismatch), code="MERGE_TYPE", title="values do not merge")) from None
    if merged.note:
        turn.record_at("merge.type", token, {"detail": merged.note})
    return merged.data


def _merged(turn: Turn, token: Token, place: Placement, data: Any, value: Any, replace: bool) -> Merged:
    if place.path is not None:
        if place.assign:
            return into_path(into_path(data, place.path, None, replace=True).data, place.path, value, replace=replace)
        return into_path(data, place.path, value, replace=replace)
    if place.computed is not None:
        variables = tuple([resolve(turn, token, name) for name in place.computed.info.needs])
        there = place.computed.one(data, variables, turn.budget)
        merged = combine(MISSING if place.assign else there, value, replace=replace)
        return Merged(place.computed.set_path(data, variables, merged.data, turn.budget), merged.note)
    return into_top(data, value, place.name, replace=replace)
