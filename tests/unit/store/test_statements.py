"""SQL texts, and what database errors mean."""

from __future__ import annotations

import sqlite3

import pytest

from weft.domain.errors import Conflict, TooLarge, Unavailable
from weft.store.lease import leases
from weft.store.statements import delete_text, insert_text, refusal, upsert_text


def test_texts_take_the_columns_in_their_order() -> None:
    sql = sqlite3.connect(":memory:")
    sql.execute("CREATE TABLE leases(name PRIMARY KEY, owner, token, acquired_at, acquired_until)")
    sql.execute(insert_text(leases), ("n", "a", 1, 2, 3))
    sql.execute(upsert_text(leases), ("n", "b", 4, 5, 6))
    assert sql.execute("SELECT * FROM leases").fetchall() == [("n", "b", 4, 5, 6)]
    sql.execute(delete_text(leases, "owner", "token"), ("b", 9))
    assert sql.execute("SELECT count(*) FROM leases").fetchone()[0] == 1
    sql.execute(delete_text(leases, "owner", "token"), ("b", 4))
    assert sql.execute("SELECT count(*) FROM leases").fetchone()[0] == 0
    sql.close()


@pytest.mark.parametrize(
    ("error", "code", "kind", "word"),
    [
        (sqlite3.IntegrityError("UNIQUE"), sqlite3.SQLITE_CONSTRAINT, Conflict, "taken"),
        (sqlite3.OperationalError("full"), sqlite3.SQLITE_FULL, Unavailable, "disk_full"),
        (sqlite3.OperationalError("io"), sqlite3.SQLITE_IOERR_WRITE, Unavailable, "database"),
        (sqlite3.DataError("big"), sqlite3.SQLITE_TOOBIG, TooLarge, ""),
    ],
)
def test_refusals(error: sqlite3.Error, code: int, kind: type, word: str) -> None:
    error.sqlite_errorcode = code
    found = refusal(error)
    assert type(found) is kind and found.code == word
