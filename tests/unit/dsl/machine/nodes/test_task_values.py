"""Values, variables, events, the end."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.core import Raised
from weft.dsl.machine.nodes.task_values import type_of


@pytest.mark.parametrize(
    ("sink", "kind"),
    [
        ("event:a.b", "a.b"),
        ("kafka:orders", "orders"),
        ("conductor", "def:task"),
        ("conductor:x", "def:x"),
    ],
)
def test_sinks(sink: str, kind: str) -> None:
    assert type_of(sink, "def", "task") == kind


@pytest.mark.parametrize("sink", ["", "ftp:x", "event:", "conductor:", None, 5])
def test_what_is_no_sink(sink: Any) -> None:
    with pytest.raises(Raised):
        type_of(sink, "def", "task")


def test_variables_add_up_and_are_limited(listed: Any) -> None:
    def put(name: str, value: Any) -> dict[str, Any]:
        return {"_name": name, "_type": "SET_VARIABLE", "_inputParams": {name: value}}

    run = listed([put("a", 1), put("b", 2)], _variables={"z": 0}, _outputParams={"v": "${workflow.variables}"})
    assert run.live.output == {"v": {"z": 0, "a": 1, "b": 2}}
    run = listed([put("a", "${workflow.input.x}"), put("b", "${workflow.input.x}")], {"x": "y" * 200_000})
    assert (run.live.fault.code, run.facts("a")["status"], run.facts("b")["status"]) == (
        "INPUT_INVALID",
        "completed",
        "faulted",
    )


def test_programs_do_not_see_themselves(listed: Any) -> None:
    given = {"a": 1, "evaluatorType": "jq", "expression": "keys"}
    run = listed([{"_name": "i", "_type": "INLINE", "_inputParams": given}])
    assert run.live.output == {"result": ["a"]}
    assert run.facts("i")["input"] == given


def test_no_result_is_null(listed: Any) -> None:
    run = listed([{"_name": "q", "_type": "JSON_JQ_TRANSFORM", "_inputParams": {"queryExpression": "empty"}}])
    assert run.live.output == {"result": None, "resultList": []}


def test_fuel_is_limited(listed: Any) -> None:
    run = listed([{"_name": "q", "_type": "INLINE", "_inputParams": {"expression": "[range(1e9)] | length"}}])
    assert (run.live.phase, run.live.fault.code) == ("faulted", "BUDGET")


def test_an_event_s_output(listed: Any) -> None:
    run = listed([{"_name": "e", "_type": "EVENT", "_sink": "conductor", "_inputParams": {"a": 1}}])
    assert run.out[0].event["type"] == "unit:e"
    assert run.live.output["event_produced"] == "conductor"
    assert (run.live.output["a"], run.live.output["workflowInstanceId"]) == (1, "j")


def test_an_invalid_status_fails(listed: Any) -> None:
    task = {"_name": "t", "_type": "TERMINATE", "_inputParams": {"terminationStatus": "${workflow.input.s}"}}
    assert listed([task], {"s": "ODD"}).live.fault.code == "INPUT_INVALID"
    run = listed([task], {"s": "TERMINATED"})
    assert (run.live.phase, run.live.output, run.live.context["failed"]) == ("terminated", {}, "t")


def test_a_secret_is_no_variable_and_no_output(listed: Any) -> None:
    rest = {"_name": "r", "_type": "REST_CONNECTOR", "_inputParams": {"_url": "${workflow.secrets.k}"}}
    run = listed([rest], _outputParams={"x": "${r.input._url}"})
    run.done({})
    assert (run.live.phase, run.live.fault.code) == ("faulted", "SECRET")


def test_an_event_may_have_to_be_confirmed(listed: Any) -> None:
    run = listed([{"_name": "e", "_type": "EVENT", "_sink": "conductor", "_asyncComplete": True}])
    assert (run.tags(), run.facts("e")["status"]) == (["EmitEvent", "OpenManualTask"], "running")
    run.answered({"ok": True})
    assert run.live.output == {"_userInput": {"ok": True}}
