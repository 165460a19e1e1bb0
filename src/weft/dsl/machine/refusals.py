"""Events that cannot leave: the tasks that emit them fail, the rest of a list or graph goes on.

Whether an event may leave is known outside only, after the turn. A turn that emits such events is taken again with a
fault that says which ones: `data` is `{"refused": {name: {"code", "detail"}}}`, by the names under which they are
emitted. A refusal without such data ends the run (`weft.dsl.machine.defects`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import msgspec

from weft.dsl.machine.core import Raised, Turn
from weft.dsl.machine.faults import Fault, fault

MEMBER: Final = "refused"


def with_refused(refused: Mapping[str, Fault]) -> Fault:
    """One fault for all events that cannot leave, at least one."""
    first = next(iter(refused.values()))
    told = {name: {"code": one.code, "detail": one.detail} for name, one in refused.items()}
    return msgspec.structs.replace(first, data={MEMBER: told})


def refused_events(problem: Fault | None) -> dict[str, Any]:
    """The events that a refusal names; empty for one that is about the whole turn."""
    data = problem.data if problem is not None else None
    found = cast("dict[str, Any]", data).get(MEMBER) if isinstance(data, dict) else None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def check_event(turn: Turn, name: str) -> None:
    """Raises Raised (never retried) when it is known that the event of that name cannot leave."""
    told = turn.memo.get(MEMBER, {}).get(name)
    if told is not None:
        raise Raised(fault("configuration", told["detail"], code=told["code"], retryable=False))
