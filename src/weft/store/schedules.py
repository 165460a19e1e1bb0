"""Table of schedules; found by id and definition, and by the time at which they are due over all tenants."""

from __future__ import annotations

from typing import cast

import msgspec
from sqlalchemy import Column, Index, Integer, Text, func, select, text

from weft.domain.schedules import Schedule
from weft.ports.store import Tx
from weft.store.collections import record_table, register
from weft.store.statements import text_of
from weft.store.unit import SqlTx

table = record_table(
    "schedules",
    Column("id", Text),
    Column("workflow_id", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("due_at", Integer, nullable=False),
    Column("reckoned_at", Integer, nullable=False),
    key="id",
)
Index("ix_schedules_workflow_id", table.c.tenant, table.c.workflow_id)
Index("ix_schedules_due_at", table.c.due_at, sqlite_where=text("due_at > 0"))
Index("ix_schedules_reckoned_at", table.c.reckoned_at, sqlite_where=text("due_at > 0"))
register(Schedule, table, key="id")

_waiting = text("due_at > 0")
_NEXT = text_of(select(func.min(table.c.due_at)).where(_waiting))
_DUE = text_of(select(table.c.body).where(_waiting, table.c.due_at <= 0).order_by(table.c.due_at).limit(1))
_AHEAD = text_of(select(table.c.body).where(_waiting, table.c.reckoned_at > 0).limit(1))
_decoder = msgspec.msgpack.Decoder(Schedule)


class Times:
    """Implements `weft.ports.schedules.ScheduleTimes`."""

    def next_due(self, tx: Tx) -> int | None:
        row = cast("SqlTx", tx).sql.execute(_NEXT).fetchone()
        return cast("int | None", row[0])

    def due(self, tx: Tx, now: int, limit: int) -> list[Schedule]:
        return self._read(tx, _DUE, now, limit)

    def ahead_of(self, tx: Tx, now: int, limit: int) -> list[Schedule]:
        return self._read(tx, _AHEAD, now, limit)

    @staticmethod
    def _read(tx: Tx, statement: str, now: int, limit: int) -> list[Schedule]:
        rows = cast("SqlTx", tx).sql.execute(statement, (now, limit, 0)).fetchall()
        return [_decoder.decode(row[0]) for row in rows]
