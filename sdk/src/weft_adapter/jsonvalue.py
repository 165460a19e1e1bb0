"""Turning what an activity returned into a JSON value, or saying why it is none."""

from __future__ import annotations

from math import isfinite
from typing import Any

import msgspec

MAX_DEPTH = 100
"""Nesting of arrays and objects in a result."""

_INT_MIN = -(2**63)
_INT_MAX = 2**64 - 1


class NotJson(ValueError):
    """The value cannot be written as JSON; the text says what and where."""


def to_json(value: Any, path: str = "$", depth: int = 0) -> Any:
    """`value` as plain JSON: None, bool, int of 64 bits, finite float, str, list, dict with text keys.

    Dataclasses, structs, tuples, dates, decimals, UUIDs and enums are turned into their JSON form. Raises NotJson
    for anything else, for NaN and infinities, and below MAX_DEPTH levels.
    """
    kind = type(value)
    if kind is str or value is None or kind is bool:
        return value
    if kind is int:
        if not _INT_MIN <= value <= _INT_MAX:
            raise NotJson(f"the number at {path} needs more than 64 bits")
        return value
    if kind is float:
        if not isfinite(value):
            raise NotJson(f"the number at {path} is not finite")
        return value
    if depth >= MAX_DEPTH:
        raise NotJson(f"more than {MAX_DEPTH} levels of nesting")
    if kind is dict:
        return {_key(key, path): to_json(item, f"{path}.{key}", depth + 1) for key, item in value.items()}
    if kind is list or kind is tuple:
        return [to_json(item, f"{path}[{index}]", depth + 1) for index, item in enumerate(value)]
    return _converted(value, path, depth)


def _key(key: Any, path: str) -> str:
    if not isinstance(key, str):
        raise NotJson(f"a member of the object at {path} has a key of type {type(key).__name__}, not text")
    return str(key)


def _converted(value: Any, path: str, depth: int) -> Any:
    if isinstance(value, bytes | bytearray | memoryview):
        raise NotJson(f"the value at {path} is of type {type(value).__name__}; encode it as text")
    try:
        plain = msgspec.to_builtins(value)
    except (TypeError, ValueError, RecursionError):
        plain = value
    if type(plain) is type(value):
        raise NotJson(f"the value at {path} is of type {type(value).__name__}, which JSON does not know")
    return to_json(plain, path, depth + 1)
