from __future__ import annotations

import pytest

from weft.domain.tenancy import SERVER_WIDE, Namespace, Tenant
from weft.services.access_first import ensure_administrator, ensure_default_tenant
from weft.services.access_users import UserChange

pytestmark = pytest.mark.anyio


async def ensure(world, password="", kept=None):
    kept = kept if kept is not None else []
    return await ensure_administrator(
        world.store, world.clock, world.ids, world.parts.passwords, name="chief", password=password, keep=kept.append
    )


async def test_a_made_up_password_is_kept_before_the_user_is_stored(world):
    kept = []
    made = await ensure(world, kept=kept)
    assert (made.name, made.made_up, len(kept)) == ("chief", True, 1)
    assert (await world.parts.access.login("chief", kept[0], "x")).roles == ("admin",)


async def test_a_given_password_is_used_and_not_kept(world):
    kept = []
    made = await ensure(world, "given-password", kept)
    assert (made.made_up, kept) == (False, [])
    await world.parts.access.login("chief", "given-password", "x")


async def test_there_is_one_already(world):
    await ensure(world, "given-password")
    assert await ensure(world, "other-password") is None


async def test_no_enabled_one_is_none(world):
    await world.parts.users.create(world.root, "boss", "password1", ["admin"])
    await world.parts.users.create(world.root, "second", "password1", ["admin"])
    assert await ensure(world, "x") is None
    await world.parts.users.change(world.root, "boss", UserChange(disabled=True))
    assert await ensure(world, "x") is None


async def test_the_default_tenant_is_made_once(world):
    await world.store.write(lambda tx: tx.of(Tenant).delete("default", tenant=SERVER_WIDE))
    await world.store.write(lambda tx: tx.of(Namespace).delete("default", tenant=SERVER_WIDE))
    first = await ensure_default_tenant(world.store, world.clock, world.ids)
    assert (first.id, first.default_namespace, len(first.uuid)) == ("default", "default", 36)
    assert await ensure_default_tenant(world.store, world.clock, world.ids) == first
    namespace = await world.store.read(lambda tx: tx.of(Namespace).get("default", tenant=SERVER_WIDE))
    assert (namespace.owner, namespace.default) == ("default", True)
