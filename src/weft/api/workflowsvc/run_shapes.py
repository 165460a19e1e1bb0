"""Runs and their tasks as they are shown: exact key sets, nulls written, secrets as `***`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from weft.api.workflowsvc.times import shown, shown_or_null
from weft.api.workflowsvc.words import run_status, task_status
from weft.domain.access import subject_id
from weft.domain.jobs import FAILED, STOPPED, Job
from weft.domain.tenancy import Tenant, ids_of
from weft.dsl.graph.concealed import shown as unsealed
from weft.services.job_tasks import TaskRecord

ENDED_BADLY = FAILED | STOPPED
BY_COMMAND = "Terminated by command"


def subject(name: str) -> str | None:
    """The id of a caller as it is shown, None where nobody is known."""
    return subject_id(name) if name else None


def run_body(job: Job, tenant: Tenant, records: Iterable[TaskRecord]) -> dict[str, Any]:
    """A run in its 15 keys."""
    return {
        "_id": job.id,
        "_workflowDefId": job.workflow_id,
        "_name": job.workflow_name,
        "_namespaces": list(ids_of(tenant, (job.namespace,))),
        "_userType": job.label or None,
        "_tasks": [brief_body(record) for record in records],
        "_timeoutSeconds": job.timeout_s,
        "_timeoutPolicy": job.timeout_policy,
        "_status": run_status(job),
        "_createdAt": shown(job.created_at or job.started_at),
        "_updatedAt": shown(job.updated_at or job.started_at),
        "_createdBy": subject(job.started_by),
        "_updatedBy": subject(job.updated_by or job.started_by),
        "_inputParams": input_body(job.input),
        "_output": run_output(job),
    }


def input_body(value: Any) -> Any:
    """A run's input: an object, whatever another dialect started the job with."""
    if value is None:
        return {}
    value = unsealed(value)
    return value if isinstance(value, dict) else {"value": value}


def run_output(job: Job) -> Any:
    """Null until the run ends; then its output, or, when it ended badly, an object that says why.

    `_failedTaskId` is the task that failed for good or ended the run, null after a command or the run's own time-out.
    """
    if not job.closed:
        return None
    if job.status not in ENDED_BADLY:
        return unsealed(job.output)
    fault = cast("Mapping[str, Any]", job.fault) if isinstance(job.fault, dict) else {}
    output: dict[str, Any] = dict(cast("dict[str, Any]", unsealed(job.output))) if isinstance(job.output, dict) else {}
    output["_reason"] = reason_of(job, fault)
    output["_failedTaskId"] = fault.get("taskId") or None
    child = fault.get("failureJob")
    if child:
        output["_failureWorkflowId"] = child
    return output


def reason_of(job: Job, fault: Mapping[str, Any]) -> str:
    """Why a run ended badly, in words."""
    for key in ("reason", "detail", "title"):
        text = fault.get(key)
        if isinstance(text, str) and text:
            return text
    return BY_COMMAND if job.status in ("cancelled", "terminated") else run_status(job)


def brief_body(record: TaskRecord) -> dict[str, Any]:
    """A task inside a run, in its five keys."""
    return {
        "_id": record.id,
        "_name": record.name,
        "_sequenceno": record.number,
        "_type": record.type,
        "_status": task_status(record.status),
    }


def task_body(record: TaskRecord) -> dict[str, Any]:
    """A task alone: six keys before it ever started, six more from then on; iterations tell their number."""
    body: dict[str, Any] = {
        "_id": record.id,
        "_name": record.name,
        "_type": record.type,
        "_sequenceno": record.number,
        "_status": task_status(record.status),
        "_inputParams": unsealed(record.input) if record.input is not None else {},
    }
    if record.started:
        body["_output"] = unsealed(record.output)
        body["_reason"] = record.reason or None
        body["_attempt"] = record.attempt
        body["_startedAt"] = shown_or_null(record.started_at)
        body["_updatedAt"] = shown(record.updated_at or record.started_at)
        body["_endedAt"] = shown_or_null(record.ended_at)
    if record.iteration:
        body["_iteration"] = record.iteration
    return body


def loop_body(record: TaskRecord) -> dict[str, Any]:
    """A task of an iteration in the list of its loop, in eight keys."""
    return {
        **brief_body(record),
        "_iteration": record.iteration,
        "_inputParams": unsealed(record.input) if record.input is not None else {},
        "_output": unsealed(record.output),
    }
