from __future__ import annotations

import asyncio

import pytest

from weft.domain.errors import Conflict, Unavailable
from weft.domain.keys import DataKey
from weft.ports.vault import SealBroken
from weft.vaults.encrypted import BATCH, EncryptedVault
from weft.vaults.envelope import key_id_of

pytestmark = pytest.mark.anyio


class Drawer:
    """A holder in memory."""

    name = "drawer"

    def __init__(self, values):
        self.values = values
        self.batches = []
        self.pause = None

    async def keys(self):
        return sorted(self.values)

    async def renew(self, keys, renew):
        self.batches.append(len(keys))
        if self.pause is not None:
            await self.pause.wait()
        changed = 0
        for key in keys:
            fresh = renew("default", key, self.values[key])
            changed += fresh is not self.values[key]
            self.values[key] = fresh
        return changed


async def test_seal_and_open_per_tenant(vault):
    sealed = vault.seal("default", "secret/a", b"value")
    assert vault.open("default", "secret/a", sealed) == b"value"
    for tenant, context in (("acme", "secret/a"), ("default", "secret/b")):
        with pytest.raises(SealBroken):
            vault.open(tenant, context, sealed)
    assert key_id_of(sealed) != key_id_of(vault.seal("acme", "secret/a", b"value"))


async def test_a_tenant_without_a_key_is_told(vault):
    with pytest.raises(Unavailable):
        vault.seal("new", "c", b"")
    await vault.prepare("new")
    await vault.prepare("new")
    assert vault.open("new", "c", vault.seal("new", "c", b"x")) == b"x"


async def test_the_keys_outlive_the_process_and_lie_wrapped(store, clock, vault):
    sealed = vault.seal("default", "c", b"value")
    again = EncryptedVault(store, b"m" * 32, clock)
    await again.open_keys(("default", "acme"))
    assert again.open("default", "c", sealed) == b"value"
    assert len(await store.read(lambda tx: tx.of(DataKey).find())) == 2


async def test_another_master_key_does_not_fit(store, clock, vault):
    with pytest.raises(SealBroken, match="master key does not fit"):
        await EncryptedVault(store, b"n" * 32, clock).open_keys(("default",))


async def test_the_master_key_is_changed_with_one_start_that_knows_both(store, clock, vault):
    await vault.rotate()
    sealed = vault.seal("default", "c", b"value")
    for keys in ((b"n" * 32, b"m" * 32), (b"n" * 32, b"m" * 32), (b"n" * 32, None)):
        changed = EncryptedVault(store, keys[0], clock, keys[1])
        await changed.open_keys(("default", "acme"))
        assert changed.open("default", "c", sealed) == b"value"
    with pytest.raises(SealBroken, match="master key does not fit"):
        await EncryptedVault(store, b"m" * 32, clock).open_keys(("default",))
    with pytest.raises(SealBroken, match="master key does not fit"):
        await EncryptedVault(store, b"o" * 32, clock, b"p" * 32).open_keys(("default",))


async def test_rotation_renews_everything_in_batches(vault):
    drawer = Drawer({f"c/{n}": vault.seal("default", f"c/{n}", str(n).encode()) for n in range(BATCH + 5)})
    old = key_id_of(drawer.values["c/0"])
    vault.register(drawer)
    done = await vault.rotate()
    assert (done.keys, done.values, done.holders) == (2, BATCH + 5, {"drawer": BATCH + 5})
    assert drawer.batches == [BATCH, 5]
    assert {key_id_of(value) for value in drawer.values.values()} == {key_id_of(vault.seal("default", "x", b""))}
    assert key_id_of(drawer.values["c/0"]) != old
    assert vault.open("default", "c/7", drawer.values["c/7"]) == b"7"


async def test_what_was_on_its_way_during_a_rotation_still_opens(vault):
    late = vault.seal("default", "c", b"late")
    await vault.rotate()
    assert vault.open("default", "c", late) == b"late"


async def test_old_keys_are_forgotten_one_rotation_later(store, vault):
    sealed = vault.seal("default", "c", b"value")
    await vault.rotate()
    assert len(await store.read(lambda tx: tx.of(DataKey).find())) == 4
    await vault.rotate()
    assert len(await store.read(lambda tx: tx.of(DataKey).find())) == 4
    with pytest.raises(SealBroken):
        vault.open("default", "c", sealed)


async def test_one_rotation_at_a_time(vault):
    drawer = Drawer({"c": vault.seal("default", "c", b"v")})
    drawer.pause = asyncio.Event()
    vault.register(drawer)
    first = asyncio.create_task(vault.rotate())
    while not drawer.batches:
        await asyncio.sleep(0)
    with pytest.raises(Conflict):
        await vault.rotate()
    drawer.pause.set()
    assert (await first).values == 1


async def test_a_rotation_that_broke_off_loses_nothing(store, clock, vault):
    class Broken(Drawer):
        async def renew(self, keys, renew):
            raise RuntimeError("disk")

    sealed = vault.seal("default", "c", b"value")
    vault.register(Broken({"c": sealed}))
    with pytest.raises(RuntimeError):
        await vault.rotate()
    assert vault.open("default", "c", sealed) == b"value"
    again = EncryptedVault(store, b"m" * 32, clock)
    await again.open_keys(("default",))
    assert again.open("default", "c", sealed) == b"value"
