"""Matching of events with what a run waits for, and the events that arrive before a wait is open.

An event fits a filter when type and source are equal (a missing or `*` source takes any), every fixed attribute is
equal and every correlation attribute has the expected value; an expectation that is not fixed yet takes any value,
but the attribute must be there. Attribute names are compared without case.

Early events: a run of a document with consumed events opens one standing subscription per event at its start. What
arrives there while no open wait takes it is kept in the run's state, 100 at most, the oldest dropped, and taken in
order of arrival by the next fitting wait. An engine may deliver one event to a wait and to the standing
subscription as well; the keys of the last consumed events are remembered so that it counts once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from weft.dsl.machine.commands import Correlate, Filter

MAX_EARLY: Final = 100
MAX_SEEN: Final = 100


def keep(
    kept: Sequence[dict[str, Any]], seen: Sequence[str], event: dict[str, Any], keys: Mapping[str, Any]
) -> list[dict[str, Any]] | None:
    """The kept entries with `event` at the end, the oldest dropped over the limit; None if it is known already.

    An entry is `{"event", "keys"}`: the envelope and the correlation attributes taken from its payload.
    """
    key = event_key(event)
    if key in seen or any(event_key(other["event"]) == key for other in kept):
        return None
    return [*kept, entry_of(event, keys)][-MAX_EARLY:]


def entry_of(event: dict[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """An event as it is kept."""
    return {"event": event, "keys": dict(keys)}


def remember(seen: Sequence[str], event: Mapping[str, Any]) -> list[str]:
    """The keys of consumed events with that of `event` added, the oldest dropped over the limit."""
    return [*seen, event_key(event)][-MAX_SEEN:]


def event_key(event: Mapping[str, Any]) -> str:
    """What makes two deliveries the same event: source and id."""
    return f"{event.get('source', '')}\n{event.get('id', '')}"


def attribute(event: Mapping[str, Any], name: str) -> Any:
    """An attribute of the envelope, its name compared without case; UNSET without one. `data` is no attribute."""
    if name in event and name != "data":
        return event[name]
    folded = name.lower()
    for key, value in event.items():
        if key.lower() == folded and key != "data":
            return value
    return msgspec.UNSET


def same_text(left: Any, right: Any) -> bool:
    """Attributes travel as texts on most brokers: `3` and `"3"` are equal, `true` and `"true"` as well."""
    if left == right and isinstance(left, bool) == isinstance(right, bool):
        return True
    return _as_text(left) == _as_text(right)


def _as_text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return str(value)
    return None


def expectation(rule: Correlate, fixed: Mapping[str, Any]) -> Any:
    """The value a correlation attribute must have: its own, else the one the run has fixed, else UNSET."""
    if rule.expect is not msgspec.UNSET:
        return rule.expect
    return fixed_value(rule.name, fixed)


def fixed_value(name: str, fixed: Mapping[str, Any]) -> Any:
    """The value that the run has fixed for an attribute, its name compared without case; UNSET without one."""
    if name in fixed:
        return fixed[name]
    folded = name.lower()
    return next((value for key, value in fixed.items() if key.lower() == folded), msgspec.UNSET)


def fits(wanted: Filter, event: Mapping[str, Any], fixed: Mapping[str, Any], keys: Mapping[str, Any]) -> bool:
    """Whether `event` is one that `wanted` describes.

    `fixed` holds the correlation values of the run, `keys` further correlation attributes that the receiving side
    took from the payload.
    """
    if wanted.type and event.get("type") != wanted.type:
        return False
    if wanted.source not in ("", "*") and event.get("source") != wanted.source:
        return False
    for name, value in wanted.attributes.items():
        if not same_text(attribute(event, name), value):
            return False
    for rule in wanted.correlate:
        value = value_of(rule.name, event, keys)
        if value is msgspec.UNSET or value is None:
            return False
        expect = expectation(rule, fixed)
        if expect is not msgspec.UNSET and not same_text(value, expect):
            return False
    return True


def value_of(name: str, event: Mapping[str, Any], keys: Mapping[str, Any]) -> Any:
    """A correlation attribute of an event: the extension attribute, else what was taken from the payload."""
    value = attribute(event, name)
    if value is msgspec.UNSET:
        value = keys.get(name, msgspec.UNSET)
    return value


def newly_fixed(
    wanted: Filter, event: Mapping[str, Any], fixed: Mapping[str, Any], keys: Mapping[str, Any]
) -> dict[str, Any]:
    """Correlation values that this first event fixes for the run."""
    return {
        rule.name: value_of(rule.name, event, keys)
        for rule in wanted.correlate
        if expectation(rule, fixed) is msgspec.UNSET
    }


def with_fixed(filters: Sequence[Filter], fixed: Mapping[str, Any]) -> tuple[Filter, ...] | None:
    """The filters with the values of `fixed` filled in; None where nothing changes."""
    changed = False
    out: list[Filter] = []
    for wanted in filters:
        rules = tuple(
            msgspec.structs.replace(rule, expect=fixed_value(rule.name, fixed))
            if rule.expect is msgspec.UNSET
            else rule
            for rule in wanted.correlate
        )
        if rules != wanted.correlate:
            changed = True
            wanted = msgspec.structs.replace(wanted, correlate=rules)
        out.append(wanted)
    return tuple(out) if changed else None
