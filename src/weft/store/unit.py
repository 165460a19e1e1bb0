"""A unit of work on one connection: `weft.ports.store.Tx`."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec
from sqlalchemy import Connection

from weft.domain.errors import Refusal
from weft.ports.store import Lost
from weft.store.blobs import BlobRows, Ciphers
from weft.store.collections import SqlCollection, registration
from weft.store.jobs import JobRows
from weft.store.run_counts import RunCounts
from weft.store.runs import Keys, RunRows
from weft.store.shared import over
from weft.store.statements import refusal

T = TypeVar("T")
R = TypeVar("R", bound=msgspec.Struct)


def _lost(problem: Refusal) -> Lost:
    return Lost(problem.message, code=problem.code, retry_after=problem.retry_after)


class SqlTx:
    """One per connection, used for one unit after the other.

    `sql` is the driver's connection (prepared statements), `connection` the same one for SQLAlchemy statements.
    """

    __slots__ = ("_after", "_blobs", "_collections", "_connection", "_counts", "_jobs", "_runs", "_undo", "sql")

    def __init__(self, sql: sqlite3.Connection, ciphers: Ciphers, keys: Keys) -> None:
        self.sql = sql
        self._blobs = BlobRows(sql, ciphers)
        self._counts = RunCounts(sql, self.on_rollback)
        self._jobs = JobRows(sql, self._blobs, self._counts)
        self._runs = RunRows(sql, self._blobs, keys, self._jobs.uncount)
        self._connection: Connection | None = None
        self._collections: dict[type[Any], Any] = {}
        self._after: list[Callable[[], None]] = []
        self._undo: list[Callable[[], None]] = []

    @property
    def jobs(self) -> JobRows:
        return self._jobs

    @property
    def runs(self) -> RunRows:
        return self._runs

    @property
    def blobs(self) -> BlobRows:
        return self._blobs

    @property
    def connection(self) -> Connection:
        """For statements of SQLAlchemy; never commit or roll back on it."""
        if self._connection is None:
            self._connection = over(self.sql)
        self.flush()
        return self._connection

    def of(self, record: type[R]) -> SqlCollection[R]:
        collection = self._collections.get(record)
        if collection is None:
            collection = SqlCollection[Any](registration(record), self.sql, lambda: self.connection)
            self._collections[record] = collection
        return cast("SqlCollection[R]", collection)

    def after_commit(self, call: Callable[[], None]) -> None:
        self._after.append(call)

    def on_rollback(self, call: Callable[[], None]) -> None:
        self._undo.append(call)

    def flush(self) -> None:
        """Send the gathered writes."""
        self._jobs.flush()
        self._runs.flush()

    def settle(self) -> None:
        """Send everything that was gathered, the counts too: the last thing before COMMIT."""
        self._jobs.settle()
        self._runs.flush()

    def begin(self) -> None:
        """Begin the transaction; raises sqlite3.OperationalError when another process writes."""
        self._after = []
        self._undo = []
        self.sql.execute("BEGIN IMMEDIATE")

    def unit(self, work: Callable[[SqlTx], T]) -> T:
        """Run `work` in a savepoint. What it raises is raised, its effects undone; Lost when all are."""
        undo, after = len(self._undo), len(self._after)
        try:
            self.flush()  # of the unit around this one: its rows are half-written when this fails
            self.sql.execute("SAVEPOINT unit")
        except sqlite3.Error as error:
            raise _lost(refusal(error)) from error
        try:
            result = work(self)
            self.flush()
            self.sql.execute("RELEASE unit")
        except Lost:
            raise
        except BaseException as error:
            self._jobs.discard()
            self._runs.discard()
            self._back(error)
            del self._after[after:]
            self._take_back(undo)
            if isinstance(error, sqlite3.IntegrityError | sqlite3.DataError):
                raise refusal(error) from error
            raise
        return result

    def _back(self, error: BaseException) -> None:
        fatal = isinstance(error, sqlite3.OperationalError) or not self.sql.in_transaction
        if not fatal:
            try:
                self.sql.execute("ROLLBACK TO unit")
                self.sql.execute("RELEASE unit")
            except sqlite3.Error as second:
                raise _lost(refusal(second)) from error
        elif isinstance(error, sqlite3.Error):
            raise _lost(refusal(error)) from error
        else:
            raise Lost("the transaction was ended by a unit of work", code="database") from error

    def _take_back(self, mark: int) -> None:
        calls = self._undo[mark:]
        del self._undo[mark:]
        for call in reversed(calls):
            call()

    def lost(self) -> None:
        """Undo everything since `begin`: in the database, and in the pictures that others keep of it."""
        self._jobs.discard()
        self._runs.discard()
        try:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
        finally:
            self._after = []
            self._take_back(0)
            self._counts.reset()

    def take_after(self) -> list[Callable[[], None]]:
        """The calls that wait for the commit; they are handed over once."""
        calls, self._after = self._after, []
        self._undo = []
        return calls
