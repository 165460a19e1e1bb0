"""`weft.ports.runs.Runs` on one connection: hot writes are gathered and sent with `executemany`, once per unit.

Within the gathered writes the last one of a row wins, so that an item that is put and deleted in one unit costs one
statement. A read sends what was gathered first.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import cast

import msgspec
from sqlalchemy import delete, func, or_, select, text

from weft.domain.access import DEFAULT_TENANT
from weft.domain.errors import TooLarge
from weft.ports.blobs import INLINE_LIMIT
from weft.ports.runs import InboxRow, ItemKind, LogRow, OpenItem, OutboxRow, SnapshotRow, SubscriptionRow
from weft.store.blobs import MARK, BlobRows
from weft.store.jobs import job_tags, jobs
from weft.store.run_tables import (
    LOG_LIMIT,
    SEQ_BITS,
    inbox,
    outbox,
    run_items,
    run_log,
    run_open,
    run_snapshots,
    subscriptions,
)
from weft.store.statements import delete_text, insert_text, text_of, upsert_text

_APPEND = insert_text(run_log)
_LOG = text_of(select(run_log).where(run_log.c.id > 0, run_log.c.id <= 0).order_by(run_log.c.id).limit(1))
_LAST = text_of(select(func.max(run_log.c.id)).where(run_log.c.id > 0, run_log.c.id <= 0))
_PUT_SNAPSHOT = upsert_text(run_snapshots)
_SNAPSHOT = text_of(select(run_snapshots).where(run_snapshots.c.run == 0))
_PUT_ITEM = upsert_text(run_items)
_DELETE_ITEM = delete_text(run_items, "run", "ref")
_DELETE_ITEMS = delete_text(run_items, "run")
_ITEM = text_of(select(run_items).where(run_items.c.run == 0, run_items.c.ref == ""))
_ITEMS = text_of(select(run_items).where(run_items.c.run == 0).order_by(run_items.c.ref))
_ALL_ITEMS = text_of(select(run_items))
_OWN = text_of(select(run_items.c.ref).where(run_items.c.run == 0))
_PUT_OPEN = upsert_text(run_open)
_DELETE_OPEN = delete_text(run_open, "run")
_OPEN = text_of(select(run_open.c.body).where(run_open.c.run == 0))
_ALL_OPEN = text_of(select(run_open))
_PUT_SUBSCRIPTION = upsert_text(subscriptions)
_DELETE_SUBSCRIPTION = delete_text(subscriptions, "run", "ref")
_DELETE_SUBSCRIPTIONS = delete_text(subscriptions, "run")
_SUBSCRIPTIONS = text_of(
    select(subscriptions).where(subscriptions.c.run == 0).order_by(subscriptions.c.ref, subscriptions.c.filter)
)
_SUBSCRIBERS = text_of(
    select(subscriptions)
    .where(subscriptions.c.tenant == "", or_(subscriptions.c.type == "", subscriptions.c.type == text("''")))
    .order_by(subscriptions.c.run, subscriptions.c.ref, subscriptions.c.filter)
)
_PUT_INBOX = text_of(inbox.insert().values(run=0, body=b""))
_INBOX = text_of(select(inbox).where(inbox.c.run == 0).order_by(inbox.c.id).limit(1))
_INBOX_SIZE = text_of(select(func.count()).select_from(inbox).where(inbox.c.run == 0))
_INBOX_RUNS = text_of(select(inbox.c.run).distinct().order_by(inbox.c.run))
_DELETE_INBOX = delete_text(inbox, "id")
_PUT_OUTBOX = text_of(outbox.insert().values(run=0, ref="", attempts=0, next_at=0, body=b"", failed=""))
_DUE = text_of(
    select(outbox)
    .where(outbox.c.failed == text("''"), outbox.c.next_at <= 0)
    .order_by(outbox.c.next_at, outbox.c.id)
    .limit(1)
)
_UPDATE_OUTBOX = text_of(outbox.update().where(outbox.c.id == 0).values(attempts=0, next_at=0, failed=""))
_DELETE_OUTBOX = delete_text(outbox, "id")
_OUTBOX_SIZE = text_of(select(func.count()).select_from(outbox).where(outbox.c.failed == text("''")))
_OUTBOX_FAILED = text_of(select(func.count()).select_from(outbox).where(outbox.c.failed > text("''")))
_NEXT_KEY = text_of(select(func.max(jobs.c.key)))
_SEQUENCE = "SELECT seq FROM sqlite_sequence WHERE name = 'jobs'"
_TENANT = text_of(select(jobs.c.tenant).where(jobs.c.key == 0))
_FORGET_LOG = text_of(delete(run_log).where(run_log.c.id > 0, run_log.c.id <= 0))
_FORGET = [
    delete_text(job_tags, "job"),
    delete_text(run_snapshots, "run"),
    _DELETE_ITEMS,
    _DELETE_OPEN,
    _DELETE_SUBSCRIPTIONS,
    delete_text(inbox, "run"),
    delete_text(outbox, "run"),
    delete_text(jobs, "key"),
]


_Small = list[tuple[str, ItemKind, int, bytes]]
_MARK = bytes([MARK])
_encoder = msgspec.msgpack.Encoder()
_small: msgspec.msgpack.Decoder[_Small] = msgspec.msgpack.Decoder(_Small)


class Keys:
    """Gives run keys; shared by all connections of a store. Not reused, even after the newest run is swept."""

    __slots__ = ("_next",)

    def __init__(self) -> None:
        self._next = 1

    def load(self, sql: sqlite3.Connection) -> None:
        """Go on after the highest key that the database has ever held."""
        highest = sql.execute(_NEXT_KEY).fetchone()[0] or 0
        sequence = sql.execute(_SEQUENCE).fetchone()
        self._next = max(highest, sequence[0] if sequence else 0) + 1

    def take(self) -> int:
        key = self._next
        self._next += 1
        return key


class RunRows:
    """One per connection; see the module."""

    __slots__ = ("_blobs", "_items", "_keys", "_log", "_open", "_snapshots", "_sql", "_tenants", "_uncount")

    def __init__(
        self, sql: sqlite3.Connection, blobs: BlobRows, keys: Keys, uncount: Callable[[Sequence[int]], None]
    ) -> None:
        self._uncount = uncount
        self._sql = sql
        self._blobs = blobs
        self._keys = keys
        self._tenants: dict[int, str] = {}
        self._log: list[tuple[int, int, bytes]] = []
        self._items: dict[tuple[int, str], OpenItem | None] = {}
        self._open: dict[int, Sequence[OpenItem]] = {}
        self._snapshots: dict[int, tuple[int, int, int, bytes]] = {}

    def new_key(self, tenant: str = DEFAULT_TENANT) -> int:
        key = self._keys.take()
        if len(self._tenants) > 1_000:
            self._tenants.clear()
        self._tenants[key] = tenant
        return key

    def flush(self) -> None:
        """Send what was gathered."""
        if self._log:
            rows, self._log = self._log, []
            self._sql.executemany(_APPEND, rows)
        if self._open:
            small, self._open = self._open, {}
            full = [
                (run, _encoder.encode([(i.ref, i.kind, i.due, i.body) for i in found]))
                for run, found in small.items()
                if found
            ]
            if full:
                self._sql.executemany(_PUT_OPEN, full)
            if len(full) != len(small):
                self._sql.executemany(_DELETE_OPEN, [(run,) for run, found in small.items() if not found])
        if self._items:
            items, self._items = self._items, {}
            puts = [(i.run, i.ref, i.kind, i.due, i.body) for i in items.values() if i is not None]
            if puts:
                self._sql.executemany(_PUT_ITEM, puts)
            if len(puts) != len(items):
                self._sql.executemany(_DELETE_ITEM, [key for key, item in items.items() if item is None])
        if self._snapshots:
            snapshots, self._snapshots = self._snapshots, {}
            self._sql.executemany(_PUT_SNAPSHOT, list(snapshots.values()))

    def discard(self) -> None:
        """Forget what was gathered: the unit is undone."""
        self._log = []
        self._items = {}
        self._open = {}
        self._snapshots = {}

    def append(self, run: int, seq: int, at: int, body: bytes) -> None:
        if seq > LOG_LIMIT:
            raise TooLarge(f"the run was told {seq} inputs; the limit is {LOG_LIMIT}", code="log_limit")
        self._log.append((run << SEQ_BITS | seq, at, self._deflate(run, body)))

    def log(self, run: int, after: int = 0, limit: int = 1_000_000) -> list[LogRow]:
        self.flush()
        base = run << SEQ_BITS
        rows = self._sql.execute(_LOG, (base | after, base | LOG_LIMIT, limit, 0)).fetchall()
        return [LogRow(id_ & LOG_LIMIT, at, self._blobs.inflate(body)) for id_, at, body in rows]

    def last_seq(self, run: int) -> int:
        self.flush()
        base = run << SEQ_BITS
        last = self._sql.execute(_LAST, (base, base | LOG_LIMIT)).fetchone()[0]
        return 0 if last is None else last & LOG_LIMIT

    def put_snapshot(self, row: SnapshotRow) -> None:
        self._snapshots[row.run] = (row.run, row.seq, row.at, self._deflate(row.run, row.body))

    def snapshot(self, run: int) -> SnapshotRow | None:
        self.flush()
        row = self._sql.execute(_SNAPSHOT, (run,)).fetchone()
        return None if row is None else SnapshotRow(row[0], row[1], row[2], self._blobs.inflate(row[3]))

    def put_open(self, run: int, items: Sequence[OpenItem]) -> None:
        self._open[run] = items

    def put_item(self, row: OpenItem) -> None:
        if len(row.body) > INLINE_LIMIT:
            row = OpenItem(row.run, row.ref, row.kind, row.due, self._deflate(row.run, row.body))
        self._items[row.run, row.ref] = row

    def delete_item(self, run: int, ref: str) -> None:
        self._items[run, ref] = None

    def delete_items(self, run: int) -> None:
        self.flush()
        self._sql.execute(_DELETE_ITEMS, (run,))
        self._sql.execute(_DELETE_OPEN, (run,))

    def item(self, run: int, ref: str) -> OpenItem | None:
        self.flush()
        row = self._sql.execute(_ITEM, (run, ref)).fetchone()
        if row is not None:
            return self._item(row)
        return next((item for item in self._opened(run) if item.ref == ref), None)

    def items(self, run: int) -> list[OpenItem]:
        self.flush()
        return self._opened(run) + [self._item(row) for row in self._sql.execute(_ITEMS, (run,)).fetchall()]

    def own_items(self, run: int) -> list[str]:
        self.flush()
        return [row[0] for row in self._sql.execute(_OWN, (run,))]

    def open_items(self, each: Callable[[OpenItem], None]) -> None:
        self.flush()
        for run, body in self._sql.execute(_ALL_OPEN):
            for ref, kind, due, item in _small.decode(body):
                each(OpenItem(run, ref, kind, due, item))
        for run, ref, kind, due, body in self._sql.execute(_ALL_ITEMS):
            each(OpenItem(run, ref, kind, due, b"" if body[:1] == _MARK else body))

    def _opened(self, run: int) -> list[OpenItem]:
        row = self._sql.execute(_OPEN, (run,)).fetchone()
        return [] if row is None else [OpenItem(run, *item) for item in _small.decode(row[0])]

    def put_subscription(self, rows: Sequence[SubscriptionRow]) -> None:
        if rows:
            self.delete_subscription(rows[0].run, rows[0].ref)
            self._sql.executemany(_PUT_SUBSCRIPTION, [(r.run, r.ref, r.filter, r.tenant, r.type, r.body) for r in rows])

    def delete_subscription(self, run: int, ref: str) -> None:
        self._sql.execute(_DELETE_SUBSCRIPTION, (run, ref))

    def delete_subscriptions(self, run: int) -> None:
        self._sql.execute(_DELETE_SUBSCRIPTIONS, (run,))

    def subscriptions(self, run: int) -> list[SubscriptionRow]:
        return [SubscriptionRow(*row) for row in self._sql.execute(_SUBSCRIPTIONS, (run,))]

    def subscribers(self, tenant: str, type_: str) -> list[SubscriptionRow]:
        return [SubscriptionRow(*row) for row in self._sql.execute(_SUBSCRIBERS, (tenant, type_))]

    def put_inbox(self, run: int, body: bytes) -> None:
        self._sql.execute(_PUT_INBOX, (run, self._deflate(run, body)))

    def inbox(self, run: int, limit: int = 1_000) -> list[InboxRow]:
        rows = self._sql.execute(_INBOX, (run, limit, 0)).fetchall()
        return [InboxRow(id_, key, self._blobs.inflate(body)) for id_, key, body in rows]

    def inbox_size(self, run: int) -> int:
        return int(self._sql.execute(_INBOX_SIZE, (run,)).fetchone()[0])

    def inbox_runs(self) -> list[int]:
        return [row[0] for row in self._sql.execute(_INBOX_RUNS)]

    def delete_inbox(self, ids: Iterable[int]) -> None:
        self._sql.executemany(_DELETE_INBOX, [(id_,) for id_ in ids])

    def put_outbox(self, run: int, ref: str, at: int, body: bytes) -> None:
        self._sql.execute(_PUT_OUTBOX, (run, ref, 0, at, self._deflate(run, body), ""))

    def due_outbox(self, now: int, limit: int) -> list[OutboxRow]:
        rows = self._sql.execute(_DUE, (now, limit, 0)).fetchall()
        return [OutboxRow(r[0], r[1], r[2], r[3], r[4], self._blobs.inflate(r[5]), r[6]) for r in rows]

    def update_outbox(self, row: OutboxRow) -> None:
        self._sql.execute(_UPDATE_OUTBOX, (row.attempts, row.next_at, row.failed, row.id))

    def delete_outbox(self, ids: Iterable[int]) -> None:
        self._sql.executemany(_DELETE_OUTBOX, [(id_,) for id_ in ids])

    def outbox_size(self) -> int:
        return int(self._sql.execute(_OUTBOX_SIZE).fetchone()[0])

    def outbox_failed(self) -> int:
        return int(self._sql.execute(_OUTBOX_FAILED).fetchone()[0])

    def forget(self, runs: Sequence[int]) -> None:
        self.flush()
        self._uncount(runs)
        self._sql.executemany(_FORGET_LOG, [(run << SEQ_BITS, run << SEQ_BITS | LOG_LIMIT) for run in runs])
        keys = [(run,) for run in runs]
        for statement in _FORGET:
            self._sql.executemany(statement, keys)
        self._blobs.forget(runs)

    def _item(self, row: tuple[int, str, str, int, bytes]) -> OpenItem:
        return OpenItem(row[0], row[1], cast("ItemKind", row[2]), row[3], self._blobs.inflate(row[4]))

    def _deflate(self, run: int, body: bytes) -> bytes:
        if len(body) <= INLINE_LIMIT and body[:1] != _MARK:
            return body
        tenant = self._tenants.get(run)  # known before the job's row is
        if tenant is None:
            row = self._sql.execute(_TENANT, (run,)).fetchone()
            tenant = row[0] if row else DEFAULT_TENANT
        return self._blobs.deflate(run, tenant, body)
