"""Builtins about arrays and tables: sort, group, flatten, transpose, join, indices, ranges, combinations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from weft.dsl.expr.arithmetic import add, is_number, whole
from weft.dsl.expr.builtin_core import length
from weft.dsl.expr.containers import array_indexes, index, iterate
from weft.dsl.expr.errors import BudgetSpent, JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.registry import stream, value
from weft.dsl.expr.sealed import Sealed
from weft.dsl.expr.values import order, sort_order, to_json_text, too_deep, type_error, type_error2


def sort(budget: Budget, v: Any) -> list[Any]:
    if v.__class__ is not list:
        raise type_error(v, "cannot be sorted, as it is not an array")
    return [v[i] for i in sort_order(v, budget)]


def sorted_by(v: Any, keys: list[Any], budget: Budget) -> list[int]:
    """Positions of the array `v` in the order of `keys`, one key each."""
    if v.__class__ is not list:
        raise type_error2(v, keys, "cannot be sorted, as they are not both arrays")
    return sort_order(keys, budget)


def groups(v: Any, keys: list[Any], budget: Budget) -> list[list[Any]]:
    """Members of `v` with equal keys together, groups in the order of their keys."""
    result: list[list[Any]] = []
    last: Any = None
    for position in sorted_by(v, keys, budget):
        if result and order(keys[last], keys[position], budget) == 0:
            result[-1].append(v[position])
        else:
            result.append([v[position]])
        last = position
    return result


def unique(budget: Budget, v: Any) -> list[Any]:
    if v.__class__ is not list:
        raise type_error(v, "cannot be sorted, as it is not an array")
    return [group[0] for group in groups(v, v, budget)]


def extreme(v: Any, keys: Any, budget: Budget, least: bool) -> Any:
    """The member with the least or greatest key: the first least, the last greatest; null for no member."""
    if v.__class__ is not list:
        raise type_error2(v, keys, "cannot be iterated over")
    best = -1
    budget.charge(len(v))
    for position in range(len(v)):
        if best < 0 or (order(keys[position], keys[best], budget) < 0) is least:
            best = position
    return None if best < 0 else v[best]


def minimum(budget: Budget, v: Any) -> Any:
    return extreme(v, v, budget, True)


def maximum(budget: Budget, v: Any) -> Any:
    return extreme(v, v, budget, False)


def _has_no_length(v: Any) -> bool:
    """Whether `length` is 0, of what is no array."""
    return v is None or (v.__class__ in (str, dict, int, float) and not v)


def reverse(budget: Budget, v: Any) -> Any:
    """An array backwards; a text and null of length 0 as jq has it: `[]`."""
    if v.__class__ is list:
        budget.members(len(v))
        return v[::-1]
    if _has_no_length(v):
        return []
    if is_number(v):
        return [] if abs(v) < 0 else _reversed_number(v)
    if v.__class__ is bool or v.__class__ is Sealed:
        raise type_error(v, "has no length")
    return [index(v, len(v) - 1)]


def _reversed_number(v: Any) -> Any:
    return [index(v, whole(abs(v) - 1))]


def flatten(budget: Budget, v: Any) -> list[Any]:
    return _flat(v, budget, budget.limits.value_depth + 1)


def flatten_to(budget: Budget, v: Any, depth: Any) -> list[Any]:
    if order(depth, 0) < 0:
        raise JqError("flatten depth must not be negative")
    limit = budget.limits.value_depth + 1
    return _flat(v, budget, min(int(depth), limit) if is_number(depth) and depth == depth else limit)


def _flat(v: Any, budget: Budget, depth: int) -> list[Any]:
    result: list[Any] = []
    stack: list[Iterator[Any]] = [iter(iterate(v))]
    while stack:
        for item in stack[-1]:
            budget.charge(1)
            if item.__class__ is list and len(stack) <= depth:
                if len(stack) > budget.limits.value_depth:
                    raise too_deep(budget.limits.value_depth)
                stack.append(iter(item))
                break
            result.append(item)
        else:
            stack.pop()
    return result


def transpose(budget: Budget, v: Any) -> list[Any]:
    rows = iterate(v)
    width = max((length(budget, row) for row in rows), default=0)
    if width:
        for row in rows:
            if row.__class__ is not list:
                index(row, 0)  # what has a length and no members is refused, where there is a column at all
    budget.charge(width * len(rows))
    return [[index(row, column) for row in rows] for column in range(width)]


def indices(budget: Budget, v: Any, wanted: Any) -> Any:
    """Positions of a member, a run of members, or a text; null for null."""
    if v.__class__ is list:
        return array_indexes(v, wanted if wanted.__class__ is list else [wanted], budget)
    if v.__class__ is str and wanted.__class__ is str:
        return _text_indices(v, wanted, budget)
    return index(v, wanted)


def _text_indices(text: str, wanted: str, budget: Budget) -> list[int]:
    budget.charge(1 + (len(text) >> 4))
    found: list[int] = []
    position = text.find(wanted) if wanted else -1
    while position >= 0:
        budget.charge(1)
        found.append(position)
        position = text.find(wanted, position + 1)
    return found


def first_index(budget: Budget, v: Any, wanted: Any) -> Any:
    return index(indices(budget, v, wanted), 0)


def last_index(budget: Budget, v: Any, wanted: Any) -> Any:
    return index(indices(budget, v, wanted), -1)


def bsearch(budget: Budget, v: Any, target: Any) -> int:
    """Position of `target` in a sorted array, else -1 - the position where it would stand."""
    if v.__class__ is not list:
        raise type_error(v, "cannot be searched from")
    low, high = 0, len(v)
    while low < high:
        middle = (low + high) // 2
        budget.charge(1)
        found = order(target, v[middle], budget)
        if found == 0:
            return middle
        if found < 0:
            high = middle
        else:
            low = middle + 1
    return -1 - low


def join(budget: Budget, v: Any, separator: Any) -> Any:
    """Members as one text: numbers and booleans as JSON, null as nothing."""
    items = iterate(v)
    budget.charge(len(items))
    if separator.__class__ is str and all(item.__class__ is str for item in items):
        budget.text(sum(map(len, items)) + len(separator) * len(items))
        return separator.join(items)
    parts: list[str] = []
    size = 0
    if items and separator.__class__ is not str:
        return _join_slowly(items, separator, budget)
    for position, item in enumerate(items):
        text = _joinable(item)
        if text.__class__ is not str:
            before = separator.join(parts) + (separator if position else "")
            raise type_error2(before, text, "cannot be added")
        size += len(text) + len(separator)
        if size > budget.limits.text:
            budget.text(size)
        parts.append(text)
    return separator.join(parts)


def _joinable(item: Any) -> Any:
    if item is None:
        return ""
    return to_json_text(item) if item.__class__ is bool or is_number(item) else item


def _join_slowly(items: Any, separator: Any, budget: Budget) -> Any:
    result: Any = None
    for item in items:
        head = "" if result is None else add(result, separator, budget)
        text = "" if item is False else _joinable(item)
        result = add(head, to_json_text(item) if item.__class__ is bool else text, budget)
    return "" if result is None or result is False else result


def combinations(budget: Budget, v: Any) -> Iterator[list[Any]]:
    """Every choice of one member from each of the arrays in `v`."""
    if v.__class__ is list:
        lists = v
    elif _has_no_length(v):
        lists = []
    elif v.__class__ is bool or v.__class__ is Sealed:
        raise type_error(v, "has no length")
    else:
        raise _not_indexable(v)
    yield from _choices(lists, budget)


def _not_indexable(v: Any) -> Exception:
    try:
        return JqError(f"Cannot iterate over null ({to_json_text(index(v, 0))})")
    except JqError as error:
        return error


def _choices(lists: list[Any], budget: Budget) -> Iterator[list[Any]]:
    if not lists:
        yield []
        return
    if len(lists) > budget.limits.calls:
        raise BudgetSpent(f"expression has more than {budget.limits.calls} nested calls")
    for first in iterate(lists[0]):
        for rest in _choices(lists[1:], budget):
            budget.charge(1)
            yield [first, *rest]


def combinations_of_self(budget: Budget, v: Any, count: Any) -> Iterator[list[Any]]:
    if not is_number(count):
        raise JqError("Range bounds must be numeric")
    times = max(0, min(int(-(-count // 1)), budget.limits.calls + 1))
    yield from _choices([v] * times, budget)


# --- ranges -------------------------------------------------------------------------------------------------------


def range_to(budget: Budget, v: Any, stop: Any) -> Iterator[Any]:
    return range_from(budget, v, 0, stop)


def range_from(budget: Budget, v: Any, start: Any, stop: Any) -> Iterator[Any]:
    if not (is_number(start) and is_number(stop)):
        raise JqError("Range bounds must be numeric")
    return _range(budget, start, stop, 1)


def range_by(budget: Budget, v: Any, start: Any, stop: Any, step: Any) -> Iterator[Any]:
    """`range/3` as jq defines it: while the value is before `stop`, going on by `+`."""
    direction = order(step, 0)
    if direction == 0:
        return iter(())
    if is_number(start) and is_number(stop) and is_number(step):
        return _range(budget, start, stop, step)
    return _added(budget, start, stop, step, direction)


def _range(budget: Budget, start: Any, stop: Any, step: Any) -> Iterator[Any]:
    current = start
    down = step < 0 or step != step
    while (current > stop) if down else (current < stop):
        budget.fuel -= 1
        if budget.fuel < 0:
            budget.exhausted()
        yield current
        current = current + step if current.__class__ is int and step.__class__ is int else whole(current + step)


def _added(budget: Budget, start: Any, stop: Any, step: Any, direction: int) -> Iterator[Any]:
    current = start
    while order(current, stop) * direction < 0:
        budget.charge(1)
        yield current
        current = add(current, step, budget)


value("sort", 0, sort)
value("unique", 0, unique)
value("min", 0, minimum)
value("max", 0, maximum)
value("reverse", 0, reverse)
value("flatten", 0, flatten)
value("flatten", 1, flatten_to, order="first")
value("transpose", 0, transpose)
value("indices", 1, indices)
value("index", 1, first_index)
value("rindex", 1, last_index)
value("bsearch", 1, bsearch)
value("join", 1, join)
stream("combinations", 0, combinations)
stream("combinations", 1, combinations_of_self)
stream("range", 1, range_to)
stream("range", 2, range_from)
stream("range", 3, range_by)
