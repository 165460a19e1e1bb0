from __future__ import annotations

import pytest

from weft.api.workflow_execution.problems import BadRequest, Entry, bad, entries_of, property_of
from weft.dsl.problems import error, warning


@pytest.mark.parametrize(
    ("pointer", "path"),
    [
        ("", "data"),
        ("/name", "data.name"),
        ("/tasks/2/name", "data.tasks[2].name"),
        ("/tasks/0/parameters/$options/retryCount", "data.tasks[0].parameters.$options.retryCount"),
        ("/tasks/0/parameters/a~1b~0c", "data.tasks[0].parameters.a/b~c"),
        ("/tasksHierarchy/10/child", "data.tasksHierarchy[10].child"),
    ],
)
def test_properties_of_pointers(pointer, path):
    assert property_of(pointer) == path


def test_entries_are_the_errors_none_twice():
    one = error("semantics", "x", "/tasks/0", "no")
    assert entries_of([one, warning("schema", "y", "/name", "hm"), one]) == [Entry("data.tasks[0]", "no")]


def test_a_bad_request_keeps_its_entries():
    refusal = bad("take", "no number")
    assert isinstance(refusal, BadRequest)
    assert (refusal.kind, refusal.details, refusal.entries) == (
        "invalid",
        ("take: no number",),
        (Entry("take", "no number"),),
    )
