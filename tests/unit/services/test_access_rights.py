from __future__ import annotations

import pytest

from weft.domain.access import SYSTEM, Grant, Scope
from weft.domain.clients import Client
from weft.domain.errors import Invalid
from weft.domain.roles import ALL_PERMISSIONS, NAMESPACE_PERMISSIONS
from weft.services.access_grants import WantedGrant
from weft.services.access_keys import KeyChange
from weft.services.access_rights import permissions_of, principal_named, principal_of, rights_now, role_in
from weft.services.access_users import UserChange
from weft.services.clients import ClientChange, ClientDraft
from weft.services.namespaces import NamespaceChange
from weft.services.tenants import TenantChange, TenantDraft

pytestmark = pytest.mark.anyio


@pytest.fixture
async def acme(world):
    """A tenant with a namespace `lab` beside its default one."""
    await world.parts.tenants.create(world.root, TenantDraft(id="acme"))
    boss = world.root.within("acme")
    await world.parts.namespaces.create(boss, "lab")
    return boss


def made(world, roles=(), grants=(), tenant="acme"):
    return world.store.read_now(lambda tx: principal_of(tx, "x", roles, tenant, grants))


async def test_home_roles_and_grants_become_scopes(world, acme):
    await world.parts.roles.create(acme, "looker", ["job.list"])
    someone = made(world, ("looker",), (Grant("acme", ("operator",), "lab"), Grant("default", ("viewer",))))
    assert (someone.tenant, someone.permissions, someone.superuser, someone.operator) == (
        "acme", {"job.list"}, False, False,
    )  # fmt: skip
    assert set(someone.scopes) == {"acme", "default"}
    assert someone.within("acme", "lab").may("job.create")
    assert not someone.within("acme", "").may("job.create")
    assert someone.within("default").may("workflow.list")
    assert someone.scopes["acme"].namespace_roles == {"lab": ("operator",)}


async def test_without_a_role_there_is_no_scope(world, acme):
    for nobody in (made(world), made(world, ("no-such-role",), (Grant("acme", ("none",), "lab"),))):
        assert nobody.scopes == {}
        assert nobody.within("acme") is None


async def test_a_role_is_the_tenants_own_then_shared_then_built_in(world, acme):
    roles = world.parts.roles

    def meaning():
        return set(world.store.read_now(lambda tx: role_in(tx, "acme", "viewer")).permissions)

    assert "workflow.list" in meaning()
    await roles.create(world.root, "viewer", ["job.list"])
    assert "workflow.list" in meaning()
    await roles.change(world.root, "viewer", shared=True)
    assert meaning() == {"job.list"}
    await roles.create(acme, "viewer", ["job.get"])
    assert meaning() == {"job.get"}
    await roles.delete(acme, "viewer")
    assert meaning() == {"job.list"}


async def test_the_superuser_role_is_that_of_the_tenant(world, acme):
    boss = made(world, ("admin",))
    assert (boss.superuser, boss.operator) == (True, False)
    assert boss.within("default") is None
    assert made(world, (), (Grant("default", ("admin",)),)).operator
    assert not made(world, (), (Grant("default", ("admin",), ""),)).operator
    part = made(world, (), (Grant("acme", ("admin",), "lab"),))
    assert not part.superuser
    assert part.within("acme", "lab").permissions == NAMESPACE_PERMISSIONS
    assert not part.within("acme", "lab").may("administration.write")


async def test_disabled_namespaces_and_tenants_are_left_out(world, acme):
    grants = (Grant("acme", ("operator",), "lab"), Grant("acme", ("viewer",), ""))
    await world.parts.namespaces.change(acme, "lab", NamespaceChange(disabled=True))
    assert set(made(world, (), grants, "default").scopes["acme"].namespaces) == {""}
    await world.parts.tenants.change(world.root, "acme", TenantChange(disabled=True))
    assert made(world, (), grants, "default").scopes == {}
    assert made(world, ("viewer",)) is None


async def test_unknown_roles_are_refused_where_they_are_given(world, acme):
    found = world.store.read_now(lambda tx: permissions_of(tx, ["operator", "admin"], "acme"))
    assert found < ALL_PERMISSIONS
    with pytest.raises(Invalid, match="none"):
        world.store.read_now(lambda tx: permissions_of(tx, ["none"], "acme"))


async def test_somebody_by_the_name_under_which_it_acted(world, acme):
    now = world.clock.now_ms()

    def named(name, at=now):
        return world.store.read_now(lambda tx: principal_named(tx, name, at))

    await world.parts.users.create(acme, "ann", "password1", ["operator"])
    key, _ = await world.parts.keys.create(acme, "ci", ["viewer"])
    client, _ = await world.parts.clients.create(acme, ClientDraft(id="imp", roles=["author"], expires_at=now + 5000))
    assert [named(name).name for name in ("ann", "key:ci", "client:imp")] == ["ann", "key:ci", "client:imp"]
    assert named("ann").may("job.create")
    assert named("system") is SYSTEM
    for name in ("bob", "key:none", "client:none", "", "key:", "client:"):
        assert named(name) is None
    assert named("client:imp", client.expires_at) is None
    assert named("key:ci", key.expires_at) is None
    await world.parts.users.change(acme, "ann", UserChange(disabled=True))
    await world.parts.keys.change(acme, "ci", KeyChange(disabled=True))
    await world.parts.clients.change(acme, "imp", ClientChange(disabled=True))
    assert [named(name) for name in ("ann", "key:ci", "client:imp")] == [None, None, None]


async def test_a_principal_of_a_tenant_that_is_gone_is_nobody(world):
    assert made(world, ("viewer",), tenant="gone") is None
    assert isinstance(Client(id="a", owner="gone", secret_id="s").grants, tuple)
    assert made(world, ("viewer",), tenant="default").scopes["default"] != Scope()


async def test_rights_are_those_of_the_moment_in_the_place_asked_for(world, acme):
    look = rights_now(world.clock)

    def standing(name, tenant="acme", namespace="lab"):
        return world.store.read_now(lambda tx: look(tx, name, tenant, namespace))

    await world.parts.users.create(acme, "ann", "password1", [], grants=[WantedGrant("acme", ("operator",), "lab")])
    assert standing("ann").may("job.create") and standing("ann", namespace="other") is None
    await world.parts.users.change(acme, "ann", UserChange(disabled=True))
    assert standing("ann") is None and standing("nobody") is None
