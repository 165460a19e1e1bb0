"""`wait`: a length of time; the output is the task's input."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.program import TimerSpec
from weft.dsl.v10.builder import Builder
from weft.dsl.v10.kinds import Lowered
from weft.dsl.v10.lists import Body
from weft.dsl.v10.places import BODY, names


def lower(builder: Builder, number: int, task: dict[str, Any], pointer: str, body: Body) -> Lowered | None:
    """Lower a `wait` task."""
    delay = builder.delay(task["wait"], names(BODY, body.frames), f"{pointer}/wait")
    return None if delay is None else Lowered("timer", TimerSpec(delay))
