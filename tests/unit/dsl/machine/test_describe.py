from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.commands import ScheduleActivity, StartChild
from weft.dsl.machine.describe import describe
from weft.dsl.machine.inputs import SuspendRequested

FORK = {
    "f": {
        "fork": {
            "branches": [
                {"a": {"call": "acme.net.v1.0.0.dev.Get", "with": {"k": 1}, "timeout": {"after": "PT5S"}}},
                {"b": {"wait": "PT3S"}},
                {"c": {"run": {"workflow": {"namespace": "n", "name": "kid", "version": "1.0.0"}}}},
            ]
        }
    }
}


def test_everything_open_is_told_with_what_opened_it(told: Callable[..., Any]) -> None:
    run = told([FORK])
    found = describe(run.state)
    assert found.phase == "running"
    assert list(found.activities) == [c for c in run.acts if isinstance(c, ScheduleActivity)]
    assert list(found.children) == [c for c in run.acts if isinstance(c, StartChild)]
    assert [(t.purpose, t.due_at - run.at) for t in found.timers] == [("task", 5000), ("work", 3000)]
    assert found.next_due_at == run.at + 3000
    assert len(found.nodes) == 3


def test_limits_that_stand_still_are_not_listed(told: Callable[..., Any]) -> None:
    found = describe(told([FORK]).tell(SuspendRequested).state)
    assert found.phase == "suspended"
    assert [t.purpose for t in found.timers] == ["work"]


def test_a_finished_run_has_nothing_open(told: Callable[..., Any]) -> None:
    found = describe(told([{"s": {"set": {"a": 1}}}]).state)
    assert (found.phase, found.activities, found.timers, found.next_due_at, found.nodes) == (
        "completed",
        (),
        (),
        None,
        (),
    )
