"""SQL texts made once from SQLAlchemy statements and run as prepared statements of the driver.

The driver keeps prepared statements by their text, so a text that is built once per shape costs nothing per call;
SQLAlchemy's own execution would cost more than the row itself on the hot tables.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy import Table, delete, insert
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.sql.expression import ClauseElement

from weft.domain.errors import Conflict, Refusal, TooLarge, Unavailable

_dialect = SQLiteDialect_pysqlite(paramstyle="qmark")


def text_of(statement: ClauseElement) -> str:
    """The statement's SQL with positional parameters, in the order in which they stand in the text."""
    return str(statement.compile(dialect=_dialect))


def insert_text(table: Table) -> str:
    """INSERT of all columns in their order."""
    return text_of(insert(table))


def upsert_text(table: Table) -> str:
    """INSERT of all columns in their order; on a taken primary key the other columns are replaced."""
    statement = upsert(table)
    keys = {column.name for column in table.primary_key}
    rest = {column.name: statement.excluded[column.name] for column in table.columns if column.name not in keys}
    return text_of(statement.on_conflict_do_update(index_elements=sorted(keys), set_=rest))


def delete_text(table: Table, *columns: str) -> str:
    """DELETE where the columns equal the parameters, in the order of `columns`."""
    statement = delete(table)
    for name in columns:
        statement = statement.where(table.c[name] == 0)
    return text_of(statement)


def refusal(error: sqlite3.Error) -> Refusal:
    """What a database error means to the caller of a unit of work."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if isinstance(error, sqlite3.IntegrityError):
        return Conflict(f"this is taken already ({error})", code="taken")
    if code == sqlite3.SQLITE_TOOBIG or isinstance(error, sqlite3.DataError):
        return TooLarge("a value is larger than the store can hold")
    if code == sqlite3.SQLITE_FULL:
        return Unavailable("the disk of the database is full", code="disk_full", retry_after=5)
    return Unavailable(f"the database cannot be written now ({error})", code="database", retry_after=5)
