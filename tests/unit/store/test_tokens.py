from __future__ import annotations

import pytest

from weft.domain.errors import Conflict
from weft.domain.tokens import ApiKey
from weft.store.sqlite import SqliteStore

pytestmark = pytest.mark.anyio


class Clock:
    def now_ms(self) -> int:
        return 1

    def monotonic(self) -> float:
        return 0.0


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store():
    store = SqliteStore(":memory:", Clock())
    await store.open()
    yield store
    await store.close()


async def test_found_by_name_and_by_digest(store):
    record = ApiKey(id="k1", name="ci", digest="d1", roles=("r",))
    await store.write(lambda tx: tx.of(ApiKey).insert(record))
    assert await store.read(lambda tx: tx.of(ApiKey).find(digest="d1")) == [record]
    assert await store.read(lambda tx: tx.of(ApiKey).find(name="ci")) == [record]
    assert await store.read(lambda tx: tx.of(ApiKey).find(digest="d2")) == []


async def test_names_and_digests_are_unique(store):
    await store.write(lambda tx: tx.of(ApiKey).insert(ApiKey(id="k1", name="ci", digest="d1")))
    for other in (ApiKey(id="k2", name="ci", digest="d2"), ApiKey(id="k3", name="x", digest="d1")):
        with pytest.raises(Conflict):
            await store.write(lambda tx, other=other: tx.of(ApiKey).insert(other))


async def test_they_are_unique_on_the_server(store):
    await store.write(lambda tx: tx.of(ApiKey).insert(ApiKey(id="k1", name="ci", digest="d1", tenant="acme")))
    for other in (ApiKey(id="k2", name="ci", digest="d2"), ApiKey(id="k3", name="x", digest="d1")):
        with pytest.raises(Conflict):
            await store.write(lambda tx, other=other: tx.of(ApiKey).insert(other))
