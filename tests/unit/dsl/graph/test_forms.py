"""Forms in definitions."""

from __future__ import annotations

from typing import Any

import pytest

AT = "/_taskDefs/0/_inputParams/_userInput"


def ask(fields: Any) -> list[dict[str, Any]]:
    return [{"_type": "USER_INPUT", "_inputParams": {"_userInput": fields}}]


@pytest.mark.parametrize(
    ("fields", "code", "place"),
    [
        ("text", "type", ""),
        ({"a": "string"}, "form", "/a"),
        ({"a": {"type": "strin"}}, "form", "/a/type"),
        ({"a": {"properties": {"b/c": {"enum": []}}}}, "form", "/a/properties/b~1c/enum"),
        ({"a": {"pattern": "("}}, "pattern", "/a/pattern"),
        ({"a": {"items": {"pattern": "["}}}, "pattern", "/a/items/pattern"),
        ({f"f{number}": {} for number in range(201)}, "count", ""),
    ],
)
def test_what_nobody_could_answer(codes: Any, fields: Any, code: str, place: str) -> None:
    assert codes(ask(fields)) == [(code, AT + place)]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        "${workflow.input.form}",
        {"a": "${workflow.input.field}"},
        {"a": {"enum": "${workflow.input.choices}", "required": True, "title": 5}},
        {"a": {"type": ["string", "null"], "pattern": "^(?!x)[a-z]+$", "maxLength": 3}},
    ],
)
def test_what_is_well_or_not_known_yet(codes: Any, fields: Any) -> None:
    assert codes(ask(fields)) == []


def test_forms_of_graphs(graph: Any) -> None:
    found = graph([{"id": "a", "name": "userInput", "parameters": {"form": {"x": {"type": "strin"}}}}])
    assert [(problem.code, problem.pointer) for problem in found.problems] == [
        ("form", "/tasks/0/parameters/form/x/type")
    ]
