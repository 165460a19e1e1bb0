"""Which open subscriptions an event fits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from weft.dsl.machine.commands import Correlate, Filter
from weft.engines.embedded.codec import filter_of
from weft.ports.runs import SubscriptionRow

_CORE = frozenset({"specversion", "id", "source", "type", "data", "data_base64"})


class Match(msgspec.Struct):
    """One subscription that the event fits, by the first fitting filter; `keys` are its correlation values."""

    run: int
    ref: str
    filter: int
    keys: dict[str, Any]
    standing: bool = False


def attributes_of(event: Mapping[str, Any], keys: Mapping[str, Any]) -> dict[str, Any]:
    """Correlation attributes by lower-case name: the event's own members but its data, then the computed ones."""
    found = {name.lower(): value for name, value in event.items() if name not in _CORE}
    found["source"] = event.get("source", "")
    found["subject"] = event.get("subject", "")
    found["id"] = event.get("id", "")
    found["type"] = event.get("type", "")
    for name, value in keys.items():
        found[name.lower()] = value
    return found


def _same(expected: Any, found: Any) -> bool:
    """Equal; a scalar also equals its text, for attributes travel as texts."""
    if expected == found:
        return isinstance(expected, bool) == isinstance(found, bool)
    if isinstance(expected, str) != isinstance(found, str):
        return _text(expected) == _text(found)
    return False


def _text(value: Any) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return None


def _holds(rule: Correlate, attributes: Mapping[str, Any]) -> bool:
    name = rule.name.lower()
    if rule.path or name not in attributes:
        return False
    return rule.expect is msgspec.UNSET or _same(rule.expect, attributes[name])


def fits(filter_: Filter, event: Mapping[str, Any], attributes: Mapping[str, Any]) -> bool:
    """Type and source, exact attributes, and every correlation rule. A rule whose value is open needs the attribute."""
    if filter_.type and filter_.type != event.get("type"):
        return False
    if filter_.source not in ("", "*") and filter_.source != event.get("source"):
        return False
    for name, text in filter_.attributes.items():
        if _text(attributes.get(name.lower())) != text:
            return False
    return all(_holds(rule, attributes) for rule in filter_.correlate)


def matches(rows: Iterable[SubscriptionRow], event: Mapping[str, Any], keys: Mapping[str, Any]) -> list[Match]:
    """At most one per subscription (run, ref), in the order of the rows.

    A run with a fitting wait gets the event there only; its standing subscription is for what comes before a wait.
    """
    attributes = attributes_of(event, keys)
    found: list[Match] = []
    waiting: set[int] = set()
    last: tuple[int, str] | None = None
    for row in rows:
        if (row.run, row.ref) == last:
            continue
        filter_, standing = filter_of.decode(row.body)
        if fits(filter_, event, attributes):
            last = (row.run, row.ref)
            values = {rule.name: attributes[rule.name.lower()] for rule in filter_.correlate}
            found.append(Match(row.run, row.ref, row.filter, values, standing))
            if not standing:
                waiting.add(row.run)
    return [match for match in found if not (match.standing and match.run in waiting)]
