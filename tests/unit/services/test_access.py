from __future__ import annotations

import asyncio
import base64

import pytest

from weft.domain.access import Principal, Scope
from weft.domain.credentials import Credential
from weft.domain.errors import Unauthenticated
from weft.services.access_grants import WantedGrant
from weft.services.access_keys import KeyChange
from weft.services.access_users import UserChange
from weft.services.namespaces import NamespaceChange
from weft.services.tenants import TenantChange, TenantDraft

pytestmark = pytest.mark.anyio


def basic(name: str, password: str, address: str = "192.0.2.1") -> Credential:
    return Credential("basic", base64.b64encode(f"{name}:{password}".encode()).decode(), address)


@pytest.fixture
async def ops(world):
    await world.parts.roles.create(world.root, "operators", ["job.list", "job.get"])
    await world.parts.users.create(world.root, "ops", "password:1", ["operators"])
    return world.parts.access


async def test_basic_gives_a_principal_with_the_roles_permissions(ops):
    principal = await ops.authenticate(basic("ops", "password:1"))
    held = frozenset({"job.list", "job.get"})
    assert principal == Principal(
        name="ops",
        roles=("operators",),
        permissions=held,
        scopes={"default": Scope(permissions=held, member=True, roles=("operators",))},
    )


async def test_admin_is_a_superuser(world, ops):
    await world.parts.users.create(world.root, "boss", "password1", ["admin"])
    assert (await ops.authenticate(basic("boss", "password1"))).may("anything.later")


@pytest.mark.parametrize(
    "credential",
    [
        basic("ops", "wrong"), basic("nobody", "password:1"), basic("", ""), Credential("basic", "%%%"),
        Credential("basic", base64.b64encode(b"nocolon").decode()),
        Credential("basic", base64.b64encode(b"\xff:x").decode()),
        Credential("bearer", "a.b.c"), Credential("bearer", ""),
        Credential("apikey", "weft_x"), Credential("apikey", ""),
    ],
)  # fmt: skip
async def test_anything_else_is_unauthenticated(ops, credential):
    with pytest.raises(Unauthenticated):
        await ops.authenticate(credential)


async def test_a_verified_credential_is_remembered_for_60_s(world, ops):
    credential = basic("ops", "password:1")
    assert ops.remembered(credential) is None
    principal = await ops.authenticate(credential)
    assert ops.remembered(credential) is principal
    assert ops.remembered(basic("ops", "password:2")) is None
    world.clock.pass_s(59)
    assert ops.remembered(credential) is principal
    world.clock.pass_s(2)
    assert ops.remembered(credential) is None


@pytest.mark.parametrize("what", ["role", "user", "disable", "delete"])
async def test_any_change_is_seen_by_the_next_request(world, ops, what):
    credential = basic("ops", "password:1")
    await ops.authenticate(credential)
    if what == "role":
        await world.parts.roles.change(world.root, "operators", permissions=["job.list"])
        assert not (await ops.authenticate(credential)).may("job.get")
    elif what == "user":
        await world.parts.users.change(world.root, "ops", UserChange(roles=[]))
        assert not (await ops.authenticate(credential)).may("job.list")
    else:
        if what == "disable":
            await world.parts.users.change(world.root, "ops", UserChange(disabled=True))
        else:
            await world.parts.users.delete(world.root, "ops")
        with pytest.raises(Unauthenticated):
            await ops.authenticate(credential)


async def test_many_requests_at_once_are_verified_once(world, ops, monkeypatch):
    passwords, count = world.parts.passwords, 0
    matches = passwords.matches

    async def counted(password_hash, password):
        nonlocal count
        count += 1
        return await matches(password_hash, password)

    monkeypatch.setattr(passwords, "matches", counted)
    credential = basic("ops", "password:1")
    principals = await asyncio.gather(*(ops.authenticate(credential) for _ in range(20)))
    assert (count, {principal.name for principal in principals}) == (1, {"ops"})


async def test_a_change_during_the_verification_is_not_overwritten(world, ops, monkeypatch):
    passwords = world.parts.passwords
    matches = passwords.matches

    async def slow(password_hash, password):
        result = await matches(password_hash, password)
        await world.parts.users.change(world.root, "ops", UserChange(disabled=True))
        return result

    monkeypatch.setattr(passwords, "matches", slow)
    credential = basic("ops", "password:1")
    await ops.authenticate(credential)
    assert ops.remembered(credential) is None


async def test_failed_logins_are_limited_per_user_and_address(world, ops):
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await ops.authenticate(basic("ops", "wrong"))
    with pytest.raises(Unauthenticated) as refused:
        await ops.authenticate(basic("ops", "password:1"))
    assert (refused.value.code, refused.value.retry_after) == ("too_many_attempts", 300)
    await ops.authenticate(basic("ops", "password:1", "192.0.2.2"))
    world.clock.pass_s(301)
    await ops.authenticate(basic("ops", "password:1"))


async def test_an_api_key_works_until_it_expires(world, ops):
    clock, keys = world.clock, world.parts.keys
    key, secret = await keys.create(world.root, "ci", ["operators"], clock.now_ms() + 30_000)
    credential = Credential("apikey", secret)
    principal = await ops.authenticate(credential)
    assert (principal.name, principal.may("job.list"), principal.may("job.create")) == ("key:ci", True, False)
    clock.pass_s(29)
    assert ops.remembered(credential) is not None
    clock.pass_s(2)
    assert ops.remembered(credential) is None
    with pytest.raises(Unauthenticated):
        await ops.authenticate(credential)
    assert key.digest not in secret


async def test_a_disabled_or_removed_api_key_is_void_at_once(world, ops):
    keys = world.parts.keys
    _, secret = await keys.create(world.root, "ci", ["operators"])
    credential = Credential("apikey", secret)
    await ops.authenticate(credential)
    await keys.change(world.root, "ci", KeyChange(disabled=True))
    with pytest.raises(Unauthenticated):
        await ops.authenticate(credential)
    await keys.change(world.root, "ci", KeyChange(disabled=False))
    await ops.authenticate(credential)
    await keys.delete(world.root, "ci")
    assert ops.remembered(credential) is None


async def test_wrong_api_keys_lock_nobody_out(world, ops):
    _, secret = await world.parts.keys.create(world.root, "ci", ["operators"])
    for number in range(20):
        with pytest.raises(Unauthenticated):
            await ops.authenticate(Credential("apikey", f"weft_{number}", "192.0.2.7"))
    assert (await ops.authenticate(Credential("apikey", secret, "192.0.2.7"))).name == "key:ci"


async def test_failed_logins_of_many_users_stop_an_address(ops):
    for number in range(6):
        with pytest.raises(Unauthenticated):
            await ops.authenticate(basic(f"user{number}", "wrong", "192.0.2.8"))
    with pytest.raises(Unauthenticated) as refused:
        await ops.authenticate(basic("ops", "password:1", "192.0.2.8"))
    assert refused.value.code == "too_many_attempts"


async def test_a_bearer_may_be_an_api_key(world, ops):
    _, secret = await world.parts.keys.create(world.root, "ci", ["operators"])
    assert (await ops.authenticate(Credential("bearer", secret))).name == "key:ci"
    with pytest.raises(Unauthenticated):
        await ops.authenticate(Credential("bearer", secret + "x"))


async def test_users_and_keys_of_other_tenants(world, ops):
    await world.parts.tenants.create(world.root, TenantDraft(id="acme"))
    acme = world.root.within("acme")
    await world.parts.users.create(acme, "ann", "password:1", ["admin"])
    _, secret = await world.parts.keys.create(acme, "nightly", ["viewer"])
    for credential in (basic("ann", "password:1"), Credential("apikey", secret)):
        principal = await ops.authenticate(credential)
        assert (principal.tenant, principal.operator, principal.within("default")) == ("acme", False, None)
        assert ops.remembered(credential) is principal
    await world.parts.tenants.change(world.root, "acme", TenantChange(disabled=True))
    for credential in (basic("ann", "password:1"), Credential("apikey", secret)):
        with pytest.raises(Unauthenticated):
            await ops.authenticate(credential)


async def test_a_grant_and_a_namespace_count_for_the_next_request(world, ops):
    await world.parts.namespaces.create(world.root, "lab")
    grants = [WantedGrant("default", ("operator",), "lab")]
    _, secret = await world.parts.keys.create(world.root, "ci", [], None, grants)
    credential = Credential("apikey", secret)
    assert (await ops.authenticate(credential)).within("default", "lab").may("job.create")
    await world.parts.namespaces.change(world.root, "lab", NamespaceChange(disabled=True))
    assert (await ops.authenticate(credential)).within("default", "lab") is None
    await world.parts.namespaces.change(world.root, "lab", NamespaceChange(disabled=False))
    await world.parts.keys.change(world.root, "ci", KeyChange(grants=[]))
    assert (await ops.authenticate(credential)).scopes == {}
