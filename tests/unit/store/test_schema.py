"""Tables: made at once or by migrations, they are the same."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from weft.domain.errors import Unavailable
from weft.store.metadata import load_all
from weft.store.migrate_initial import differences
from weft.store.schema import HEAD, MIGRATIONS, bring_up_to_date, migrate, revision_of


def fresh() -> sqlite3.Connection:
    return sqlite3.connect(":memory:", isolation_level=None)


def shape(sql: sqlite3.Connection) -> dict[str, Any]:
    """Columns and indexes by table."""
    names = [row[0] for row in sql.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    found: dict[str, Any] = {}
    for name in names:
        columns = sql.execute(f'SELECT name, type, "notnull", pk FROM pragma_table_info("{name}")').fetchall()
        indexes = sql.execute("SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ?", (name,)).fetchall()
        found[name] = (columns, sorted(str(row[0]) for row in indexes))
    return found


def test_migrations_and_metadata_agree() -> None:
    by_migration, at_once = fresh(), fresh()
    migrate(by_migration)
    bring_up_to_date(at_once)
    assert differences(by_migration) == []
    assert shape(by_migration) == shape(at_once)
    assert revision_of(by_migration) == revision_of(at_once) == HEAD
    assert set(load_all().tables) <= set(shape(at_once))


def test_the_head_is_the_newest_migration() -> None:
    assert sorted(path.name[:4] for path in (MIGRATIONS / "versions").glob("*.py"))[-1] == HEAD


def test_a_current_database_is_left_alone() -> None:
    sql = fresh()
    bring_up_to_date(sql)
    before = shape(sql)
    bring_up_to_date(sql)
    assert shape(sql) == before


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE jobs DROP COLUMN tasks",
        "ALTER TABLE jobs ADD COLUMN more TEXT NOT NULL DEFAULT ''",
        "DROP TABLE jobs",
    ],
)
def test_a_file_of_another_build_is_refused_at_the_start(change: str) -> None:
    sql = fresh()
    bring_up_to_date(sql)
    sql.execute(change)
    before = shape(sql)
    with pytest.raises(Unavailable, match=r"another build.*table jobs") as caught:
        bring_up_to_date(sql)
    assert (caught.value.code, shape(sql)) == ("other_tables", before)


def test_newer_databases_are_refused_unchanged() -> None:
    sql = fresh()
    bring_up_to_date(sql)
    sql.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(Unavailable, match="newer version"):
        bring_up_to_date(sql)
    assert revision_of(sql) == "9999" and not sql.in_transaction
