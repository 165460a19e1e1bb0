"""Opening the file: whose it is, and that it is ours alone."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from weft.domain.errors import Unavailable
from weft.store.connection import APPLICATION_ID, FileLock, connect


def test_a_fresh_file_is_marked_and_durable(tmp_path: Path) -> None:
    sql = connect(str(tmp_path / "a.db"))
    ask = lambda name: sql.execute(f"PRAGMA {name}").fetchone()[0]  # noqa: E731
    assert (ask("application_id"), ask("journal_mode"), ask("synchronous")) == (APPLICATION_ID, "wal", 2)
    sql.close()
    sql = connect(str(tmp_path / "a.db"), synchronous="NORMAL")
    assert sql.execute("PRAGMA synchronous").fetchone()[0] == 1
    sql.close()


def test_readers_cannot_write(tmp_path: Path) -> None:
    path = str(tmp_path / "a.db")
    connect(path).close()
    sql = connect(path, read_only=True)
    with pytest.raises(sqlite3.OperationalError):
        sql.execute("CREATE TABLE t(a)")
    sql.close()


def test_foreign_files_are_left_alone(tmp_path: Path) -> None:
    foreign = sqlite3.connect(tmp_path / "b.db")
    foreign.execute("CREATE TABLE theirs(a)")
    foreign.close()
    with pytest.raises(Unavailable, match="another application"):
        connect(str(tmp_path / "b.db"))
    (tmp_path / "c.db").write_bytes(b"no database at all, but long enough to be looked at" * 50)
    with pytest.raises(Unavailable, match="cannot be read as a database"):
        connect(str(tmp_path / "c.db"))


def test_only_one_holds_the_lock(tmp_path: Path) -> None:
    first, second = FileLock(str(tmp_path / "a.db")), FileLock(str(tmp_path / "a.db"))
    first.acquire()
    with pytest.raises(Unavailable, match="another server uses this database \\(process"):
        second.acquire()
    first.release()
    second.acquire()
    second.release()
    second.release()
