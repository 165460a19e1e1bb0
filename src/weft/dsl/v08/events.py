"""Consumed events: definitions, correlation rules, and where the data of an event go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from weft.dsl.machine.states import CorrelationRule, EventIn, Placement
from weft.dsl.v08.draft import object_of, objects_of, text_of
from weft.dsl.v08.lowering import Lowering, part_of

FORMS_SOURCE = "system.internal.cwm"


def event_in(name: str, pointer: str, lowering: Lowering) -> EventIn | None:
    """The event definition of that name, compiled; None (and `ref-event`) without one."""
    known = lowering.consumed.get(name)
    if known is not None:
        return known
    draft = lowering.draft
    part = part_of(draft, draft.events, name, "ref-event", pointer, "event")
    if part is None:
        return None
    body = part.body
    rules: list[CorrelationRule] = []
    for index, rule in objects_of(body, "correlation"):
        attribute = text_of(rule, "contextAttributeName")
        value = rule.get("contextAttributeValue")
        where = f"{part.pointer}/correlation/{index}/contextAttributeValue"
        if attribute:
            wanted = lowering.data(value, where) if isinstance(value, str) and value else None
            rules.append(CorrelationRule(attribute, wanted))
    source = text_of(body, "source")
    event = EventIn(
        name=part.name,
        type=text_of(body, "type"),
        source="" if source == "*" else source,
        data_only=body.get("dataOnly") is not False,
        correlation=tuple(rules),
    )
    lowering.consumed[name] = event
    return event


def placement(
    body: Mapping[str, Any],
    key: str,
    pointer: str,
    lowering: Lowering,
    name: str,
    picks: str = "results",
    *,
    assign: bool = False,
) -> Placement:
    """`actionDataFilter` (`picks` results) or `eventDataFilter` (`picks` data) of an action or a state."""
    filters = object_of(body, key)
    where = f"{pointer}/{key}"
    use = filters.get("useResults" if picks == "results" else "useData")
    select = lowering.expr(filters.get(picks), f"{where}/{picks}")
    path, computed = target_path(filters.get("toStateData"), where + "/toStateData", lowering)
    return Placement(use is not False, select, path, computed, name, assign)


def target_path(
    text: Any, pointer: str, lowering: Lowering
) -> tuple[tuple[str | int, ...] | None, Any]:
    """A `toStateData`: the fixed path, or the compiled path expression; (None, None) without one."""
    if not isinstance(text, str):
        return None, None
    expression = lowering.compiled(text, pointer)
    if expression is None:
        return None, None
    fixed = expression.path_of
    if fixed is not None:
        return fixed, None
    if not expression.path:
        lowering.draft.error("expression-path", pointer, f"{text!r} is no path such as .a.b")
        return None, None
    return None, expression
