"""A job as `GET /job/{jobId}/runs/{runId}` shows it."""

from __future__ import annotations

from collections.abc import Mapping
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
        shown["pendingActivities"] = [activity(one, words, found.numbers) for one in found.pending.activities]
    if found.pending.children:
        shown["pendingChildren"] = [child(one, words, found.numbers) for one in found.pending.children]
    extended: dict[str, Any] = {"originalStartTime": time_text(job.started_at)}
    if job.due_at:
        extended["executionExpirationTime"] = time_text(job.due_at)
    if job.cancel_requested and not job.closed:
        extended["cancelRequested"] = True
    if job.quarantine_reason:
        extended["suspendedReason"] = job.quarantine_reason
    shown["workflowExtendedInfo"] = extended
    return shown


def activity(one: PendingActivity, words: Words, numbers: Mapping[str, int]) -> dict[str, Any]:
    """An activity in execution, waiting or to be tried again; its id is that of its history event."""
    shown: dict[str, Any] = {
        "activityId": str(numbers.get(one.ref, 0)),
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
    if one.next_at:
        shown["nextAttemptScheduleTime"] = time_text(one.next_at)
    return shown


def child(one: PendingChild, words: Words, numbers: Mapping[str, int]) -> dict[str, Any]:
    """A child job that has not closed; `initiatedId` is the number of its history event."""
    return {
        "workflowId": one.job,
        "runId": one.run,
        "workflowTypeName": TYPE_NAME,
        "initiatedId": str(numbers.get(one.ref, 0)),
        "parentClosePolicy": words("parent_close", "Terminate" if one.on_parent_close == "terminate" else "Abandon"),
    }
