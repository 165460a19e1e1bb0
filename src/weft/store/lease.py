"""Who owns the database: one row with a fencing token that grows with each owner.

Every group commit compares the token first. An owner that was overtaken (a copied lock file, a network file system
without locks, a standby that took over) then writes nothing any more.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import Column, Integer, Table, Text, select

from weft.domain.errors import Unavailable
from weft.store.metadata import metadata
from weft.store.statements import text_of, upsert_text

LEASE_MS = 30_000
RENEW_MS = 10_000

leases = Table(
    "leases",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("token", Integer, nullable=False),
    Column("acquired_at", Integer, nullable=False),
    Column("acquired_until", Integer, nullable=False),
)
_NAME = "engine"
_PUT = upsert_text(leases)
_TOKEN = text_of(select(leases.c.token).where(leases.c.name == ""))
_RENEW = text_of(leases.update().where(leases.c.name == "", leases.c.token == 0).values(acquired_until=0))


class Lease:
    """Use inside an open write transaction. Times are UTC ms."""

    __slots__ = ("_renew_at", "owner", "token")

    def __init__(self, owner: str) -> None:
        self.owner = owner
        self.token = 0
        self._renew_at = 0

    def acquire(self, sql: sqlite3.Connection, now: int) -> None:
        """Become the owner: the operating system's lock is already held, so whoever is written there is gone."""
        row = sql.execute(_TOKEN, (_NAME,)).fetchone()
        self.token = (row[0] if row else 0) + 1
        self._renew_at = now + RENEW_MS
        sql.execute(_PUT, (_NAME, self.owner, self.token, now, now + LEASE_MS))

    def check(self, sql: sqlite3.Connection, now: int) -> None:
        """Raises Unavailable when another owner has come; renews the time now and then."""
        row = sql.execute(_TOKEN, (_NAME,)).fetchone()
        if row is None or row[0] != self.token:
            raise Unavailable("another server has taken over this database", code="fenced")
        if now >= self._renew_at or now < self._renew_at - 2 * RENEW_MS:
            self._renew_at = now + RENEW_MS
            sql.execute(_RENEW, (now + LEASE_MS, _NAME, self.token))
