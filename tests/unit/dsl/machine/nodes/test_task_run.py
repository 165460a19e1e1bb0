"""The run of a list: input, output, time limit."""

from __future__ import annotations

from typing import Any

import pytest

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
