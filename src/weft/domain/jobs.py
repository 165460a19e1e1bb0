"""Jobs: what users ask for and see; a run is one attempt to carry a job out."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from weft.domain.access import DEFAULT_TENANT

JobStatus = Literal[
    "pending",
    "running",
    "waiting",
    "suspended",
    "cancelled",
    "terminated",
    "faulted",
    "timed_out",
    "completed",
    "continued",
]
CLOSED: frozenset[str] = frozenset({"cancelled", "terminated", "faulted", "timed_out", "completed", "continued"})
FAILED: frozenset[str] = frozenset({"faulted", "timed_out"})
"""Closed by itself, and not well."""
STOPPED: frozenset[str] = frozenset({"cancelled", "terminated"})
"""Closed by a command."""


class Job(msgspec.Struct, omit_defaults=True):
    """One row of the job index: a job's current (or, of a closed run, last) state.

    Times are UTC milliseconds. `key` is the store's integer key of the run (0 before it is stored). A job that
    continues as a new run, or is retried, has one row per run: `id` stays, `run` differs, `first_run` is the first.
    """

    id: str
    run: str
    name: str
    workflow_name: str
    workflow_version: str
    workflow_id: str
    revision: str
    status: JobStatus
    started_at: int
    tenant: str = DEFAULT_TENANT
    namespace: str = ""
    key: int = 0
    attempt: int = 1
    tags: tuple[str, ...] = ()
    workflow_tags: tuple[str, ...] = ()
    input: Any = None
    output: Any = None
    fault: Any = None
    closed_at: int = 0
    due_at: int = 0
    """When the run's time limit ends it, 0 for none."""
    first_run: str = ""
    parent_job: str = ""
    parent_run: str = ""
    parent_ref: str = ""
    root_job: str = ""
    root_run: str = ""
    on_parent_close: Literal["terminate", "abandon"] = "terminate"
    started_by: str = ""
    log_level: str = ""
    schedule: str = ""
    scheduled_at: int = 0
    cancel_requested: bool = False
    quarantine_reason: str = ""
    history_length: int = 0
    history_bytes: int = 0
    transitions: int = 0
    dialect: str = ""
    created_at: int = 0
    """When the job's first run was asked for; 0 means `started_at`."""
    updated_at: int = 0
    """Last change of status, tasks or output; 0 means `started_at`."""
    updated_by: str = ""
    """Who gave the last command; empty means `started_by`."""
    superseded: bool = False
    """A later run of the same job has a row of its own; lists of jobs leave this one out."""
    label: str = ""
    """What kind of run it is to its users, copied from the definition at the start."""
    timeout_s: int | None = None
    """The time limit in seconds as the definition gave it at the start."""
    timeout_policy: str | None = None
    """What is to happen at that limit, in the definition's own word at the start; None where it gave none."""
    tasks: Any = None
    """Of a closed run of a list or graph: `[[key, status], ...]`, the facts of its tasks in short."""
    seq: int = -1
    """How many inputs the run had been told when this row was read, -1 for not asked. It is no column: who shows a row
    beside the run's tasks asks for it in the same snapshot, so that both are of one commit."""

    @property
    def closed(self) -> bool:
        return self.status in CLOSED
