"""Sizes of values: whether one is larger or deeper than allowed, found without walking further than the limit.

Expressions share parts of their input, so a few of them can build a value that is small in memory and endless when it
is written down (`[., .]`, sixty times). What enters the journal and what leaves a turn is therefore weighed here.
"""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.commands import (
    CompleteRun,
    ContinueAs,
    EmitEvent,
    OpenManualTask,
    ScheduleActivity,
    StartChild,
)
from weft.dsl.machine.core import Turn
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.limits import over_limit

MAX_DEPTH = 512
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


def larger_than(value: Any, limit: int) -> int:
    """0 if the value fits into `limit` bytes, else the size at which it was found not to (a lower bound).

    16 per member, plus the characters of texts and keys; shared parts count every time. A value nested deeper than
    MAX_DEPTH fits no limit.
    """
    kind = value.__class__
    if kind is str:
        return len(value) if len(value) > limit else 0
    if kind is not dict and kind is not list:
        return 0
    size = 16
    depth = 0
    level: list[Any] = [value]
    while level:
        depth += 1
        below: list[Any] = []
        for container in level:
            size += 16 * len(container)
            if container.__class__ is dict:
                size += sum(map(len, container))
                container = container.values()
            if size > limit:
                return size
            for item in container:
                kind = item.__class__
                if kind is str:
                    size += len(item)
                elif kind is list or kind is dict:
                    below.append(item)
        if depth > MAX_DEPTH:
            return max(size, limit + 1)
        level = below
    return size if size > limit else 0


def shown(value: Any) -> dict[str, Any] | None:
    """The data of a record about an output: the output if it is small enough to be kept in a record, else a note."""
    return {"omitted": True} if larger_than(value, INLINE) else {"output": value}


def overweight(turn: Turn, context: Any) -> Fault | None:
    """The fault of a turn whose data are too large to be written down, None if they are not.

    Looks at what the turn has changed: its tokens, the context (`context` is the one before), what commands carry.
    """
    limit = turn.limit("value")
    size = 0
    for command in turn.out:
        member = _CARRIES.get(command.__class__)
        if member is not None:
            size = size or larger_than(getattr(command, member), limit)
    state = turn.state
    if state.context is not context and state.context is not state.input:
        size = size or larger_than(state.context, limit)
    for token in state.tokens.values() if not turn.ended else state.frozen.values():
        if token.turn == turn.epoch:
            size = size or larger_than(token.raw, limit)
            if token.data is not token.raw:
                size = size or larger_than(token.data, limit)
            if token.local is not None:
                size = size or larger_than(token.local, limit)
    return over_limit("value", limit, size) if size else None
