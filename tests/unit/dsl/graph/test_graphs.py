"""Graphs: what is refused, and the order of what is made."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.compile import compile_document
from weft.dsl.document.context import CompileOptions

NOOP = {"name": "noop"}


def found(compiled: Any) -> list[tuple[str, str]]:
    return [(problem.code, problem.pointer) for problem in compiled.problems]


@pytest.mark.parametrize(
    ("doc", "code"),
    [
        ({"tasks": [], "edges": []}, "count"),
        ({"tasks": 5, "edges": []}, "count"),
        ({"tasks": [{"id": f"t{n}", **NOOP} for n in range(501)], "edges": []}, "count"),
        ({"tasks": [5], "edges": []}, "type"),
        ({"tasks": [NOOP], "edges": []}, "property-missing"),
        ({"tasks": [{"id": "a.b", **NOOP}], "edges": []}, "name-pattern"),
        ({"tasks": [{"id": "workflow", **NOOP}], "edges": []}, "name-pattern"),
        ({"tasks": [{"id": "a"}], "edges": []}, "type"),
        ({"tasks": [{"id": "a", **NOOP, "parameters": 5}], "edges": []}, "type"),
        ({"tasks": [{"id": "a", **NOOP, "subjectId": 5}], "edges": []}, "type"),
        ({"tasks": [{"id": "a", **NOOP, "isTrigger": "yes"}], "edges": []}, "type"),
        ({"tasks": [{"id": "a", **NOOP}], "edges": 5}, "count"),
        ({"tasks": [{"id": "a", **NOOP}], "edges": [{}] * 5_001}, "count"),
        ({"tasks": [{"id": "a", **NOOP}], "edges": [5]}, "ref-task"),
        ({"tasks": [{"id": "a", **NOOP}], "edges": [], "tasksHierarchy": []}, "key-duplicate"),
        ({"tasks": [{"id": "a", "name": "no.such"}], "edges": []}, "ref-adapter"),
        ({"tasks": [{"id": "a", "name": "x", "parameters": {"$activity": 5}}], "edges": []}, "type"),
        ({"tasks": [{"id": "a", **NOOP, "parameters": {"$options": {"odd": 1}}}], "edges": []}, "property-unknown"),
        ({"tasks": [{"id": "a", **NOOP, "parameters": {"$options": 1}}], "edges": []}, "type"),
        ({"tasks": [{"id": "a", **NOOP, "parameters": {"$resourceId": 5}}], "edges": []}, "type"),
        ({"tasks": [{"id": "a", **NOOP}], "edges": [], "name": ""}, "name-pattern"),
        ({"tasks": [{"id": "a", **NOOP}], "edges": [], "name": None}, "property-missing"),
    ],
)
def test_what_is_refused(doc: dict[str, Any], code: str) -> None:
    compiled = compile_document({"name": "g", **doc})
    assert compiled.program is None
    assert code in [problem.code for problem in compiled.problems]


def test_a_cycle_names_its_tasks_in_order(graph: Any) -> None:
    tasks = [{"id": key, **NOOP} for key in "abcd"]
    compiled = graph(tasks, ("a", "b"), ("b", "c"), ("c", "d"), ("d", "b"))
    (problem,) = compiled.problems
    assert problem.code == "graph-cycle"
    assert problem.message.split(": ")[1] in ("b -> c -> d -> b", "c -> d -> b -> c", "d -> b -> c -> d")


def test_other_problems_are_told_beside_a_cycle(graph: Any) -> None:
    tasks = [
        {"id": "a", "name": "set", "parameters": {"x": "${b.output}", "y": "${parent.output}"}},
        {"id": "b", "name": "no.such"},
    ]
    compiled = graph(tasks, ("a", "b"), ("b", "a"))
    assert sorted(found(compiled)) == [("graph-cycle", "/edges"), ("ref-adapter", "/tasks/1/name")]


def test_an_edge_that_cannot_be_read_makes_no_other_problems(graph: Any) -> None:
    tasks = [
        {"id": "a", **NOOP, "isTrigger": True},
        {"id": "b", "name": "set", "parameters": {"x": "${a.output}", "y": "${parent.output}"}},
    ]
    assert found(graph(tasks, ("no", "b"))) == [("ref-task", "/edges/0/parent")]
    many = compile_document({"name": "g", "tasks": tasks, "edges": [{"parent": "a", "child": "b"}] * 5_001})
    assert found(many) == [("count", "/edges")]


def test_a_name_is_an_alias_a_word_or_an_activity(graph: Any) -> None:
    given = {"options": CompileOptions(adapters=lambda name: name in ("mine", "http"))}
    tasks = [
        {"id": "a", "name": "mine"},
        {"id": "b", "name": "HTTP", "parameters": {"url": "u"}},
        {"id": "c", "name": "http"},
    ]
    program = graph(tasks, given=given).program
    assert [node.spec.work.target for node in program.nodes[1:]] == ["mine", "graph:http", "http"]
    assert found(graph([{"id": "a", "name": "yours"}], given=given)) == [("ref-adapter", "/tasks/0/name")]


def test_type_goes_before_name(graph: Any) -> None:
    program = graph([{"id": "a", "name": "label", "type": "No-Op"}]).program
    assert program.nodes[1].kind == "task-value"


def test_only_ancestors_are_named_also_far_ones(graph: Any) -> None:
    tasks = [{"id": "a", **NOOP}, {"id": "b", **NOOP}, {"id": "c", "name": "set", "parameters": {"x": "${a.output}"}}]
    assert found(graph(tasks, ("a", "b"), ("b", "c"))) == []
    assert found(graph(tasks, ("b", "c"))) == [("ref-task", "/tasks/2/parameters/x")]


def test_parent_needs_exactly_one(graph: Any) -> None:
    tasks = [
        {"id": "a", **NOOP},
        {"id": "b", **NOOP},
        {"id": "c", "name": "set", "parameters": {"x": "${parent.output}"}},
    ]
    assert found(graph(tasks, ("a", "c"))) == []
    assert [code for code, _ in found(graph(tasks, ("a", "c"), ("b", "c")))] == ["ref-task"]


def test_options(graph: Any) -> None:
    options = {"retryCount": 2, "retryLogic": "EXPONENTIAL_BACKOFF", "timeoutSeconds": 3, "optional": True}
    spec = graph([{"id": "a", **NOOP, "parameters": {"$options": options}}]).program.nodes[1].spec
    assert (spec.retry.count, spec.retry.logic, spec.timeout_ms, spec.policy, spec.optional) == (
        2,
        "exponential",
        3_000,
        "retry",
        True,
    )
    assert graph([{"id": "a", **NOOP}]).program.nodes[1].spec.retry.count == 0
