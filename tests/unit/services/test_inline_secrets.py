from __future__ import annotations

import pytest

from weft.domain.errors import NotFound
from weft.domain.workflows import SealedValues
from weft.dsl.expr.sealed import contains_sealed
from weft.dsl.graph.concealed import Value
from weft.ports.vault import SealBroken
from weft.services.inline_secrets import conceal

pytestmark = pytest.mark.anyio


def test_an_input_with_secrets_is_split():
    found = conceal({"n": 1, "_auth": {"token": "t"}}, "j1")
    assert found is not None and found.bundle == "job:j1"
    assert found.shown == {"n": 1, "_auth": {"token": "***"}} and contains_sealed(found.given)
    assert found.values == {"/_auth/token": Value("t")}
    assert conceal({"n": 1}, "j1") is None


async def test_values_come_back_for_their_tenant_only(lists):
    inline, store = lists.inline, lists.records.store
    await inline.prepare("other")
    values = {"/a": Value("s3cr3t", ("https://h:443",)), "/b": Value("t")}
    await store.write(lambda tx: inline.write(tx, "default", "b1", values))
    assert store.read_now(lambda tx: inline.read(tx, "default", "b1")) == values
    with pytest.raises(NotFound) as refused:
        store.read_now(lambda tx: inline.read(tx, "other", "b1"))
    assert refused.value.code == "SECRET_NOT_FOUND"
    record = store.read_now(lambda tx: tx.of(SealedValues).get("b1"))
    moved = SealedValues(id="b2", sealed=record.sealed, created_at=1)
    await store.write(lambda tx: tx.of(SealedValues).put(moved))
    with pytest.raises(SealBroken):
        store.read_now(lambda tx: inline.read(tx, "default", "b2"))
    assert b"s3cr3t" not in lists.bytes_on_disk() and "s3cr3t" not in repr(record)


async def test_however_many_jobs_are_gone_all_their_values_go(lists):
    inline, store = lists.inline, lists.records.store
    for bundle in ("job:a", "job:b", "job:c", "a-definition", "schedule:s"):
        await store.write(lambda tx, bundle=bundle: inline.write(tx, "default", bundle, {"/a": Value("t")}))
    assert await inline.sweep(at_once=2) == 3
    left = store.read_now(lambda tx: [one.id for one in tx.of(SealedValues).find()])
    assert left == ["a-definition", "schedule:s"] and await inline.sweep() == 0
