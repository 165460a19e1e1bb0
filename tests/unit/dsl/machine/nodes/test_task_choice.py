"""Choices."""

from __future__ import annotations

from typing import Any

import pytest


def switch(kind: str, expression: str, **inputs: Any) -> dict[str, Any]:
    def mark(name: str) -> list[dict[str, Any]]:
        return [{"_name": name, "_type": "SET_VARIABLE", "_inputParams": {"taken": name}}]

    cases = {
        "3": mark("three"),
        "x": mark("x"),
        "null": mark("nothing"),
        '{"a":1}': mark("object"),
        "true": mark("yes"),
    }
    return {
        "_name": "s",
        "_type": "SWITCH",
        "_evaluatorType": kind,
        "_expression": expression,
        "_inputParams": inputs,
        "_decisionCases": cases,
        "_defaultCase": mark("other"),
    }


@pytest.mark.parametrize(
    ("kind", "expression", "inputs", "taken"),
    [
        ("value-param", "n", {"n": 3}, "three"),
        ("value-param", "n", {"n": "x"}, "x"),
        ("value-param", "gone", {}, "nothing"),
        ("value-param", "n", {"n": {"a": 1}}, "object"),
        ("javascript", "$.n > 2", {"n": 3}, "yes"),
        ("graaljs", "$.n > 2 ? 'x' : 'y'", {"n": 1}, "other"),
        ("jq", ".n + 1", {"n": 2}, "three"),
    ],
)
def test_cases(listed: Any, kind: str, expression: str, inputs: dict[str, Any], taken: str) -> None:
    run = listed([switch(kind, expression, **inputs)], _outputParams={"t": "${workflow.variables.taken}"})
    assert run.live.output == {"t": taken}


def test_an_evaluation_error_fails_the_task(listed: Any) -> None:
    run = listed([switch("jq", ".n + 1", n="text")])
    assert (run.live.phase, run.facts("s")["status"]) == ("faulted", "faulted")
    assert run.live.fault.kind == "expression"


def test_other_cases_leave_nothing(listed: Any) -> None:
    run = listed([switch("value-param", "n", n=3)])
    assert "three" in run.live.context["tasks"]
    assert "x" not in run.live.context["tasks"]
    assert run.live.output == {"evaluationResult": ["3"], "selectedCase": "3"}
