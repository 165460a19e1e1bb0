"""Programs, events, the end: what is checked when a definition is saved."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import Budget
from weft.dsl.graph.values import named_input, without


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ({"_type": "INLINE"}, "property-missing"),
        ({"_type": "INLINE", "_inputParams": {"expression": ".a ["}}, "expression-syntax"),
        ({"_type": "INLINE", "_inputParams": {"expression": "1", "evaluatorType": "python"}}, "unsupported-evaluator"),
        ({"_type": "JSON_JQ_TRANSFORM"}, "property-missing"),
        ({"_type": "JSON_JQ_TRANSFORM", "_inputParams": {"queryExpression": "env"}}, "expression-function"),
        ({"_type": "EVENT", "_sink": "ftp:x"}, "enum"),
        ({"_type": "EVENT", "_sink": 5}, "type"),
        ({"_type": "TERMINATE"}, "property-missing"),
        ({"_type": "TERMINATE", "_inputParams": {"terminationStatus": "ODD"}}, "enum"),
        (
            {"_type": "TERMINATE", "_optional": True, "_inputParams": {"terminationStatus": "FAILED"}},
            "unsupported-optional",
        ),
    ],
)
def test_what_is_refused(codes: Any, task: dict[str, Any], code: str) -> None:
    assert [found for found, _ in codes([task])] == [code]


@pytest.mark.parametrize(
    "task",
    [
        {"_type": "INLINE", "_expression": ".a", "_inputParams": {"a": 1}},
        {"_type": "INLINE", "_inputParams": {"expression": "a", "_evaluatorType": "value-param"}},
        {"_type": "JSON_JQ_TRANSFORM", "_queryExpression": "."},
        {"_type": "EVENT", "_sink": "${workflow.input.s}"},
        {"_type": "EVENT"},
        {"_type": "TERMINATE", "_inputParams": {"terminationStatus": "${workflow.input.s}"}},
    ],
)
def test_what_is_accepted(codes: Any, task: dict[str, Any]) -> None:
    assert codes([task]) == []


def test_sources() -> None:
    named = named_input("a")
    assert [named.evaluate(value, (), Budget()) for value in ({"a": 1}, {}, None)] == [1, None, None]
    rest = without(named_input("a"), ("a",))
    assert rest.evaluate({"a": 1}, (), Budget()) is None
