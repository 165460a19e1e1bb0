"""Opening the database file: pragmas, the application id, and the lock that keeps a second server away."""

from __future__ import annotations

import fcntl
import os
import sqlite3
from pathlib import Path
from typing import Literal

from weft.domain.errors import Unavailable

APPLICATION_ID = 0x77656674
"""`weft` in ASCII; a file with another id is not ours and is not touched."""
MEMORY = ":memory:"
Synchronous = Literal["FULL", "NORMAL"]


def connect(
    path: str, *, read_only: bool = False, synchronous: Synchronous = "FULL", busy_ms: int = 1_000
) -> sqlite3.Connection:
    """A connection without implicit transactions, usable from several threads (one at a time)."""
    if read_only:
        sql = sqlite3.connect(
            f"{Path(path).absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=512,
        )
        sql.execute("PRAGMA query_only = ON")
    else:
        sql = sqlite3.connect(path, isolation_level=None, check_same_thread=False, cached_statements=512)
    sql.execute(f"PRAGMA busy_timeout = {int(busy_ms)}")
    sql.execute("PRAGMA temp_store = MEMORY")
    if not read_only:
        _prepare(sql, path, synchronous)
    return sql


def _prepare(sql: sqlite3.Connection, path: str, synchronous: Synchronous) -> None:
    try:
        found = sql.execute("PRAGMA application_id").fetchone()[0]
        tables = sql.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    except sqlite3.DatabaseError as error:
        sql.close()
        raise Unavailable(f"{path} cannot be read as a database: {error}", code="not_a_database") from error
    if found not in (0, APPLICATION_ID) or (found == 0 and tables):
        sql.close()
        raise Unavailable(f"{path} is a database of another application", code="foreign_database")
    sql.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    if path != MEMORY:
        sql.execute("PRAGMA journal_mode = WAL")
    sql.execute(f"PRAGMA synchronous = {synchronous}")
    # A larger write-ahead log means fewer checkpoints, each of which syncs the database file as well.
    sql.execute("PRAGMA wal_autocheckpoint = 8000")
    sql.execute("PRAGMA journal_size_limit = 134217728")
    sql.execute("PRAGMA cache_size = -65536")


class FileLock:
    """An advisory lock of the operating system on `<database>.lock`; it goes when the process ends, however it ends."""

    __slots__ = ("_descriptor", "_path")

    def __init__(self, path: str) -> None:
        self._path = f"{path}.lock"
        self._descriptor = -1

    def acquire(self) -> None:
        """Raises Unavailable when another process (or another store of this one) holds it."""
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(descriptor, 200).decode(errors="replace").strip()
            os.close(descriptor)
            raise Unavailable(
                f"another server uses this database ({holder or 'unknown process'}); stop it, or choose another "
                f"data directory (lock file {self._path})",
                code="locked",
            ) from None
        try:
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()}".encode(), 0)
        except OSError:
            pass  # the text is only for people: a full disk must not keep the server from starting
        self._descriptor = descriptor

    def release(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
