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
    """Raises Unavailable for a database of a newer version or of a build with other tables, or when a migration fails.

    Nothing is changed then.
    """
    at = revision_of(sql)
    if at == HEAD:
        check_columns(sql)
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


def check_columns(sql: sqlite3.Connection) -> None:
    """Raises Unavailable (code `other_tables`) unless every table has the columns of this version.

    Between two releases the newest migration may still change: a file that a build in between has made names the same
    revision and would fail at its first use.
    """
    found: dict[str, set[str]] = {}
    for table, column in sql.execute(
        "SELECT t.name, c.name FROM sqlite_master AS t, pragma_table_info(t.name) AS c WHERE t.type = 'table'"
    ):
        found.setdefault(table, set()).add(column)
    for table in load_all().sorted_tables:
        wrong = sorted(found.get(table.name, set()) ^ set(table.columns.keys()))
        if wrong:
            raise Unavailable(
                f"the database was made by another build of this version (table {table.name}, column {wrong[0]}); "
                "use that build, or another data directory",
                code="other_tables",
            )


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
