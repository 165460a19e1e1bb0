"""The tasks of a definition in their order, laid over the facts of a run."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.compile import compile_document
from weft.dsl.machine.task_outline import arrange, in_short, is_listed, outline_of


def tasklist(*tasks: dict[str, Any]) -> Any:
    program = compile_document({"_name": "u", "_taskDefs": list(tasks)}).program
    assert program is not None
    return outline_of(program)


def graph(names: str, *edges: str) -> Any:
    tasks = [{"id": name, "name": "noop"} for name in names]
    pairs = [{"parent": edge[0], "child": edge[1]} for edge in edges]
    program = compile_document({"name": "u", "tasks": tasks, "tasksHierarchy": pairs}).program
    assert program is not None
    return outline_of(program)


def inline(name: str, **more: Any) -> dict[str, Any]:
    return {"_name": name, "_type": "INLINE", "_inputParams": {"expression": "1"}, **more}


FORK = {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[inline("a"), inline("b")], [inline("c")]]}
LOOP = {"_name": "l", "_type": "DO_WHILE", "_loopCondition": "false", "_loopOver": [inline("i"), FORK]}


@pytest.mark.parametrize(
    ("names", "edges", "order"),
    [
        ("abcde", ("ab", "ac", "bd", "cd", "de"), "abcde"),
        ("edcba", ("ab", "ac", "bd", "cd", "de"), "acbde"),
        ("ba", (), "ba"),
        ("zabc", ("cz", "ca"), "bcza"),
    ],
)
def test_graphs_show_parents_first_and_ties_by_position(names: str, edges: tuple[str, ...], order: str) -> None:
    outline = graph(names, *edges)
    assert outline.graph and "".join(task.name for task in outline.tasks) == order
    assert [task.number for task in outline.tasks] == list(range(1, len(names) + 1))
    assert {task.name for task in outline.tasks if task.waits} == {edge[1] for edge in edges}


def test_numbers_are_those_of_the_definition() -> None:
    outline = tasklist(inline("x", _sequenceno=20), inline("y", _sequenceno=10))
    assert [(task.name, task.number) for task in outline.tasks] == [("y", 10), ("x", 20)]
    assert outline.by_name["x"].position == "/_taskDefs/0"


def test_nothing_is_known_yet() -> None:
    placed = arrange(tasklist(FORK, LOOP | {"_loopOver": [inline("i")]}), {})
    assert [(one.key, one.facts, one.parent) for one in placed] == [("f", None, ""), ("l", None, "")]


def test_inner_tasks_are_there_once_the_outer_one_has_begun() -> None:
    outline = tasklist(LOOP)
    begun = {"status": "running", "started": 5}
    facts = {
        "l": {**begun, "iterations": 2},
        "i__1": {"status": "completed", "iteration": 1},
        "i": {"status": "running", "iteration": 2},
        "i__2": {"status": "running", "iteration": 2},
        "f__2": {**begun, "iteration": 2},
    }
    placed = arrange(outline, facts)
    assert [one.key for one in placed] == ["l", "i__1", "f__1", "i__2", "f__2", "a__2", "b__2", "c__2"]
    assert [one.parent for one in placed] == ["", "l", "l", "l", "l", "f__2", "f__2", "f__2"]
    assert [one.iteration for one in placed] == [0, 1, 1, 2, 2, 2, 2, 2]
    assert [one.key for one in arrange(outline, facts, iterations=False)] == ["l"]


def test_a_queued_container_has_made_nothing() -> None:
    assert [one.key for one in arrange(tasklist(FORK), {"f": {"status": "queued"}})] == ["f"]


@pytest.mark.parametrize(("chosen", "inner"), [("x", ["p"]), ("other", ["d"]), ("d", ["d"])])
def test_only_the_chosen_case(chosen: str, inner: list[str]) -> None:
    switch = {
        "_name": "s", "_type": "SWITCH", "_expression": "k", "_decisionCases": {"x": [inline("p")]},
        "_defaultCase": [inline("d")],
    }  # fmt: skip
    facts = {"s": {"status": "running", "started": 1, "chosen": chosen}}
    assert [one.key for one in arrange(tasklist(switch), facts)] == ["s", *inner]


def test_tasks_made_while_running_follow_what_made_them() -> None:
    dynamic = {
        "_name": "f",
        "_type": "FORK_JOIN_DYNAMIC",
        "_inputParams": {"forkTaskType": "HTTP", "forkTaskInputs": []},
    }
    made = {"type": "HTTP", "parent": "f"}
    facts = {
        "f": {"status": "running", "started": 1},
        "y": {"status": "queued", "number": 2, **made},
        "x": {"status": "completed", "number": 1, **made},
    }
    placed = arrange(tasklist(dynamic, inline("z")), facts)
    assert [(one.key, one.parent, one.task is None) for one in placed] == [
        ("f", "", False), ("x", "f", True), ("y", "f", True), ("z", "", False),
    ]  # fmt: skip
    assert in_short(placed, "cancelled") == [
        ["f", "running"], ["x", "completed", "HTTP", 1], ["y", "queued", "HTTP", 2], ["z", "cancelled"],
    ]  # fmt: skip


def test_forms_are_part_of_it() -> None:
    who = [{"_userType": "role", "_id": "r"}]
    outline = tasklist(
        {"_name": "a", "_type": "USER_INPUT", "_userInputPermissions": who},
        {"_name": "b", "_type": "WAIT"},
        inline("c"),
    )
    assert [(task.answered, task.form, task.assignees) for task in outline.tasks] == [
        (True, "user-input", ("role:r",)), (True, "", ()), (False, "", ()),
    ]  # fmt: skip


def test_other_languages_have_none() -> None:
    document = {
        "document": {"dsl": "1.0.0", "namespace": "n", "name": "x", "version": "1.0.0"},
        "do": [{"a": {"set": {"x": 1}}}],
    }
    program = compile_document(document).program
    assert program is not None and not is_listed(program)
    with pytest.raises(ValueError, match="no listed tasks"):
        outline_of(program)
