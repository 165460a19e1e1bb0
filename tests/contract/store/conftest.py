"""Every store of the product, under one name. A further store is one more entry of `STORES`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from weft.store.sqlite import SqliteStore


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class Backwards:
    """A cipher that only has to be one."""

    def seal(self, data: bytes, context: str) -> bytes:
        return data[::-1]

    def open(self, sealed: bytes, context: str) -> bytes:
        return sealed[::-1]


STORES: dict[str, Callable[[Path], Any]] = {
    "sqlite": lambda place: SqliteStore(place / "store.db", SystemClock(), cipher=Backwards()),
    "sqlite-normal": lambda place: SqliteStore(
        place / "store.db", SystemClock(), cipher=Backwards(), synchronous="NORMAL"
    ),
    "sqlite-memory": lambda place: SqliteStore(":memory:", SystemClock(), cipher=Backwards()),
}


@pytest.fixture(params=sorted(STORES))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[[Any], Awaitable[Any]]], Any]:
    """`store(test)` runs `await test(open store)` in a loop of its own."""

    def run(test: Callable[[Any], Awaitable[Any]]) -> Any:
        async def whole() -> Any:
            opened = STORES[request.param](tmp_path)
            await opened.open()
            try:
                return await test(opened)
            finally:
                await opened.close()

        return asyncio.run(whole())

    return run
