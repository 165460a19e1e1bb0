"""`event`: waits for one of the listed events (`exclusive`) or for all of them, then runs the entries' actions."""

from __future__ import annotations

from weft.dsl.machine.states import EventIn, EventWork, OnEvents
from weft.dsl.v08.actions import lower_actions
from weft.dsl.v08.draft import Part, list_of, objects_of
from weft.dsl.v08.events import event_in, placement
from weft.dsl.v08.limits import Limits
from weft.dsl.v08.lowering import Lowering, Place


def lower(part: Part, index: int, limits: Limits, lowering: Lowering) -> EventWork:
    """Events are numbered in the order they are first named; entries refer to them by number."""
    events: dict[str, tuple[int, EventIn]] = {}
    entries: list[OnEvents] = []
    for at, body in objects_of(part.body, "onEvents"):
        where = f"{part.pointer}/onEvents/{at}"
        numbers: list[int] = []
        for position, name in enumerate(list_of(body, "eventRefs")):
            if not isinstance(name, str):
                continue
            if name not in events:
                event = event_in(name, f"{where}/eventRefs/{position}", lowering)
                if event is None:
                    continue
                events[name] = (len(events), event)
            numbers.append(events[name][0])
        place = Place(where, index, limits.action, limits.default_action)
        nodes = lower_actions(body, place, lowering)
        entries.append(
            OnEvents(
                tuple(numbers),
                placement(body, "eventDataFilter", where, lowering, "event-output", "data"),
                nodes[0] if nodes else -1,
            )
        )
    return EventWork(
        tuple(event for _, event in events.values()),
        tuple(entries),
        part.body.get("exclusive") is not False,
        limits.event,
        limits.default_event,
        part is lowering.draft.start(),
    )
