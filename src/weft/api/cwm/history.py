"""The event history of a job in protobuf-JSON: one builder per kind of event."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from weft.api.cwm.protobuf import (
    SOURCE,
    TASK_QUEUE,
    TYPE_NAME,
    duration_text,
    execution,
    failure,
    memo,
    payload,
    payloads,
    search_attributes,
    time_text,
)
from weft.api.cwm.words import Words
from weft.domain.jobs import Job
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import RunRestored
from weft.services.history import HistoryEvent, last_fault

TASK_ID_BASE = 1_048_576
NODE = "default@weft"
STICKY = "cwm-dsl-service-1"
DECISION_TIMEOUT = "10s"


class View:
    """One history being written: the job, its events, the mount's words."""

    def __init__(self, job: Job, events: list[HistoryEvent], words: Words) -> None:
        self.job = job
        self.events = events
        self.words = words

    def render(self) -> list[dict[str, Any]]:
        return [self.event(event) for event in self.events]

    def event(self, event: HistoryEvent) -> dict[str, Any]:
        word, build = BUILDERS[event.kind]
        attributes = build(self, event)
        return {
            "eventId": str(event.n),
            "eventTime": time_text(event.at),
            "eventType": self.words("event", word),
            "taskId": str(TASK_ID_BASE + event.n),
            f"{word[0].lower()}{word[1:]}EventAttributes": attributes,
        }

    def at(self, number: int) -> HistoryEvent | None:
        return self.events[number - 1] if 0 < number <= len(self.events) else None

    def queue(self, name: str = TASK_QUEUE) -> dict[str, Any]:
        return {"name": name, "kind": self.words("queue", "Normal")}

    def request_id(self, *parts: object) -> str:
        """Made from the run and what it belongs to, so that it reads the same every time."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, "/".join(map(str, (self.job.run, *parts)))))


def _decision(event: HistoryEvent) -> dict[str, Any]:
    return {"workflowTaskCompletedEventId": str(event.decision)}


def run_timeout(job: Job) -> str:
    return duration_text(max(0, job.due_at - job.started_at)) if job.due_at else "0s"


def start_request(job: Job) -> dict[str, Any]:
    return {
        "workflowName": job.workflow_name,
        "workflowVersion": job.workflow_version,
        "jobName": job.name,
        "tags": list(job.tags),
        "data": job.input,
    }


def _run_started(view: View, event: HistoryEvent) -> dict[str, Any]:
    job = view.job
    attributes: dict[str, Any] = {
        "workflowType": {"name": TYPE_NAME},
        "taskQueue": view.queue(),
        "input": payloads(start_request(job)),
        "workflowExecutionTimeout": run_timeout(job),
        "workflowRunTimeout": run_timeout(job),
        "workflowTaskTimeout": DECISION_TIMEOUT,
        "originalExecutionRunId": job.run,
        "identity": job.started_by,
        "firstExecutionRunId": job.first_run or job.run,
        "attempt": job.attempt,
        "firstWorkflowTaskBackoff": "0s",
        "workflowId": job.id,
    }
    if isinstance(event.source, RunRestored):
        attributes["continuedExecutionRunId"] = event.source.from_run
    if job.parent_job:
        attributes["parentWorkflowExecution"] = execution(job.parent_job, job.parent_run)
        attributes["rootWorkflowExecution"] = execution(job.root_job, job.root_run)
    return attributes


def _decision_scheduled(view: View, event: HistoryEvent) -> dict[str, Any]:
    queue = view.queue()
    if event.n > 2:
        queue = {"name": STICKY, "kind": view.words("queue", "Sticky"), "normalName": TASK_QUEUE}
    return {"taskQueue": queue, "startToCloseTimeout": DECISION_TIMEOUT, "attempt": 1}


def _decision_started(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {
        "scheduledEventId": str(event.start),
        "identity": NODE,
        "requestId": view.request_id(event.data["seq"]),
    }


def _decision_completed(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"scheduledEventId": str(event.start), "startedEventId": str(event.taken), "identity": NODE}


LOCAL = frozenset({"LoadDefinition", "ResolveActivity"})


def _marker(view: View, event: HistoryEvent) -> dict[str, Any]:
    name = str(event.data["name"])
    details = event.data.get("details") or {}
    if name in LOCAL:
        data: dict[str, Any] = {"name": name}
        if name == "LoadDefinition":
            data["workflowDefinitionId"] = view.job.workflow_id
        return {"markerName": "LocalActivity", "details": {"data": payloads({**data, **details})}, **_decision(event)}
    return {"markerName": name, "details": {"data": payloads(details)}, **_decision(event)}


def _labels(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {**_decision(event), "searchAttributes": search_attributes(view.job)}


def _memo(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {**_decision(event), "upsertedMemo": memo(view.job)}


def retry_policy(retry: dict[str, Any]) -> dict[str, Any]:
    """The policy of an action: `delay`, `maxDelay` in ms, `multiplier`, `maxAttempts` (0: without limit), `never`."""
    policy: dict[str, Any] = {
        "initialInterval": duration_text(int(retry.get("delay", 0))),
        "backoffCoefficient": retry.get("multiplier", 1),
    }
    if retry.get("maxDelay"):
        policy["maximumInterval"] = duration_text(int(retry["maxDelay"]))
    if retry.get("maxAttempts"):
        policy["maximumAttempts"] = int(retry["maxAttempts"])
    if retry.get("never"):
        policy["nonRetryableErrorTypes"] = sorted(retry["never"])
    return policy


def _activity_scheduled(view: View, event: HistoryEvent) -> dict[str, Any]:
    command, resolved = event.source, event.data["resolved"]
    arguments = command.arguments if isinstance(command.arguments, dict) else {"input": command.arguments}
    values = [arguments.get("input")]
    if arguments.get("config") is not None:
        values.append(arguments["config"])
    attributes = {
        "activityId": str(event.n),
        "activityType": {"name": resolved.activity},
        "taskQueue": view.queue(resolved.queue),
        "input": payloads(*values),
        "scheduleToCloseTimeout": "0s",
        "scheduleToStartTimeout": duration_text(command.schedule_to_start_ms),
        "startToCloseTimeout": duration_text(command.start_to_close_ms),
        "heartbeatTimeout": duration_text(command.heartbeat_ms),
        **_decision(event),
    }
    if command.retry:
        attributes["retryPolicy"] = retry_policy(command.retry)
    return attributes


def _worker(event: HistoryEvent) -> str:
    worker = getattr(event.source, "worker", "") or event.data.get("worker", "")
    return worker or NODE


def _activity_started(view: View, event: HistoryEvent) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "scheduledEventId": str(event.start),
        "identity": _worker(event),
        "requestId": view.request_id(event.ref, event.data["attempt"]),
        "attempt": event.data["attempt"],
    }
    if event.data.get("last") is not None:
        attributes["lastFailure"] = failure(event.data["last"])
    return attributes


def _ended(event: HistoryEvent) -> dict[str, Any]:
    return {"scheduledEventId": str(event.start), "startedEventId": str(event.taken), "identity": _worker(event)}


def _activity_completed(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"result": payloads(event.source.result), **_ended(event)}


def _retry_state(view: View, event: HistoryEvent) -> str:
    fault = last_fault(event)
    if fault is not None and not fault.retryable:
        return view.words("retry", "NonRetryableFailure")
    opened = view.at(event.start)
    limit = opened.source.retry.get("maxAttempts") if opened is not None and opened.source is not None else 0
    attempt = getattr(event.source, "attempt", 1)
    return view.words("retry", "MaximumAttemptsReached" if limit and attempt >= limit else "NonRetryableFailure")


def _activity_failed(view: View, event: HistoryEvent) -> dict[str, Any]:
    fault = last_fault(event)
    return {"failure": failure(fault) if fault else {}, "retryState": _retry_state(view, event), **_ended(event)}


def timeout_failure(message: str) -> dict[str, Any]:
    return {"message": message, "source": SOURCE, "timeoutFailureInfo": {"timeoutType": "StartToClose"}}


def _activity_timed_out(view: View, event: HistoryEvent) -> dict[str, Any]:
    made = timeout_failure("activity StartToClose timeout")
    return {"failure": made, "retryState": view.words("retry", "Timeout"), **_ended(event)}


def _activity_cancelled(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"latestCancelRequestedEventId": "0", **_ended(event)}


def _timer_started(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"timerId": event.ref, "startToFireTimeout": duration_text(event.data["ms"]), **_decision(event)}


def _timer_fired(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"timerId": event.ref, "startedEventId": str(event.start)}


def _timer_cancelled(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {**_timer_fired(view, event), **_decision(event), "identity": NODE}


def _child_initiated(view: View, event: HistoryEvent) -> dict[str, Any]:
    command = event.source
    policy = "Terminate" if command.on_parent_close == "terminate" else "Abandon"
    started = next((e.source for e in view.events if e.kind == "child.started" and e.ref == event.ref), None)
    return {
        "workflowId": started.job if started is not None else command.job_name,
        "workflowType": {"name": TYPE_NAME},
        "taskQueue": view.queue(),
        "input": payloads({"workflowName": command.identity.name, "workflowVersion": command.identity.version,
                           "jobName": command.job_name, "data": command.input}),
        "parentClosePolicy": view.words("parent_close", policy),
        **_decision(event),
    }  # fmt: skip


def _child(view: View, event: HistoryEvent) -> dict[str, Any]:
    started = view.at(event.taken) if event.kind != "child.started" else event
    source = started.source if started is not None else None
    attributes: dict[str, Any] = {"workflowType": {"name": TYPE_NAME}, "initiatedEventId": str(event.start)}
    if source is not None:
        attributes["workflowExecution"] = execution(source.job, source.run)
    if event.kind != "child.started":
        attributes["startedEventId"] = str(event.taken)
    return attributes


def _child_completed(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"result": payloads({"Data": event.source.output}), **_child(view, event)}


def _child_failed(view: View, event: HistoryEvent) -> dict[str, Any]:
    fault = last_fault(event)
    state = view.words("retry", "RetryPolicyNotSet")
    return {"failure": failure(fault) if fault else {}, "retryState": state, **_child(view, event)}


def _child_not_started(view: View, event: HistoryEvent) -> dict[str, Any]:
    fault = last_fault(event)
    return {"cause": fault.code if fault else "", "initiatedEventId": str(event.start), **_decision(event)}


def _signaled(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"signalName": event.data["name"], "input": payloads(event.data["event"]), "identity": NODE}


def _cancel_requested(view: View, event: HistoryEvent) -> dict[str, Any]:
    attributes = {"identity": event.source.by}
    if event.source.reason:
        attributes["cause"] = event.source.reason
    return attributes


def _completed(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"result": payloads({"Data": event.source.output}), **_decision(event)}


def _failed(view: View, event: HistoryEvent) -> dict[str, Any]:
    fault: Fault = event.source.fault
    state = view.words("retry", "RetryPolicyNotSet")
    return {"failure": run_failure(view, event, fault), "retryState": state, **_decision(event)}


def run_failure(view: View, event: HistoryEvent, fault: Fault) -> dict[str, Any]:
    """The failure that ended a run; where an activity's failure did, it is the cause and the activity is named."""
    for before in reversed(view.events[: event.n - 1]):
        found = last_fault(before)
        if (
            before.kind not in ("activity.failed", "activity.timed_out")
            or found is None
            or (found.code, found.detail) != (fault.code, fault.detail)
        ):
            continue
        opened = view.at(before.start)
        if opened is None:
            break
        return {
            "message": "activity error",
            "source": SOURCE,
            "cause": failure(fault),
            "activityFailureInfo": {
                **_ended(before),
                "activityType": {"name": opened.data["resolved"].activity},
                "activityId": str(opened.n),
                "retryState": _retry_state(view, before),
            },
        }
    return failure(fault)


def _timed_out(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"retryState": view.words("retry", "Timeout")}


def _terminated(view: View, event: HistoryEvent) -> dict[str, Any]:
    return {"reason": event.source.reason, "identity": event.source.by or NODE}


def _run_cancelled(view: View, event: HistoryEvent) -> dict[str, Any]:
    attributes = _decision(event)
    if event.source.reason:
        attributes["details"] = payloads({"reason": event.source.reason})
    return attributes


def _continued(view: View, event: HistoryEvent) -> dict[str, Any]:
    command = event.source
    wanted = {"workflowName": command.identity.name, "workflowVersion": command.identity.version}
    return {
        "workflowType": {"name": TYPE_NAME},
        "taskQueue": view.queue(),
        "input": payloads({**wanted, "data": command.input}),
        **_decision(event),
    }


Builder = Callable[[View, HistoryEvent], dict[str, Any]]

BUILDERS: dict[str, tuple[str, Builder]] = {
    "run.started": ("WorkflowExecutionStarted", _run_started),
    "decision.scheduled": ("WorkflowTaskScheduled", _decision_scheduled),
    "decision.started": ("WorkflowTaskStarted", _decision_started),
    "decision.completed": ("WorkflowTaskCompleted", _decision_completed),
    "marker": ("MarkerRecorded", _marker),
    "labels": ("UpsertWorkflowSearchAttributes", _labels),
    "memo": ("WorkflowPropertiesModified", _memo),
    "activity.scheduled": ("ActivityTaskScheduled", _activity_scheduled),
    "activity.started": ("ActivityTaskStarted", _activity_started),
    "activity.completed": ("ActivityTaskCompleted", _activity_completed),
    "activity.failed": ("ActivityTaskFailed", _activity_failed),
    "activity.timed_out": ("ActivityTaskTimedOut", _activity_timed_out),
    "activity.cancelled": ("ActivityTaskCanceled", _activity_cancelled),
    "timer.started": ("TimerStarted", _timer_started),
    "timer.fired": ("TimerFired", _timer_fired),
    "timer.cancelled": ("TimerCanceled", _timer_cancelled),
    "child.initiated": ("StartChildWorkflowExecutionInitiated", _child_initiated),
    "child.not_started": ("StartChildWorkflowExecutionFailed", _child_not_started),
    "child.started": ("ChildWorkflowExecutionStarted", _child),
    "child.completed": ("ChildWorkflowExecutionCompleted", _child_completed),
    "child.failed": ("ChildWorkflowExecutionFailed", _child_failed),
    "child.cancelled": ("ChildWorkflowExecutionCanceled", _child),
    "child.timed_out": ("ChildWorkflowExecutionTimedOut", _child),
    "child.terminated": ("ChildWorkflowExecutionTerminated", _child),
    "event.received": ("WorkflowExecutionSignaled", _signaled),
    "cancel.requested": ("WorkflowExecutionCancelRequested", _cancel_requested),
    "run.completed": ("WorkflowExecutionCompleted", _completed),
    "run.faulted": ("WorkflowExecutionFailed", _failed),
    "run.timed_out": ("WorkflowExecutionTimedOut", _timed_out),
    "run.cancelled": ("WorkflowExecutionCanceled", _run_cancelled),
    "run.terminated": ("WorkflowExecutionTerminated", _terminated),
    "run.continued": ("WorkflowExecutionContinuedAsNew", _continued),
}


def render(job: Job, events: list[HistoryEvent], words: Words) -> list[dict[str, Any]]:
    return View(job, events, words).render()


__all__ = ["BUILDERS", "payload", "render", "retry_policy", "run_failure"]
