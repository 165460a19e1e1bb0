from __future__ import annotations

import pytest

from weft.domain.errors import Conflict
from weft.domain.users import User
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


async def test_kept_and_found_by_key(store):
    record = User(name="a", password_hash="h", roles=("r",))
    await store.write(lambda tx: tx.of(User).insert(record))
    assert await store.read(lambda tx: tx.of(User).get("a")) == record
    assert await store.read(lambda tx: tx.of(User).get("a", tenant="other")) is None
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.of(User).insert(record))
    assert await store.write(lambda tx: tx.of(User).delete("a"))
    assert await store.read(lambda tx: tx.of(User).find()) == []


async def test_names_are_unique_on_the_server(store):
    await store.write(lambda tx: tx.of(User).insert(User(name="ann", password_hash="h", tenant="acme")))
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.of(User).insert(User(name="ann", password_hash="h")))
    [found] = await store.read(lambda tx: tx.of(User).find(tenant="*", name="ann"))
    assert found.tenant == "acme"
