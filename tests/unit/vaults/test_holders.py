from __future__ import annotations

import msgspec
import pytest

from weft.domain.tokens import SigningKey
from weft.vaults.holders import CollectionHolder

pytestmark = pytest.mark.anyio


def holder(store):
    return CollectionHolder(
        "keys", store, SigningKey, key_field="id", sealed_field="sealed", context=lambda record: f"k/{record.id}",
    )  # fmt: skip


async def put(store, *records):
    await store.write(lambda tx: [tx.of(SigningKey).put(record) for record in records])


async def test_all_tenants_are_reached(store, vault):
    one = SigningKey(id="a/b", sealed=vault.seal("default", "k/a/b", b"1"), created_at=1)
    two = SigningKey(id="c", sealed=vault.seal("acme", "k/c", b"2"), created_at=1, tenant="acme")
    await put(store, one, two)
    vault.register(holder(store))
    done = await vault.rotate()
    assert done.holders == {"keys": 2}
    again = await store.read(lambda tx: tx.of(SigningKey).get("c", tenant="acme"))
    assert again.sealed != two.sealed
    assert vault.open("acme", "k/c", again.sealed) == b"2"
    assert msgspec.structs.replace(again, sealed=b"") == msgspec.structs.replace(two, sealed=b"")


async def test_missing_and_empty_ones_are_skipped(store, vault):
    await put(store, SigningKey(id="e", sealed=b"", created_at=1))
    assert await holder(store).renew(["default/e", "default/gone"], vault._renewed) == 0
