from __future__ import annotations

import pytest

from weft.domain.tokens import SigningKey, Ticket
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


async def test_tickets_are_found_by_digest_and_by_user(store):
    one, two = (Ticket(id=name, user="ops", created_at=1, expires_at=2) for name in ("d1", "d2"))
    await store.write(lambda tx: [tx.of(Ticket).insert(ticket) for ticket in (one, two)])
    assert await store.read(lambda tx: tx.of(Ticket).get("d1")) == one
    assert await store.read(lambda tx: tx.of(Ticket).find(user="ops")) == [one, two]
    assert await store.read(lambda tx: tx.of(Ticket).find(user="x")) == []


async def test_signing_keys_are_kept(store):
    key = SigningKey(id="k", sealed=b"s", created_at=3)
    await store.write(lambda tx: tx.of(SigningKey).insert(key))
    assert await store.read(lambda tx: tx.of(SigningKey).find()) == [key]
