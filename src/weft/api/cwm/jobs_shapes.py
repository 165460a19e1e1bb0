"""A job as `GET /job/{jobId}/runs/{runId}` shows it."""

from __future__ import annotations

from typing import Any

from weft.api.cwm.history import run_timeout
from weft.api.cwm.protobuf import TASK_QUEUE, TYPE_NAME, failure, info, time_text
from weft.api.cwm.words import Words
from weft.ports.engine import PendingActivity, PendingChild
from weft.services.jobs import Description


def describe(found: Description, words: Words) -> dict[str, Any]:
    job = found.job
    shown: dict[str, Any] = {
        "executionConfig": {
            "taskQueue": {"name": TASK_QUEUE, "kind": words("queue", "Normal")},
            "workflowExecutionTimeout": run_timeout(job),
            "workflowRunTimeout": run_timeout(job),
            "defaultWorkflowTaskTimeout": "10s",
        },
        "workflowExecutionInfo": info(job, words),
    }
    if found.pending.activities:
        shown["pendingActivities"] = [activity(one, words) for one in found.pending.activities]
    if found.pending.children:
        shown["pendingChildren"] = [child(one, words) for one in found.pending.children]
    extended: dict[str, Any] = {"originalStartTime": time_text(job.started_at)}
    if job.due_at:
        extended["executionExpirationTime"] = time_text(job.due_at)
    if job.cancel_requested and not job.closed:
        extended["cancelRequested"] = True
    if job.quarantine_reason:
        extended["suspendedReason"] = job.quarantine_reason
    shown["workflowExtendedInfo"] = extended
    return shown


def activity(one: PendingActivity, words: Words) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "activityId": one.ref,
        "activityType": {"name": one.target},
        "state": words("pending", "Started" if one.state == "started" else "Scheduled"),
        "attempt": one.attempt,
        "scheduledTime": time_text(one.scheduled_at),
    }
    if one.maximum_attempts:
        shown["maximumAttempts"] = one.maximum_attempts
    if one.started_at:
        shown["lastStartedTime"] = time_text(one.started_at)
    if one.last_fault is not None:
        shown["lastFailure"] = failure(one.last_fault)
    if one.worker:
        shown["lastWorkerIdentity"] = one.worker
    return shown


def child(one: PendingChild, words: Words) -> dict[str, Any]:
    return {
        "workflowId": one.job,
        "runId": one.run,
        "workflowTypeName": TYPE_NAME,
        "initiatedId": one.ref,
        "parentClosePolicy": words("parent_close", "Terminate" if one.on_parent_close == "terminate" else "Abandon"),
    }
