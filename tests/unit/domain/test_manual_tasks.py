"""Whether an answer fits its form, and who may give it."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Forbidden, Invalid
from weft.domain.manual_tasks import ManualTask, check_answer, check_assignee


def task(fields: Any = None, *assignees: str) -> ManualTask:
    return ManualTask(id="t", job="j", run="r", ref="m1", created_at=1, payload={"fields": fields}, assignees=assignees)


@pytest.mark.parametrize(
    ("fields", "answer", "fits"),
    [
        (None, {"x": 1}, True),
        ({}, {"x": 1}, True),
        ("text", {"x": 1}, True),
        ({"a": {"type": "integer", "minimum": 2}}, {"a": 2}, True),
        ({"a": {"type": "integer", "minimum": 2}}, {"a": 1}, False),
        ({"a": {"type": "integer"}}, {}, True),
        ({"a": {"required": True}}, {}, False),
        ({"a": {"required": False}}, {}, True),
        ({"a": 5}, {"a": "whatever"}, True),
        ({"a": {"type": "object", "properties": {"b": {"type": "string", "required": True}}}}, {"a": {}}, False),
        ({"a": {"type": "object", "properties": {"b": {"type": "string", "required": True}}}}, {"a": {"b": "c"}}, True),
        ({"a": {"type": "object", "required": ["b"]}}, {"a": {}}, False),
        ({"a": {"type": "nonsense"}}, {"a": 1}, False),
        ({"a": {"pattern": "^(a+)+$"}}, {"a": "a" * 40 + "b"}, False),
        ({"a": {"$ref": "http://elsewhere/"}}, {"a": 1}, False),
        ({"a": {"format": "date"}}, {"a": "2026-02-28"}, True),
        ({"a": {"format": "date"}}, {"a": "2026-02-30"}, False),
        ({"a": {"format": "email"}}, {"a": "nobody"}, False),
        ({"a": {"format": "of-our-own"}}, {"a": "x"}, True),
    ],
)
def test_answers(fields: Any, answer: Any, fits: bool) -> None:
    if fits:
        check_answer(task(fields), answer)
        return
    with pytest.raises(Invalid) as refused:
        check_answer(task(fields), answer)
    assert refused.value.code == "invalid_user_input"


def test_problems_are_told_all_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        check_answer(task({"a": {"type": "integer", "required": True}, "b": {"type": "string"}}), {"b": 1, "c": 2})
    assert len(refused.value.details) == 3


def test_assignees() -> None:
    me = Principal(name="client:0a", roles=("r",))
    check_assignee(task(None), me)
    check_assignee(task(None, "user:other", "user:client:0a"), me)
    check_assignee(task(None, f"user:{me.subject.upper()}"), me)
    check_assignee(task(None, "group:r"), me)
    for who in ("user:r", "role:client:0a", "r", "robot:client:0a"):
        with pytest.raises(Forbidden):
            check_assignee(task(None, who), me)
