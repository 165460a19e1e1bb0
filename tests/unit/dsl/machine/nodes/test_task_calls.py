"""Activities and other definitions."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import ChildCancelled, ChildFailed
from weft.dsl.machine.nodes.task_calls import BY_ID, INLINE, CallWork, arguments_of

SUB = {"_name": "s", "_type": "SUB_WORKFLOW"}


@pytest.mark.parametrize(
    ("work", "value", "arguments"),
    [
        (CallWork("t"), {"a": 1, "_resourceId": "r"}, {"input": {"a": 1}, "config": {"resourceId": "r"}}),
        (CallWork("t", subject="s"), {"a": 1}, {"input": {"a": 1}, "config": {"subjectId": "s"}}),
        (CallWork("t", prefix="$"), {"$resourceId": "r", "$x": 1}, {"input": {}, "config": {"resourceId": "r"}}),
        (CallWork("t"), None, {"input": {}}),
        (CallWork("t"), {"_resourceId": 5}, {"input": {}}),
    ],
)
def test_arguments(work: CallWork, value: Any, arguments: Any) -> None:
    assert arguments_of(work, value) == arguments


def test_a_result_that_is_no_object_is_wrapped(listed: Any, http: Any) -> None:
    run = listed([http("a")])
    run.done([1])
    assert run.live.output == {"result": [1]}


def test_a_definition_by_its_id(listed: Any) -> None:
    run = listed([{**SUB, "_subWorkflowParam": {"_workflowDefId": "d-1"}}])
    identity = run.wait("child").command.identity
    assert (identity.name, identity.namespace, identity.version) == ("d-1", BY_ID, "")


def test_a_definition_that_travels_along(listed: Any) -> None:
    run = listed([{**SUB, "_inputParams": {"a": 1}, "_subWorkflowParam": {"workflowDefinition": {"name": "x"}}}])
    command = run.wait("child").command
    assert command.identity.namespace == INLINE
    assert command.input == {"definition": {"name": "x"}, "input": {"a": 1}}


def test_a_computed_definition_must_be_an_object(listed: Any) -> None:
    run = listed([{**SUB, "_subWorkflowParam": {"workflowDefinition": "${workflow.input.d}"}}], {"d": "text"})
    assert run.live.fault.code == "INPUT_INVALID"
    run = listed([{**SUB, "_subWorkflowParam": {"name": "${workflow.input.d}"}}], {})
    assert run.live.fault.code == "INPUT_INVALID"


def test_a_cancelled_child_cancels_the_task(listed: Any) -> None:
    run = listed([{**SUB, "_subWorkflowParam": {"name": "o"}}])
    run.told(ChildCancelled, ref=run.wait("child").ref, reason="enough")
    assert (run.live.phase, run.facts("s")["status"]) == ("terminated", "cancelled")


def test_an_optional_child_that_is_cancelled(listed: Any) -> None:
    run = listed([{**SUB, "_optional": True, "_subWorkflowParam": {"name": "o"}}])
    run.told(ChildCancelled, ref=run.wait("child").ref)
    assert (run.live.phase, run.facts("s")["status"]) == ("completed", "completed_with_errors")


def test_a_started_job_that_could_not_be(listed: Any) -> None:
    from weft.dsl.machine.faults import fault
    from weft.dsl.machine.inputs import ChildFailed

    given = {"startWorkflow": {"name": "o"}}
    run = listed([{"_name": "s", "_type": "START_WORKFLOW", "_inputParams": given}])
    problem = fault("configuration", "no such definition", code="WORKFLOW_NOT_FOUND")
    run.told(ChildFailed, ref=run.wait("child").ref, fault=problem)
    assert (run.live.phase, run.live.fault.code) == ("faulted", "WORKFLOW_NOT_FOUND")


def test_a_job_that_failed_is_started_again_as_often_as_is_said(listed: Any) -> None:
    task = {"_name": "s", "_type": "SUB_WORKFLOW", "_subWorkflowParam": {"name": "w"}, "_retryDelaySeconds": 2}
    refused = Fault("communication", 404, code="HTTP_STATUS_404", retryable=False)
    run = listed([{**task, "_retryCount": 1}])
    run.child_started("job-1")
    run.told(ChildFailed, ref=run.wait("child").ref, fault=refused)
    run.fired("retry").child_started("job-2")
    run.told(ChildFailed, ref=run.wait("child").ref, fault=refused)
    assert (run.live.phase, run.facts("s")["attempt"]) == ("faulted", 2)
    run = listed([task])
    run.child_started("job-1")
    run.told(ChildFailed, ref=run.wait("child").ref, fault=refused)
    assert (run.live.phase, run.facts("s")["attempt"]) == ("faulted", 1)


def test_a_job_that_could_not_start_is_not_tried_again(listed: Any) -> None:
    task = {"_name": "s", "_type": "SUB_WORKFLOW", "_subWorkflowParam": {"name": "w"}, "_retryCount": 3}
    for code, before in (("WORKFLOW_NOT_FOUND", False), ("TERMINATED", True)):
        run = listed([task])
        if before:
            run.child_started("job-1")
        run.told(ChildFailed, ref=run.wait("child").ref, fault=Fault("runtime", 500, code=code))
        assert run.live.phase == ("terminated" if before else "faulted")
