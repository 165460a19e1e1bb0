"""Reading connections: a few threads with one each, and one for quick look-ups on the calling thread."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar, cast

from weft.domain.errors import Unavailable
from weft.ports.store import Tx
from weft.store.blobs import Ciphers
from weft.store.connection import connect
from weft.store.runs import Keys
from weft.store.statements import refusal
from weft.store.unit import SqlTx

T = TypeVar("T")


class Readers:
    """`read` gives `work` one snapshot of the last commit."""

    def __init__(self, path: str, ciphers: Ciphers, keys: Keys, threads: int) -> None:
        self._path = path
        self._ciphers = ciphers
        self._keys = keys
        self._pool = ThreadPoolExecutor(threads, "weft-read")
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        self._near: SqlTx | None = None

    async def read(self, work: Callable[[Tx], T]) -> T:
        """See `weft.ports.store`. Raises Unavailable once closed."""
        if self._closed:
            raise Unavailable("the store is closed", code="closed")
        return await asyncio.get_running_loop().run_in_executor(self._pool, self._run, work)

    def read_now(self, work: Callable[[Tx], T]) -> T:
        """See `weft.ports.store`; for the event loop's thread only."""
        if self._near is None:
            self._near = self._open()
        return self._snapshot(self._near, work)

    def close(self) -> None:
        """Waits for the reads at hand."""
        self._closed = True
        self._pool.shutdown()
        for sql in self._all:
            sql.close()

    def _open(self) -> SqlTx:
        if self._closed:
            raise Unavailable("the store is closed", code="closed")
        sql = connect(self._path, read_only=True)
        with self._lock:
            self._all.append(sql)
        return SqlTx(sql, self._ciphers, self._keys)

    def _run(self, work: Callable[[Tx], T]) -> T:
        tx = cast("SqlTx | None", getattr(self._local, "tx", None))
        if tx is None:
            tx = self._local.tx = self._open()
        return self._snapshot(tx, work)

    @staticmethod
    def _snapshot(tx: SqlTx, work: Callable[[Tx], T]) -> T:
        nested = tx.sql.in_transaction
        try:
            if not nested:
                tx.sql.execute("BEGIN")
            return work(tx)
        except sqlite3.Error as error:
            raise refusal(error) from error
        finally:
            if not nested and tx.sql.in_transaction:
                tx.sql.execute("ROLLBACK")
