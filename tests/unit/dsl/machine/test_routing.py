from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine import inputs as i
from weft.dsl.machine.faults import fault


@pytest.mark.parametrize(
    "given",
    [
        (i.ActivityCompleted, {"ref": "a99", "attempt": 1}),
        (i.ActivityCompleted, {"ref": "a3", "attempt": 2}),
        (i.TimerFired, {"ref": "a3", "due_at": 1}),
        (i.EventReceived, {"ref": "a3", "event": {}}),
        (i.ChildFailed, {"ref": "a3", "fault": fault("runtime", "")}),
        (i.ManualTaskCompleted, {"ref": "a3"}),
        (i.ManualTaskOpened, {"ref": "a3", "task": "t"}),
        (i.ResumeRequested, {}),
    ],
)
def test_what_nobody_waits_for_is_ignored(told: Callable[..., Any], call: Any, given: Any) -> None:
    run = told([{"c": call}])
    run.tell(given[0], **given[1])
    assert (run.records, run.acts) == (["ignored"], [])
    assert "a3" in run.told().waits


def test_notes_are_journal_only(told: Callable[..., Any], call: Any) -> None:
    run = told([{"c": call}]).tell(i.ActivityStarted, ref="a3", attempt=1, worker="w")
    assert (run.records, run.acts, run.out[0].data["worker"]) == (["activity.started"], [], "w")


def test_a_start_in_the_middle_is_ignored(told: Callable[..., Any], call: Any) -> None:
    run = told([{"c": call}])
    run.start({"other": 1})
    assert run.records == ["ignored"]
    assert run.told().origin.input is None


def test_records_of_answers_carry_the_facts(told: Callable[..., Any], call: Any) -> None:
    run = told([{"c": call}]).tell(i.ActivityCompleted, ref="a3", attempt=1, result=1, worker="w", started_at=7)
    record = run.out[0]
    assert (record.type, record.position) == ("activity.completed", "/do/0/c")
    assert record.data == {"ref": "a3", "attempt": 1, "worker": "w", "started_at": 7, "result": 1}


def test_too_large_inputs_and_results(told: Callable[..., Any], call: Any) -> None:
    run = told([{"c": call}], "x" * 50, start={"limits": {"value": 20}})
    assert (run.told().phase, run.told().fault.code, run.told().fault.instance) == ("faulted", "LIMIT", "/input")
    run = told([{"c": call}], start={"limits": {"value": 20}}).tell(
        i.ActivityCompleted, ref="a3", attempt=1, result="x" * 50
    )
    assert run.told().fault.code == "LIMIT"
