"""Schedules: they start jobs of a definition at the times of a cron text."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from weft.domain.access import DEFAULT_TENANT, uuid_of

ScheduleStatus = Literal["active", "paused", "completed"]
"""`completed`: the cron text has no time left."""


class Schedule(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One schedule. Times are UTC milliseconds, 0 when there is none.

    All schedules of a definition share `job_id`, the id of its scheduling job. `namespace` is where its jobs are
    started, `namespaces` where it is seen, both as records name namespaces. `created_by` is the name of the principal
    whose rights its starts need.
    """

    id: str
    workflow_id: str
    job_id: str
    cron: str
    zone: str = "UTC"
    input: dict[str, Any] = {}
    status: ScheduleStatus = "active"
    namespace: str = ""
    namespaces: tuple[str, ...] = ()
    next_at: int = 0
    """The next time at which it fires; 0 unless it is active."""
    due_at: int = 0
    """When to look after it: `next_at`, or later when a start had to wait; 0 unless it is active."""
    previous_at: int = 0
    """The time of the latest start."""
    reckoned_at: int = 0
    """When `next_at` was worked out; a value in the future tells that the clock was set back since."""
    problem: str = ""
    """Why the latest time started no job; empty when it did."""
    problem_at: int = 0
    created_at: int = 0
    updated_at: int = 0
    created_by: str = ""
    updated_by: str = ""
    tenant: str = DEFAULT_TENANT

    @property
    def scopes(self) -> tuple[str, ...]:
        """The namespaces in which it is seen."""
        return self.namespaces or (self.namespace,)


class SchedulingJob(msgspec.Struct, frozen=True):
    """What stands for all schedules of one definition; it is there as long as one of them is."""

    id: str
    workflow_id: str
    triggers: tuple[str, ...]


def fired_job_id(schedule_id: str, fire_at: int) -> str:
    """The id of the job that a schedule starts for one of its times: the same pair can never start two."""
    return uuid_of(f"schedule\n{schedule_id}\n{fire_at}")
