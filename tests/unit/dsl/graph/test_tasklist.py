"""Names, order and nesting of task lists."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.document.context import CompileOptions
from weft.dsl.machine.core import HANDLERS


def names(program: Any) -> list[str]:
    return [node.name for node in program.nodes if node.kind != "task-root"]


def wait(**more: Any) -> dict[str, Any]:
    return {"_type": "WAIT", **more}


def test_order_is_by_number(compiled: Any) -> None:
    tasks = [wait(_name="b", _sequenceno=2), wait(_name="a", _sequenceno=1)]
    program = compiled(tasks).program
    first = program.nodes[program.nodes[0].spec.body]
    assert (first.name, program.nodes[first.next].name) == ("a", "b")


def test_default_names(compiled: Any) -> None:
    tasks = [wait(), wait(_name="WAIT_2"), wait(), {"_type": "HUMAN"}]
    assert set(names(compiled(tasks).program)) == {"WAIT", "WAIT_2", "WAIT_3", "HUMAN"}


def test_the_reference_name_wins(compiled: Any) -> None:
    program = compiled([{"name": "acme.x.v1.0.0.f.A", "taskReferenceName": "ref"}]).program
    assert names(program) == ["ref"]
    assert program.nodes[1].spec.work.target == "acme.x.v1.0.0.f.A"


@pytest.mark.parametrize("name", ["a.b", "a[", "${x}", "it's", "x__2", "workflow", "a" * 129, "a\tb"])
def test_names_that_cannot_be(codes: Any, name: str) -> None:
    assert ("name-pattern", "/_taskDefs/0/_name") in codes([wait(_name=name)])


def test_names_are_unique_across_branches(codes: Any) -> None:
    fork = {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[wait(_name="a")], [wait(_name="a")]]}
    assert codes([fork]) == [("name-duplicate", "/_taskDefs/0/_forkTasks/1/0/_name")]


def test_numbers_are_unique_in_their_list(codes: Any) -> None:
    tasks = [wait(_name="a", _sequenceno=1), wait(_name="b", _sequenceno=1)]
    assert codes(tasks) == [("name-duplicate", "/_taskDefs/1/_sequenceno")]


def test_nesting_and_numbers_are_limited(codes: Any) -> None:
    task: dict[str, Any] = wait()
    for number in range(11):
        assert codes([task]) == []
        task = {"_name": f"s{number}", "_type": "SWITCH", "_expression": "x", "_decisionCases": {"a": [task]}}
    assert [code for code, _ in codes([task])] == ["count"]
    assert [code for code, _ in codes([wait(_name=f"w{number}") for number in range(501)])] == ["count"]
    assert codes([wait(_name=f"w{number}") for number in range(500)]) == []


@pytest.mark.parametrize(
    ("root", "code"),
    [
        ({"_name": None}, "property-missing"),
        ({"_name": "a b"}, "name-pattern"),
        ({"_name": 5}, "type"),
        ({"_taskDefs": {}}, "type"),
        ({"_taskDefs": []}, "count"),
        ({"_timeoutSeconds": -1}, "range"),
        ({"_timeoutPolicy": "RETRY"}, "enum"),
        ({"_outputParams": []}, "type"),
        ({"_outputParams": {"a": "${x"}}, "expression-syntax"),
        ({"_outputParams": {"a": "${x.output}"}}, "ref-task"),
        ({"_taskDefs": [5]}, "type"),
        ({"_tasks": []}, "key-duplicate"),
    ],
)
def test_definitions_that_are_refused(compiled: Any, root: dict[str, Any], code: str) -> None:
    found = compiled([wait()], **root)
    assert found.program is None
    assert code in [problem.code for problem in found.problems]


@pytest.mark.parametrize(
    "task",
    [
        {"_type": "FORK_JOIN"},
        {"_type": "FORK_JOIN", "_forkTasks": [[]]},
        {"_type": "FORK_JOIN", "_forkTasks": [5]},
        {"_type": "FORK_JOIN", "_forkTasks": [[{"_type": "WAIT"}]] * 101},
        {"_type": "DO_WHILE", "_loopCondition": "true"},
        {"_type": "SWITCH", "_expression": "x", "_decisionCases": {"a": 5}},
        {"_type": "SWITCH", "_expression": "x", "_decisionCases": {"defaultCase": []}, "defaultCase": []},
        {"_type": "JOIN"},
    ],
)
def test_control_tasks_that_are_refused(compiled: Any, task: dict[str, Any]) -> None:
    assert compiled([task]).program is None


def test_keys_without_effect_do_no_harm(compiled: Any) -> None:
    found = compiled([wait()], version=3, schemaVersion=2, ownerEmail="a@b", restartable=True)
    assert found.problems == []
    assert found.identity.version == "1.0.0"


def test_every_kind_has_a_handler(compiled: Any) -> None:
    fork = {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[wait()]]}
    program = compiled([fork, {"_type": "JOIN"}, {"_type": "HUMAN"}]).program
    assert all(node.kind in HANDLERS for node in program.nodes)


def test_a_type_that_is_none_is_said_once(codes: Any) -> None:
    given = {"options": CompileOptions(adapters=lambda name: False)}
    assert codes([{"_type": "NOOP", "_name": "x"}], given=given) == [("unsupported-task-type", "/_taskDefs/0/_type")]
    assert codes([{"_type": "ODD", "_name": "x"}], given=given) == [("enum", "/_taskDefs/0/_type")]


def test_an_output_that_says_nothing_is_none(compiled: Any) -> None:
    task = {"_type": "WAIT", "_name": "w"}
    assert compiled([task], outputParameters={}).program.run.output_as is None
    assert compiled([task], outputParameters={"a": 1}).program.run.output_as is not None
