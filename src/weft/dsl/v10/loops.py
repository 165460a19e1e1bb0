"""`for`: the list once per item, each pass on the output of the pass before."""

from __future__ import annotations

import re
from typing import Any

from weft.dsl.expr import Names
from weft.dsl.machine.program import LoopSpec, Source
from weft.dsl.v10.builder import Builder, mapping
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body, lower_list
from weft.dsl.v10.places import BODY, RESERVED, names

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")


def variable(builder: Builder, value: Any, default: str, pointer: str) -> str:
    """The name of a loop or error variable: a jq name that hides none of the fixed ones."""
    if value is None:
        return default
    if not isinstance(value, str) or not _NAME.fullmatch(value) or value in RESERVED:
        builder.error("name-pattern", pointer, f"'{value}' cannot be the name of a variable")
        return default
    return value


def lower(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered | None:
    """Lower a `for` task."""
    spec = mapping(task["for"])
    each = variable(builder, spec.get("each"), "item", f"{pointer}/for/each")
    at = variable(builder, spec.get("at"), "index", f"{pointer}/for/at")
    if each == at:
        builder.error("name-duplicate", f"{pointer}/for/at", f"item and index cannot both be '{each}'")
    frames = body.frames | {each, at}
    items = _items(builder, spec.get("in"), names(BODY, body.frames), f"{pointer}/for/in")
    condition = None
    if "while" in task:
        condition = builder.expr(task["while"], names(BODY, frames), f"{pointer}/while", "one")
    first = lower_list(builder, task.get("do"), f"{pointer}/do", parent=number, frames=frames, depth=body.depth + 1)
    return None if items is None else Lowered("loop", LoopSpec(items, first, each, at, condition))


def _items(builder: Builder, value: Any, where: Names, pointer: str) -> Source | None:
    # An in-line array is data; a text is an expression that gives an array, collected if it gives several results.
    if isinstance(value, list):
        return builder.data(value, where, pointer)
    return builder.expr(value, where, pointer, "collect")
