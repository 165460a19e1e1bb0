"""Tasks that start jobs of other definitions."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import Budget

WRITTEN = {
    "name": "d",
    "tasks": [{"name": "q", "type": "INLINE", "inputParameters": {"expression": ".", "n": "${q.x}"}}],
}


def which(spec: Any, task: dict[str, Any], *vars: Any) -> Any:
    return spec(task).work.which.evaluate({}, vars, Budget())


def test_a_definition_that_is_written_out_is_left_as_it_is(spec: Any) -> None:
    task = {"_type": "SUB_WORKFLOW", "_subWorkflowParam": {"name": "n", "workflowDefinition": WRITTEN}}
    assert which(spec, task) == {"name": "n", "definition": WRITTEN}


def test_a_definition_that_is_computed(spec: Any) -> None:
    task = {"_type": "SUB_WORKFLOW", "_subWorkflowParam": {"workflowDefinition": "${workflow.input.d}"}}
    assert which(spec, task, {"input": {"d": WRITTEN}}) == {"definition": WRITTEN}


@pytest.mark.parametrize(
    ("task", "detached"),
    [
        ({"_type": "SUB_WORKFLOW", "_subWorkflowParam": "${workflow.input.p}"}, False),
        ({"_type": "START_WORKFLOW", "_inputParams": {"startWorkflow": "${workflow.input.p}"}}, True),
        ({"_type": "START_WORKFLOW", "startWorkflow": "${workflow.input.p}"}, True),
    ],
)
def test_all_of_it_may_be_computed(spec: Any, task: dict[str, Any], detached: bool) -> None:
    given = {"name": "n", "version": 3, "correlationId": "c"}
    found = which(spec, task, {"input": {"p": given}})
    assert found == {"name": "n", "version": 3, "correlation": "c"}
    assert spec(task).work.detached is detached


def test_secret_values_inside_are_refused(codes: Any) -> None:
    call = {"type": "HTTP", "name": "h", "inputParameters": {"uri": "https://h", "headers": {"Authorization": "x"}}}
    kept = {"type": "HTTP", "name": "k", "inputParameters": {"uri": "https://h", "token": "***"}}
    param = {"workflowDefinition": {"name": "d", "tasks": [call, kept]}}
    base = "/_taskDefs/0/_subWorkflowParam/workflowDefinition/tasks"
    assert codes([{"_type": "SUB_WORKFLOW", "_subWorkflowParam": param}]) == [
        ("secret-leak", f"{base}/0/inputParameters/headers/Authorization"),
        ("secret-leak", f"{base}/1/inputParameters/token"),
    ]
    call["inputParameters"] = {"uri": "https://h", "headers": {"Authorization": "Bearer ${workflow.secrets.k}"}}
    del param["workflowDefinition"]["tasks"][1]
    assert codes([{"_type": "SUB_WORKFLOW", "_subWorkflowParam": param}]) == []


def test_what_is_missing(codes: Any) -> None:
    assert codes([{"_type": "SUB_WORKFLOW"}]) == [("property-missing", "/_taskDefs/0")]
    assert codes([{"_type": "START_WORKFLOW"}]) == [("property-missing", "/_taskDefs/0")]
    assert codes([{"_type": "SUB_WORKFLOW", "_subWorkflowParam": {"version": 2}}]) == [
        ("property-missing", "/_taskDefs/0/_subWorkflowParam")
    ]


def test_a_child_that_is_not_there_yet_is_a_warning(compiled: Any) -> None:
    task = {"_type": "SUB_WORKFLOW", "_subWorkflowParam": {"name": "later", "version": 2}}
    asked: list[Any] = []
    found = compiled([task], given={"children": lambda child: bool(asked.append(child))})
    assert found.program is not None
    assert [(problem.code, problem.severity) for problem in found.problems] == [("ref-subflow", "warning")]
    assert (asked[0].name, asked[0].version) == ("later", "2.0.0")
