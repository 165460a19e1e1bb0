from __future__ import annotations

import pytest

from weft.api.workflowsvc.definitions import own_problems, reword
from weft.api.workflowsvc.errors import Wrong
from weft.api.workflowsvc.spelling import spell
from weft.domain.errors import Invalid
from weft.dsl.problems import error


def test_the_id_in_the_body_must_be_that_of_the_path():
    assert own_problems({"_id": "AB"}, "ab") == []
    assert [one.path for one in own_problems({"_id": "x", "_description": 1}, "ab")] == ["/_description", "/_id"]
    assert own_problems({"_id": "x"}, "") == []


def test_problems_are_told_at_their_places_in_the_body():
    spelled = spell({"name": "a b", "tasks": []}, lambda: "i")
    cause = Invalid("bad", problems=[error("schema", "name-pattern", "/_name", "m")])
    with pytest.raises(Wrong) as caught:
        reword(cause, spelled)
    assert caught.value.items[0].path == "/name" and caught.value.code == "invalid_definition"
    off = Invalid("bad", problems=[error("semantics", "task-type-disabled", "/_taskDefs", "m")])
    with pytest.raises(Wrong) as caught:
        reword(off, spelled)
    assert caught.value.code == "task_type_disabled"
    plain = Invalid("other")
    with pytest.raises(Invalid) as again:
        reword(plain, spelled)
    assert again.value is plain
