"""Builtins about values as such: types, length, keys, paths, entries, conversions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weft.dsl.expr.arithmetic import negate, number_of
from weft.dsl.expr.containers import delete_paths, get_path, has_key, iterate, set_path
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.formats import format_value, not_sealed
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.parse_json import from_json
from weft.dsl.expr.registry import BUILTINS, stream, value
from weft.dsl.expr.sealed import Sealed
from weft.dsl.expr.terms import object_key, walk_paths
from weft.dsl.expr.values import (
    MAX_DEPTH,
    equals,
    excerpt,
    to_json_text,
    too_deep,
    truthy,
    type_error,
    type_error2,
    type_name,
)


def length(budget: Budget, v: Any) -> Any:
    """Characters, members, the absolute value of a number, 0 for null."""
    if v.__class__ is list or v.__class__ is dict or v.__class__ is str:
        return len(v)
    if v is None:
        return 0
    if v.__class__ is int or v.__class__ is float:
        return abs(v)
    raise type_error(v, "has no length")


def keys(budget: Budget, v: Any) -> list[Any]:
    """Sorted keys of an object, positions of an array."""
    if v.__class__ is dict:
        budget.charge(len(v))
        return sorted(v)
    return keys_unsorted(budget, v)


def keys_unsorted(budget: Budget, v: Any) -> list[Any]:
    if v.__class__ is dict:
        budget.charge(len(v))
        return list(v)
    if v.__class__ is list:
        budget.charge(len(v))
        return list(range(len(v)))
    if v.__class__ is Sealed and v.keys is not None:
        return sorted(v.keys)
    raise type_error(v, "has no keys")


def utf8bytelength(budget: Budget, v: Any) -> int:
    if v.__class__ is not str:
        raise type_error(v, "only strings have UTF-8 byte length")
    budget.charge(len(v) >> 6)
    return len(v.encode("utf-8", "replace"))


def negation(budget: Budget, v: Any) -> bool:
    return not truthy(v)


def absolute(budget: Budget, v: Any) -> Any:
    """Numbers without their sign; jq compares with 0 first, so texts and containers come back as they are."""
    if v.__class__ is int or v.__class__ is float:
        return abs(v)
    if v.__class__ is str or v.__class__ is list or v.__class__ is dict:
        return v
    return negate(v)


def tostring(budget: Budget, v: Any) -> Any:
    return format_value("text", v, budget)


def tojson(budget: Budget, v: Any) -> str:
    return to_json_text(v, budget)


def tonumber(budget: Budget, v: Any) -> Any:
    if v.__class__ is int or v.__class__ is float:
        return v
    if v.__class__ is str:
        number = _number_text(v)
        if number is not None:
            return number
    raise type_error(v, "cannot be parsed as a number")


def _number_text(text: str) -> float | None:
    if not text or not text.isascii() or text[0] not in "+-.0123456789n" or text[-1] not in ".0123456789n":
        return float("nan") if text in ("nan", "NaN") else None
    if "_" in text:
        return None
    if text in ("nan", "-nan"):
        return float("nan")
    try:
        return number_of(text.removeprefix("+"))
    except ValueError:
        return None


def toboolean(budget: Budget, v: Any) -> bool:
    if v.__class__ is bool:
        return v
    if v == "true" or v == "false":
        return v == "true"
    raise type_error(v, "cannot be parsed as a boolean")


def raise_error(budget: Budget, v: Any) -> Any:
    raise JqError(v)


def raise_error_with(budget: Budget, v: Any, message: Any) -> Any:
    raise JqError(message)


def has(budget: Budget, v: Any, key: Any) -> bool:
    return has_key(v, key)


def contains(budget: Budget, v: Any, other: Any) -> bool:
    """`contains(b)`: parts of texts, members of arrays, fields of objects, else equality."""
    if type_name(v) != type_name(other):
        raise type_error2(v, other, "cannot have their containment checked")
    return _contains(v, other, budget, 0)


def _contains(a: Any, b: Any, budget: Budget, depth: int) -> bool:
    if depth > MAX_DEPTH:
        raise too_deep(MAX_DEPTH)
    budget.charge(1)
    if a.__class__ is dict and b.__class__ is dict:
        return all(key in a and _contains(a[key], inner, budget, depth + 1) for key, inner in b.items())
    if a.__class__ is list and b.__class__ is list:
        return all(any(_contains(mine, inner, budget, depth + 1) for mine in a) for inner in b)
    if a.__class__ is str and b.__class__ is str:
        budget.charge(len(a) >> 4)
        return b in a
    return equals(a, b, budget)


def to_entries(budget: Budget, v: Any) -> list[Any]:
    """`[{key, value}, …]` in the order of insertion."""
    if v.__class__ is dict:
        budget.charge(len(v))
        return [{"key": key, "value": item} for key, item in v.items()]
    if v.__class__ is list:
        budget.charge(len(v))
        return [{"key": key, "value": item} for key, item in enumerate(v)]
    raise type_error(v, "has no keys")


_KEYS = ("key", "Key", "name", "Name")


def from_entries(budget: Budget, v: Any) -> dict[str, Any]:
    """An object from `{key|Key|name|Name, value|Value}` objects."""
    result: dict[str, Any] = {}
    entries = iterate(v)
    budget.charge(len(entries))
    for entry in entries:
        name = None
        for word in _KEYS:
            name = get_path(entry, (word,))
            if truthy(name):
                break
        item = entry["value"] if has_key(entry, "value") else get_path(entry, ("Value",))
        result[object_key(name)] = item
    return result


def getpath(budget: Budget, v: Any, path: Any) -> Any:
    _path_list(path)
    budget.charge(len(path))
    return get_path(v, path)


def _path_list(path: Any) -> None:
    if path.__class__ is not list:
        not_sealed(path)
        raise JqError("Path must be specified as an array")


def setpath(budget: Budget, v: Any, path: Any, new: Any) -> Any:
    _path_list(path)
    return set_path(v, path, new, budget)


def delpaths(budget: Budget, v: Any, paths: Any) -> Any:
    return delete_paths(v, paths, budget)


def paths(budget: Budget, v: Any) -> Iterator[list[Any]]:
    for path, _ in walk_paths((), v, budget):
        if path:
            yield list(path)


def leaf_paths(budget: Budget, v: Any) -> Iterator[list[Any]]:
    for path, item in walk_paths((), v, budget):
        if path and item.__class__ is not list and item.__class__ is not dict:
            yield list(path)


def tostream(budget: Budget, v: Any) -> Iterator[list[Any]]:
    """`[path, leaf]` events and `[path]` closing events. Explicit stack."""
    if not _filled(v):
        yield [[], v]
        return
    stack: list[tuple[tuple[Any, ...], Iterator[tuple[Any, Any]]]] = [((), _items(v))]
    last: Any = None
    while stack:
        path, items = stack[-1]
        pair = next(items, None)
        if pair is None:
            stack.pop()
            yield [[*path, last]]
            last = path[-1] if path else None
            continue
        budget.charge(1)
        last, item = pair
        if _filled(item):
            if len(stack) >= budget.limits.value_depth:
                raise too_deep(budget.limits.value_depth)
            stack.append(((*path, last), _items(item)))
        else:
            yield [[*path, last], item]


def _filled(v: Any) -> bool:
    return (v.__class__ is dict or v.__class__ is list) and len(v) > 0


def _items(v: Any) -> Iterator[tuple[Any, Any]]:
    return iter(v.items()) if v.__class__ is dict else iter(enumerate(v))


def now(budget: Budget, v: Any) -> float:
    """The time of the input being processed, in seconds with milliseconds."""
    return budget.now_ms / 1000


def builtins(budget: Budget, v: Any) -> list[str]:
    budget.charge(len(BUILTINS))
    return [f"{name}/{arity}" for name, arity in sorted(BUILTINS)]


def note(budget: Budget, v: Any) -> Any:
    """`debug`: passes its input through and leaves a note in an explain trace."""
    if budget.notes is not None and len(budget.notes) < 100:
        budget.notes.append(excerpt(v, 200))
    return v


def plain_type(budget: Budget, v: Any) -> str:
    return type_name(v)


def always(result: bool) -> Any:
    return lambda budget, v: result


value("type", 0, plain_type, plain=True)
value("length", 0, length, plain=True)
value("utf8bytelength", 0, utf8bytelength, plain=True)
value("keys", 0, keys, plain=True)
value("keys_unsorted", 0, keys_unsorted, plain=True)
value("not", 0, negation, plain=True)
value("abs", 0, absolute)
value("tostring", 0, tostring, plain=True)
value("tojson", 0, tojson, plain=True)
value("fromjson", 0, from_json)
value("tonumber", 0, tonumber)
value("toboolean", 0, toboolean, plain=True)
value("error", 0, raise_error)
value("error", 1, raise_error_with)
value("has", 1, has, plain=True)
value("contains", 1, contains, plain=True)
value("to_entries", 0, to_entries)
value("from_entries", 0, from_entries)
value("setpath", 2, setpath)
value("delpaths", 1, delpaths)
value("now", 0, now, uses="now", plain=True)
value("builtins", 0, builtins)
value("have_literal_numbers", 0, always(True), plain=True)
value("have_decnum", 0, always(True), plain=True)
value("format", 1, lambda budget, v, name: format_value(_format_name(name), v, budget))
stream("paths", 0, paths)
stream("leaf_paths", 0, leaf_paths)
stream("tostream", 0, tostream)


def _format_name(name: Any) -> str:
    if name.__class__ is not str:
        raise type_error(name, "is not a valid format")
    return name
