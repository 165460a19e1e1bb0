"""SQLAlchemy on a driver's connection whose transactions somebody else begins and ends."""

from __future__ import annotations

import sqlite3
from typing import Any

from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.pool import StaticPool


class SharedDialect(SQLiteDialect_pysqlite):
    """Neither begins nor ends anything: SQLAlchemy would otherwise end the open transaction when it first connects."""

    driver = "weft"
    supports_statement_cache = True

    def do_begin(self, dbapi_connection: Any) -> None:
        pass

    def do_commit(self, dbapi_connection: Any) -> None:
        pass

    def do_rollback(self, dbapi_connection: Any) -> None:
        pass

    def set_isolation_level(self, dbapi_connection: Any, level: Any) -> None:
        pass


registry.register("sqlite.weft", "weft.store.shared", "SharedDialect")


def over(sql: sqlite3.Connection) -> Connection:
    """A SQLAlchemy connection that runs its statements on `sql`."""
    engine = create_engine("sqlite+weft://", creator=lambda: sql, poolclass=StaticPool, pool_reset_on_return=None)
    return engine.connect()
