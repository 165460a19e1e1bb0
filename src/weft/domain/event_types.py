"""Event types: named kinds of business events, consumed or produced, and how an event fits one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from weft.domain.access import DEFAULT_TENANT

EventKind = Literal["consumed", "produced"]
ANY_SOURCE = ("", "*")


class Correlation(msgspec.Struct, frozen=True, omit_defaults=True):
    """A context attribute that belongs to an event's identity. A value makes it a filter."""

    name: str
    value: str = ""


class EventType(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`name` is unique, and so is (`type`, `kind`). `listening`: its listener should run (consumed types only).

    `data_only` false hands out the whole event instead of its data. `payload_attributes` maps attribute names to jq
    expressions on the data. `create_workflow` starts a job of the named definition per event. `managed` ones belong
    to the server and cannot be changed by hand.
    """

    name: str
    type: str
    kind: EventKind
    created_at: int
    updated_at: int
    source: str = ""
    resource: str = ""
    endpoint: str = ""
    data_only: bool = True
    correlation: tuple[Correlation, ...] = ()
    payload_attributes: dict[str, str] = {}
    create_workflow: bool = False
    workflow_name: str = ""
    workflow_version: str = ""
    listening: bool = False
    managed: bool = False
    created_by: str = ""
    tenant: str = DEFAULT_TENANT


def source_fits(event_type: EventType, source: str) -> bool:
    """An empty source, or `*`, takes events from anywhere."""
    return event_type.source in ANY_SOURCE or event_type.source == source


def endpoint_fits(event_type: EventType, endpoint: str | None) -> bool:
    """Without an endpoint in the address any fits; slashes around it do not count."""
    return endpoint is None or event_type.endpoint.strip("/") == endpoint.strip("/")


def correlation_of(event_type: EventType, event: Mapping[str, Any]) -> dict[str, Any]:
    """The event's values of the attributes that the type names, by lower-case name; those it lacks are left out."""
    folded = {name.lower(): value for name, value in event.items()}
    found: dict[str, Any] = {}
    for entry in event_type.correlation:
        name = entry.name.lower()
        if name in folded and name != "data":
            found[name] = folded[name]
    return found


def filters_fit(event_type: EventType, keys: Mapping[str, Any]) -> bool:
    """Every correlation entry with a value finds exactly that value among the event's attributes."""
    for entry in event_type.correlation:
        if entry.value and _text(keys.get(entry.name.lower())) != entry.value:
            return False
    return True


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()
