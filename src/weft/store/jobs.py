"""The job index: a row per run, in columns, so that lists and searches need nothing else.

Order of lists: open jobs first by start time, newest first; then closed ones by close time, newest first. Each half
has a partial index of its own (`closed_at = 0`, `closed_at > 0`), so a page is read by keyset.
Tags lie in `job_tags`, `kind` `job` or `workflow`; the row keeps them once more, for reading.
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
    Column("tags", LargeBinary, nullable=False),
    Column("input", LargeBinary, nullable=False),
    Column("status", Text, nullable=False),
    Column("closed_at", Integer, nullable=False),
    Column("due_at", Integer, nullable=False),
    Column("duration", Integer),
    Column("cancel_requested", Integer, nullable=False),
    Column("quarantine_reason", Text, nullable=False),
    Column("history_length", Integer, nullable=False),
    Column("history_bytes", Integer, nullable=False),
    Column("transitions", Integer, nullable=False),
    Column("output", LargeBinary, nullable=False),
    Column("fault", LargeBinary, nullable=False),
    sqlite_autoincrement=True,
)
Index("uq_jobs_run", jobs.c.run, unique=True)
Index("ix_jobs_id", jobs.c.id)
Index("ix_jobs_open", jobs.c.tenant, jobs.c.started_at.desc(), jobs.c.key.desc(), sqlite_where=text("closed_at = 0"))
Index("ix_jobs_closed", jobs.c.tenant, jobs.c.closed_at.desc(), jobs.c.key.desc(), sqlite_where=text("closed_at > 0"))
Index("ix_jobs_closed_at", jobs.c.closed_at, sqlite_where=text("closed_at > 0"))
Index("ix_jobs_parent_run", jobs.c.parent_run, sqlite_where=text("parent_run <> ''"))
Index("ix_jobs_schedule", jobs.c.tenant, jobs.c.schedule, sqlite_where=text("schedule <> ''"))

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
    *("history_bytes", "transitions"),
)
_INSERT = insert_text(jobs)
_INSERT_TAG = insert_text(job_tags)


def _update_text(names: Sequence[str]) -> str:
    return text_of(update(jobs).where(jobs.c.key == bindparam("k")).values({n: bindparam(f"v_{n}") for n in names}))


# Without the times: they are indexed, and setting an indexed column rewrites its index entries even when it is equal.
_LIGHT = [name for name in _CHANGING if name not in ("closed_at", "duration")]
_UPDATE = _update_text(_LIGHT)
_CLOSE = _update_text([*_CHANGING, "output", "fault"])
_SELECT = select(jobs)
_BY_KEY = text_of(_SELECT.where(jobs.c.key == 0))
_BY_RUN = text_of(_SELECT.where(jobs.c.run == ""))
_BY_JOB = text_of(_SELECT.where(jobs.c.id == "").order_by(jobs.c.key))
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
_TAGS_AT = [c.name for c in jobs.columns].index("tags")
_CHANGING_AT = [c.name for c in jobs.columns].index("status")
_OUTPUT_AT = [c.name for c in jobs.columns].index("output")

_encoder = msgspec.msgpack.Encoder()
_tags_decoder: msgspec.msgpack.Decoder[tuple[tuple[str, ...], tuple[str, ...]]] = msgspec.msgpack.Decoder(
    tuple[tuple[str, ...], tuple[str, ...]]
)
_NIL = b"\xc0"
_NO_TAGS = _encoder.encode(((), ()))


def job_of(row: Sequence[Any], blobs: BlobRows) -> Job:
    """A Job from a row of `select(jobs)`: all columns in their order."""
    tags = _tags_decoder.decode(row[_TAGS_AT])
    status, closed_at, due_at, _, cancel, quarantine, length, size, transitions = row[_CHANGING_AT : _CHANGING_AT + 9]
    return Job(
        **dict(zip(_PLAIN, row[1:_TAGS_AT], strict=True)),
        key=row[0],
        tags=tags[0],
        workflow_tags=tags[1],
        input=blobs.value(row[_TAGS_AT + 1]),
        status=status,
        closed_at=closed_at,
        due_at=due_at,
        cancel_requested=bool(cancel),
        quarantine_reason=quarantine,
        history_length=length,
        history_bytes=size,
        transitions=transitions,
        output=blobs.value(row[_OUTPUT_AT]),
        fault=blobs.value(row[_OUTPUT_AT + 1]),
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
    ]


class JobRows:
    """`weft.ports.runs.Jobs` on one connection. Updates are gathered, the last one of a run wins."""

    __slots__ = ("_blobs", "_sql", "_updates")

    def __init__(self, sql: sqlite3.Connection, blobs: BlobRows) -> None:
        self._sql = sql
        self._blobs = blobs
        self._updates: dict[int, Job] = {}

    def insert(self, job: Job) -> None:
        body = self._blobs.pack(job.key, job.tenant, job.input)
        values = [
            job.key, job.tenant, job.namespace, job.id, job.run, job.name, job.workflow_name, job.workflow_version,
            job.workflow_id, job.revision, job.attempt, job.first_run, job.parent_job, job.parent_run, job.parent_ref,
            job.root_job, job.root_run, job.on_parent_close, job.started_by, job.log_level, job.schedule,
            job.scheduled_at, job.dialect, job.started_at,
            _encoder.encode((job.tags, job.workflow_tags)) if job.tags or job.workflow_tags else _NO_TAGS,
            body, *_changing(job), self._blobs.pack(job.key, job.tenant, job.output),
            self._blobs.pack(job.key, job.tenant, job.fault),
        ]  # fmt: skip
        try:
            self._sql.execute(_INSERT, values)
        except sqlite3.IntegrityError as error:
            raise Conflict(f"run {job.run} exists", code="taken") from error
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
        closing: list[list[Any]] = []
        for key, job in self._updates.items():
            if job.closed_at:
                values = _changing(job)
                values.append(_NIL if job.output is None else self._blobs.pack(key, job.tenant, job.output))
                values.append(_NIL if job.fault is None else self._blobs.pack(key, job.tenant, job.fault))
                values.append(key)
                closing.append(values)
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
                        key,
                    )
                )
        self._updates = {}
        if light:
            self._sql.executemany(_UPDATE, light)
        if closing:
            self._sql.executemany(_CLOSE, closing)

    def discard(self) -> None:
        """Forget what was gathered: the unit is undone."""
        self._updates = {}

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
