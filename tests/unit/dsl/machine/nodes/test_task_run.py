"""The run of a list: input, output, time limit."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.inputs import ResumeRequested, SuspendRequested, TerminateRequested

SET = {"_name": "s", "_type": "SET_VARIABLE"}


def test_the_template_lies_under_the_input(listed: Any) -> None:
    run = listed([SET], {"b": 2}, _inputTemplate={"a": 1, "b": 1}, _outputParams={"i": "${workflow.input}"})
    assert run.live.output == {"i": {"a": 1, "b": 2}}


@pytest.mark.parametrize("value", [[], "x", 5])
def test_the_input_must_be_an_object(listed: Any, value: Any) -> None:
    run = listed([SET], value)
    assert (run.live.phase, run.live.fault.code) == ("faulted", "INPUT_INVALID")


def test_the_output_is_that_of_the_last_task_that_ran(listed: Any, http: Any) -> None:
    run = listed([http("a"), {"_name": "s", "_type": "SWITCH", "_expression": "x"}])
    run.done({"n": 1})
    assert run.live.output == {"evaluationResult": ["null"], "selectedCase": "null"}


def test_an_output_that_breaks(listed: Any) -> None:
    deep = "${workflow.input" + "..x" * 3 + "}"
    run = listed([SET], {"x": [{"x": 1}] * 30_000}, _outputParams={"v": deep})
    assert run.live.phase in ("completed", "faulted")
    assert run.live.fault is None or run.live.fault.code == "BUDGET"


def test_the_time_limit_counts_anew_after_a_retry(listed: Any) -> None:
    run = listed([{"_name": "w", "_type": "WAIT", "_inputParams": {"duration": "1h"}}], _timeoutSeconds=5)
    run.fired("run")
    assert run.live.phase == "timed_out"
    run.again()
    assert run.wait("timer", purpose="run").due_at == run.now + 5_000
    assert run.wait("timer", purpose="work").due_at == run.now + 3_600_000


def test_a_suspended_run_takes_answers_and_begins_nothing(listed: Any, http: Any) -> None:
    run = listed([http("a"), http("b")])
    run.told(SuspendRequested)
    run.done({"n": 1})
    assert (run.live.phase, run.facts("a")["status"], run.tags(), run.live.held) == ("suspended", "completed", [], [])
    run.told(ResumeRequested)
    assert run.tags() == ["ScheduleActivity"]


def test_a_suspended_run_ends_when_it_is_resumed(listed: Any, http: Any) -> None:
    run = listed([http("a")])
    run.told(SuspendRequested)
    run.done({"n": 1})
    assert run.live.phase == "suspended"
    run.told(ResumeRequested)
    assert (run.live.phase, run.live.output) == ("completed", {"n": 1})
    run = listed([http("a")])
    run.told(SuspendRequested)
    run.done({"n": 1})
    run.told(TerminateRequested)
    run.again()
    assert (run.live.phase, run.live.output) == ("completed", {"n": 1})


def test_timers_wait_for_the_resume(listed: Any) -> None:
    run = listed([{"_name": "w", "_type": "WAIT", "_inputParams": {"duration": "5s"}}])
    run.told(SuspendRequested)
    run.fired("work")
    assert (len(run.live.held), run.facts("w")["status"]) == (1, "running")
    run.told(ResumeRequested)
    assert run.live.phase == "completed"


def test_the_length_of_a_limit_survives_suspensions(listed: Any, http: Any) -> None:
    run = listed([http("a")], _timeoutSeconds=60)
    run.now += 10_000
    run.told(SuspendRequested)
    run.now += 999_000
    run.told(ResumeRequested)
    wait = run.wait("timer", purpose="run")
    assert (wait.due_at - run.now, wait.due_at - wait.opened_at) == (50_000, 60_000)
