from __future__ import annotations

from weft.api.workflow_execution.definition_shapes import (
    definition_of,
    graph_of_document,
    graph_of_sequence,
    info_of,
)
from weft.domain.workflows import Workflow


def workflow(**more):
    return Workflow(
        id="w",
        name="n",
        version="3.0.0",
        revision="r",
        definition="{}",
        created_at=0,
        updated_at=1500,
        number=3,
        **more,
    )


def test_a_graph_is_shown_as_it_was_saved():
    document = {"tasks": [{"id": "a", "name": "http", "parameters": {"password": "***"}, "isTrigger": True}],
                "tasksHierarchy": [{"parent": "a", "child": "b", "x": 1}]}  # fmt: skip
    graph = graph_of_document(document)
    assert graph.tasks == [
        {"id": "a", "subjectId": None, "name": "http", "parameters": {"password": "***"}, "isTrigger": True}
    ]
    assert graph.edges == [{"parent": "a", "child": "b"}]
    shown = definition_of(workflow(), graph)
    assert list(shown) == ["id", "name", "description", "created", "updated", "tasks", "tasksHierarchy"]
    assert (shown["description"], shown["updated"]) == (None, "1970-01-01T00:00:01.500000Z")
    assert info_of(workflow()) == {"revision": 3}


def test_other_languages_are_a_sequence():
    nodes = [("/states/0", "first"), ("/states/1", "second"), ("/states/2", "third")]
    graph = graph_of_sequence("w", nodes)
    assert [(task["name"], task["isTrigger"], task["parameters"]) for task in graph.tasks] == [
        ("first", True, {}), ("second", False, {}), ("third", False, {}),
    ]  # fmt: skip
    one, two, three = (task["id"] for task in graph.tasks)
    assert graph.edges == [{"parent": one, "child": two}, {"parent": two, "child": three}]
    assert graph_of_sequence("w", nodes).tasks == graph.tasks
    assert graph_of_sequence("v", nodes).tasks[0]["id"] != one


def test_an_empty_sequence():
    assert graph_of_sequence("w", []).edges == []
