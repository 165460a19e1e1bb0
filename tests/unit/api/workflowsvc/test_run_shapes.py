from __future__ import annotations

import pytest

from weft.api.workflowsvc import schemas
from weft.api.workflowsvc.run_shapes import loop_body, run_body, run_output, task_body
from weft.domain.access import subject_id
from weft.domain.jobs import Job
from weft.domain.schemas import check
from weft.domain.tenancy import Tenant
from weft.dsl.expr.sealed import Sealed, SecretRef
from weft.services.job_tasks import TaskRecord

TENANT = Tenant(id="acme", uuid="u", default_namespace="main")
AT = 1_775_000_000_104


def job(status="running", **more) -> Job:
    return Job(**{
        "id": "j", "run": "r", "name": "asked", "workflow_name": "n", "workflow_version": "1.0.0", "workflow_id": "w",
        "revision": "x", "status": status, "started_at": AT, "started_by": "user:a", "dialect": "tasklist", **more,
    })  # fmt: skip


def record(**more) -> TaskRecord:
    return TaskRecord(**{"id": "t", "key": "a", "name": "a", "type": "HTTP", "number": 1, "status": "queued", **more})


def test_a_run_has_fifteen_keys():
    body = run_body(job(input={"a": 1}, label="meter", timeout_s=5, timeout_policy="ALERT_ONLY"), TENANT, [record()])
    assert check(schemas.RUN, body) == []
    assert len(body) == 15
    assert body["_namespaces"] == ["main"] and body["_userType"] == "meter" and body["_timeoutSeconds"] == 5
    assert body["_timeoutPolicy"] == "ALERT_ONLY" and body["_output"] is None
    assert body["_createdBy"] == body["_updatedBy"] == subject_id("user:a")
    assert body["_tasks"] == [
        {"_id": "t", "_name": "a", "_sequenceno": 1, "_type": "HTTP", "_status": "QUEUED"},
    ]  # fmt: skip


def test_the_last_caller_and_change_are_shown():
    body = run_body(job(updated_by="user:b", updated_at=AT + 1, created_at=AT - 1, namespace="plant"), TENANT, [])
    assert body["_updatedBy"] == subject_id("user:b") and body["_createdAt"] < body["_updatedAt"]
    assert body["_namespaces"] == ["plant"]


@pytest.mark.parametrize(("given", "shown"), [(None, {}), ({"a": 1}, {"a": 1}), ([1], {"value": [1]})])
def test_inputs_are_objects(given, shown):
    assert run_body(job(input=given), TENANT, [])["_inputParams"] == shown


def test_secrets_are_masked():
    sealed = Sealed((SecretRef("x"),))
    assert run_body(job(input={"a": {"_pwd": sealed}}), TENANT, [])["_inputParams"] == {"a": {"_pwd": "***"}}
    assert task_body(record(input={"token": sealed}))["_inputParams"] == {"token": "***"}


def test_output_of_a_run_that_ended_well():
    assert run_output(job("completed", output={"a": 1}, closed_at=AT)) == {"a": 1}
    assert run_output(job("completed", closed_at=AT)) is None
    assert run_output(job("suspended", output={"a": 1})) is None


def test_output_of_a_run_that_ended_badly():
    fault = {"kind": "communication", "reason": "404", "task": "a", "taskId": "t", "failureJob": "f"}
    assert run_output(job("faulted", fault=fault, output={"x": 1})) == {
        "x": 1, "_reason": "404", "_failedTaskId": "t", "_failureWorkflowId": "f",
    }  # fmt: skip
    stopped = {"reason": "x", "by": "user:a", "task": "", "taskId": None}
    assert run_output(job("terminated", fault=stopped)) == {"_reason": "x", "_failedTaskId": None}
    assert run_output(job("cancelled")) == {"_reason": "Terminated by command", "_failedTaskId": None}
    assert run_output(job("timed_out"))["_reason"] == "TIMED_OUT"
    assert run_output(job("faulted", fault={"detail": "of another language"}))["_reason"] == "of another language"


def test_tasks_before_and_after_they_start():
    assert len(task_body(record())) == 6
    begun = task_body(record(started=True, status="running", started_at=AT, updated_at=AT, attempt=1))
    assert len(begun) == 12 and begun["_output"] is None and begun["_endedAt"] is None and begun["_reason"] is None
    assert task_body(record(iteration=2))["_iteration"] == 2
    for body in (begun, task_body(record()), task_body(record(iteration=2))):
        assert check(schemas.TASK, body) == []


def test_tasks_of_iterations():
    body = loop_body(record(iteration=1, name="a__1"))
    assert len(body) == 8 and check(schemas.LOOP_TASK, body) == []
