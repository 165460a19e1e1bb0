"""Forms of tasks for people: whether fields are described in a way that answers can be checked against.

A form maps the names of fields to JSON Schema fragments with the keys `type, enum, format, minimum, maximum, minLength,
maxLength, pattern, items, properties`, each with an optional `required` (true or false). Other keys have no effect,
`$ref` is refused. What is no fragment would make a task that nobody can answer: it is told before the task waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from weft.dsl.problems import pointer_of

TYPES: Final = frozenset(("string", "number", "integer", "boolean", "object", "array", "null"))
MAX_DEPTH: Final = 10
_COUNTS: Final = ("minLength", "maxLength")
_NUMBERS: Final = ("minimum", "maximum")
_TEXTS: Final = ("format", "pattern")


def form_problem(fields: Mapping[str, Any]) -> tuple[str, str] | None:
    """The first thing wrong with a form, as (pointer from the form, message); None for a good one."""
    for name, fragment in fields.items():
        found = _fragment(fragment, pointer_of(name), 1)
        if found is not None:
            return found
    return None


def _fragment(value: Any, pointer: str, depth: int) -> tuple[str, str] | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        return pointer, "a field is described by an object"
    if depth > MAX_DEPTH:
        return pointer, f"fields are nested deeper than {MAX_DEPTH}"
    given = cast("dict[str, Any]", value)
    if "$ref" in given:
        return pointer + "/$ref", "a field cannot refer to another schema"
    for key, item in given.items():
        message = _wrong(key, item)
        if message:
            return pointer + pointer_of(key), message
    inner = {"/items": given.get("items")}
    for name, member in cast("dict[str, Any]", given.get("properties") or {}).items():
        inner["/properties" + pointer_of(name)] = member
    problems = (_fragment(member, pointer + place, depth + 1) for place, member in inner.items())
    return next((problem for problem in problems if problem is not None), None)


def _wrong(key: str, item: Any) -> str:
    """What is wrong with the value of a key, empty for nothing."""
    well, wanted = True, ""
    if key == "type":
        names = cast("list[Any]", item) if isinstance(item, list) else [item]
        well = bool(names) and all(isinstance(name, str) and name in TYPES for name in names)
        wanted = "one of " + ", ".join(sorted(TYPES))
    elif key == "enum":
        well, wanted = isinstance(item, list) and bool(cast("list[Any]", item)), "an array that is not empty"
    elif key in _COUNTS:
        well, wanted = isinstance(item, int) and not isinstance(item, bool) and item >= 0, "a whole number from 0"
    elif key in _NUMBERS:
        well, wanted = isinstance(item, (int, float)) and not isinstance(item, bool), "a number"
    elif key in _TEXTS:
        well, wanted = isinstance(item, str), "text"
    elif key == "properties":
        well, wanted = isinstance(item, dict), "an object"
    elif key == "required":
        well, wanted = isinstance(item, (bool, list)), "true or false"
    return "" if well or item is None else f"'{key}' of a field is {wanted}"
