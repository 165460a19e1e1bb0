from __future__ import annotations

import pytest

from weft.domain.access import Grant
from weft.domain.clients import Client
from weft.domain.errors import Conflict
from weft.domain.tenancy import SERVER_WIDE
from weft.store.sqlite import SqliteStore

pytestmark = pytest.mark.anyio
IMPORTER = Client(id="importer", owner="acme", secret_id="s", grants=(Grant("acme", ("viewer",), ""),))


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(clock, anyio_backend):
    store = SqliteStore(":memory:", clock)
    await store.open()
    yield store
    await store.close()


async def test_found_by_id_and_owner_with_its_grants(store):
    await store.write(lambda tx: tx.of(Client).insert(IMPORTER))
    assert await store.read(lambda tx: tx.of(Client).get("importer", tenant=SERVER_WIDE)) == IMPORTER
    assert await store.read(lambda tx: tx.of(Client).find(tenant=SERVER_WIDE, owner="acme")) == [IMPORTER]
    assert await store.read(lambda tx: tx.of(Client).find(tenant=SERVER_WIDE, owner="other")) == []


async def test_ids_are_unique_whoever_owns_them(store):
    await store.write(lambda tx: tx.of(Client).insert(IMPORTER))
    with pytest.raises(Conflict):
        await store.write(lambda tx: tx.of(Client).insert(Client(id="importer", owner="other", secret_id="s")))
