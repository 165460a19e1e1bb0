from __future__ import annotations

import asyncio

import pytest

from weft.domain.access import Principal
from weft.domain.credentials import Credential
from weft.domain.errors import Busy, Conflict, Forbidden, InUse, Invalid, NotFound, Unauthenticated
from weft.services import clients as module
from weft.services.access_grants import WantedGrant
from weft.services.access_rights import user_principal
from weft.services.clients import ClientChange, ClientDraft
from weft.services.tenants import TenantChange, TenantDraft

pytestmark = pytest.mark.anyio


@pytest.fixture
async def acme(world):
    await world.parts.tenants.create(world.root, TenantDraft(id="acme"))
    await world.parts.tenants.create(world.root, TenantDraft(id="other"))
    return world.root.within("acme")


@pytest.fixture
def clients(world):
    return world.parts.clients


def bearer(text):
    return Credential("bearer", text)


async def wrong(clients, client="imp", secret="wrong", address=""):
    with pytest.raises(Unauthenticated) as refused:
        await clients.token(client, secret, address=address)
    assert refused.value.code == "invalid_client"
    return refused.value.message


async def test_a_made_up_secret_gives_tokens(world, clients, acme):
    made, secret = await clients.create(acme, ClientDraft(id="imp", roles=["operator"]))
    assert secret.startswith("wcs_") and len(secret) > 43
    assert secret not in repr(made) and made.password_hash == ""
    issued = await clients.token("imp", secret, scope="workflow_api", address="x")
    assert issued.expires_in_s == 3600
    principal = await world.parts.access.authenticate(bearer(issued.text))
    assert (principal.name, principal.tenant, principal.may("job.create")) == ("client:imp", "acme", True)
    world.clock.pass_s(3600)
    with pytest.raises(Unauthenticated) as refused:
        await world.parts.access.authenticate(bearer(issued.text))
    assert refused.value.code == "token_expired"


async def test_a_chosen_secret_is_hashed_slowly_once(world, clients, acme, monkeypatch):
    made, shown = await clients.create(acme, ClientDraft(id="imp", secret="s3cr3t"))
    assert shown == ""
    assert made.digest == "" and made.password_hash.startswith("$argon2id$")
    await clients.token("imp", "s3cr3t")
    calls = []
    monkeypatch.setattr(world.parts.passwords, "matches", lambda *given: calls.append(given))
    await clients.token("imp", "s3cr3t")
    assert calls == []


async def test_an_id_is_made_up(clients, acme):
    made, secret = await clients.create(acme, ClientDraft())
    assert len(made.id) == 36
    assert await clients.token(made.id, secret)


async def test_grants_reach_tenants_and_namespaces(world, clients, acme):
    await world.parts.namespaces.create(acme, "lab")
    grants = [WantedGrant("acme", ("operator",), "lab"), WantedGrant("other", ("viewer",))]
    _, secret = await clients.create(acme, ClientDraft(id="imp", grants=grants))
    principal = await world.parts.access.authenticate(bearer((await clients.token("imp", secret)).text))
    assert principal.permissions == frozenset()
    assert principal.within("acme", "lab").may("job.create")
    assert principal.within("acme", "") is None
    assert principal.within("other").may("job.list")
    assert principal.within("default") is None


@pytest.mark.parametrize("what", ["disable", "secret", "delete", "recreate", "tenant", "expire"])
async def test_tokens_are_void_at_once(world, clients, acme, what):
    _, secret = await clients.create(acme, ClientDraft(id="imp", roles=["viewer"]))
    token = bearer((await clients.token("imp", secret)).text)
    await world.parts.access.authenticate(token)
    if what == "disable":
        await clients.change(acme, "imp", ClientChange(disabled=True))
    elif what == "secret":
        await clients.new_secret(acme, "imp")
    elif what == "tenant":
        await world.parts.tenants.change(world.root, "acme", TenantChange(disabled=True))
    elif what == "expire":
        await clients.change(acme, "imp", ClientChange(expires_at=world.clock.now_ms() + 1000))
        world.clock.pass_s(1)
    else:
        await clients.delete(acme, "imp")
        if what == "recreate":
            await clients.create(acme, ClientDraft(id="imp", roles=["viewer"]))
    with pytest.raises(Unauthenticated):
        await world.parts.access.authenticate(token)
    await wrong(clients, secret=secret)


async def test_a_changed_role_counts_for_the_next_request(world, clients, acme):
    _, secret = await clients.create(acme, ClientDraft(id="imp", roles=["viewer"]))
    token = bearer((await clients.token("imp", secret)).text)
    assert not (await world.parts.access.authenticate(token)).may("job.create")
    await clients.change(acme, "imp", ClientChange(roles=["operator"]))
    assert (await world.parts.access.authenticate(token)).may("job.create")


async def test_a_new_secret_replaces_the_old_one(clients, acme):
    _, old = await clients.create(acme, ClientDraft(id="imp"))
    changed, new = await clients.new_secret(acme, "imp")
    assert changed.secret_at >= changed.created_at
    await wrong(clients, secret=old)
    assert await clients.token("imp", new)
    _, shown = await clients.new_secret(acme, "imp", "chosen-one")
    assert shown == ""
    await wrong(clients, secret=new)
    assert await clients.token("imp", "chosen-one")


async def test_a_token_ends_with_its_client(world, clients, acme):
    end = world.clock.now_ms() + 90_000
    _, secret = await clients.create(acme, ClientDraft(id="imp", expires_at=end))
    assert (await clients.token("imp", secret)).expires_in_s == 90
    world.clock.pass_s(90)
    await wrong(clients, secret=secret)
    await clients.change(acme, "imp", ClientChange(expires_at=0))
    assert (await clients.token("imp", secret)).expires_in_s == 3600


async def test_every_failure_is_told_in_the_same_words_and_costs_a_hash(world, clients, acme, monkeypatch):
    hashed = []
    matches = world.parts.passwords.matches

    async def counted(kept, given):
        hashed.append(kept)
        return await matches(kept, given)

    monkeypatch.setattr(world.parts.passwords, "matches", counted)
    await clients.create(acme, ClientDraft(id="made"))
    await clients.create(acme, ClientDraft(id="chosen", secret="s3cr3t"))
    told = {await wrong(clients, name) for name in ("made", "chosen", "none", "")}
    assert len(told) == 1
    assert len(hashed) == 4


async def test_ten_failures_a_minute_of_a_client_or_an_address(world, clients, acme):
    _, secret = await clients.create(acme, ClientDraft(id="imp"))
    for number in range(10):
        await wrong(clients, address=f"h{number}")
    with pytest.raises(Busy) as refused:
        await clients.token("imp", secret, address="elsewhere")
    assert (refused.value.code, refused.value.retry_after) == ("too_many_requests", 60)
    world.clock.pass_s(60)
    for number in range(10):
        await wrong(clients, f"c{number}", address="one")
    with pytest.raises(Busy):
        await clients.token("imp", secret, address="one")
    assert await clients.token("imp", secret, address="two")


async def test_many_tokens_at_once(clients, acme):
    await clients.create(acme, ClientDraft(id="imp", secret="s3cr3t"))
    issued = await asyncio.gather(*(clients.token("imp", "s3cr3t") for _ in range(20)))
    assert len({each.text for each in issued}) == 20


async def test_list_get_change_delete(world, clients, acme):
    await clients.create(acme, ClientDraft(id="imp", label="L"))
    assert [each.id for each in await clients.list(acme)] == ["imp"]
    changed = await clients.change(acme, "imp", ClientChange(label="M", grants=[WantedGrant("acme", ("viewer",))]))
    assert (changed.label, len(changed.grants)) == ("M", 1)
    assert await clients.get(acme, "imp") == changed
    assert (clients.owner_of("imp"), clients.owner_of("none")) == ("acme", None)
    other = world.root.within("other")
    assert await clients.list(other) == []
    for call in (
        clients.get(other, "imp"), clients.change(other, "imp", ClientChange()), clients.delete(other, "imp"),
        clients.new_secret(other, "imp"),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            await call
    await clients.delete(acme, "imp")
    with pytest.raises(NotFound):
        await clients.get(acme, "imp")


@pytest.mark.parametrize(
    ("draft", "refused"),
    [
        (ClientDraft(id="a:b"), Invalid), (ClientDraft(secret="x"), Invalid), (ClientDraft(roles=["none"]), Invalid),
        (ClientDraft(label="x" * 300), Invalid), (ClientDraft(expires_at=5), Invalid),
        (ClientDraft(id="imp"), Conflict),
        (ClientDraft(grants=[WantedGrant("none", ("viewer",))]), Invalid),
    ],
)  # fmt: skip
async def test_refused_clients(world, clients, acme, draft, refused):
    await clients.create(world.root, ClientDraft(id="imp"))
    with pytest.raises(refused):
        await clients.create(acme, draft)
    assert await clients.list(acme) == []


async def test_they_are_bounded(clients, acme, monkeypatch):
    monkeypatch.setattr(module, "MAX_CLIENTS", 1)
    await clients.create(acme, ClientDraft(id="one"))
    with pytest.raises(InUse):
        await clients.create(acme, ClientDraft(id="two"))


async def test_nobody_touches_a_client_that_holds_more(world, clients, acme):
    user = await world.parts.users.create(acme, "chief", "password1", ["admin"])
    chief = world.store.read_now(lambda tx: user_principal(tx, user))
    await clients.create(acme, ClientDraft(id="wide", grants=[WantedGrant("other", ("viewer",))]))
    await clients.create(chief, ClientDraft(id="own", roles=["admin"]))
    for call in (clients.new_secret(chief, "wide"), clients.change(chief, "wide", ClientChange(roles=["viewer"]))):
        with pytest.raises(Forbidden):
            await call
    await clients.new_secret(chief, "own")


async def test_every_method_asks_for_its_permission(clients):
    nobody = Principal(name="n")
    reader = Principal(name="r", permissions=frozenset({"administration.read"}))
    for call in (
        clients.list(nobody), clients.get(nobody, "a"), clients.create(reader, ClientDraft()),
        clients.change(reader, "a", ClientChange()), clients.new_secret(reader, "a"), clients.delete(reader, "a"),
    ):  # fmt: skip
        with pytest.raises(Forbidden):
            await call
