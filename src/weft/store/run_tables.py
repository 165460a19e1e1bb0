"""The tables of a run: what it was told, its last snapshot, what it waits for, and what waits for it or leaves it.

`run_log.id` is run * 2^20 + seq: one integer key keeps a run's log together, in order, in the cheapest kind of table.
A run's open items lie together in one row of `run_open` while they are few and small, so that a turn costs one row;
what does not fit has rows of its own in `run_items`.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text

from weft.store.metadata import metadata

SEQ_BITS = 20
LOG_LIMIT = (1 << SEQ_BITS) - 1
"""Entries: the hard limit of one run's log."""

run_log = Table(
    "run_log",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("at", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

run_snapshots = Table(
    "run_snapshots",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("seq", Integer, nullable=False),
    Column("at", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

run_open = Table(
    "run_open",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("body", LargeBinary, nullable=False),
)

run_items = Table(
    "run_items",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("ref", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("due", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("ref", Text, primary_key=True),
    Column("filter", Integer, primary_key=True, autoincrement=False),
    Column("tenant", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_subscriptions_type", subscriptions.c.tenant, subscriptions.c.type)

inbox = Table(
    "inbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
Index("ix_inbox_run", inbox.c.run)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run", Integer, nullable=False),
    Column("ref", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_at", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("failed", Text, nullable=False),
)
Index("ix_outbox_due", outbox.c.failed, outbox.c.next_at)
Index("ix_outbox_run", outbox.c.run)
