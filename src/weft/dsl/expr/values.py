"""jq values as plain Python: types, equality, order, and JSON text.

None, bool, int, float, str, list and dict, never changed in place; sealed values stand for secrets. Order:
`null < false < true < numbers < strings < arrays < objects`, texts by code point, objects by sorted key list and
then by values in that order. `nan` sorts below all numbers and equals nothing.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.limits import Budget, size_text
from weft.dsl.expr.sealed import Sealed, sealed_error

TYPE_NAMES: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}

MAX_FLOAT = 1.7976931348623157e308
MAX_DEPTH = 1_000
"""Nesting at which a value is refused whatever the budget says: well inside the recursion limit."""

escape_text: Callable[[str], str] = json.encoder.encode_basestring


def type_name(value: Any) -> str:
    """`null`, `boolean`, `number`, `string`, `array` or `object`."""
    name = TYPE_NAMES.get(value.__class__)
    if name is None:
        if isinstance(value, Sealed):
            return "string" if value.keys is None else "object"
        raise TypeError(f"{type(value).__name__} is no JSON value")
    return name


def truthy(value: Any) -> bool:
    return value is not None and value is not False


def too_deep(limit: int) -> BudgetSpent:
    return BudgetSpent(f"expression meets a value nested deeper than {limit} levels")


# --- equality and order -------------------------------------------------------------------------------------------

_RANKS: dict[type, int] = {type(None): 0, bool: 1, int: 3, float: 3, str: 4, list: 5, dict: 6}


def _rank(value: Any) -> int:
    rank = _RANKS.get(value.__class__)
    if rank is None:
        raise sealed_error()
    return rank + 1 if value is True else rank


def equals(a: Any, b: Any, budget: Budget | None = None) -> bool:
    """jq's `==`: `1 == 1.0`, `true != 1`; objects regardless of key order. A sealed value raises JqError."""
    kind = a.__class__
    if kind is str or kind is int or kind is float:
        if kind is b.__class__:
            return bool(a == b)
        if b.__class__ is Sealed:
            raise sealed_error()
        return kind is not str and (b.__class__ is int or b.__class__ is float) and bool(a == b)
    if kind is list or kind is dict:
        return kind is b.__class__ and _equal_containers(a, b, budget)
    if kind is Sealed or b.__class__ is Sealed:
        raise sealed_error()
    return a is b


def _equal_containers(a: Any, b: Any, budget: Budget | None) -> bool:
    stack: list[tuple[Any, Any]] = [(a, b)]
    while stack:
        x, y = stack.pop()
        if x.__class__ is not y.__class__ or (x.__class__ is not dict and x.__class__ is not list):
            if not equals(x, y):
                return False
            continue
        if len(x) != len(y):
            return False
        if budget is not None:
            budget.charge(1 + (len(x) >> 3))
        if x.__class__ is list:
            stack.extend(zip(x, y, strict=True))
        else:
            for key, value in x.items():
                if key not in y:
                    return False
                stack.append((value, y[key]))
    return True


def order(a: Any, b: Any, budget: Budget | None = None, depth: int = 0) -> int:
    """-1, 0 or 1 by jq's order. A sealed value raises JqError."""
    kind = a.__class__
    if kind is b.__class__ and (kind is str or kind is int):
        return -1 if a < b else (1 if a > b else 0)
    rank, other = _rank(a), _rank(b)
    if rank != other:
        return -1 if rank < other else 1
    if rank == 3:
        return _order_numbers(a, b)
    if rank == 4:
        return -1 if a < b else (1 if a > b else 0)
    if rank < 3:
        return 0
    return _order_containers(a, b, budget, depth)


def _order_numbers(a: float, b: float) -> int:
    if a != a:
        return -1
    if b != b:
        return 1
    return -1 if a < b else (1 if a > b else 0)


def _order_containers(a: Any, b: Any, budget: Budget | None, depth: int) -> int:
    if depth > MAX_DEPTH:
        raise too_deep(MAX_DEPTH)
    if budget is not None:
        budget.charge(1 + (min(len(a), len(b)) >> 3))
    if a.__class__ is list:
        for x, y in zip(a, b, strict=False):
            result = order(x, y, budget, depth + 1)
            if result:
                return result
        return (len(a) > len(b)) - (len(a) < len(b))
    keys, others = sorted(a), sorted(b)
    if keys != others:
        return -1 if keys < others else 1
    for key in keys:
        result = order(a[key], b[key], budget, depth + 1)
        if result:
            return result
    return 0


def sort_order(keys: list[Any], budget: Budget) -> list[int]:
    """Indexes of `keys` in jq's order, stable; charges n·log2 n."""
    count = len(keys)
    if count > 1:
        budget.charge(int(count * math.log2(count)))
    kinds = {key.__class__ for key in keys}
    if kinds == {str} or kinds == {int}:
        return sorted(range(count), key=keys.__getitem__)

    def compare(i: int, j: int) -> int:
        return order(keys[i], keys[j], budget)

    return sorted(range(count), key=cmp_to_key(compare))


# --- JSON text ----------------------------------------------------------------------------------------------------


def number_text(value: float) -> str:
    """Shortest text that reads back to the same number; `nan` is `null`, infinities the largest double."""
    if value.__class__ is int:
        return int.__repr__(value)  # pyright: ignore[reportArgumentType]
    if value != value:
        return "null"
    if value in (math.inf, -math.inf):
        value = MAX_FLOAT if value > 0 else -MAX_FLOAT
    return repr(value)


def text_json(text: str) -> str:
    """A text as JSON, escaped as jq does: control characters and DEL as `\\u00xx`, all else as it is."""
    out = escape_text(text)
    return out.replace("\x7f", "\\u007f") if "\x7f" in out else out


def to_json_text(value: Any, budget: Budget | None = None, *, mask: bool = False) -> str:
    """Compact JSON in jq's form. `mask` shows a secret as `<secret name>`; else it raises JqError."""
    kind = value.__class__
    if kind is str:
        return text_json(value)
    if kind is int or kind is float:
        return number_text(value)
    if kind is list or kind is dict or kind is Sealed:
        out: list[str] = []
        limit = MAX_DEPTH if budget is None else budget.limits.value_depth
        _write(value, out, _Writer(budget, mask, limit), 0)
        return "".join(out)
    return "null" if value is None else ("true" if value else "false")


class _Writer:
    __slots__ = ("budget", "limit", "mask", "size")

    def __init__(self, budget: Budget | None, mask: bool, limit: int) -> None:
        self.budget = budget
        self.mask = mask
        self.limit = limit
        self.size = 0

    def sealed(self, value: Sealed) -> str:
        if not self.mask:
            raise sealed_error()
        return text_json(masked(value))

    def count(self, amount: int) -> None:
        if self.budget is not None:
            self.size += amount
            if self.size > self.budget.limits.text:
                self.budget.text(self.size)
            self.budget.charge(1 + (amount >> 6))


def masked(value: Sealed) -> str:
    """A sealed value for people: `<secret name>`."""
    return "".join(f"<secret {name}>" for name in sorted(value.names())) or "<secret>"


def _write(value: Any, out: list[str], writer: _Writer, depth: int) -> None:
    kind = value.__class__
    if kind is not list and kind is not dict:
        out.append(writer.sealed(value) if kind is Sealed else to_json_text(value))
        return
    if depth >= writer.limit:
        raise too_deep(writer.limit)
    writer.count(len(value) * 2 + 2)
    if kind is list:
        sep = "["
        for item in value:
            out.append(sep)
            _write_item(item, out, writer, depth)
            sep = ","
        out.append("]" if value else "[]")
        return
    sep = "{"
    for key, item in value.items():
        out.append(sep)
        out.append(text_json(key))
        out.append(":")
        _write_item(item, out, writer, depth)
        sep = ","
    out.append("}" if value else "{}")


def _write_item(item: Any, out: list[str], writer: _Writer, depth: int) -> None:
    if item.__class__ is str:
        writer.count(len(item))
        out.append(text_json(item))
    else:
        _write(item, out, writer, depth + 1)


# --- error texts --------------------------------------------------------------------------------------------------


def excerpt(value: Any, size: int = 30) -> str:
    """A value inside an error text: JSON cut at `size` bytes as jq does, `...`, the closing delimiter kept."""
    if value.__class__ is str and len(value) > size:
        value = value[:size]
    text = bounded_json(value, size + 64)
    raw = text.encode("utf-8", "replace")
    if len(raw) <= size - 1:
        return text
    close = {'"': '"', "[": "]", "{": "}"}.get(text[0], "")
    keep = size - (5 if close else 4)
    return raw[:keep].decode("utf-8", "ignore") + "..." + close


def bounded_json(value: Any, size: int) -> str:
    """JSON of at least the first `size` characters of `value`, secrets masked; never long, never recursive."""
    if value.__class__ is not list and value.__class__ is not dict:
        return to_json_text(value, mask=True)
    out: list[str] = []
    length = 0
    stack: list[Any] = [_pieces(value)]
    while stack and length <= size:
        piece = next(stack[-1], None)
        if piece is None:
            stack.pop()
        elif piece.__class__ is str:
            out.append(piece)
            length += len(piece)
        else:
            stack.append(_pieces(piece[0]))
    return "".join(out)


def _pieces(value: Any) -> Any:
    if value.__class__ is list:
        yield "["
        for position, item in enumerate(value):
            if position:
                yield ","
            yield (item,)
        yield "]"
    elif value.__class__ is dict:
        yield "{"
        for position, (key, item) in enumerate(value.items()):
            yield ("," if position else "") + text_json(key) + ":"
            yield (item,)
        yield "}"
    else:
        yield to_json_text(value[:2048] if value.__class__ is str else value, mask=True)


def type_error(value: Any, text: str) -> JqError:
    """`number (1) <text>`; a secret gives the text of secrets instead."""
    if value.__class__ is Sealed:
        return sealed_error()
    return JqError(f"{type_name(value)} ({excerpt(value)}) {text}")


def type_error2(a: Any, b: Any, text: str) -> JqError:
    """`string ("a") and number (1) <text>`."""
    if a.__class__ is Sealed or b.__class__ is Sealed:
        return sealed_error()
    return JqError(f"{type_name(a)} ({excerpt(a)}) and {type_name(b)} ({excerpt(b)}) {text}")


# --- results ------------------------------------------------------------------------------------------------------


def finished(value: Any, budget: Budget) -> Any:
    """`value` as a result: `nan` as null, infinities as the largest double; too large or too deep is a BudgetSpent.

    The size of a result is 16 per value plus the length of its texts.
    """
    kind = value.__class__
    if kind is float:
        return _finite(value)
    if kind is not list and kind is not dict:
        return value
    _, strange = _measured(value, budget)
    return _cleaned(value) if strange else value


def _finite(value: float) -> float | None:
    if value != value:
        return None
    if value == math.inf:
        return MAX_FLOAT
    return -MAX_FLOAT if value == -math.inf else value


def _measured(value: Any, budget: Budget) -> tuple[int, bool]:
    """(size, whether a nan or an infinity is inside), level by level so that a wide sharing cannot hide."""
    limit, deepest = budget.limits.result, budget.limits.value_depth
    size, depth, strange = 16, 0, False
    level: list[Any] = [value]
    while level:
        depth += 1
        if depth > deepest:
            raise too_deep(deepest)
        below: list[Any] = []
        for container in level:
            length, odd = _measured_members(container, below)
            size += length
            strange |= odd
            if size > limit:
                raise BudgetSpent(f"expression has a result larger than {size_text(limit)}")
        level = below
    return size, strange


def _measured_members(container: Any, below: list[Any]) -> tuple[int, bool]:
    size, strange = 16 * len(container), False
    if container.__class__ is dict:
        size += sum(map(len, container))
        container = container.values()
    for item in container:
        kind = item.__class__
        if kind is str:
            size += len(item)
        elif kind is list or kind is dict:
            below.append(item)
        elif kind is float and item - item != 0:
            strange = True
    return size, strange


def _cleaned(value: Any) -> Any:
    kind = value.__class__
    if kind is list:
        return [_cleaned(item) for item in value]
    if kind is dict:
        return {key: _cleaned(item) for key, item in value.items()}
    return _finite(value) if kind is float else value
