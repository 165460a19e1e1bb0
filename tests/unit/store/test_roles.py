from __future__ import annotations

import pytest

from weft.domain.errors import Conflict
from weft.domain.roles import Role
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
    record = Role(id="a", permissions=("job.get",))
    await store.write(lambda tx: tx.of(Role).insert(record))
    assert await store.read(lambda tx: tx.of(Role).get("a")) == record
    assert await store.read(lambda tx: tx.of(Role).get("a", tenant="other")) is None
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.of(Role).insert(record))
    assert await store.write(lambda tx: tx.of(Role).delete("a"))
    assert await store.read(lambda tx: tx.of(Role).find()) == []
