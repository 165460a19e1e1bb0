"""How this dialect says what the domain knows: statuses of executions and of their tasks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from weft.domain.jobs import Job

EXECUTION: Final[Mapping[str, str]] = {
    "pending": "queued",
    "running": "running",
    "waiting": "running",
    "continued": "running",
    "suspended": "paused",
    "completed": "completed",
    "faulted": "failed",
    "timed_out": "timed_out",
    "cancelled": "terminated",
    "terminated": "terminated",
}
TASK: Final[Mapping[str, str]] = {
    "pending": "pending",
    "queued": "queued",
    "suspended": "queued",
    "running": "running",
    "completed": "completed",
    "completed_with_errors": "completed_with_errors",
    "faulted": "failed",
    "timed_out": "timed_out",
    "cancelled": "canceled",
    "skipped": "canceled",
}
"""A task that became ready while its job is suspended stays queued until the job is resumed."""
IN_QUEUE: Final = frozenset(("queued", "running"))
"""Task statuses, as this dialect says them, with which a task stands in `executionQueue`."""
ENDED_WELL: Final = frozenset(("completed", "completed_with_errors"))
FAILED: Final = frozenset(("failed", "timed_out"))
FINISHED: Final = frozenset(("completed", "failed", "timed_out", "terminated"))


def status_of(job: Job) -> str:
    """The status of an execution."""
    return EXECUTION[job.status]
