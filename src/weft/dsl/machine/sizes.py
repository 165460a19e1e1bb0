"""Sizes of values: whether one is larger or deeper than allowed, found without walking anything twice.

Expressions share parts of their input, so a few of them can build a value that is small in memory and endless when it
is written down (`[., .]`, sixty times). What enters the journal and what leaves a turn is therefore weighed here.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any

from weft.dsl.machine.commands import (
    CompleteRun,
    ContinueAs,
    EmitEvent,
    OpenManualTask,
    ScheduleActivity,
    StartChild,
)
from weft.dsl.machine.core import Turn, Weights
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.limits import over_limit

MAX_DEPTH = 256
_ENDLESS = 1 << 62
_ROOM = 0  # the key of the number of entries that may be kept; no object has this identity
_SLOTS = -1  # the key of the number of members of the long containers that are kept; no object has this identity either
_LONG = 256
_MOST_SLOTS = 1 << 20  # what a list grew through is not kept for ever: 8 MB of it at most
DERIVED = "derived"  # the member of a turn's memo: what `overweight` passes on to `derive`
INLINE = 4096  # bytes of data that a journal record holds; larger ones are left out

# The member of a command that holds data of the run.
_CARRIES: dict[type, str] = {
    ScheduleActivity: "arguments",
    StartChild: "input",
    EmitEvent: "event",
    OpenManualTask: "payload",
    CompleteRun: "output",
    ContinueAs: "input",
}


def weigh(turn: Turn, value: Any) -> int:
    """The size of a value in bytes when written down, at least: 16 per member plus the lengths of texts and keys.

    Shared parts count every time. A value nested deeper than MAX_DEPTH weighs more than any limit. A container that has
    been weighed before is looked up: values are never changed in place, and an entry keeps its value alive, so that
    its identity is its own.
    """
    return _size(turn.weights, value)


def _size(weights: Weights, value: Any) -> int:
    found = weights.get(id(value))
    if found is not None:
        return found[0]
    kind = value.__class__
    if kind is dict or kind is list:
        return _weight(weights, value, kind, 0)[0]
    return len(value) if kind is str else 0


def _weight(weights: Weights, value: Any, kind: type, level: int) -> tuple[int, int, Any]:
    number = id(value)
    found = weights.get(number)
    if found is not None:
        return found
    size = 16 + 16 * len(value)
    depth = 0
    if kind is dict:
        size += sum(map(len, value))
        value_items = value.values()
    else:
        value_items = value
    for item in value_items:
        inner = item.__class__
        if inner is str:
            size += len(item)
        elif inner is dict or inner is list:
            part = weights.get(id(item))  # most are known: a run's facts change one task at a time
            if part is None:
                if level > MAX_DEPTH:
                    return (_ENDLESS, level, value)
                part = _weight(weights, item, inner, level + 1)
            size += part[0]
            if part[1] > depth:
                depth = part[1]
    depth += 1
    found = (size if depth <= MAX_DEPTH else _ENDLESS, depth, value)
    if len(value) >= _LONG:
        _note_long(weights, len(value))
    weights[number] = found
    return found


def _note_long(weights: Weights, length: int) -> None:
    """Forget everything when too much is kept alive: it is found again with one walk."""
    slots = weights.get(_SLOTS, (0, 0, None))[0] + length
    if slots > _MOST_SLOTS:
        room = weights.get(_ROOM)
        weights.clear()
        if room is not None:
            weights[_ROOM] = room
        slots = length
    weights[_SLOTS] = (slots, 0, None)


def _part(weights: Weights, value: Any) -> tuple[int, int]:
    """(size, depth) of a member, as `_weight` counts it; depth 0 for what is no container."""
    kind = value.__class__
    if kind is dict or kind is list:
        found = _weight(weights, value, kind, 1)
        return found[0], found[1]
    return (len(value) if kind is str else 0), 0


def appended(turn: Turn, there: list[Any], more: list[Any]) -> list[Any]:
    """A new list of what is there and more. Its size is known from that of the old one, where that is."""
    weights = turn.weights
    out = [*there, *more]
    found = weights.get(id(there))
    if found is None or found[0] >= _ENDLESS:
        return out
    size, depth = found[0] + 16 * len(more), found[1]
    for item in more:
        length, inner = _part(weights, item)
        size += length
        depth = max(depth, inner + 1)
    _put(weights, out, size, depth)
    return out


def derive(turn: Turn, old: dict[str, Any], new: dict[str, Any], keys: Set[str]) -> None:
    """Note the size of `new`, which is `old` but for the members `keys`, so that the others are not walked again.

    Without effect where the size of `old` is not known, or the depth of `new` cannot be told from it.
    """
    weights = turn.weights
    found = weights.get(id(old))
    if found is None or found[0] >= _ENDLESS:
        return
    size, depth = found[0] + 16 * (len(new) - len(old)), found[1]
    deepest = 0
    lost = 0
    for key in keys:
        if key in old:
            length, inner = _part(weights, old[key])
            size -= len(key) + length
            lost = max(lost, inner + 1)
        if key in new:
            length, inner = _part(weights, new[key])
            size += len(key) + length
            deepest = max(deepest, inner + 1)
    if lost == depth and deepest < depth:
        return
    _put(weights, new, size, max(depth, deepest))


def _put(weights: Weights, value: Any, size: int, depth: int) -> None:
    if len(value) >= _LONG:
        _note_long(weights, len(value))
    weights[id(value)] = (size if depth <= MAX_DEPTH else _ENDLESS, depth, value)


def larger_than(turn: Turn, value: Any, limit: int) -> int:
    """0 if the value fits into `limit` bytes, else its size (see `weigh`)."""
    size = weigh(turn, value)
    return size if size > limit else 0


def shown(turn: Turn, value: Any, name: str = "output") -> dict[str, Any]:
    """Record data about a value: the value under `name` if it is small enough to be kept in a record, else a note."""
    return {"omitted": True} if weigh(turn, value) > INLINE else {name: value}


def overweight(turn: Turn, context: Any) -> Fault | None:
    """The fault of a turn whose data are too large to be written down, None if they are not.

    Looks at what the turn has changed: its tokens, the context (`context` is the one before), what commands carry.
    """
    limit = turn.limit("value")
    weights = turn.weights
    derived = turn.memo.get(DERIVED)
    if derived is not None:
        derive(turn, *derived)
    for value in _changed(turn, context):
        size = _size(weights, value)
        if size > limit:
            return over_limit("value", limit, size)
    return None


def _changed(turn: Turn, context: Any) -> list[Any]:
    values: list[Any] = []
    for command in turn.out:
        member = _CARRIES.get(command.__class__)
        if member is not None:
            values.append(getattr(command, member))
    state = turn.state
    if state.context is not context and state.context is not state.input:
        values.append(state.context)
    live = state.frozen if turn.ended else state.tokens
    for token in turn.touched:
        if live.get(token.id) is token:
            raw = token.raw
            values.append(raw)
            if token.data is not raw:
                values.append(token.data)
            if token.local is not None:
                values.append(token.local)
    return values


def kept(turn: Turn) -> Weights:
    """What the next turn in this process need not weigh again: all that was weighed, until it is twice what lives.

    Forgetting everything then, and not only what has gone, costs the next turn one walk and needs no bookkeeping.
    """
    weights = turn.weights
    head = weights.get(_ROOM)
    if head is None:
        weights[_ROOM] = (2 * len(weights) + 64, 0, None)
    elif len(weights) > head[0]:
        return {}
    return weights
