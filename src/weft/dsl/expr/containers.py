"""Reading and rebuilding at a path: `.[k]`, slices, getpath, setpath, delpaths.

A path is a sequence of keys: texts for objects, numbers for arrays, `{"start": …, "end": …}` for slices. Nothing is
changed in place: a write copies the containers on the path and shares the rest.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, cast

from weft.dsl.expr.arithmetic import index_too_large
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.sealed import Sealed, index_sealed, sealed_error
from weft.dsl.expr.values import MAX_DEPTH, equals, excerpt, sort_order, too_deep, type_name

_INT_MAX = (1 << 31) - 1
_MAX_INDEX = _INT_MAX >> 2


def index(value: Any, key: Any) -> Any:
    """`value[key]` as jq reads it; what is not there is null. Errors: `Cannot index number with string ("a")`."""
    kind, key_kind = value.__class__, key.__class__
    if key_kind is str and (kind is dict or value is None):
        return None if value is None else value.get(key)
    if kind is list:
        if key_kind is int or key_kind is float:
            return _element(value, key)
        if key_kind is dict:
            start, end = slice_bounds(key, len(value))
            return value[start:end]
        if key_kind is list:
            return array_indexes(value, key)
    elif kind is str and key_kind is dict:
        start, end = slice_bounds(key, len(value))
        return value[start:end]
    elif value is None and (key_kind in (int, float, dict)):
        return None
    elif isinstance(value, Sealed):
        return index_sealed(value, key)
    raise cannot_index(value, key)


def cannot_index(value: Any, key: Any) -> JqError:
    if key.__class__ is Sealed or value.__class__ is Sealed:
        return sealed_error()
    return JqError(f"Cannot index {type_name(value)} with {type_name(key)} ({excerpt(key)})")


def _element(value: list[Any], key: float) -> Any:
    position = whole_index(key)
    if position is None:
        return None
    if position < 0:
        position += len(value)
    return value[position] if 0 <= position < len(value) else None


def whole_index(key: float) -> int | None:
    """An array index cut towards zero and to 32 bits; None for nan."""
    if key.__class__ is not int:
        if key != key:
            return None
        key = max(min(key, _INT_MAX), -_INT_MAX - 1)
    return max(min(int(key), _INT_MAX), -_INT_MAX - 1)


def array_indexes(value: list[Any], wanted: list[Any], budget: Budget | None = None) -> list[int]:
    """Positions at which the array `wanted` begins in `value`; none for an empty one."""
    if not wanted:
        return []
    if budget is not None:
        budget.charge(len(value))
    size = len(wanted)
    return [
        start
        for start in range(len(value) - size + 1)
        if equals(value[start], wanted[0], budget) and equals(value[start : start + size], wanted, budget)
    ]


def slice_bounds(key: dict[str, Any], length: int) -> tuple[int, int]:
    """`(start, end)` inside 0..length of a slice key: the start rounds down, the end rounds up."""
    start, end = key.get("start", ""), key.get("end", "")
    for bound in (start, end):
        if bound is not None and bound.__class__ is not int and bound.__class__ is not float:
            raise JqError("Array/string slice indices must be integers")
    first = _clipped(start, length, 0, up=False)
    return first, max(_clipped(end, length, length, up=True), first)


def _clipped(bound: Any, length: int, missing: int, *, up: bool) -> int:
    if bound is None or bound != bound:
        return missing
    if bound < 0:
        bound += length
    if bound <= 0:
        return 0
    if bound >= length:
        return length
    return math.ceil(bound) if up else int(bound)


def get_path(value: Any, path: Sequence[Any]) -> Any:
    """The value at `path`; null where something on the way is missing."""
    for key in path:
        value = value.get(key) if value.__class__ is dict and key.__class__ is str else index(value, key)
    return value


def iterate(value: Any) -> Sequence[Any]:
    """The members of an array or object. Error: `Cannot iterate over null (null)`."""
    if value.__class__ is list:
        return cast("list[Any]", value)
    if value.__class__ is dict:
        return list(value.values())
    if value.__class__ is Sealed:
        raise sealed_error()
    raise JqError(f"Cannot iterate over {type_name(value)} ({excerpt(value)})")


class Owner:
    """Containers that one update made itself and may therefore still change in place.

    Keeps them alive, so that an id stays the container's own. `share` is called with a value that others may now
    hold: when it is one of ours, all are given up.
    """

    __slots__ = ("mine",)

    def __init__(self) -> None:
        self.mine: dict[int, Any] = {}

    def writable(self, value: Any, budget: Budget) -> Any:
        if id(value) in self.mine:
            return value
        budget.members(len(value))
        copy = value.copy()
        self.mine[id(copy)] = copy
        return copy

    def share(self, value: Any) -> None:
        if self.mine and (value.__class__ is list or value.__class__ is dict) and id(value) in self.mine:
            self.mine = {}


def set_path(value: Any, path: Sequence[Any], new: Any, budget: Budget, owner: Owner | None = None) -> Any:
    """`value` with `new` at `path`; missing objects and arrays on the way are made."""
    if len(path) > MAX_DEPTH:
        raise too_deep(MAX_DEPTH)
    budget.charge(len(path))
    spine: list[Any] = []
    for key in path:
        spine.append(value)
        value = index(value, key)
    own = owner or Owner()
    for position in range(len(path) - 1, -1, -1):
        new = set_key(spine[position], path[position], new, budget, own)
    return new


def set_key(value: Any, key: Any, new: Any, budget: Budget, owner: Owner) -> Any:
    """`value` with `new` at one key."""
    kind, key_kind = value.__class__, key.__class__
    if key_kind is str and (kind is dict or value is None):
        fields = {} if value is None else owner.writable(value, budget)
        fields[key] = new
        return fields
    if (key_kind is int or key_kind is float) and (kind is list or value is None):
        return _set_element([] if value is None else value, key, new, budget, owner)
    if key_kind is dict:
        return _set_slice(value, key, new, budget)
    if kind is Sealed or key_kind is Sealed:
        raise sealed_error()
    raise JqError(f"Cannot update field at {type_name(key)} index of {type_name(value)}")


def _set_element(value: list[Any], key: float, new: Any, budget: Budget, owner: Owner) -> list[Any]:
    position = whole_index(key)
    if position is None:
        raise JqError("Cannot set array element at NaN index")
    if position < 0:
        position += len(value)
        if position < 0:
            raise JqError("Out of bounds negative array index")
    if position > _MAX_INDEX:
        raise index_too_large()
    budget.members(position + 1)
    items = owner.writable(value, budget)
    if position >= len(items):
        items.extend([None] * (position + 1 - len(items)))
    items[position] = new
    return items


def _set_slice(value: Any, key: dict[str, Any], new: Any, budget: Budget) -> list[Any]:
    if value.__class__ is str:
        raise JqError("Cannot update string slices")
    if value is not None and value.__class__ is not list:
        raise JqError(f"Cannot update field at object index of {type_name(value)}")
    items: list[Any] = [] if value is None else value
    start, end = slice_bounds(key, len(items))
    if new.__class__ is not list:
        raise JqError("A slice of an array can only be assigned another array")
    budget.members(len(items) + len(new))
    return [*items[:start], *new, *items[end:]]


def delete_paths(value: Any, paths: Any, budget: Budget) -> Any:
    """`value` without what stands at each of `paths`; longer paths below a deleted one do not matter."""
    if paths.__class__ is not list:
        raise JqError("Paths must be specified as an array")
    ordered: list[Any] = [paths[i] for i in sort_order(paths, budget)]
    for path in ordered:
        if path.__class__ is not list:
            raise JqError(f"Path must be specified as array, not {type_name(path)}")
        if len(path) > MAX_DEPTH:
            raise too_deep(MAX_DEPTH)
        budget.charge(len(path))
    if not ordered:
        return value
    return _delete_sorted(value, ordered, 0, budget) if ordered[0] else None


def _delete_sorted(value: Any, paths: list[list[Any]], start: int, budget: Budget) -> Any:
    doomed: list[Any] = []
    owner = Owner()
    position = 0
    while position < len(paths):
        key = paths[position][start]
        stop = position + 1
        while stop < len(paths) and equals(key, paths[stop][start]):
            stop += 1
        if len(paths[position]) == start + 1:
            doomed.append(key)
        else:
            below = index(value, key)
            if below is not None:
                value = set_key(
                    value, key, _delete_sorted(below, paths[position:stop], start + 1, budget), budget, owner
                )
        position = stop
    return _delete_keys(value, doomed, budget)


def _delete_keys(value: Any, keys: list[Any], budget: Budget) -> Any:
    if value is None or not keys:
        return value
    if value.__class__ is dict:
        budget.members(len(value))
        fields = value.copy()
        for key in keys:
            if key.__class__ is not str:
                raise JqError(f"Cannot delete {type_name(key)} field of object")
            fields.pop(key, None)
        return fields
    if value.__class__ is list:
        return _delete_elements(value, keys, budget)
    if value.__class__ is Sealed:
        raise sealed_error()
    raise JqError(f"Cannot delete fields from {type_name(value)}")


def _delete_elements(value: list[Any], keys: list[Any], budget: Budget) -> list[Any]:
    budget.members(len(value))
    doomed: set[int] = set()
    for key in keys:
        if key.__class__ is dict:
            doomed.update(range(*slice_bounds(key, len(value))))
        elif key.__class__ is int or key.__class__ is float:
            position = whole_index(key)
            if position is not None:
                doomed.add(position + len(value) if position < 0 else position)
        else:
            raise JqError(f"Cannot delete {type_name(key)} element of array")
    return [item for position, item in enumerate(value) if position not in doomed]


def has_key(value: Any, key: Any) -> bool:
    """`has(key)`: an object's key or an array's position; of a secret only when its keys are known."""
    if value is None:
        return False
    if value.__class__ is dict and key.__class__ is str:
        return key in value
    if value.__class__ is list and (key.__class__ is int or key.__class__ is float):
        return key == key and 0 <= int(max(min(key, _INT_MAX), -1)) < len(value)
    if value.__class__ is Sealed and key.__class__ is str and value.keys is not None:
        return key in value.keys
    if value.__class__ is Sealed or key.__class__ is Sealed:
        raise sealed_error()
    raise JqError(f"Cannot check whether {type_name(value)} has a {type_name(key)} key")
