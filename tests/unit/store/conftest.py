"""A store in memory or on a file, a clock set by hand, a cipher that can be seen through, and a job."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import pytest

from weft.domain.jobs import Job
from weft.store.blobs import Ciphers
from weft.store.connection import MEMORY, connect
from weft.store.runs import Keys
from weft.store.schema import bring_up_to_date
from weft.store.sqlite import SqliteStore
from weft.store.unit import SqlTx

T = TypeVar("T")


class HandClock:
    def __init__(self) -> None:
        self.now = 1_000
        self.ticks = 0.0

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        self.ticks += 1e-6
        return self.ticks


class Plain:
    """Seals by naming the context in front."""

    def seal(self, data: bytes, context: str) -> bytes:
        return context.encode() + b"\0" + data[::-1]

    def open(self, sealed: bytes, context: str) -> bytes:
        head, body = sealed.split(b"\0", 1)
        if head != context.encode():
            raise ValueError("another context")
        return body[::-1]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def cipher() -> Plain:
    return Plain()


@pytest.fixture
def sql() -> Any:
    """A connection in memory with all tables."""
    connection = connect(MEMORY)
    bring_up_to_date(connection)
    yield connection
    connection.close()


@pytest.fixture
def tx(sql: sqlite3.Connection, cipher: Plain) -> SqlTx:
    """A transaction object on that connection, with a cipher."""
    return SqlTx(sql, Ciphers(cipher), Keys())


@pytest.fixture
def with_store(clock: HandClock, cipher: Plain) -> Callable[..., Any]:
    """`with_store(work)` runs `await work(store)` on an open store in a loop of its own."""

    def run(work: Callable[[SqliteStore], Awaitable[T]], path: str = MEMORY, **options: Any) -> T:
        async def whole() -> T:
            store = SqliteStore(path, clock, cipher=cipher, **options)
            await store.open()
            try:
                return await work(store)
            finally:
                await store.close()

        return asyncio.run(whole())

    return run


@pytest.fixture
def make_job() -> Callable[..., Job]:
    def make(key: int, **more: Any) -> Job:
        members: dict[str, Any] = {
            "id": f"job-{key}", "run": f"run-{key}", "name": "n", "workflow_name": "w", "workflow_version": "1",
            "workflow_id": "w1", "revision": "r", "status": "running", "started_at": 100 + key, "key": key,
        }  # fmt: skip
        return Job(**(members | more))

    return make
