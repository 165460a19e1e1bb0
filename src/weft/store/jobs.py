"""The job index: a row per run, in columns, so that lists and searches need nothing else.

Order of searches: open jobs first by start time, newest first; then closed ones by close time, newest first. Each half
has a partial index of its own (`closed_at = 0`, `closed_at > 0`), so a page is read by keyset.
Lists with totals (`weft.store.run_list`) have their own partial indexes, `ix_jobs_list_*`: what changes while a run is
open stands only in those of closed rows, so that a turn never moves an index entry. The row's `grp` is its group in
`weft.store.run_counts`, which counts the rows.
Tags lie in `job_tags`, `kind` `job` or `workflow`; the row keeps them once more, for reading.
Small columns stand before the large ones: a row's head is read without its overflow pages.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, bindparam, func, select, text, update

from weft.domain.errors import Conflict
from weft.domain.jobs import Job
from weft.store.blobs import BlobRows
from weft.store.metadata import metadata
from weft.store.run_counts import Change, RunCounts, counted
from weft.store.statements import insert_text, text_of

jobs = Table(
    "jobs",
    metadata,
    Column("key", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("id", Text, nullable=False),
    Column("run", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("workflow_name", Text, nullable=False),
    Column("workflow_version", Text, nullable=False),
    Column("workflow_id", Text, nullable=False),
    Column("revision", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("first_run", Text, nullable=False),
    Column("parent_job", Text, nullable=False),
    Column("parent_run", Text, nullable=False),
    Column("parent_ref", Text, nullable=False),
    Column("root_job", Text, nullable=False),
    Column("root_run", Text, nullable=False),
    Column("on_parent_close", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("log_level", Text, nullable=False),
    Column("schedule", Text, nullable=False),
    Column("scheduled_at", Integer, nullable=False),
    Column("dialect", Text, nullable=False),
    Column("started_at", Integer, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("label", Text, nullable=False),
    Column("timeout_s", Integer),
    Column("timeout_policy", Text),
    Column("superseded", Integer, nullable=False),
    Column("grp", Integer, nullable=False),
    Column("status", Text, nullable=False),
    Column("closed_at", Integer, nullable=False),
    Column("due_at", Integer, nullable=False),
    Column("duration", Integer),
    Column("cancel_requested", Integer, nullable=False),
    Column("quarantine_reason", Text, nullable=False),
    Column("history_length", Integer, nullable=False),
    Column("history_bytes", Integer, nullable=False),
    Column("transitions", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("tags", LargeBinary, nullable=False),
    Column("input", LargeBinary, nullable=False),
    Column("output", LargeBinary, nullable=False),
    Column("fault", LargeBinary, nullable=False),
    Column("tasks", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
Index("uq_jobs_run", jobs.c.run, unique=True)
Index("ix_jobs_id", jobs.c.id)
Index("ix_jobs_open", jobs.c.tenant, jobs.c.started_at.desc(), jobs.c.key.desc(), sqlite_where=text("closed_at = 0"))
Index("ix_jobs_closed", jobs.c.tenant, jobs.c.closed_at.desc(), jobs.c.key.desc(), sqlite_where=text("closed_at > 0"))
Index("ix_jobs_closed_at", jobs.c.closed_at, sqlite_where=text("closed_at > 0"))
Index("ix_jobs_parent_run", jobs.c.parent_run, sqlite_where=text("parent_run <> ''"))
Index("ix_jobs_schedule", jobs.c.tenant, jobs.c.schedule, sqlite_where=text("schedule <> ''"))
_LISTED = text("closed_at > 0 AND superseded = 0")
Index(
    "ix_jobs_list_created",
    *(jobs.c.tenant, jobs.c.created_at.desc(), jobs.c.id, jobs.c.status, jobs.c.grp),
    sqlite_where=_LISTED,
)
Index(
    "ix_jobs_list_updated",
    *(jobs.c.tenant, jobs.c.updated_at.desc(), jobs.c.id, jobs.c.status, jobs.c.grp, jobs.c.created_at),
    sqlite_where=_LISTED,
)
Index(
    "ix_jobs_list_group",
    *(jobs.c.grp, jobs.c.status, jobs.c.created_at.desc(), jobs.c.id, jobs.c.updated_at),
    sqlite_where=_LISTED,
)
Index(
    "ix_jobs_list_open",
    *(jobs.c.tenant, jobs.c.created_at.desc(), jobs.c.id, jobs.c.grp),
    sqlite_where=text("closed_at = 0"),
)
Index(
    "ix_jobs_list_held",
    *(jobs.c.tenant, jobs.c.status, jobs.c.created_at.desc(), jobs.c.id, jobs.c.grp),
    sqlite_where=text("closed_at = 0 AND status IN ('pending', 'suspended')"),
)

job_tags = Table(
    "job_tags",
    metadata,
    Column("job", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, primary_key=True),
    Column("tag", Text, primary_key=True),
    Column("tenant", Text, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_job_tags_tag", job_tags.c.tenant, job_tags.c.kind, job_tags.c.tag, job_tags.c.job)

_PLAIN = (
    *("tenant", "namespace", "id", "run", "name", "workflow_name", "workflow_version", "workflow_id", "revision"),
    *("attempt", "first_run", "parent_job", "parent_run", "parent_ref", "root_job", "root_run", "on_parent_close"),
    *("started_by", "log_level", "schedule", "scheduled_at", "dialect", "started_at"),
)
_CHANGING = (
    *("status", "closed_at", "due_at", "duration", "cancel_requested", "quarantine_reason", "history_length"),
    *("history_bytes", "transitions", "updated_at", "updated_by"),
)
_INSERT = insert_text(jobs)
_INSERT_TAG = insert_text(job_tags)


def _update_text(names: Sequence[str]) -> str:
    return text_of(update(jobs).where(jobs.c.key == bindparam("k")).values({n: bindparam(f"v_{n}") for n in names}))


# Without the times: they are indexed, and setting an indexed column rewrites its index entries even when it is equal.
_LIGHT = [name for name in _CHANGING if name not in ("closed_at", "duration")]
_UPDATE = _update_text(_LIGHT)
_CLOSE = _update_text(["grp", *_CHANGING, "output", "fault", "tasks"])
_COUNTED = text_of(
    select(
        *(jobs.c.grp, jobs.c.closed_at, jobs.c.status, jobs.c.created_at, jobs.c.updated_at, jobs.c.superseded),
        jobs.c.updated_by,
    ).where(jobs.c.key == 0)
)
_SUPERSEDE = text_of(update(jobs).where(jobs.c.key == bindparam("k")).values(superseded=text("1")))
_SELECT = select(jobs)
_BY_KEY = text_of(_SELECT.where(jobs.c.key == 0))
_BY_RUN = text_of(_SELECT.where(jobs.c.run == ""))
_BY_JOB = text_of(_SELECT.where(jobs.c.id == "").order_by(jobs.c.key))
_LATEST = text_of(_SELECT.where(jobs.c.id == "").order_by(jobs.c.key.desc()).limit(1))
_OPEN = text_of(select(jobs.c.key).where(jobs.c.closed_at == text("0")).order_by(jobs.c.key))
_QUARANTINED = text_of(
    select(jobs.c.key).where(jobs.c.closed_at == text("0"), jobs.c.quarantine_reason != text("''")).order_by(jobs.c.key)
)
_COUNT_OPEN = text_of(select(func.count()).select_from(jobs).where(jobs.c.closed_at == text("0")))
_EXPIRED = text_of(
    select(jobs.c.key)
    .where(jobs.c.closed_at > text("0"), jobs.c.closed_at < 0)
    .order_by(jobs.c.closed_at, jobs.c.key)
    .limit(1)
)
_SET_ASIDE = text_of(
    update(jobs)
    .where(jobs.c.key == bindparam("k"), jobs.c.closed_at == text("0"))
    .values(status=bindparam("s"), quarantine_reason=bindparam("q"))
)
_NAMES = [c.name for c in jobs.columns]
_TAGS_AT = _NAMES.index("tags")
_CREATED_AT = _NAMES.index("created_at")
_CHANGING_AT = _NAMES.index("status")

_encoder = msgspec.msgpack.Encoder()
_tags_decoder: msgspec.msgpack.Decoder[tuple[tuple[str, ...], tuple[str, ...]]] = msgspec.msgpack.Decoder(
    tuple[tuple[str, ...], tuple[str, ...]]
)
_NIL = b"\xc0"
_NO_TAGS = _encoder.encode(((), ()))


def job_of(row: Sequence[Any], blobs: BlobRows) -> Job:
    """A Job from a row of `select(jobs)`: all columns in their order."""
    tags, given, output, fault, tasks = row[_TAGS_AT:]
    job_tags, workflow_tags = _tags_decoder.decode(tags)
    created_at, label, timeout_s, timeout_policy, superseded = row[_CREATED_AT : _CREATED_AT + 5]
    status, closed_at, due_at, _, cancel, quarantine, length, size, transitions, updated_at, updated_by = row[
        _CHANGING_AT:_TAGS_AT
    ]
    return Job(
        **dict(zip(_PLAIN, row[1:_CREATED_AT], strict=True)),
        key=row[0],
        tags=job_tags,
        workflow_tags=workflow_tags,
        input=blobs.value(given),
        status=status,
        closed_at=closed_at,
        due_at=due_at,
        cancel_requested=bool(cancel),
        quarantine_reason=quarantine,
        history_length=length,
        history_bytes=size,
        transitions=transitions,
        output=blobs.value(output),
        fault=blobs.value(fault),
        created_at=created_at,
        updated_at=updated_at,
        updated_by=updated_by,
        superseded=bool(superseded),
        label=label,
        timeout_s=timeout_s,
        timeout_policy=timeout_policy,
        tasks=blobs.value(tasks),
    )


def _changing(job: Job) -> list[Any]:
    return [
        job.status,
        job.closed_at,
        job.due_at,
        job.closed_at - job.started_at if job.closed_at else None,
        int(job.cancel_requested),
        job.quarantine_reason,
        job.history_length,
        job.history_bytes,
        job.transitions,
        _updated_at(job),
        job.updated_by or job.started_by,
    ]


def _updated_at(job: Job) -> int:
    return job.updated_at or job.closed_at or job.started_at


class JobRows:
    """`weft.ports.runs.Jobs` on one connection. Updates are gathered, the last one of a run wins."""

    __slots__ = ("_blobs", "_counts", "_sql", "_updates")

    def __init__(self, sql: sqlite3.Connection, blobs: BlobRows, counts: RunCounts) -> None:
        self._sql = sql
        self._blobs = blobs
        self._counts = counts
        self._updates: dict[int, Job] = {}

    def insert(self, job: Job) -> None:
        pack = self._blobs.pack
        group = self._counts.group(job)
        created_at = job.created_at or job.started_at
        values = [
            job.key, job.tenant, job.namespace, job.id, job.run, job.name, job.workflow_name, job.workflow_version,
            job.workflow_id, job.revision, job.attempt, job.first_run, job.parent_job, job.parent_run, job.parent_ref,
            job.root_job, job.root_run, job.on_parent_close, job.started_by, job.log_level, job.schedule,
            job.scheduled_at, job.dialect, job.started_at, created_at, job.label, job.timeout_s, job.timeout_policy,
            int(job.superseded), group, *_changing(job),
            _encoder.encode((job.tags, job.workflow_tags)) if job.tags or job.workflow_tags else _NO_TAGS,
            pack(job.key, job.tenant, job.input), pack(job.key, job.tenant, job.output),
            pack(job.key, job.tenant, job.fault), _NIL if job.tasks is None else pack(job.key, job.tenant, job.tasks),
        ]  # fmt: skip
        try:
            self._sql.execute(_INSERT, values)
        except sqlite3.IntegrityError as error:
            raise Conflict(f"run {job.run} exists", code="taken") from error
        if not job.superseded:
            self._counts.add([(counted(group, job.closed_at, job.status, created_at, _updated_at(job)), 1)])
        tags = [(job.key, "job", tag, job.tenant) for tag in dict.fromkeys(job.tags)]
        tags += [(job.key, "workflow", tag, job.tenant) for tag in dict.fromkeys(job.workflow_tags)]
        if tags:
            self._sql.executemany(_INSERT_TAG, tags)

    def update(self, job: Job) -> None:
        self._updates[job.key] = job

    def flush(self) -> None:
        """Send what was gathered."""
        if not self._updates:
            return
        light: list[tuple[Any, ...]] = []
        closing: list[Job] = []
        for key, job in self._updates.items():
            if job.closed_at:
                closing.append(job)
            else:
                light.append(
                    (
                        job.status,
                        job.due_at,
                        int(job.cancel_requested),
                        job.quarantine_reason,
                        job.history_length,
                        job.history_bytes,
                        job.transitions,
                        _updated_at(job),
                        job.updated_by or job.started_by,
                        key,
                    )
                )
        self._updates = {}
        if light:
            self._sql.executemany(_UPDATE, light)
        if closing:
            self._close(closing)

    def _close(self, closing: Sequence[Job]) -> None:
        rows: list[list[Any]] = []
        changes: list[Change] = []
        pack = self._blobs.pack
        for job in closing:
            key, tenant = job.key, job.tenant
            found = self._sql.execute(_COUNTED, (key,)).fetchone()
            if found is None:
                continue
            group, closed_at, status, created_at, updated_at, superseded, updated_by = found
            now = group if updated_by == (job.updated_by or job.started_by) else self._counts.group(job)
            if not superseded:
                changes.append((counted(group, closed_at, status, created_at, updated_at), -1))
                changes.append((counted(now, job.closed_at, job.status, created_at, _updated_at(job)), 1))
            rows.append(
                [
                    now,
                    *_changing(job),
                    _NIL if job.output is None else pack(key, tenant, job.output),
                    _NIL if job.fault is None else pack(key, tenant, job.fault),
                    _NIL if job.tasks is None else pack(key, tenant, job.tasks),
                    key,
                ]
            )
        self._sql.executemany(_CLOSE, rows)
        self._counts.add(changes)

    def supersede(self, key: int) -> None:
        """See `weft.ports.runs.Jobs`."""
        self.flush()
        self.uncount([key])
        self._sql.execute(_SUPERSEDE, (key,))

    def uncount(self, keys: Sequence[int]) -> None:
        """Rows that lists no longer show: they are superseded, or about to be removed."""
        self.flush()
        changes: list[Change] = []
        for key in keys:
            found = self._sql.execute(_COUNTED, (key,)).fetchone()
            if found is not None and not found[5]:
                changes.append((counted(*found[:5]), -1))
        self._counts.add(changes)

    def settle(self) -> None:
        """Send everything, the counts of lists too: at the end of a group commit."""
        self.flush()
        self._counts.settle()

    def discard(self) -> None:
        """Forget what was gathered: the unit is undone."""
        self._updates = {}
        self._counts.forget_groups()

    def get(self, job_id: str, run_id: str, *, tenant: str | None = None) -> Job | None:
        job = self.by_run(run_id)
        if job is None or job.id != job_id or (tenant is not None and job.tenant != tenant):
            return None
        return job

    def by_run(self, run_id: str) -> Job | None:
        return self._one(_BY_RUN, run_id)

    def by_key(self, key: int) -> Job | None:
        return self._one(_BY_KEY, key)

    def runs_of(self, job_id: str) -> list[Job]:
        self.flush()
        return [job_of(row, self._blobs) for row in self._sql.execute(_BY_JOB, (job_id,))]

    def latest(self, job_id: str, tenant: str | None = None) -> Job | None:
        """See `weft.ports.runs.Jobs`."""
        self.flush()
        row = self._sql.execute(_LATEST, (job_id, 1, 0)).fetchone()
        job = None if row is None else job_of(row, self._blobs)
        return None if job is None or (tenant is not None and job.tenant != tenant) else job

    def open_keys(self) -> list[int]:
        self.flush()
        return [row[0] for row in self._sql.execute(_OPEN)]

    def count_open(self) -> int:
        self.flush()
        return int(self._sql.execute(_COUNT_OPEN).fetchone()[0])

    def quarantined(self) -> list[int]:
        self.flush()
        return [row[0] for row in self._sql.execute(_QUARANTINED)]

    def set_aside(self, key: int, reason: str) -> bool:
        self.flush()
        return self._sql.execute(_SET_ASIDE, ("suspended", reason, key)).rowcount > 0

    def expired(self, at: int, limit: int) -> list[int]:
        self.flush()
        return [row[0] for row in self._sql.execute(_EXPIRED, (at, limit, 0))]

    def _one(self, sql: str, value: str | int) -> Job | None:
        self.flush()
        row = self._sql.execute(sql, (value,)).fetchone()
        return None if row is None else job_of(row, self._blobs)
