"""Values of Project Haystack as JSON: what a row of the output holds.

A reference is its id without `@`, a marker is true, a number without a unit is a number, one with a unit
`{"val", "unit"}`; dates and times are text, times of day with a zone in UTC; coordinates `{"lat", "lng"}`; NA, Remove,
infinities and NaN are null. Lists, dictionaries and grids are arrays and objects of these.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any, cast

import msgspec


class Grid(msgspec.Struct):
    """A grid whose cells are JSON values. `error` is what an error grid says, "" for none."""

    rows: list[dict[str, Any]]
    meta: dict[str, Any] = {}

    @property
    def error(self) -> str:
        if self.meta.get("err") is None:
            return ""
        return str(self.meta.get("dis") or "the server answered with an error")


def quantity(value: float, unit: str = "") -> Any:
    """A number, with its unit if it has one; whole numbers without a fraction."""
    if not isfinite(value):
        return None
    number: float = int(value) if value == int(value) and abs(value) < 2**53 else value
    return {"val": number, "unit": unit} if unit else number


def moment(text: str) -> str:
    """An ISO date and time in UTC; what cannot be read stays as it is."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if at.tzinfo is None:
        return text
    shown = at.astimezone(UTC).isoformat(timespec="milliseconds" if at.microsecond else "seconds")
    return shown.replace("+00:00", "Z")


# -- JSON, version 4 (Hayson) --


def from_hayson(value: Any) -> Any:
    """A value of the JSON form of version 4."""
    if isinstance(value, list):
        return [from_hayson(item) for item in cast("list[Any]", value)]
    if isinstance(value, float):
        return quantity(value)
    if not isinstance(value, dict):
        return value
    members = cast("dict[str, Any]", value)
    kind = members.get("_kind")
    if kind is None or kind == "dict":
        return {key: from_hayson(item) for key, item in members.items() if key != "_kind"}
    if kind == "grid":
        return hayson_grid(members).rows
    return _hayson_scalar(str(kind), members)


def _hayson_scalar(kind: str, members: Mapping[str, Any]) -> Any:
    value = members.get("val")
    if kind == "number":
        return _hayson_number(value, str(members.get("unit") or ""))
    if kind == "marker":
        return True
    if kind in ("na", "remove"):
        return None
    if kind == "coord":
        return {"lat": members.get("lat"), "lng": members.get("lng")}
    if kind == "dateTime":
        return moment(str(value))
    return None if value is None else str(value)


def _hayson_number(value: Any, unit: str) -> Any:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None  # INF, -INF, NaN
    return quantity(float(value), unit)


def hayson_grid(value: Mapping[str, Any]) -> Grid:
    """A grid of the JSON form of version 4."""
    meta: Any = value.get("meta") or {}
    rows: Any = value.get("rows") or []
    return Grid(
        [from_hayson(row) for row in rows if isinstance(row, dict)], {k: from_hayson(v) for k, v in meta.items()}
    )


# -- JSON, version 3 --


def from_json3(value: Any) -> Any:
    """A value of the JSON form of version 3: texts whose first two characters name the type."""
    if isinstance(value, str):
        return _typed_text(value)
    if isinstance(value, list):
        return [from_json3(item) for item in cast("list[Any]", value)]
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        if "rows" in members and "cols" in members:
            return json3_grid(members).rows
        return {key: from_json3(item) for key, item in members.items()}
    return value


def _typed_text(text: str) -> Any:
    if len(text) < 2 or text[1] != ":":
        return text
    kind, rest = text[0], text[2:]
    match kind:
        case "m":
            return True
        case "-" | "z":
            return None
        case "n":
            return _number_text(rest)
        case "r":
            return rest.partition(" ")[0]
        case "t":
            return moment(rest.partition(" ")[0])
        case "c":
            lat, _, lng = rest.partition(",")
            return {"lat": _number_text(lat), "lng": _number_text(lng)}
        case "s" | "d" | "h" | "u" | "b" | "x":
            return rest
        case _:
            return text


def _number_text(text: str) -> Any:
    number, _, unit = text.partition(" ")
    try:
        return quantity(float(number), unit)
    except (ValueError, OverflowError):
        return None


def json3_grid(value: Mapping[str, Any]) -> Grid:
    """A grid of the JSON form of version 3."""
    meta: Any = value.get("meta") or {}
    rows: Any = value.get("rows") or []
    return Grid([from_json3(row) for row in rows if isinstance(row, dict)], {k: from_json3(v) for k, v in meta.items()})


def json_grid(value: Any, content_type: str) -> Grid:
    """A grid in JSON of either version. Raises ValueError for what is no grid.

    The version stands in the content type; where it does not, version 4 is known by values that version 3 lacks.
    """
    if not isinstance(value, dict) or not isinstance(value.get("rows"), list):
        raise ValueError("the answer is no grid")
    members = cast("dict[str, Any]", value)
    flat = content_type.replace(" ", "").lower()
    if "version=4" in flat or "_kind" in members:
        return hayson_grid(members)
    if "version=3" in flat:
        return json3_grid(members)
    cells = [cell for row in members["rows"] if isinstance(row, dict) for cell in cast("dict[str, Any]", row).values()]
    newer = any(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in cells)
    newer = newer or any(isinstance(cell, dict) and "_kind" in cell for cell in cells)
    return hayson_grid(members) if newer else json3_grid(members)
