"""`foreach`: the actions once per element of a collection, one after the other or in waves."""

from __future__ import annotations

import re
from typing import Any, Final

from weft.dsl.machine.states import ForeachWork
from weft.dsl.v08.actions import lower_actions
from weft.dsl.v08.draft import Part, text_of
from weft.dsl.v08.events import target_path
from weft.dsl.v08.limits import Limits
from weft.dsl.v08.lowering import VARIABLES, Lowering, Place

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_KEY: Final = re.compile(r"[^\x00-\x1f\x7f]{1,255}")


def lower(part: Part, index: int, limits: Limits, lowering: Lowering) -> ForeachWork | None:
    """One after the other is the default in CWM, together elsewhere; `batchSize` is the size of a wave."""
    body, pointer = part.body, part.pointer
    draft = lowering.draft
    items = lowering.expr(body.get("inputCollection"), pointer + "/inputCollection", "collect")
    if "inputCollection" not in body:
        draft.error("property-missing", pointer, "a foreach state needs an inputCollection")
    param = _param(part, lowering)
    lowering.with_variable(param)
    try:
        place = Place(pointer, index, limits.action, limits.default_action)
        nodes = lower_actions(body, place, lowering)
    finally:
        lowering.without_variable()
    mode = text_of(body, "mode", "sequential" if draft.cwm else "parallel")
    wave = 1 if mode == "sequential" else _wave(part, lowering)
    output = target_path(body.get("outputCollection"), pointer + "/outputCollection", lowering)
    if items is None:
        return None
    first = nodes[0] if nodes else -1
    line = lowering.line(index, pointer + "/actions", first, param=param)
    return ForeachWork(items, first, line, wave, tuple(nodes), output, null_is_empty=draft.cwm)


def _param(part: Part, lowering: Lowering) -> str:
    """`tx`, `.tx`, `$tx` and `${ .tx }` are the same name; missing: `item`.

    In CWM it may be any key; what is no name of a variable is found in the data only, as `.["tx-1"]`.
    """
    value = part.body.get("iterationParam")
    if not isinstance(value, str):
        return "item"
    text = value.strip()
    if text.startswith("${") and text.endswith("}"):
        text = text[2:-1].strip()
    text = text.lstrip(".$")
    where = part.pointer + "/iterationParam"
    if lowering.draft.cwm and _KEY.fullmatch(text) and text not in VARIABLES:
        return text
    if not _NAME.fullmatch(text) or text in VARIABLES:
        lowering.draft.error("expression-path", where, f"{value!r} is no name for the element")
        return "item"
    return text


def _wave(part: Part, lowering: Lowering) -> int:
    value: Any = part.body.get("batchSize")
    if isinstance(value, str):
        text = value.strip()
        if not (text.isascii() and text.isdigit() and len(text) <= 6):
            lowering.draft.error("number-text", part.pointer + "/batchSize", f"{value!r} is no whole number")
            return lowering.options.max_parallel
        value = int(text)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        return lowering.options.max_parallel
    return min(value, max(1, lowering.options.max_parallel))
