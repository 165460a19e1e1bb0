"""Merging of results and event data into state data.

One table, read by the kind of the element that is there and of the value that comes in:

| there \\ incoming | object | array | text, number, boolean | null |
| --- | --- | --- | --- | --- |
| missing or null | b | b | b | null |
| object | deep merge, b wins per key | mismatch | mismatch | no change (null at a path) |
| array | mismatch | union | mismatch | as above |
| text, number, boolean | mismatch | mismatch | b | as above |

The union keeps what is there and adds those elements of the incoming array that are not equal (as jq compares) to
one already there. The table holds for the target element; below it, objects meet objects and arrays meet arrays
in the same way, and in every other case the incoming value wins. A mismatch raises `MergeMismatch`; in the CWM
rules (`replace=True`) only objects merge, everything else is replaced, and a change of kind is only reported.

Values are never changed in place: what a merge does not touch is shared with the old value.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, Final, cast

MISSING: Final = object()

_KINDS: Final[dict[type, str]] = {dict: "object", list: "array", type(None): "null"}


class MergeMismatch(Exception):
    """Two values of kinds that do not merge; the text names both kinds and the place."""

    def __init__(self, there: str, incoming: str, path: Sequence[str | int] = ()) -> None:
        self.there = there
        self.incoming = incoming
        where = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path) or "."
        super().__init__(f"cannot merge {incoming} into {there} at {where}")


class Merged:
    """What a merge gave: the new data, and the text of a replaced kind (CWM only), or "" ."""

    __slots__ = ("data", "note")

    def __init__(self, data: Any, note: str = "") -> None:
        self.data = data
        self.note = note


def kind_of(value: Any) -> str:
    """`object`, `array`, `null`, or `scalar` for texts, numbers, booleans and sealed values."""
    return _KINDS.get(type(value), "scalar")


def _key(value: Any) -> Hashable:
    """A hashable stand-in that is equal exactly where jq calls two values equal."""
    if isinstance(value, bool) or value is None:
        return (1, value)
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return (3, frozenset((name, _key(member)) for name, member in members.items()))
    if isinstance(value, list):
        return (2, tuple(_key(item) for item in cast("list[Any]", value)))
    return cast("Hashable", value)


def union(there: list[Any], incoming: list[Any]) -> list[Any]:
    """`there`, then those elements of `incoming` that are not equal to one already there."""
    seen = {_key(item) for item in there}
    added: list[Any] = []
    for item in incoming:
        key = _key(item)
        if key not in seen:
            seen.add(key)
            added.append(item)
    return [*there, *added] if added else there


def deep(there: dict[str, Any], incoming: dict[str, Any], *, replace: bool = False) -> dict[str, Any]:
    """Two objects member by member, the incoming one winning; arrays unite unless `replace`."""
    if not incoming:
        return there
    out = dict(there)
    for name, new in incoming.items():
        old = out.get(name)
        if type(new) is dict and type(old) is dict:
            out[name] = deep(cast("dict[str, Any]", old), cast("dict[str, Any]", new), replace=replace)
        elif type(new) is list and type(old) is list and not replace:
            out[name] = union(cast("list[Any]", old), cast("list[Any]", new))
        else:
            out[name] = new
    return out


def combine(there: Any, incoming: Any, *, replace: bool = False, path: Sequence[str | int] = ()) -> Merged:
    """One element by the table. Raises `MergeMismatch` unless `replace`."""
    if there is None or there is MISSING or incoming is None:
        return Merged(incoming)
    if type(there) is dict and type(incoming) is dict:
        return Merged(deep(cast("dict[str, Any]", there), cast("dict[str, Any]", incoming), replace=replace))
    old, new = kind_of(there), kind_of(incoming)
    if replace:
        note = "" if old == new else f"{old} replaced by {new} at {_place(path)}"
        return Merged(incoming, note)
    if old == new:
        return Merged(union(cast("list[Any]", there), incoming) if old == "array" else incoming)
    raise MergeMismatch(old, new, path)


def _place(path: Sequence[str | int]) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path) or "."


def into_top(data: Any, incoming: Any, name: str, *, replace: bool = False) -> Merged:
    """Merge without a target: objects into the top level, null changes nothing, others go under `name`.

    `name` is the key for results that are not objects, such as `ask-output`.
    """
    if incoming is None:
        return Merged(data)
    if type(incoming) is not dict:
        incoming = {name: incoming}
        if type(data) is dict:
            return Merged({**cast("dict[str, Any]", data), **incoming})
    return combine(data, incoming, replace=replace)


def into_path(data: Any, path: Sequence[str | int], incoming: Any, *, replace: bool = False) -> Merged:
    """Merge at a fixed path; missing elements are created, an existing target merges by the table.

    Something on the way that cannot hold the next key is a mismatch, or replaced with `replace`.
    A negative index counts from the end; one before the start is a mismatch.
    """
    if not path:
        return combine(data, incoming, replace=replace)
    notes: list[str] = []
    return Merged(_put(data, path, 0, incoming, replace, notes), "; ".join(notes))


def _put(there: Any, path: Sequence[str | int], at: int, incoming: Any, replace: bool, notes: list[str]) -> Any:
    if at == len(path):
        merged = combine(there, incoming, replace=replace, path=path)
        if merged.note:
            notes.append(merged.note)
        return merged.data
    part = path[at]
    if isinstance(part, str):
        return _put_member(there, path, at, part, incoming, replace, notes)
    return _put_item(there, path, at, part, incoming, replace, notes)


def _put_member(
    there: Any, path: Sequence[str | int], at: int, part: str, incoming: Any, replace: bool, notes: list[str]
) -> Any:
    if type(there) is dict:
        members = cast("dict[str, Any]", there)
        return {**members, part: _put(members.get(part, MISSING), path, at + 1, incoming, replace, notes)}
    if there is not None and there is not MISSING:
        if not replace:
            raise MergeMismatch(kind_of(there), "object", path[:at])
        notes.append(f"{kind_of(there)} replaced by object at {_place(path[:at])}")
    return {part: _put(MISSING, path, at + 1, incoming, replace, notes)}


MAX_INDEX: Final = 100_000


def _put_item(
    there: Any, path: Sequence[str | int], at: int, part: int, incoming: Any, replace: bool, notes: list[str]
) -> Any:
    items: list[Any] = []
    if type(there) is list:
        items = list(cast("list[Any]", there))
    elif there is not None and there is not MISSING:
        if not replace:
            raise MergeMismatch(kind_of(there), "array", path[:at])
        notes.append(f"{kind_of(there)} replaced by array at {_place(path[:at])}")
    index = part + len(items) if part < 0 else part
    if index < 0 or index > MAX_INDEX:
        raise MergeMismatch("array", "element out of bounds", path[: at + 1])
    if index >= len(items):
        items.extend([None] * (index + 1 - len(items)))
        items[index] = _put(MISSING, path, at + 1, incoming, replace, notes)
    else:
        items[index] = _put(items[index], path, at + 1, incoming, replace, notes)
    return items
