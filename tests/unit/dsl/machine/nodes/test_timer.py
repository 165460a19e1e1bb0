from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.inputs import TimerFired


def test_waits_and_passes_its_input_on(told: Callable[..., Any]) -> None:
    run = told([{"w": {"wait": {"minutes": 1}}}], {"k": 1})
    assert [(c.purpose, c.due_at - run.at) for c in run.acts] == [("work", 60_000)]
    assert (run.told().phase, run.records[-1]) == ("waiting", "run.waiting")
    run.tell(TimerFired, after=60_000, ref=run.ref("timer"), due_at=0)
    assert (run.told().output, run.records[0]) == ({"k": 1}, "timer.fired")
