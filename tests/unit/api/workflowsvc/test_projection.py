from __future__ import annotations

from weft.api.workflowsvc.projection import nodes_of, numbered, projected_tasks, type_word
from weft.dsl.compile import compile_document


def program(document, dialect=None):
    compiled = compile_document(document, dialect=dialect)
    assert compiled.program is not None, compiled.problems
    return compiled.program


def test_states_in_document_order():
    found = nodes_of(program({
        "name": "n", "version": "1", "specVersion": "0.9", "start": "b",
        "states": [
            {"name": "a", "type": "inject", "data": {}, "end": True},
            {"name": "b", "type": "switch", "dataConditions": [{"condition": "${ true }", "transition": "a"}],
             "defaultCondition": {"end": True}},
        ],
    }, "cwm"))  # fmt: skip
    assert [node.name for node in found] == ["a", "b"]
    assert [task["_type"] for task in projected_tasks("w", found)] == ["INLINE", "SWITCH"]


def test_tasks_of_the_newer_language():
    found = nodes_of(program({
        "document": {"dsl": "1.0.0", "namespace": "x", "name": "n", "version": "1.0.0"},
        "do": [{"one": {"set": {"a": 1}}},
               {"two": {"fork": {"branches": [{"inner": {"set": {"b": 1}}}, {"other": {"set": {"c": 1}}}]}}},
               {"three": {"wait": {"seconds": 1}}}],
    }))  # fmt: skip
    assert [node.name for node in found] == ["one", "two", "three"]
    tasks = projected_tasks("w", found)
    assert [task["_sequenceno"] for task in tasks] == [1, 2, 3]
    assert all(task["_inputParams"] == {} for task in tasks)
    assert len({task["_id"] for task in tasks}) == 3


def test_graphs_come_parents_first_and_under_their_names():
    found = nodes_of(program({
        "name": "g", "tasks": [
            {"id": "last", "name": "noop"}, {"id": "first", "name": "set", "parameters": {"a": 1}},
            {"id": "mid", "name": "noop"},
        ],
        "edges": [{"parent": "first", "child": "mid"}, {"parent": "mid", "child": "last"}],
    }, "graph"))  # fmt: skip
    tasks = projected_tasks("w", found)
    assert [(task["_name"], task["_type"]) for task in tasks] == [
        ("set", "SET_VARIABLE"), ("noop", "SIMPLE"), ("noop_2", "SIMPLE"),
    ]  # fmt: skip


def test_names_and_words():
    assert numbered(["a", "b", "a", "a_2", "a"]) == ["a", "b", "a_2", "a_2_2", "a_3"]
    assert type_word("http") == "HTTP" and type_word("REST_CONNECTOR") == "REST_CONNECTOR"
    assert type_word("inventory.v1.0.0.devices.List") == "SIMPLE"
