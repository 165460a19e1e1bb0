"""Protobuf-JSON forms of jobs and history: times, durations, payloads, failures, search attributes."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from weft.api.cwm.words import WORD_BY_STATUS, Words
from weft.domain.jobs import Job
from weft.dsl.machine.faults import Fault

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOURCE = "CWM"
TYPE_NAME = "DSL"
TASK_QUEUE = "default"

_json = msgspec.json.Encoder()


def b64(text: str | bytes) -> str:
    return base64.b64encode(text.encode() if isinstance(text, str) else text).decode("ascii")


JSON_PLAIN = b64("json/plain")


def time_text(ms: int) -> str:
    """RFC 3339 in UTC; no fraction or three digits."""
    moment = EPOCH + timedelta(milliseconds=ms)
    text = moment.strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{ms % 1000:03d}Z" if ms % 1000 else f"{text}Z"


def duration_text(ms: int) -> str:
    """Seconds with `s`; no fraction or three digits."""
    return f"{ms // 1000}.{ms % 1000:03d}s" if ms % 1000 else f"{ms // 1000}s"


def payload(value: Any, kind: str = "") -> dict[str, Any]:
    """A value as a payload; `kind` is the type of a search attribute."""
    metadata = {"encoding": JSON_PLAIN}
    if kind:
        metadata["type"] = b64(kind)
    return {"metadata": metadata, "data": b64(_json.encode(value))}


def payloads(*values: Any) -> dict[str, Any]:
    return {"payloads": [payload(value) for value in values]}


def search_attributes(job: Job) -> dict[str, Any]:
    """The job's search attributes; those it does not have are left out."""
    texts = {
        "JobName": job.name,
        "WorkflowName": job.workflow_name,
        "WorkflowVersion": job.workflow_version,
        "WorkflowDefinitionId": job.workflow_id,
        "StartUser": job.started_by,
        "LogLevel": job.log_level,
        "TemporalScheduledById": job.schedule,
    }
    fields = {name: payload(text, "Keyword") for name, text in texts.items() if text}
    fields["JobTags"] = payload(list(job.tags), "KeywordList")
    if job.workflow_tags:
        fields["WorkflowTags"] = payload(list(job.workflow_tags), "KeywordList")
    if job.scheduled_at:
        fields["TemporalScheduledStartTime"] = payload(time_text(job.scheduled_at), "Datetime")
    return {"indexedFields": fields}


def memo(job: Job) -> dict[str, Any]:
    return {"fields": {"inputData": payload(job.input)}}


def execution(job_id: str, run: str) -> dict[str, str]:
    return {"workflowId": job_id, "runId": run}


def info(job: Job, words: Words) -> dict[str, Any]:
    """A job as `workflowExecutionInfo`, and as an element of the list."""
    shown: dict[str, Any] = {
        "execution": execution(job.id, job.run),
        "type": {"name": TYPE_NAME},
        "startTime": time_text(job.started_at),
        "status": words("status", WORD_BY_STATUS[job.status]),
        "historyLength": str(job.history_length),
        "executionTime": time_text(job.started_at),
        "memo": memo(job),
        "searchAttributes": search_attributes(job),
        "taskQueue": TASK_QUEUE,
        "firstRunId": job.first_run or job.run,
    }
    if job.closed:
        shown["closeTime"] = time_text(job.closed_at)
        shown["executionDuration"] = duration_text(max(0, job.closed_at - job.started_at))
    if job.transitions:
        shown["stateTransitionCount"] = str(job.transitions)
    if job.history_bytes:
        shown["historySizeBytes"] = str(job.history_bytes)
    if job.parent_job:
        shown["parentExecution"] = execution(job.parent_job, job.parent_run)
        shown["rootExecution"] = execution(job.root_job, job.root_run)
    return shown


def failure(fault: Fault) -> dict[str, Any]:
    """A fault as a failure: its code is the type of the application failure."""
    made: dict[str, Any] = {
        "message": fault.detail or fault.title or fault.code or fault.kind,
        "source": SOURCE,
        "applicationFailureInfo": {"type": fault.code or fault.kind.upper()},
    }
    if not fault.retryable:
        made["applicationFailureInfo"]["nonRetryable"] = True
    if fault.cause is not None:
        made["cause"] = failure(fault.cause)
    return made
