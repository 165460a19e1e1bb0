from __future__ import annotations

import pytest

from weft.domain.credentials import Credential
from weft.domain.errors import NotFound, Unauthenticated
from weft.domain.tokens import Ticket
from weft.services.access_tickets import Tickets
from weft.services.access_users import UserChange

pytestmark = pytest.mark.anyio


@pytest.fixture
async def tickets(world):
    await world.parts.users.create(world.root, "ops", "password1")
    return world.parts.tickets


async def bearer(world, token):
    return await world.parts.access.authenticate(Credential("bearer", token))


async def test_login_ticket_token(world, tickets):
    ticket = await tickets.login("ops", "password1", "x")
    assert ticket.startswith("TGT-")
    token = await tickets.token(ticket, "https://x")
    assert (await bearer(world, token)).name == "ops"
    [record] = await world.store.read(lambda tx: tx.of(Ticket).find(user="ops"))
    assert record.service == "https://x"
    assert ticket not in repr(record)


async def test_wrong_password(tickets):
    with pytest.raises(Unauthenticated):
        await tickets.login("ops", "wrong", "x")


async def test_a_ticket_ends_and_its_tokens_live_on(world, tickets):
    ticket = await tickets.login("ops", "password1", "x")
    world.clock.pass_s(8 * 3600 - 1)
    token = await tickets.token(ticket, "")
    world.clock.pass_s(1)
    with pytest.raises(NotFound):
        await tickets.token(ticket, "")
    await tickets.login("ops", "password1", "x")
    assert (await bearer(world, token)).name == "ops"
    world.clock.pass_s(8 * 3600)
    with pytest.raises(Unauthenticated):
        await bearer(world, token)


async def test_ending_a_ticket_voids_its_tokens_at_once(world, tickets):
    ticket, other = await tickets.login("ops", "password1", "x"), await tickets.login("ops", "password1", "x")
    token, kept = await tickets.token(ticket, ""), await tickets.token(other, "")
    await bearer(world, token)
    await tickets.end(ticket)
    with pytest.raises(Unauthenticated):
        await bearer(world, token)
    assert (await bearer(world, kept)).name == "ops"
    for call in (tickets.end(ticket), tickets.token(ticket, "")):
        with pytest.raises(NotFound):
            await call


@pytest.mark.parametrize("change", [UserChange(disabled=True), UserChange(password="password2")])
async def test_disabling_or_a_new_password_ends_tickets_and_tokens(world, tickets, change):
    ticket = await tickets.login("ops", "password1", "x")
    token = await tickets.token(ticket, "")
    await bearer(world, token)
    await world.parts.users.change(world.root, "ops", change)
    with pytest.raises(NotFound):
        await tickets.token(ticket, "")
    with pytest.raises(Unauthenticated):
        await bearer(world, token)


async def test_unknown_tickets(tickets):
    for ticket in ("TGT-x", "", "TGT-" + "x" * 5000):
        with pytest.raises(NotFound):
            await tickets.token(ticket, "")


async def test_a_user_has_at_most_so_many_tickets_and_old_ones_go(world, tickets):
    few = Tickets(
        world.store,
        world.clock,
        world.ids,
        world.parts.access,
        tickets._signer,
        world.parts.cache,
        lifetime_s=60,
        most=2,
    )
    made = []
    for _ in range(3):
        made.append(await few.login("ops", "password1", "x"))
        world.clock.pass_s(1)
    with pytest.raises(NotFound):
        await few.token(made[0], "")
    await few.token(made[2], "")
    world.clock.pass_s(200)
    await few.login("ops", "password1", "x")
    assert len(await world.store.read(lambda tx: tx.of(Ticket).find(user="ops"))) == 1
