"""`switch`: the first condition that holds, or the first event that arrives, else the default condition."""

from __future__ import annotations

from weft.dsl.machine.states import Case, EventIn, SwitchWork
from weft.dsl.v08.draft import Part, object_of, objects_of, text_of
from weft.dsl.v08.ends import lower_exit
from weft.dsl.v08.events import event_in, placement
from weft.dsl.v08.limits import Limits
from weft.dsl.v08.lowering import Lowering


def lower(part: Part, index: int, limits: Limits, lowering: Lowering) -> SwitchWork:
    """Cases in the order written; those whose condition does not compile are reported."""
    default = lower_exit(object_of(part.body, "defaultCondition"), part.pointer + "/defaultCondition", lowering)
    cases = [
        case
        for at, body in objects_of(part.body, "dataConditions")
        if (case := _data_case(body, f"{part.pointer}/dataConditions/{at}", lowering)) is not None
    ]
    events: list[EventIn] = []
    for at, body in objects_of(part.body, "eventConditions"):
        where = f"{part.pointer}/eventConditions/{at}"
        event = event_in(text_of(body, "eventRef"), where + "/eventRef", lowering)
        place = placement(body, "eventDataFilter", where, lowering, "event-output", "data")
        way = lower_exit(body, where, lowering)
        if event is not None:
            name = text_of(body, "name")
            cases.append(Case(way, None, len(events), place, name))
            events.append(event)
    return SwitchWork(tuple(cases), default, tuple(events), limits.event, limits.default_event)


def _data_case(body: dict[str, object], pointer: str, lowering: Lowering) -> Case | None:
    where = pointer + "/condition"
    when = lowering.expr(body.get("condition"), where, "test")
    lowering.no_secrets(when, where, "a condition")
    way = lower_exit(body, pointer, lowering)
    if when is None:
        return None
    return Case(way, when, name=text_of(body, "name"))
