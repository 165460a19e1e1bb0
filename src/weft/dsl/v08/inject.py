"""`inject`: literal data, deep-merged into the state data; expressions inside are not evaluated."""

from __future__ import annotations

from typing import Any, cast

from weft.dsl.machine.states import InjectWork
from weft.dsl.problems import pointer_of
from weft.dsl.v08.draft import Part, object_of
from weft.dsl.v08.limits import Limits
from weft.dsl.v08.lowering import Lowering


def lower(part: Part, index: int, limits: Limits, lowering: Lowering) -> InjectWork:
    """Data as written; texts with `${` in them are pointed out."""
    data = object_of(part.body, "data")
    found = _expression(data, part.pointer + "/data")
    if found:
        lowering.draft.warning("expression-in-static-data", found, "injected data are taken as they are written")
    return InjectWork(data)


def _expression(value: Any, pointer: str) -> str:
    """Pointer of the first text that looks like an expression, "" without one."""
    if isinstance(value, str):
        return pointer if "${" in value else ""
    members: list[tuple[str | int, Any]] = []
    if isinstance(value, dict):
        members = list(cast("dict[str, Any]", value).items())
    elif isinstance(value, list):
        members = list(enumerate(cast("list[Any]", value)))
    for key, member in members:
        found = _expression(member, pointer + pointer_of(key))
        if found:
            return found
    return ""
