"""Ticket login: the documented calls, statuses and bodies."""

from __future__ import annotations

import base64
import json
from typing import Any

import httpx
import pytest

from weft.api.cwm import login
from weft.app.access import build_access
from weft.app.clock import SystemClock
from weft.app.ids import SystemIds
from weft.app.settings import Settings
from weft.domain.access import SYSTEM
from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault
from weft.web.asgi_app import WebApp
from weft.web.operations import Answer, Dialect, Operation

pytestmark = pytest.mark.anyio
FORM = {"username": "ops", "password": "pass word&1"}
TICKETS = "/crosswork/sso/v1/tickets"


class Lines:
    def __init__(self) -> None:
        self.text = ""

    def info(self, event: str, **values: Any) -> None:
        self.text += json.dumps(values, default=str)

    error = info


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


async def whoami(call):
    return Answer(body=call.principal.name)


@pytest.fixture(scope="module")
async def world():
    clock = SystemClock()
    ids = SystemIds(clock)
    store = SqliteStore(":memory:", clock)
    await store.open()
    vault = EncryptedVault(store, b"k" * 32, clock)
    await vault.open_keys(("default",))
    settings = Settings(auth_argon2_memory=8192, auth_argon2_time=1, auth_max_failures=1000, auth_address_failures=1000)
    parts = await build_access(settings, store, vault, clock, ids)
    await parts.users.create(SYSTEM, "ops", FORM["password"], ["admin"])
    who = Operation(method="GET", path="who", name="who", permission="job.list", summary="", handler=whoami)
    own = Dialect(name="own", title="", mounts={"own": "/own"}, operations=(who,), refuse=login.refuse)
    log = Lines()

    def app(query_credentials: bool = True) -> WebApp:
        dialect = login.dialect(login.LoginServices(parts.tickets, query_credentials))
        return WebApp((dialect, own), parts.access, clock=clock, ids=ids, log=log)

    yield app, log
    await store.close()


@pytest.fixture
async def http(world):
    transport = httpx.ASGITransport(world[0]())
    async with httpx.AsyncClient(transport=transport, base_url="https://weft.test:8443") as client:
        yield client


def claims_of(token: str) -> dict[str, Any]:
    text = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


async def ticket_of(http) -> str:
    return (await http.post(TICKETS, data=FORM)).text


async def test_row_01(http):
    reply = await http.post(TICKETS, data=FORM)
    assert reply.status_code == 201
    assert reply.text.startswith("TGT-")
    assert reply.headers["content-type"].startswith("text/plain")
    assert reply.headers["location"] == f"https://weft.test:8443{TICKETS}/{reply.text}"


async def test_row_02(http):
    location = (await http.post(TICKETS, data=FORM)).headers["location"]
    reply = await http.post(location, data={"service": "https://x/app-dashboard"})
    assert reply.status_code == 200
    assert (reply.text.count("."), len(reply.text) >= 50) == (2, True)
    assert reply.headers["content-type"].startswith("text/plain")
    claims = claims_of(reply.text)
    assert claims["exp"] - claims["iat"] == 8 * 3600
    assert set(claims) == {
        "sub", "iss", "aud", "exp", "iat", "jti", "policy_id", "first_name", "last_name", "authenticationMethod",
    }  # fmt: skip


async def test_row_03(http):
    reply = await http.post("/crosswork/sso/v2/tickets/jwt", data={"tgt": await ticket_of(http), "service": "s"})
    assert (reply.status_code, reply.text.count(".")) == (200, 2)


async def test_row_04(http):
    reply = await http.post(TICKETS, data={**FORM, "password": "wrong"})
    assert (reply.status_code, reply.json()["code"]) == (401, 401)
    assert len(reply.headers.get_list("www-authenticate")) == 2


async def test_row_05(http):
    token = (await http.post(f"{TICKETS}/{await ticket_of(http)}", data={"service": "s"})).text
    head, claims, signature = token.split(".")
    altered = f"{head}.{claims}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}"
    assert (await http.get("/own/who", headers={"authorization": f"Bearer {token}"})).json() == "ops"
    for headers in ({}, {"authorization": f"Bearer {altered}"}):
        reply = await http.get("/own/who", headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (401, 401)


@pytest.mark.parametrize("how", ["query", "json", "multipart"])
async def test_fields_in_other_places(http, how):
    if how == "query":
        reply = await http.post(TICKETS, params=FORM)
    elif how == "json":
        reply = await http.post(TICKETS, json=FORM)
    else:
        reply = await http.post(TICKETS, files={name: (None, value) for name, value in FORM.items()})
    assert reply.status_code == 201


async def test_query_credentials_can_be_refused(world):
    transport = httpx.ASGITransport(world[0](query_credentials=False))
    async with httpx.AsyncClient(transport=transport, base_url="http://weft.test") as strict:
        assert (await strict.post(TICKETS, params=FORM)).status_code == 400
        assert (await strict.post(TICKETS, data=FORM)).status_code == 201


@pytest.mark.parametrize("data", [{}, {"username": "ops"}, {"username": "", "password": ""}])
async def test_missing_fields_are_400(http, data):
    assert (await http.post(TICKETS, data=data)).status_code == 400


async def test_unknown_tickets_are_404(http):
    for reply in (
        await http.post(f"{TICKETS}/TGT-none", data={"service": "s"}),
        await http.post("/crosswork/sso/v2/tickets/jwt", data={"tgt": "TGT-none", "service": "s"}),
        await http.delete(f"{TICKETS}/TGT-none"),
    ):
        assert (reply.status_code, reply.json()["code"]) == (404, 404)


async def test_ending_a_ticket_voids_it_and_its_tokens(http):
    ticket = await ticket_of(http)
    token = (await http.post(f"{TICKETS}/{ticket}", data={"service": "s"})).text
    headers = {"authorization": f"Bearer {token}"}
    assert (await http.get("/own/who", headers=headers)).status_code == 200
    reply = await http.delete(f"{TICKETS}/{ticket}")
    assert (reply.status_code, reply.content) == (200, b"")
    assert (await http.get("/own/who", headers=headers)).status_code == 401
    assert (await http.post(f"{TICKETS}/{ticket}", data={"service": "s"})).status_code == 404


async def test_no_credential_stands_in_the_log(world, http):
    ticket = (await http.post(TICKETS, params=FORM)).text
    token = (await http.post(f"{TICKETS}/{ticket}", params={"service": "s"})).text
    await http.post("/crosswork/sso/v2/tickets/jwt", params={"tgt": ticket})
    assert len(world[1].text) > 100
    for secret in (ticket, token, "pass word&1", "pass+word%261", "pass%20word%261"):
        assert secret not in world[1].text
