"""Sizes of values: whether one is larger than a limit, found without walking further than the limit."""

from __future__ import annotations

from typing import Any

_ITEM = 9  # bytes that any member costs beside its own text: a bound, not a measurement


def larger_than(value: Any, limit: int) -> int:
    """0 if the value fits into `limit` bytes, else the size at which it was found not to (a lower bound).

    Counts what a compact encoding needs at least; a value that shares parts with itself counts them every time.
    """
    if value is None or isinstance(value, (bool, int, float)):
        return 0
    total = 0
    stack: list[Any] = [value]
    while stack:
        item = stack.pop()
        if isinstance(item, str):
            total += len(item)
        elif isinstance(item, dict):
            total += _ITEM * len(item)
            for key in item:
                total += len(key)
            stack.extend(item.values())
        elif isinstance(item, list):
            total += _ITEM * len(item)
            stack.extend(item)
        if total > limit:
            return total
    return 0
