from __future__ import annotations

import pytest

from weft.domain.errors import Conflict
from weft.domain.tenancy import SERVER_WIDE, Tenant
from weft.store.sqlite import SqliteStore

pytestmark = pytest.mark.anyio
ACME = Tenant(id="acme", uuid="u1", default_namespace="acme")


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
async def store(clock, anyio_backend):
    store = SqliteStore(":memory:", clock)
    await store.open()
    yield store
    await store.close()


async def test_found_by_id_and_uuid(store):
    await store.write(lambda tx: tx.of(Tenant).insert(ACME))
    assert await store.read(lambda tx: tx.of(Tenant).get("acme", tenant=SERVER_WIDE)) == ACME
    assert await store.read(lambda tx: tx.of(Tenant).find(tenant=SERVER_WIDE, uuid="u1")) == [ACME]
    assert await store.read(lambda tx: tx.of(Tenant).find(tenant=SERVER_WIDE, uuid="u2")) == []


async def test_ids_and_uuids_are_unique(store):
    await store.write(lambda tx: tx.of(Tenant).insert(ACME))
    for other in (
        Tenant(id="acme", uuid="u2", default_namespace="x"), Tenant(id="other", uuid="u1", default_namespace="x"),
    ):  # fmt: skip
        with pytest.raises(Conflict):
            await store.write(lambda tx, other=other: tx.of(Tenant).insert(other))
