"""Produced events: the CloudEvent made from an event definition and the data at hand."""

from __future__ import annotations

from typing import Any, cast

from weft.dsl.machine import waits
from weft.dsl.machine.chance import identifier
from weft.dsl.machine.core import Raised, Turn
from weft.dsl.machine.faults import fault
from weft.dsl.machine.state import Token
from weft.dsl.machine.states import EventOut
from weft.dsl.machine.times import iso_text
from weft.dsl.machine.variables import evaluate, refuse_sealed

_RESERVED = frozenset(("id", "source", "type", "specversion", "time", "datacontenttype", "data"))
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")


def produce(turn: Turn, token: Token, out: EventOut, data: Any) -> None:
    """Evaluate and send one event. Raises faults of expressions, `validation` and `authorization`."""
    waits.emit_event(turn, token, cloud_event(turn, token, out, data), out.name)


def cloud_event(turn: Turn, token: Token, out: EventOut, data: Any) -> dict[str, Any]:
    """A complete CloudEvent. The id comes from the run's seed, the time is that of the step.

    The attributes `weftjobid` and `weftrunid` say who sent it, so that an answer can be addressed.
    """
    identity = turn.program.identity
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": identifier(turn),
        "source": out.source or f"/{identity.namespace or 'default'}/{identity.name}/{identity.version}",
        "type": out.type,
        "time": iso_text(turn.now),
        "weftjobid": turn.state.job,
        "weftrunid": turn.state.run,
    }
    if out.attributes is not None:
        attributes = evaluate(turn, token, out.attributes, data)
        refuse_sealed(turn, attributes, "an event")
        event.update(_extensions(attributes))
    if out.data is not None:
        payload = evaluate(turn, token, out.data, data)
        refuse_sealed(turn, payload, "an event")
        event["datacontenttype"] = "application/json"
        event["data"] = payload
    return event


def _extensions(attributes: Any) -> dict[str, Any]:
    out: dict[str, Any] = {}
    if not isinstance(attributes, dict):
        return out
    for name, value in cast("dict[str, Any]", attributes).items():
        folded = name.lower()
        if not folded or not _NAME_CHARACTERS.issuperset(folded) or folded in _RESERVED:
            raise Raised(
                fault("validation", f"{name[:64]!r} is no name for an event attribute: lower case letters and digits")
            )
        if isinstance(value, (dict, list)):
            raise Raised(fault("validation", f"the event attribute {name[:64]!r} is no text, number or boolean"))
        if value is not None:
            out[folded] = value
    return out
