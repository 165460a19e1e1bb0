"""The store on one SQLite file (or in memory, for tests): `weft.ports.store.Store`."""

from __future__ import annotations

import os
import socket
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from weft.domain.errors import Unavailable
from weft.ports.blobs import Cipher
from weft.ports.clock import Clock
from weft.ports.store import Tx, WorkSource
from weft.store.blobs import Ciphers
from weft.store.committer import QUEUE_LIMIT, Committer
from weft.store.connection import MEMORY, FileLock, Synchronous, connect
from weft.store.lease import Lease
from weft.store.metadata import load_all
from weft.store.readers import Readers
from weft.store.runs import Keys
from weft.store.schema import bring_up_to_date
from weft.store.unit import SqlTx

T = TypeVar("T")


class SqliteStore:
    """Open it inside the running event loop; every method but `read` belongs to that loop's thread.

    `path` is a file or `:memory:`. `synchronous` FULL survives a power cut; NORMAL may then lose the last commits,
    never the file. `cipher` seals large values; where its keys lie in the store itself, give it later with
    `use_cipher`. Raises Unavailable when another server holds the file, or it is no database of ours.
    """

    def __init__(
        self,
        path: str | Path,
        clock: Clock,
        *,
        cipher: Cipher | None = None,
        synchronous: Synchronous = "FULL",
        readers: int = 2,
        queue_limit: int = QUEUE_LIMIT,
    ) -> None:
        self.path = str(path)
        self._clock = clock
        self._synchronous: Synchronous = synchronous
        self._readers_wanted = readers
        self._queue_limit = queue_limit
        self._ciphers = Ciphers(cipher)
        self._keys = Keys()
        self._lock = FileLock(self.path)
        self._tx: SqlTx | None = None
        self._committer: Committer | None = None
        self._readers: Readers | None = None
        self._writer: ThreadPoolExecutor | None = None

    def use_cipher(self, cipher: Cipher) -> None:
        """From now on large values are sealed and opened with it."""
        self._ciphers.cipher = cipher

    @property
    def ciphers(self) -> Ciphers:
        """For whoever keeps large values in rows of their own."""
        return self._ciphers

    async def open(self) -> None:
        """Take the lock, bring the tables up to date, become the owner."""
        load_all()
        memory = self.path == MEMORY
        if not memory:
            self._lock.acquire()
        try:
            sql = connect(self.path, synchronous=self._synchronous)
            try:
                bring_up_to_date(sql)
                lease = Lease(f"{socket.gethostname()}/{os.getpid()}")
                sql.execute("BEGIN IMMEDIATE")
                lease.acquire(sql, self._clock.now_ms())
                sql.execute("COMMIT")
                self._keys.load(sql)
            except BaseException:
                sql.close()
                raise
        except sqlite3.Error as error:
            self._lock.release()
            raise Unavailable(f"{self.path} cannot be opened as the database: {error}", code="cannot_open") from error
        except BaseException:
            self._lock.release()
            raise
        self._tx = SqlTx(sql, self._ciphers, self._keys)
        self._writer = None if memory else ThreadPoolExecutor(1, "weft-commit")
        self._committer = Committer(
            self._tx, self._clock, None if memory else lease, self._writer, queue_limit=self._queue_limit
        )
        self._readers = None if memory else Readers(self.path, self._ciphers, self._keys, self._readers_wanted)

    async def close(self) -> None:
        """Finish what waits and let go of the file. Closing twice is no error."""
        committer, self._committer = self._committer, None
        if committer is not None:
            await committer.close()
        if self._readers is not None:
            self._readers.close()
            self._readers = None
        if self._writer is not None:
            self._writer.shutdown()
            self._writer = None
        if self._tx is not None:
            self._tx.sql.close()
            self._tx = None
        self._lock.release()

    async def read(self, work: Callable[[Tx], T]) -> T:
        """See `weft.ports.store`."""
        if self._readers is not None:
            return await self._readers.read(work)
        return self.read_now(work)

    def read_now(self, work: Callable[[Tx], T]) -> T:
        """See `weft.ports.store`."""
        if self._readers is not None:
            return self._readers.read_now(work)
        return work(self._opened())

    async def write(self, work: Callable[[Tx], T]) -> T:
        """See `weft.ports.store`."""
        return await self._writing().write(work)

    def attach(self, source: WorkSource) -> Callable[[], None]:
        """See `weft.ports.store`."""
        return self._writing().attach(source)

    def wake(self) -> None:
        """See `weft.ports.store`."""
        if self._committer is not None:
            self._committer.wake()

    def piece(self, tx: Tx, work: Callable[[Tx], T]) -> T:
        """See `weft.ports.store`."""
        if not isinstance(tx, SqlTx):
            raise TypeError("not a transaction of this store")
        return tx.unit(work)

    def busy(self) -> bool:
        """See `weft.ports.store`."""
        return self._committer is not None and self._committer.busy()

    async def quiet(self) -> None:
        """Returns when no group commit is under way and nothing waits for one."""
        await self._writing().quiet()

    @property
    def commits(self) -> int:
        """Group commits since `open`."""
        return self._writing().commits

    def _writing(self) -> Committer:
        if self._committer is None:
            raise Unavailable("the store is not open", code="closed")
        return self._committer

    def _opened(self) -> SqlTx:
        if self._tx is None:
            raise Unavailable("the store is not open", code="closed")
        return self._tx
