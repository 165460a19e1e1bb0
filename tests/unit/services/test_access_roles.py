from __future__ import annotations

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound
from weft.domain.roles import ALL_PERMISSIONS
from weft.services.tenants import TenantDraft

pytestmark = pytest.mark.anyio
HELPDESK = Principal(name="help", permissions=frozenset({"administration.read", "administration.write", "job.list"}))
READER = Principal(name="reader", permissions=frozenset({"administration.read"}))
NOBODY = Principal(name="nobody")


@pytest.fixture
def roles(world):
    return world.parts.roles


async def test_create_get_change_list_delete(world, roles):
    made = await roles.create(world.root, "ops", ["job.get", "job.list", "job.list"], "text")
    assert (made.permissions, made.description) == (("job.get", "job.list"), "text")
    changed = await roles.change(world.root, "ops", permissions=["worker.*"])
    assert all(name.startswith("worker.") for name in changed.permissions)
    assert changed.description == "text"
    assert [role.id for role in await roles.list(READER)] == ["admin", "author", "operator", "ops", "viewer"]
    await roles.delete(world.root, "ops")
    with pytest.raises(NotFound):
        await roles.get(world.root, "ops")


async def test_the_superuser_role_holds_everything_and_cannot_be_written(world, roles):
    assert set((await roles.get(world.root, "admin")).permissions) == ALL_PERMISSIONS
    for call in (
        roles.create(world.root, "admin", []), roles.change(world.root, "admin", permissions=[]),
        roles.delete(world.root, "admin"),
    ):  # fmt: skip
        with pytest.raises(Invalid):
            await call


async def test_ids_are_unique_and_permissions_known(world, roles):
    await roles.create(world.root, "ops", [])
    with pytest.raises(Conflict):
        await roles.create(world.root, "ops", [])
    with pytest.raises(Invalid, match="unknown permission"):
        await roles.create(world.root, "x", ["job.fly"])
    with pytest.raises(Invalid):
        await roles.create(world.root, "x y", [])
    with pytest.raises(Invalid):
        await roles.create(world.root, "x", [], "d" * 2000)


async def test_only_what_is_held_is_given(world, roles):
    await roles.create(HELPDESK, "lookers", ["job.list"])
    await roles.create(world.root, "strong", ["job.create"])
    for call in (
        roles.create(HELPDESK, "x", ["job.create"]),
        roles.change(HELPDESK, "lookers", permissions=["job.list", "job.create"]),
        roles.change(HELPDESK, "strong", permissions=["job.list"]),
        roles.delete(HELPDESK, "strong"),
    ):
        with pytest.raises(Forbidden):
            await call


async def test_a_role_in_use_stays(world, roles):
    await roles.create(world.root, "ops", [])
    await world.parts.users.create(world.root, "ann", "password1", ["ops"])
    with pytest.raises(InUse, match="ann"):
        await roles.delete(world.root, "ops")
    await world.parts.users.delete(world.root, "ann")
    await world.parts.keys.create(world.root, "ci", ["ops"])
    with pytest.raises(InUse, match="ci"):
        await roles.delete(world.root, "ops")


async def test_every_method_asks_for_its_permission(roles):
    for call in (
        roles.list(NOBODY), roles.get(NOBODY, "a"), roles.create(READER, "a", []), roles.change(READER, "a"),
        roles.delete(READER, "a"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call


async def test_built_in_roles_may_be_replaced_in_a_tenant(world, roles):
    await world.parts.tenants.create(world.root, TenantDraft(id="acme"))
    acme = world.root.within("acme")
    for call in (roles.change(acme, "viewer", permissions=[]), roles.delete(acme, "viewer")):
        with pytest.raises(Invalid, match="not the tenant's own"):
            await call
    await roles.create(acme, "viewer", ["job.start"])
    assert (await roles.get(acme, "viewer")).permissions == ("job.create",)
    assert (await roles.get(world.root, "viewer")).built_in
    await roles.delete(acme, "viewer")
    assert (await roles.get(acme, "viewer")).built_in


async def test_only_the_operator_shares(world, roles):
    await world.parts.tenants.create(world.root, TenantDraft(id="acme"))
    acme = world.root.within("acme")
    boss = Principal(name="boss", superuser=True)
    await roles.create(world.root, "all", ["job.list"], shared=True)
    assert "all" in [role.id for role in await roles.list(acme)]
    for call in (
        roles.create(acme, "x", [], shared=True), roles.create(boss, "x", [], shared=True),
        roles.change(boss, "all", description="x"), roles.delete(boss, "all"), roles.change(boss, "all", shared=True),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
    await roles.change(world.root, "all", shared=False)
    assert "all" not in [role.id for role in await roles.list(acme)]
