"""The records of jobs and runs that an engine keeps in the store, reached by `Tx.jobs` and `Tx.runs`.

Contract
- A run is named by its integer key (`Job.key`). Bodies are msgpack; what is larger than the inline limit is kept as
  encrypted blobs by the store, unseen by the callers.
- Inside a unit of work a read sees the unit's own writes. Writes may be gathered and sent in bulk, so an error of
  the database may show at the end of the unit.
- `put` replaces; deleting what is not there is no error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, Protocol

import msgspec

from weft.domain.access import DEFAULT_TENANT
from weft.domain.jobs import Job

ItemKind = Literal["activity", "timer", "child", "manual", "more"]


class LogRow(msgspec.Struct, array_like=True, gc=False):
    """One applied input of a run: `seq` from 1, `at` UTC ms, `body` as the engine encoded it."""

    seq: int
    at: int
    body: bytes


class OpenItem(msgspec.Struct, array_like=True, gc=False):
    """What a run waits for, compact: enough to rebuild tasks and timers at the start without folding the run.

    `due` is UTC ms for timers, else 0. `body` is the engine's.
    """

    run: int
    ref: str
    kind: ItemKind
    due: int
    body: bytes


class SubscriptionRow(msgspec.Struct, array_like=True, gc=False):
    """One filter of an open subscription. Looked up by (tenant, type); `type` "" takes any type."""

    run: int
    ref: str
    filter: int
    tenant: str
    type: str
    body: bytes


class SnapshotRow(msgspec.Struct, array_like=True, gc=False):
    """The state after input `seq`; `body` is the encoded state."""

    run: int
    seq: int
    at: int
    body: bytes


class InboxRow(msgspec.Struct, array_like=True, gc=False):
    """An input that is stored but not applied yet. Applied, and removed, in the order of `id`."""

    id: int
    run: int
    body: bytes


class OutboxRow(msgspec.Struct, array_like=True, gc=False):
    """An event that has to leave. `next_at` UTC ms; `failed` holds the reason once it is given up."""

    id: int
    run: int
    ref: str
    attempts: int
    next_at: int
    body: bytes
    failed: str = ""


class Jobs(Protocol):
    """The job index: one row per run. Searches and lists are separate (they read only)."""

    def insert(self, job: Job) -> None:
        """Raises Conflict when the run id is known. `job.key` must be set."""
        ...

    def update(self, job: Job) -> None:
        """Write everything that changes during a run (status, times, counts, output, fault …)."""
        ...

    def get(self, job_id: str, run_id: str, *, tenant: str | None = ...) -> Job | None: ...

    def by_run(self, run_id: str) -> Job | None: ...

    def by_key(self, key: int) -> Job | None: ...

    def runs_of(self, job_id: str) -> list[Job]:
        """All runs of a job, oldest first."""
        ...

    def latest(self, job_id: str, tenant: str | None = None) -> Job | None:
        """The job's last run; None when the job is unknown, or not of that tenant."""
        ...

    def supersede(self, key: int) -> None:
        """A later run of the same job has a row: lists of jobs leave this one out from now on."""
        ...

    def open_keys(self) -> list[int]: ...

    def count_open(self) -> int: ...

    def quarantined(self) -> list[int]:
        """Keys of open jobs with a quarantine reason."""
        ...

    def set_aside(self, key: int, reason: str) -> bool:
        """Show an open job `suspended` with a quarantine reason, without reading it; whether it was open."""
        ...

    def expired(self, at: int, limit: int) -> list[int]:
        """Keys of closed jobs with `closed_at` below `at`, oldest first."""
        ...


class Runs(Protocol):
    """Input log, snapshots, open items, subscriptions, inbox, outbox."""

    def new_key(self, tenant: str = DEFAULT_TENANT) -> int:
        """A key never used before in this store, for a run of that tenant."""
        ...

    def append(self, run: int, seq: int, at: int, body: bytes) -> None:
        """One applied input. A run's log is limited (`log_limit` entries); beyond it raises TooLarge."""
        ...

    def log(self, run: int, after: int = 0, limit: int = 1_000_000) -> list[LogRow]: ...

    def last_seq(self, run: int) -> int: ...

    def put_snapshot(self, row: SnapshotRow) -> None: ...

    def snapshot(self, run: int) -> SnapshotRow | None: ...

    def put_open(self, run: int, items: Sequence[OpenItem]) -> None:
        """All of the run's open items but those with rows of their own (`put_item`); few and small. Empty removes."""
        ...

    def put_item(self, row: OpenItem) -> None:
        """An open item in a row of its own."""
        ...

    def delete_item(self, run: int, ref: str) -> None: ...

    def delete_items(self, run: int) -> None: ...

    def item(self, run: int, ref: str) -> OpenItem | None: ...

    def items(self, run: int) -> list[OpenItem]:
        """All open items of the run, of either kind of row."""
        ...

    def own_items(self, run: int) -> list[str]:
        """Refs of the items that have rows of their own."""
        ...

    def open_items(self, each: Callable[[OpenItem], None]) -> None:
        """Calls `each` with every open item of all runs; `body` is empty where it lies in blobs (ask `item`)."""
        ...

    def put_subscription(self, rows: Sequence[SubscriptionRow]) -> None:
        """Replaces all filters of the subscription (run, ref)."""
        ...

    def delete_subscription(self, run: int, ref: str) -> None: ...

    def delete_subscriptions(self, run: int) -> None: ...

    def subscriptions(self, run: int) -> list[SubscriptionRow]: ...

    def subscribers(self, tenant: str, type_: str) -> list[SubscriptionRow]:
        """Filters of that tenant with that type or without one, in the order of (run, ref, filter)."""
        ...

    def put_inbox(self, run: int, body: bytes) -> None: ...

    def inbox(self, run: int, limit: int = 1_000) -> list[InboxRow]: ...

    def inbox_size(self, run: int) -> int: ...

    def inbox_runs(self) -> list[int]: ...

    def delete_inbox(self, ids: Iterable[int]) -> None: ...

    def put_outbox(self, run: int, ref: str, at: int, body: bytes) -> None: ...

    def due_outbox(self, now: int, limit: int) -> list[OutboxRow]: ...

    def update_outbox(self, row: OutboxRow) -> None: ...

    def delete_outbox(self, ids: Iterable[int]) -> None: ...

    def outbox_size(self) -> int: ...

    def outbox_failed(self) -> int:
        """How many events were given up and are kept."""
        ...

    def forget(self, runs: Sequence[int]) -> None:
        """Remove every row of these runs: job, tags, log, snapshot, items, and blobs that nothing refers to."""
        ...
