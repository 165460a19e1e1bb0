from __future__ import annotations

import pytest

from weft.connectors import surroundings
from weft.connectors.surroundings import TokenCache, Transports
from weft_adapter.egress import EgressPolicy

pytestmark = pytest.mark.anyio


async def test_connections_are_kept_apart_by_what_they_may_reach(desk):
    transports = Transports(EgressPolicy())
    async with transports.use() as plain, transports.use("h") as named, transports.use("h", insecure=True) as lax:
        assert len({id(plain), id(named), id(lax)}) == 3
    async with transports.use("h") as again:
        assert again is named
    await transports.close()


async def test_too_many_are_closed_but_not_those_in_use(desk, monkeypatch):
    monkeypatch.setattr(surroundings, "MAX_TRANSPORTS", 2)
    transports = Transports(EgressPolicy())
    async with transports.use("a") as first:
        for host in "bcd":
            async with transports.use(host):
                pass
        async with transports.use("a") as again:
            assert again is first
    assert len(transports._kept) <= 2
    await transports.close()


async def test_tokens_end(desk, monkeypatch):
    cache = TokenCache(desk.clock)
    cache.put(("a",), "t", 10)
    assert cache.get(("a",)) == "t"
    desk.clock.ms += 10_000
    assert cache.get(("a",)) is None
    monkeypatch.setattr(surroundings, "MAX_TOKENS", 2)
    for name in "abc":
        cache.put((name,), name, 10)
    assert [cache.get((name,)) for name in "abc"] == [None, "b", "c"]
    cache.drop(("b",))
    cache.drop(("b",))
    assert cache.get(("b",)) is None
