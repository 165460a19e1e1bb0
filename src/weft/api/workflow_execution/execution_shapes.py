"""Executions as this dialect shows them: a job, the graph of its revision, and what its tasks are at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weft.api.workflow_execution import times
from weft.api.workflow_execution.definition_shapes import Graph
from weft.api.workflow_execution.words import ENDED_WELL, FAILED, FINISHED, IN_QUEUE, TASK, status_of
from weft.domain.jobs import Job
from weft.dsl.machine.nodes.facts import task_id
from weft.services.job_tasks import TaskRecord

Object = dict[str, Any]
RETRY_AFTER_S = 2
"""How long a client that polls an open execution should wait, in seconds."""


def created_at(job: Job) -> int:
    """When the execution was accepted, UTC ms."""
    return job.created_at or job.started_at


def execution_of(job: Job, graph: Graph, records: Sequence[TaskRecord]) -> Object:
    """The seven members of an execution. Of a finished one no records are needed."""
    finished = status_of(job) in FINISHED
    return {
        "id": job.id,
        "workflowId": job.workflow_id,
        "executionQueue": [] if finished else _queue(graph, records),
        "created": times.shown(created_at(job)),
        "finished": times.shown(job.closed_at) if finished else None,
        "tasks": graph.tasks,
        "tasksHierarchy": graph.edges,
    }


def info_of(job: Job, graph: Graph, records: Sequence[TaskRecord]) -> Object:
    """`meta.info`: what `data` has no place for. `reason` and `failedTaskId` name the first failure once it ended."""
    status = status_of(job)
    latest = _by_task(graph, records)
    words = _words(graph, latest)
    left = "canceled" if status in FINISHED else "pending"
    tasks = {task["id"]: words.get(task["id"], left) for task in graph.tasks}
    reason, failed_task = None, None
    if status in FAILED:
        first = min(
            (
                (record.ended_at, place, ident, record)
                for place, (ident, record) in enumerate(latest.items())
                if TASK[record.status] in FAILED
            ),
            default=None,
            key=lambda entry: entry[:2],
        )
        failed_task = None if first is None else first[2]
        reason = (first[3].reason if first is not None else "") or _fault_text(job.fault)
    elif status == "terminated":
        reason = _fault_text(job.fault)
    return {"status": status, "reason": reason, "failedTaskId": failed_task, "tasks": tasks}


def first_queued(job: Job, graph: Graph) -> list[TaskRecord]:
    """The records at acceptance of a job whose language keeps none until its tasks begin: its first task is queued."""
    position = next(iter(graph.ids), None)
    if position is None:
        return []
    ident = task_id(job.id, position)
    return [TaskRecord(id=ident, key=position, name=position, type="", number=1, status="queued", position=position)]


def _by_task(graph: Graph, records: Sequence[TaskRecord]) -> dict[str, TaskRecord]:
    """The latest record of each task that is shown, by its id here."""
    found: dict[str, TaskRecord] = {}
    for record in records:
        ident = graph.ids.get(record.key) or graph.ids.get(record.position)
        if ident is not None:
            found[ident] = record
    return found


def _words(graph: Graph, latest: Mapping[str, TaskRecord]) -> dict[str, str]:
    """The statuses of the tasks that have records.

    Lists of other languages keep all their tasks queued from the start; here a task is queued when those before it
    have ended, and pending until then.
    """
    words = {ident: TASK[record.status] for ident, record in latest.items()}
    if graph.projected:
        held = False
        for task in graph.tasks:
            word = words.get(task["id"], "completed")
            if held and word == "queued":
                words[task["id"]] = "pending"
            held = held or word not in ENDED_WELL
    return words


def _queue(graph: Graph, records: Sequence[TaskRecord]) -> list[Object]:
    """Tasks that are queued or running, in the order of queueing, ties in the order of `tasks`."""
    place = {task["id"]: index for index, task in enumerate(graph.tasks)}
    latest = _by_task(graph, records)
    words = _words(graph, latest)
    waiting = [
        (record.queued_at, place[ident], ident, record.child or record.id)
        for ident, record in latest.items()
        if words[ident] in IN_QUEUE
    ]
    return [{"taskId": ident, "jobSubjectId": subject} for _, _, ident, subject in sorted(waiting)]


def _fault_text(fault: Any) -> str | None:
    """What a job's fault says to people; None where it says nothing."""
    if not isinstance(fault, dict):
        return None
    for name in ("detail", "reason", "title", "code"):
        text: Any = fault.get(name)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if isinstance(text, str) and text:
            return text
    return None
