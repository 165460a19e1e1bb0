"""Brings a database to the tables of this version.

An empty database is made from the metadata and stamped with the newest revision; an older one is taken through the
Alembic migrations in one transaction. A test holds that both give the same tables.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from weft.domain.errors import Unavailable
from weft.store.metadata import load_all
from weft.store.shared import over

HEAD = "0001"
"""The newest migration; a test compares it with the migrations' own head."""
MIGRATIONS = Path(__file__).parent / "migrations"


def revision_of(sql: sqlite3.Connection) -> str:
    """The revision a database is at; "" when it has no tables yet."""
    found = sql.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = sql.execute("SELECT version_num FROM alembic_version").fetchone() if found else None
    return str(row[0]) if row else ""


def bring_up_to_date(sql: sqlite3.Connection) -> None:
    """Raises Unavailable for a database of a newer version, or when a migration fails (nothing is changed then)."""
    at = revision_of(sql)
    if at == HEAD:
        return
    sql.execute("BEGIN IMMEDIATE")
    try:
        if at:
            migrate(sql, at)
        else:
            _create(sql)
        sql.execute("COMMIT")
    except BaseException:
        sql.execute("ROLLBACK")
        raise


def _create(sql: sqlite3.Connection) -> None:
    dialect = SQLiteDialect_pysqlite()
    for table in load_all().sorted_tables:
        sql.execute(str(CreateTable(table).compile(dialect=dialect)))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            sql.execute(str(CreateIndex(index).compile(dialect=dialect)))
    sql.execute("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)")
    sql.execute("INSERT INTO alembic_version VALUES (?)", (HEAD,))


def migrate(sql: sqlite3.Connection, at: str = "") -> None:
    """Run the migrations after revision `at` on an open transaction."""
    # Imported here: a server whose database is current never needs Alembic, and it is slow to import.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if at and at not in known:
        raise Unavailable(f"the database was written by a newer version (revision {at})", code="newer_database")
    config.attributes["connection"] = over(sql)
    command.upgrade(config, "head")
