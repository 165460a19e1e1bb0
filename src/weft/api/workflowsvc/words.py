"""The words of this dialect for states and commands, and back.

Run states: QUEUED, RUNNING, PAUSED, COMPLETED, FAILED, TIMED_OUT, TERMINATED. Task states beside those: SKIPPED,
CANCELED, COMPLETED_WITH_ERRORS. RESUMED and RETRIED are commands and never states.
"""

from __future__ import annotations

from typing import Final, Literal

from weft.domain.jobs import Job, JobStatus

RUN_STATUS: Final[dict[str, str]] = {
    "pending": "QUEUED",
    "running": "RUNNING",
    "waiting": "RUNNING",
    "continued": "RUNNING",
    "suspended": "PAUSED",
    "completed": "COMPLETED",
    "faulted": "FAILED",
    "timed_out": "TIMED_OUT",
    "cancelled": "TERMINATED",
    "terminated": "TERMINATED",
}
RUN_STATES: Final = ("QUEUED", "RUNNING", "PAUSED", "COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED")
STATUSES_OF: Final[dict[str, tuple[JobStatus, ...]]] = {
    "QUEUED": ("pending",),
    "RUNNING": ("running", "waiting"),
    "PAUSED": ("suspended",),
    "COMPLETED": ("completed",),
    "FAILED": ("faulted",),
    "TIMED_OUT": ("timed_out",),
    "TERMINATED": ("cancelled", "terminated"),
}

TASK_STATUS: Final[dict[str, str]] = {
    "pending": "QUEUED",
    "queued": "QUEUED",
    "running": "RUNNING",
    "waiting": "RUNNING",
    "suspended": "PAUSED",
    "completed": "COMPLETED",
    "completed_with_errors": "COMPLETED_WITH_ERRORS",
    "faulted": "FAILED",
    "timed_out": "TIMED_OUT",
    "cancelled": "CANCELED",
    "terminated": "CANCELED",
    "skipped": "SKIPPED",
}
TASK_STATES: Final = (
    "QUEUED", "RUNNING", "PAUSED", "COMPLETED", "COMPLETED_WITH_ERRORS", "FAILED", "TIMED_OUT", "CANCELED", "SKIPPED",
)  # fmt: skip

Command = Literal["pause", "resume", "retry", "terminate"]
COMMANDS: Final[dict[str, Command]] = {
    "PAUSED": "pause",
    "RESUMED": "resume",
    "RETRIED": "retry",
    "TERMINATED": "terminate",
}


def run_status(job: Job) -> str:
    """The state of a run."""
    return RUN_STATUS[job.status]


def task_status(status: str) -> str:
    """The state of a task, from the word that its facts have."""
    return TASK_STATUS.get(status, "QUEUED")
