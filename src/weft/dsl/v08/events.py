"""Consumed events: definitions, correlation rules, and where the data of an event go."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from weft.dsl.expr.compilation import failing
from weft.dsl.expr.resolver import NameProblem
from weft.dsl.machine.program import Source
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
    select = lowering.filter(filters.get(picks), f"{where}/{picks}")
    target = target_path(filters.get("toStateData"), where + "/toStateData", lowering)
    if target is None:
        return Placement(use=use is not False, select=select, name=name, assign=assign)
    return msgspec.structs.replace(target, use=use is not False, select=select, name=name, assign=assign)


def target_path(text: Any, pointer: str, lowering: Lowering) -> Placement | None:
    """A `toStateData` or `outputCollection`: a fixed path, or a path expression; None without one."""
    if not isinstance(text, str):
        return None
    expression = lowering.compiled(text, pointer)
    if expression is None:
        return None
    fixed = expression.path_of
    if fixed is not None:
        return Placement(path=fixed)
    if not expression.path:
        message = f"{text!r} is no path such as .a.b"
        if not lowering.draft.cwm:
            lowering.draft.error("expression-path", pointer, message)
            return None
        # what a text of CWM says is looked at when it is used: there it fails
        lowering.draft.warning("expression-path", pointer, message)
        expression = failing([NameProblem("expression-path", 0, message)], text)
    source = Source(expression.one, expression.info.needs, expression.text)
    return Placement(computed=expression, source=source)
