"""SQLAlchemy on somebody else's transaction."""

from __future__ import annotations

import sqlite3

from weft.store.shared import over


def test_it_neither_begins_nor_ends_a_transaction() -> None:
    sql = sqlite3.connect(":memory:", isolation_level=None)
    sql.execute("CREATE TABLE t(a)")
    sql.execute("BEGIN")
    sql.execute("INSERT INTO t VALUES (1)")
    with over(sql) as connection:
        assert connection.exec_driver_sql("SELECT a FROM t").scalar() == 1
        connection.rollback()
    assert sql.in_transaction
    sql.execute("ROLLBACK")
    assert sql.execute("SELECT count(*) FROM t").fetchone()[0] == 0
    sql.close()
