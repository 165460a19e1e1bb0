from __future__ import annotations

import pytest

from weft.domain.errors import Conflict
from weft.domain.tenancy import SERVER_WIDE, Namespace
from weft.store.sqlite import SqliteStore

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(clock, anyio_backend):
    store = SqliteStore(":memory:", clock)
    await store.open()
    yield store
    await store.close()


async def test_found_by_id_and_owner(store):
    lab, prod = Namespace(id="lab", owner="acme"), Namespace(id="prod", owner="other")
    for each in (lab, prod):
        await store.write(lambda tx, each=each: tx.of(Namespace).insert(each))
    assert await store.read(lambda tx: tx.of(Namespace).get("lab", tenant=SERVER_WIDE)) == lab
    assert await store.read(lambda tx: tx.of(Namespace).find(tenant=SERVER_WIDE, owner="other")) == [prod]


async def test_ids_are_unique_whoever_owns_them(store):
    await store.write(lambda tx: tx.of(Namespace).insert(Namespace(id="lab", owner="acme")))
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.of(Namespace).insert(Namespace(id="lab", owner="other")))
