"""Transitions and ends lowered to exits; produced events; `continueAs`.

`transition`: a state name or `{nextState, compensate, produceEvents}`. `end`: true or
`{terminate, produceEvents, compensate, continueAs}`. `continueAs` implies terminate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from weft.dsl.machine.inputs import Identity
from weft.dsl.machine.program import DONE
from weft.dsl.machine.states import EventOut, Exit, Proceed
from weft.dsl.v08.draft import objects_of, text_of
from weft.dsl.v08.exits import exit_of
from weft.dsl.v08.lowering import Lowering, part_of


def lower_exit(holder: Mapping[str, Any], pointer: str, lowering: Lowering) -> Exit:
    """The exit in an object that may hold one; the plain end of the path where it has none."""
    way = exit_of(holder, pointer)
    if way is None:
        return lowering.exit(Exit(position=pointer))
    key = "end" if way.target is None else "transition"
    where = f"{pointer}/{key}"
    produce = tuple(
        event
        for index, item in objects_of(way.body, "produceEvents")
        if (event := _produced(item, f"{where}/produceEvents/{index}", lowering)) is not None
    )
    if way.target is not None:
        return lowering.exit(Exit(lowering.target(way.target), way.compensate, produce, position=where))
    proceed = _proceed(way.body, where, lowering)
    if proceed is not None and way.body.get("terminate") is False:
        lowering.draft.warning("no-effect", where + "/terminate", "going on as a new run ends this one")
    ends = way.body.get("terminate") is True or proceed is not None
    return lowering.exit(Exit(DONE, way.compensate, produce, proceed, ends, where))


def _produced(item: Mapping[str, Any], pointer: str, lowering: Lowering) -> EventOut | None:
    return event_out(text_of(item, "eventRef"), item, pointer, pointer + "/eventRef", lowering)


def event_out(name: str, item: Mapping[str, Any], pointer: str, name_at: str, lowering: Lowering) -> EventOut | None:
    """An event to produce; `item` holds `data` (text: an expression, else walked) and `contextAttributes`."""
    draft = lowering.draft
    part = part_of(draft, draft.events, name, "ref-event", name_at, "event")
    data = item.get("data")
    source = None
    if "data" in item:
        read = lowering.expr if isinstance(data, str) else lowering.data
        source = read(data, pointer + "/data")
    attributes = None
    if isinstance(item.get("contextAttributes"), dict):
        attributes = lowering.data(item["contextAttributes"], pointer + "/contextAttributes")
    lowering.no_secrets(source, pointer + "/data", "an event")
    lowering.no_secrets(attributes, pointer + "/contextAttributes", "an event")
    if part is None:
        return None
    body = part.body
    return EventOut(part.name, text_of(body, "type") or part.name, text_of(body, "source"), source, attributes, pointer)


def _proceed(body: Mapping[str, Any], pointer: str, lowering: Lowering) -> Proceed | None:
    value = body.get("continueAs")
    where = pointer + "/continueAs"
    if isinstance(value, str):
        return Proceed(Identity(name=value))
    if not isinstance(value, dict):
        return None
    target = cast("dict[str, Any]", value)
    data = target.get("data")
    source = None
    if data is not None:
        source = lowering.expr(data, where + "/data") if isinstance(data, str) else lowering.data(data, where + "/data")
    limit: Any = target.get("workflowExecTimeout")
    if isinstance(limit, dict):
        limit, where = cast("dict[str, Any]", limit).get("duration"), where + "/workflowExecTimeout/duration"
    return Proceed(
        Identity(name=text_of(target, "workflowId"), version=text_of(target, "version")),
        source,
        lowering.duration(limit, where),
    )
