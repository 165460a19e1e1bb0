from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.expr import Sealed
from weft.dsl.machine.variables import sealed_in, secrets_of


def test_what_the_variables_hold(told: Callable[..., Any]) -> None:
    task = {"set": {"w": "${ $workflow }", "r": "${ $runtime }", "t": "${ $task }", "a": "${ $authorization }"}}
    out = told([{"s": task}], {"k": 1}, start={"runtime": {"version": "9"}}).told().output
    assert (out["w"]["id"], out["w"]["runId"], out["w"]["input"]) == ("job", "run", {"k": 1})
    assert out["w"]["definition"]["document"]["name"] == "unit"
    assert out["w"]["startedAt"]["epoch"]["milliseconds"] == 1_700_000_000_000
    assert out["r"] == {"name": "weft", "version": "9", "metadata": {}}
    assert (out["t"]["name"], out["t"]["reference"], out["t"]["input"]) == ("s", "/do/0/s", {"k": 1})
    assert out["t"]["definition"] == out["t"]["definition"] and out["a"] is None


def test_frames_are_looked_up_outwards(told: Callable[..., Any]) -> None:
    inner = {"for": {"in": "[10]", "each": "y", "at": "j"}, "do": [{"s": {"set": "${ [.[]?, $item + $y + $j] }"}}]}
    assert told([{"l": {"for": {"in": "[1,2]"}, "do": [{"m": inner}]}}], []).told().output == [11, 12]


def test_secrets_are_sealed(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}], start={"secrets": ("api",)}))
    found = secrets_of(turn, None)
    assert isinstance(found["api"], Sealed)
    assert [s.names() for s in sealed_in({"a": [1, found["api"]]})] == [frozenset({"api"})]
    assert list(sealed_in({"a": [1, "x"]})) == []


def test_a_secret_is_no_condition(told: Callable[..., Any]) -> None:
    tasks = [
        {"a": {"input": {"from": "{t: $secrets.api}"}, "set": "."}},
        {"b": {"switch": [{"x": {"when": ".t", "then": "exit"}}]}},
    ]
    run = told(tasks, use={"secrets": ["api"]}, start={"secrets": ("api",)})
    assert run.told().phase == "faulted"
    assert run.told().fault.kind in ("authorization", "expression")


def test_expression_faults_have_place_and_text(told: Callable[..., Any]) -> None:
    fault = told([{"s": {"set": {"a": "${ .x | error }"}}}], {"x": "boom"}).told().fault
    assert (fault.kind, fault.status, fault.code, fault.instance) == ("expression", 400, "EXPRESSION", "/do/0/s")
    assert "boom" in fault.detail


def test_budgets_are_faults_of_their_own(told: Callable[..., Any]) -> None:
    fault = told([{"s": {"set": {"a": "${ [range(100000000)] | length }"}}}]).told().fault
    assert (fault.kind, fault.code) == ("expression", "BUDGET")
