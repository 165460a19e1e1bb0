"""`sleep` (and `delay`, its older name): waits for a duration."""

from __future__ import annotations

from weft.dsl.machine.durations import Duration
from weft.dsl.machine.program import Delay
from weft.dsl.machine.states import SleepWork
from weft.dsl.v08.draft import Part
from weft.dsl.v08.limits import Limits
from weft.dsl.v08.lowering import Lowering


def lower(part: Part, index: int, limits: Limits, lowering: Lowering) -> SleepWork:
    """The duration may be an expression. `timeDelay` is the key of the older name."""
    key = "duration" if "duration" in part.body else "timeDelay"
    if key not in part.body:
        lowering.draft.error("property-missing", part.pointer, "a sleep state needs a duration")
    return SleepWork(lowering.delay(part.body.get(key), f"{part.pointer}/{key}") or Delay(fixed=Duration()))
