"""Units of work: each in its savepoint, with what others keep in memory."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from weft.domain.errors import Conflict, NotFound
from weft.ports.store import Lost


def test_a_unit_that_raises_is_undone_alone(tx: Any, make_job: Any) -> None:
    calls: list[str] = []
    tx.begin()

    def good(inner: Any) -> str:
        inner.jobs.insert(make_job(1))
        inner.after_commit(lambda: calls.append("committed"))
        inner.on_rollback(lambda: calls.append("undone 1"))
        return "result"

    def bad(inner: Any) -> None:
        inner.jobs.insert(make_job(2))
        inner.runs.append(2, 1, 0, b"")
        inner.after_commit(lambda: calls.append("never"))
        inner.on_rollback(lambda: calls.append("undone a"))
        inner.on_rollback(lambda: calls.append("undone b"))
        raise NotFound("no")

    assert tx.unit(good) == "result"
    with pytest.raises(NotFound):
        tx.unit(bad)
    assert calls == ["undone b", "undone a"]
    tx.sql.execute("COMMIT")
    for call in tx.take_after():
        call()
    assert calls[2:] == ["committed"]
    assert tx.jobs.open_keys() == [1] and tx.runs.log(2) == []


def test_units_nest(tx: Any, make_job: Any) -> None:
    tx.begin()

    def outer(inner: Any) -> None:
        inner.jobs.insert(make_job(1))
        with pytest.raises(ValueError, match="inner"):
            inner.unit(failing)
        inner.jobs.insert(make_job(3))

    def failing(inner: Any) -> None:
        inner.jobs.insert(make_job(2))
        raise ValueError("inner")

    tx.unit(outer)
    tx.sql.execute("COMMIT")
    assert tx.jobs.open_keys() == [1, 3]


def test_losing_everything_calls_everybody(tx: Any, make_job: Any) -> None:
    calls: list[int] = []
    tx.begin()
    tx.unit(lambda inner: inner.on_rollback(lambda: calls.append(1)))
    tx.unit(lambda inner: inner.jobs.insert(make_job(1)))
    tx.lost()
    assert calls == [1] and tx.jobs.open_keys() == [] and tx.take_after() == []


def test_database_errors_end_the_whole_commit(tx: Any) -> None:
    tx.begin()
    with pytest.raises(Lost):
        tx.unit(lambda inner: inner.sql.execute("SELECT * FROM nothing"))
    tx.lost()
    tx.begin()
    with pytest.raises(Lost):
        tx.unit(lambda inner: inner.sql.execute("COMMIT"))
    tx.lost()


def test_broken_constraints_are_refusals(tx: Any) -> None:
    tx.begin()
    insert = "INSERT INTO leases VALUES ('engine', '', 1, 0, 0)"
    tx.unit(lambda inner: inner.sql.execute(insert))
    with pytest.raises(Conflict):
        tx.unit(lambda inner: inner.sql.execute(insert))
    assert tx.sql.in_transaction


def test_sqlalchemy_shares_the_connection_and_ends_nothing(tx: Any, make_job: Any) -> None:
    tx.begin()
    tx.unit(lambda inner: inner.jobs.insert(make_job(1)))
    count = tx.connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar()
    assert count == 1 and tx.sql.in_transaction
    tx.connection.commit()
    tx.connection.rollback()
    assert isinstance(tx.sql, sqlite3.Connection) and tx.sql.in_transaction


def test_rows_of_the_unit_around_a_piece_are_never_lost_in_silence(tx: Any, make_job: Any) -> None:
    """They are sent when the piece begins. If that fails they are half-written, and the whole commit has to go."""
    tx.begin()

    def outer(inner: Any) -> None:
        inner.runs.append(1, 1, 0, b"x")
        inner.runs.append(1, 1, 0, b"the same again")
        try:
            inner.unit(lambda _: None)
        except Lost:
            raise
        except Exception:
            return

    with pytest.raises(Lost):
        tx.unit(outer)
    tx.lost()
    assert tx.runs.log(1) == []
