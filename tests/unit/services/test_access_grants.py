from __future__ import annotations

import pytest

from weft.domain.access import Grant
from weft.domain.clients import Client
from weft.domain.errors import Forbidden, InUse, Invalid
from weft.services.access_grants import (
    MAX_GRANTS,
    WantedGrant,
    check_reach,
    check_unused,
    holders,
    read_grants,
    role_ids,
    tenant_named,
)
from weft.services.access_rights import user_principal
from weft.services.clients import ClientDraft
from weft.services.tenants import TenantDraft

pytestmark = pytest.mark.anyio
UUID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


@pytest.fixture
async def acme(world):
    await world.parts.tenants.create(world.root, TenantDraft(id="acme", uuid=UUID))
    await world.parts.tenants.create(world.root, TenantDraft(id="other"))
    boss = world.root.within("acme")
    await world.parts.namespaces.create(boss, "lab")
    return boss


@pytest.fixture
async def chief(world, acme):
    """The superuser of one tenant, who is nobody in the others."""
    user = await world.parts.users.create(acme, "chief", "password1", ["admin"])
    return world.store.read_now(lambda tx: user_principal(tx, user))


def reading(world, principal, *wanted):
    return world.store.read_now(lambda tx: read_grants(tx, principal, wanted))


async def test_grants_are_kept_per_tenant_and_namespace(world, acme):
    found = reading(
        world, acme, WantedGrant("acme", ("viewer", "operator"), "lab"), WantedGrant(UUID.upper(), ("viewer",), "lab"),
        WantedGrant("acme", ("viewer",), "acme"), WantedGrant("acme", ("viewer",)),
    )  # fmt: skip
    assert found == (
        Grant("acme", ("viewer", "operator"), "lab"), Grant("acme", ("viewer",), ""), Grant("acme", ("viewer",)),
    )  # fmt: skip


@pytest.mark.parametrize(
    "wanted",
    [
        WantedGrant("none", ("viewer",)), WantedGrant("acme", ("none",)), WantedGrant("acme", ()),
        WantedGrant("acme", ("viewer",), "none"), WantedGrant("acme", ("viewer",), ""),
        WantedGrant("acme", ("viewer",), "other"), WantedGrant("acme", ("bad role",)),
    ],
)  # fmt: skip
async def test_what_does_not_exist_is_not_given(world, acme, wanted):
    with pytest.raises(Invalid):
        reading(world, acme, wanted)


async def test_grants_are_bounded(world, acme):
    with pytest.raises(Invalid):
        reading(world, acme, *[WantedGrant("acme", ("viewer",))] * (MAX_GRANTS + 1))
    with pytest.raises(Invalid):
        role_ids(["viewer"] * 101)
    assert role_ids(["permission/viewer", "viewer"]) == ("viewer",)


async def test_the_superuser_of_a_tenant_gives_there_and_nowhere_else(world, chief):
    assert reading(world, chief, WantedGrant("acme", ("admin",), "lab"))
    for tenant in ("other", "default"):
        with pytest.raises(Invalid, match=f"tenant {tenant} does not exist"):
            reading(world, chief, WantedGrant(tenant, ("viewer",)))


async def test_only_an_administrator_gives_and_only_what_that_one_holds(world, acme):
    await world.parts.roles.create(acme, "desk", ["administration.write", "job.read"])
    await world.parts.roles.create(acme, "reader", ["job.read"])

    async def somebody(name, *roles):
        user = await world.parts.users.create(acme, name, "password1", roles)
        return world.store.read_now(lambda tx: user_principal(tx, user))

    desk, reader = await somebody("desk", "desk"), await somebody("reader", "reader")
    assert reading(world, desk, WantedGrant("acme", ("reader",)))
    for roles in (("admin",), ("operator",)):
        with pytest.raises(Forbidden):
            reading(world, desk, WantedGrant("acme", roles))
    with pytest.raises(Forbidden):
        reading(world, reader, WantedGrant("acme", ("reader",)))


async def test_who_holds_more_elsewhere_is_out_of_reach(world, acme, chief):
    def reach(principal, *grants):
        client = Client(id="c", owner="acme", secret_id="s", grants=grants)
        world.store.read_now(lambda tx: check_reach(tx, principal, client, "acme"))

    reach(chief, Grant("acme", ("admin",), "lab"))
    with pytest.raises(Forbidden):
        reach(chief, Grant("other", ("viewer",)))
    reach(world.root, Grant("other", ("admin",)))


async def test_a_role_in_a_grant_is_in_use_in_that_tenant_only(world, acme):
    for tenant in (acme, world.root):
        await world.parts.roles.create(tenant, "own", ["job.list"])
    await world.parts.clients.create(acme, ClientDraft(id="imp", grants=[WantedGrant("acme", ("own",), "lab")]))
    world.store.read_now(lambda tx: check_unused(tx, "default", "own"))
    with pytest.raises(InUse, match="client:imp"):
        world.store.read_now(lambda tx: check_unused(tx, "acme", "own"))
    await world.parts.users.create(acme, "ann", "password1")
    await world.parts.keys.create(world.root, "ci", ["own"])
    assert {(home, holder.name) for home, holder in world.store.read_now(lambda tx: list(holders(tx)))} == {
        ("acme", "ann"), ("default", "ci"), ("acme", "client:imp"),
    }  # fmt: skip


async def test_tenants_are_named_by_id_or_uuid(world, acme):
    for reference in ("acme", UUID, UUID.upper()):
        assert world.store.read_now(lambda tx, r=reference: tenant_named(tx, r)).id == "acme"
    assert world.store.read_now(lambda tx: tenant_named(tx, "x" * 36)) is None
