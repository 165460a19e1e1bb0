"""A store in memory and a vault on it."""

from __future__ import annotations

import pytest

from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault


class CountingClock:
    """Each look is a millisecond later."""

    def __init__(self) -> None:
        self.ms = 1_000

    def now_ms(self) -> int:
        self.ms += 1
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def clock() -> CountingClock:
    return CountingClock()


@pytest.fixture
async def store(clock):
    store = SqliteStore(":memory:", clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
async def vault(store, clock):
    vault = EncryptedVault(store, b"m" * 32, clock)
    await vault.open_keys(("default", "acme"))
    return vault
