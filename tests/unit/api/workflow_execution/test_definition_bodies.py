from __future__ import annotations

import pytest

from weft.api.workflow_execution.definition_bodies import merged, read_definition
from weft.api.workflow_execution.problems import Entry
from weft.dsl.compile import compile_document

A, B, C = (f"{letter}0000000-0000-4000-8000-00000000000{letter}" for letter in "abc")
MADE = "00000000-0000-4000-8000-000000000001"


def read(data, path_id=None):
    written = read_definition(data, lambda: MADE, path_id)
    return written.document, [entry.property for entry in written.entries]


def task(ident=A, **more):
    return {"id": ident, "name": "noop", **more}


def test_a_definition_becomes_canonical():
    document, wrong = read(
        {
            "NAME": "n", "Description": "d", "id": "whatever", "created": 7, "extra": True,
            "Tasks": [
                {"ID": A.upper(), "Name": "http", "SubjectId": B.upper(), "Parameters": {"URL": 1}, "IsTrigger": True,
                 "type": "x"},
                {"id": B, "name": "jq"},
            ],
            "tasksHierarchy": [{"Parent": A.upper(), "CHILD": B, "x": 1}],
        }
    )  # fmt: skip
    assert wrong == []
    assert document == {
        "name": "n",
        "description": "d",
        "tasks": [
            {"id": A, "subjectId": B, "name": "http", "parameters": {"URL": 1}, "isTrigger": True},
            {"id": B, "subjectId": None, "name": "jq", "parameters": {}, "isTrigger": False},
        ],
        "tasksHierarchy": [{"parent": A, "child": B}],
    }


def test_ids_are_made_where_there_are_none():
    document, wrong = read({"name": "n", "tasks": [{"name": "noop"}, {"id": None, "name": "noop"}]})
    assert wrong == []
    assert [each["id"] for each in document["tasks"]] == [MADE, MADE]


def test_without_any_trigger_every_task_without_parents_is_one():
    edges = [{"parent": A, "child": B}]
    document, _ = read({"name": "n", "tasks": [task(A), task(B), task(C)], "tasksHierarchy": edges})
    assert [each["isTrigger"] for each in document["tasks"]] == [True, False, True]
    document, _ = read({"name": "n", "tasks": [task(A, isTrigger=True), task(B), task(C)], "tasksHierarchy": edges})
    assert [each["isTrigger"] for each in document["tasks"]] == [True, False, False]


def test_reserved_members_and_task_ids_in_expressions_are_spelled_as_here():
    parameters = {
        "$Options": {"RetryCount": 1, "nope": 2}, "$ACTIVITY": "http", "Other": "x",
        "text": ["${" + A.upper() + ".output} ${" + C.upper() + ".output}", {"deep": "${ " + A.upper() + ".status }"}],
    }  # fmt: skip
    document, _ = read({"name": "n", "tasks": [task(A), task(B, parameters=parameters)]})
    assert document["tasks"][1]["parameters"] == {
        "$options": {"retryCount": 1, "nope": 2}, "$activity": "http", "Other": "x",
        "text": ["${" + A + ".output} ${" + C.upper() + ".output}", {"deep": "${ " + A + ".status }"}],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("change", "properties"),
    [
        ({"name": None}, ["data.name"]),
        ({"name": ""}, ["data.name"]),
        ({"name": "x" * 256}, ["data.name"]),
        ({"name": "a/b"}, ["data.name"]),
        ({"name": "a\n"}, ["data.name"]),
        ({"description": 7}, ["data.description"]),
        ({"tasks": [7]}, ["data.tasks"]),
        ({"tasks": [task("x", subjectId="y", isTrigger=1)]},
         ["data.tasks[0].id", "data.tasks[0].subjectId", "data.tasks[0].isTrigger"]),
        ({"tasksHierarchy": {}}, ["data.tasksHierarchy"]),
        ({"tasksHierarchy": None}, []),
    ],
)  # fmt: skip
def test_what_is_refused(change, properties):
    assert read({"name": "n", "tasks": [task()], **change})[1] == properties


def test_an_id_that_is_not_the_paths():
    for given, wrong in ((None, []), (A.upper(), []), (B, ["data.id"]), (7, ["data.id"])):
        assert read({"id": given, "name": "n", "tasks": [task()]}, A)[1] == wrong


def test_edges_of_any_kind_stay_for_the_compiler():
    document, wrong = read({"name": "n", "tasks": [task()], "tasksHierarchy": [7, {}, {"parent": [1], "child": "x"}]})
    assert wrong == []
    assert document["tasksHierarchy"] == [
        {"parent": None, "child": None}, {"parent": None, "child": None}, {"parent": [1], "child": "x"},
    ]  # fmt: skip


def test_later_entries_of_the_same_property_are_left_out():
    first, second = [Entry("a", "1")], [Entry("a", "2"), Entry("b", "3"), Entry("b", "4")]
    assert merged(first, second) == [Entry("a", "1"), Entry("b", "3"), Entry("b", "4")]


def test_lists_that_are_far_too_long_are_not_read_to_their_end():
    made = []

    def new_id():
        made.append(len(made))
        return f"00000000-0000-4000-8000-{len(made):012x}"

    data = {"name": "x", "tasks": [{}] * 100_000, "tasksHierarchy": [{}] * 100_000}
    written = read_definition(data, new_id)
    assert (len(made), len(written.document["tasksHierarchy"])) == (501, 5_001)
    problems = compile_document(written.document, dialect="graph").problems
    assert [problem.message for problem in problems] == ["a graph has 1 to 500 tasks"]
    data["tasks"] = [{"name": "noop"}]
    problems = compile_document(read_definition(data, new_id).document, dialect="graph").problems
    assert [problem.pointer for problem in problems] == ["/tasksHierarchy"]
