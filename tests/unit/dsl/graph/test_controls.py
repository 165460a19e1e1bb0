"""Control tasks."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import Budget

WAIT = {"_type": "WAIT"}


def fork(*names: str) -> dict[str, Any]:
    return {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[{**WAIT, "_name": name}] for name in names]}


def test_a_fork_with_and_without_a_join(compiled: Any) -> None:
    program = compiled([fork("a", "b")]).program
    assert program.nodes[program.positions["/_taskDefs/0"]].spec.work.join == -1
    program = compiled([fork("a", "b"), {"_name": "j", "_type": "JOIN", "_joinOn": ["b"]}]).program
    work = program.nodes[program.positions["/_taskDefs/0"]].spec.work
    assert (program.nodes[work.join].name, work.joined) == ("j", (("b", 1),))


def test_a_join_on_what_is_not_there(codes: Any) -> None:
    tasks = [fork("a"), {"_name": "j", "_type": "JOIN", "_joinOn": ["x"]}]
    assert codes(tasks) == [("ref-task", "/_taskDefs/1/_joinOn/0")]


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ({"_type": "SWITCH"}, "property-missing"),
        ({"_type": "SWITCH", "_expression": "x", "_evaluatorType": "python"}, "unsupported-evaluator"),
        ({"_type": "SWITCH", "_expression": "f(x)", "_evaluatorType": "javascript"}, "expression-syntax"),
        ({"_type": "SWITCH", "_expression": ".a ==", "_evaluatorType": "jq"}, "expression-syntax"),
        ({"_type": "SWITCH", "_expression": 5}, "type"),
        ({"_type": "DO_WHILE", "_loopOver": [WAIT]}, "property-missing"),
        ({"_type": "DO_WHILE", "_loopOver": [WAIT], "_items": "text"}, "type"),
        ({"_type": "DO_WHILE", "_loopOver": [WAIT], "_loopCondition": True}, "type"),
        ({"_type": "FORK_JOIN_DYNAMIC"}, "property-missing"),
        ({"_type": "FORK_JOIN_DYNAMIC", "_dynamicForkTasksParam": "x"}, "property-missing"),
    ],
)
def test_what_is_refused(codes: Any, task: dict[str, Any], code: str) -> None:
    assert code in [found for found, _ in codes([task])]


def test_a_second_dynamic_fork_has_its_name_in_its_branches(compiled: Any) -> None:
    inputs = {"forkTaskType": "HTTP", "forkTaskInputs": "${workflow.input.x}"}
    tasks = [{"_name": name, "_type": "FORK_JOIN_DYNAMIC", "_inputParams": inputs} for name in ("f", "g")]
    program = compiled(tasks).program
    prefixes = [node.spec.work.dynamic.prefix for node in program.nodes if node.kind == "task-fan"]
    assert prefixes == ["", "g_"]


def test_names_made_while_running_may_be_named(codes: Any) -> None:
    inputs = {"forkTaskType": "HTTP", "forkTaskInputs": "${workflow.input.x}"}
    tasks = [{"_type": "FORK_JOIN_DYNAMIC", "_inputParams": inputs}]
    assert codes(tasks, _outputParams={"x": "${_HTTP_0.output}"}) == []


def test_a_loop_in_jq(spec: Any) -> None:
    task = {
        "_type": "DO_WHILE",
        "_evaluatorType": "jq",
        "_loopCondition": ".a < 2",
        "_loopOver": [{**WAIT, "_name": "w"}],
    }
    work = spec(task).work
    assert (work.names, work.condition.text) == (("w",), ".a < 2")


@pytest.mark.parametrize("evaluator", ["javascript", "graaljs"])
def test_an_input_named_like_the_case_value_may_be_looked_at(spec: Any, evaluator: str) -> None:
    case = {"_type": "SWITCH", "_decisionCases": {}, "evaluatorType": evaluator, "expression": "$.switchCaseValue > 4"}
    work = spec({**case, "inputParameters": {"switchCaseValue": 5}}).work
    assert (work.direct_key, work.value.evaluate({"switchCaseValue": 5}, (), Budget())) == ("", True)
    assert spec({**case, "_inputParams": {"_switchCaseValue": 5}}).work.direct_key == "_switchCaseValue"
    plain = {**case, "evaluatorType": "value-param", "expression": "switchCaseValue"}
    assert spec({**plain, "inputParameters": {"switchCaseValue": 5}}).work.direct_key == "switchCaseValue"
