"""Which forms can be answered."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.nodes.forms import MAX_DEPTH, form_problem


def nested(depth: int) -> dict[str, Any]:
    return {"type": "string"} if depth == 1 else {"properties": {"a": nested(depth - 1)}}


@pytest.mark.parametrize(
    "fragment",
    [
        {},
        None,
        {"type": "string", "enum": ["ok"], "required": True},
        {"type": ["integer", "null"], "minimum": 1, "maximum": 2.5},
        {"type": "array", "items": {"type": "integer", "minLength": 0}},
        {"properties": {"b": {"type": "integer", "required": False}}, "required": ["b"]},
        {"format": "date", "pattern": "x", "other": {"$ref": "y"}},
        nested(MAX_DEPTH),
    ],
)
def test_good_ones(fragment: Any) -> None:
    assert form_problem({"a": fragment}) is None


@pytest.mark.parametrize(
    ("fragment", "place"),
    [
        ("string", ""),
        ({"type": "strin"}, "/type"),
        ({"type": []}, "/type"),
        ({"type": [["string"]]}, "/type"),
        ({"enum": "x"}, "/enum"),
        ({"enum": []}, "/enum"),
        ({"minLength": -1}, "/minLength"),
        ({"maxLength": True}, "/maxLength"),
        ({"minimum": "1"}, "/minimum"),
        ({"pattern": 5}, "/pattern"),
        ({"properties": []}, "/properties"),
        ({"required": "yes"}, "/required"),
        ({"$ref": "http://x"}, "/$ref"),
        ({"items": 5}, "/items"),
        ({"items": {"properties": {"b": 5}}}, "/items/properties/b"),
    ],
)
def test_bad_ones(fragment: Any, place: str) -> None:
    found = form_problem({"a": fragment})
    assert found is not None and found[0] == "/a" + place and found[1]


def test_depth() -> None:
    found = form_problem({"a": nested(MAX_DEPTH + 1)})
    assert found is not None and "deeper" in found[1]


def test_a_form_that_is_computed_fails_its_task(listed: Any) -> None:
    task = {"_name": "u", "_type": "USER_INPUT", "_inputParams": {"_userInput": "${workflow.input.form}"}}
    assert listed([task], {"form": {"a": {"type": "string"}}}).live.phase == "waiting"
    run = listed([task], {"form": {"a": {"type": "strin"}}})
    assert (run.live.phase, run.live.fault.code) == ("faulted", "INPUT_INVALID")
    assert run.live.fault.detail.startswith("the form cannot be filled in: /a/type: ")
