"""The walls between tenants, through the application as it is served.

Tenant `acme` has one of everything, each named with a word of its own. The superuser of tenant `other` then asks every
operation for it, under every name it could have: no answer tells of it, nothing of it is changed.
"""

from __future__ import annotations

import base64
from contextlib import AsyncExitStack
from itertools import product

import httpx
import pytest
import structlog

from weft.app.bootstrap import build
from weft.app.settings import Settings
from weft.domain.access import SYSTEM
from weft.domain.credentials import Credential
from weft.domain.errors import Busy, Unauthenticated
from weft.services.access_grants import WantedGrant
from weft.services.clients import ClientChange, ClientDraft
from weft.services.namespaces import NamespaceChange
from weft.services.tenants import TenantChange, TenantDraft

pytestmark = pytest.mark.anyio
CWM, WEFT = "/crosswork/cwm/v1", "/api/weft/v1"
SERVICE, CUSTOMER = "/workflowsvc/api/v1", "/api/workflow/v1.0/customer/3c90c3cc-0d44-4b50-8888-8dd25736052a"
WORD = "waldmeister"
"""Stands in everything that is acme's, and nowhere else."""
VALUE = "the-value-of-a-secret"
LAB = "acme-lab"
UUID = "3c90c3cc-0d44-4b50-8888-8dd25736052a"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class World:
    """A running server with tenants `acme` and `other`; `secrets` are texts that must be in no log."""

    def __init__(self, parts, http) -> None:
        self.parts = parts
        self.http = http
        self.access = parts.access
        self.acme = self.other = SYSTEM
        self.names: set[str] = set()
        self.marks: set[str] = set()
        self.secrets: list[str] = []

    async def open(self) -> None:
        for name, uuid in (("acme", UUID), ("other", "")):
            await self.access.tenants.create(SYSTEM, TenantDraft(id=name, uuid=uuid))
        self.acme, self.other = (SYSTEM.within(name) for name in ("acme", "other"))
        await self.access.namespaces.create(self.acme, LAB)
        self.boss = await self.client("other-boss", self.other, roles=["admin"])
        self.operator = await self.client("operator", SYSTEM, roles=["admin"])
        self.owner = await self.client("acme-boss", self.acme, roles=["admin"])
        await self.fill()

    async def client(self, name: str, tenant, **draft) -> dict[str, str]:
        """The headers of a new client."""
        _, secret = await self.access.clients.create(tenant, ClientDraft(id=name, **draft))
        issued = await self.access.clients.token(name, secret)
        self.secrets += [secret, issued.text]
        return {"authorization": f"Bearer {issued.text}"}

    async def ask(self, method: str, path: str, headers: dict[str, str], **given) -> httpx.Response:
        return await self.http.request(method, path, headers=headers, **given)

    async def made(self, path: str, body: dict) -> httpx.Response:
        reply = await self.ask("POST", path, self.owner, json=body)
        assert reply.status_code in (200, 201, 202), (path, reply.status_code, reply.text)
        return reply

    async def fill(self) -> None:
        """One of everything that is a tenant's."""
        value = {"username": WORD, "password": VALUE}
        body = {"secretId": f"{WORD}-secret", "secretType": "basicAuth", "secret": value}
        await self.made(f"{CWM}/secret", body)
        target = {"scheme": "http", "host": f"{WORD}.test", "port": 80, "timeout": 5}
        kind = "generic.rest.resource.v1.0.0"
        body = {"resourceId": f"{WORD}-resource", "resourceType": kind, "resource": target}
        await self.made(f"{CWM}/resource", body)
        flow = {
            "name": f"{WORD}-flow", "version": "1.0", "specVersion": "0.9",
            "states": [{"name": "s", "type": "inject", "data": {"a": WORD}, "end": True}],
        }  # fmt: skip
        workflow = (await self.made(f"{CWM}/workflow", {"definition": flow, "wfTags": [WORD]})).json()
        started = (await self.made(f"{CWM}/job", {"workflowName": f"{WORD}-flow", "jobName": WORD, "data": {}})).json()
        self.marks = {workflow, started["jobId"], started["runId"], WORD, *await self.fill_lists()}
        self.names = {
            *self.marks, f"{WORD}-secret", f"{WORD}-resource", f"{WORD}-flow",
            LAB, "acme-boss", "acme", UUID, f"{WORD}-user", f"{WORD}-key", f"{WORD}-role",
        }  # fmt: skip
        await self.access.users.create(self.acme, f"{WORD}-user", "password1", ["viewer"])
        _, key = await self.access.keys.create(self.acme, f"{WORD}-key", ["viewer"])
        await self.access.roles.create(self.acme, f"{WORD}-role", ["job.list"])
        self.secrets += [key, VALUE]

    async def fill_lists(self) -> set[str]:
        """A list of tasks in a namespace and a graph, with a run of each; their ids."""
        task = {"_name": "one", "_taskReferenceName": "one", "_type": "SET_VARIABLE", "_inputParameters": {"a": WORD}}
        body = {"_name": f"{WORD}-list", "_tasks": [task]}
        listed = (await self.made(f"{SERVICE}/workflowdefs?nsfilter={LAB}", body)).json()["_id"]
        run = (await self.made(f"{SERVICE}/workflows?nsfilter={LAB}", {"_workflowDefId": listed})).json()["_id"]
        body = {"data": {"name": f"{WORD}-graph", "tasks": [{"name": "noop", "isTrigger": True}], "tasksHierarchy": []}}
        graph = (await self.made(f"{CUSTOMER}/workflow", body)).json()["data"]["id"]
        path = f"{CUSTOMER}/workflow/{graph}/WorkflowExecution"
        execution = (await self.made(path, {"data": {"workflowId": graph}})).json()["data"]["id"]
        return {listed, run, graph, execution}

    async def state(self) -> dict[str, object]:
        """What acme's own superuser sees."""
        paths = ("secret", "resource", "workflow", "job")
        seen = {name: (await self.ask("GET", f"{CWM}/{name}", self.owner)).text for name in paths}
        for name in (f"{SERVICE}/workflowdefs?nsfilter={LAB}", f"{CUSTOMER}/workflow"):
            seen[name] = (await self.ask("GET", name, self.owner)).text
        for name in ("users", "roles", "tokens", "clients", "namespaces", "tenants"):
            seen[name] = (await self.ask("GET", f"{WEFT}/{name}", self.owner)).text
        return seen


@pytest.fixture(scope="module")
async def world(tmp_path_factory):
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("walls") / "data", port=0, auth_argon2_memory=8192, auth_argon2_time=1,
        database_synchronous="normal",
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        parts = await build(settings, stack)
        transport = httpx.ASGITransport(parts.web)
        http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://weft.test"))
        world = World(parts, http)
        await world.open()
        yield world


def routes(world, *, named: bool):
    return [
        route for route in world.parts.web.router.routes
        if route.operation.permission is not None and bool(route.names) == named
    ]  # fmt: skip


async def test_there_is_something_to_see(world):
    state = await world.state()
    for name in ("secret", "resource", "workflow", "job", "users", "roles", "tokens"):
        assert any(mark in str(state[name]) for mark in world.marks), name
    assert VALUE not in str(state)


@pytest.mark.parametrize("query", ["", f"?tenant=acme&nsfilter={LAB}"])
async def test_no_list_tells_of_another_tenant(world, query):
    told = {}
    for route in routes(world, named=False):
        if route.operation.method == "GET":
            reply = await world.ask("GET", route.template + query, world.boss)
            assert reply.status_code < 500 or reply.status_code in (501, 503), route.template
            if any(mark in reply.text for mark in (*world.marks, LAB)):
                told[route.template] = reply.text
    assert told == {}


def paths(world):
    """Every operation on something named, with everything of acme's in the place of every name."""
    for route in routes(world, named=True):
        free = [name for name in route.names if name != "customerId"]
        names = sorted(world.names if len(free) < 2 else world.marks)
        for chosen in product(names, repeat=len(free)) if len(free) < 3 else ([name] * 3 for name in names):
            path = route.template.replace("{customerId}", UUID)
            for parameter, name in zip(free, chosen, strict=True):
                path = path.replace(f"{{{parameter}}}", name)
            yield route, path


@pytest.mark.parametrize("query", ["", f"?tenant=acme&nsfilter={LAB}"])
async def test_nothing_is_found_or_changed_by_name(world, query):
    before = await world.state()
    reached = {}
    for route, path in paths(world):
        reply = await world.ask(route.operation.method, path + query, world.boss)
        # An answer may repeat what was asked for, but must not find it: success has nothing to say of that name.
        if reply.status_code < 300 and not (reply.status_code == 204 and route.operation.method == "GET"):
            reached[f"{route.operation.method} {path}"] = (reply.status_code, reply.text[:200])
    assert reached == {}
    assert await world.state() == before


async def test_names_of_two_tenants_may_be_the_same(world):
    """The same ids in another tenant are other things."""
    value = {"username": "someone", "password": "elses"}
    body = {"secretId": f"{WORD}-secret", "secretType": "basicAuth", "secret": value}
    assert (await world.ask("POST", f"{CWM}/secret", world.boss, json=body)).status_code == 201
    assert (await world.ask("DELETE", f"{CWM}/secret/{WORD}-secret", world.boss)).status_code in (200, 204)
    assert f"{WORD}-secret" in str(await world.state())


async def test_a_role_in_one_namespace_is_none_in_the_tenant(world):
    grants = [WantedGrant("acme", ("admin",), LAB)]
    part = await world.client("lab-only", world.acme, grants=grants)
    assert WORD in (await world.ask("GET", f"{SERVICE}/workflowdefs?nsfilter={LAB}", part)).text
    assert (await world.ask("GET", f"{SERVICE}/workflowdefs?nsfilter=acme", part)).status_code == 403
    for path in (
        f"{CWM}/workflow", f"{CWM}/job", f"{WEFT}/users", f"{WEFT}/clients?tenant=acme", f"{CUSTOMER}/workflow",
    ):  # fmt: skip
        assert (await world.ask("GET", path, part)).status_code == 403, path
    principal = await world.access.access.authenticate(Credential("bearer", part["authorization"][7:]))
    assert principal.within("acme", LAB).may("job.create")
    assert principal.within("acme", "") is None


async def test_what_is_disabled_is_out_at_once(world):
    tenants = world.access.tenants
    asker = await world.client("in-and-out", world.acme, roles=["viewer"])

    async def status():
        return (await world.ask("GET", f"{CWM}/workflow", asker)).status_code

    async def operators(path):
        return (await world.ask("GET", path, world.operator)).status_code

    assert await status() == 200
    assert await operators(f"{CUSTOMER}/workflow") == 200
    await tenants.change(SYSTEM, "acme", TenantChange(disabled=True))
    assert await status() == 401
    assert (tenants.of_uuid(UUID), tenants.namespace(LAB)) == (None, None)
    assert await operators(f"{CUSTOMER}/workflow") == 404
    assert await operators(f"{SERVICE}/workflows?nsfilter={LAB}") == 403
    await tenants.change(SYSTEM, "acme", TenantChange(disabled=False))
    assert await status() == 200
    await world.access.clients.change(world.acme, "in-and-out", ClientChange(disabled=True))
    assert await status() == 401
    await world.access.clients.change(world.acme, "in-and-out", ClientChange(disabled=False))
    await world.access.namespaces.change(world.acme, LAB, NamespaceChange(disabled=True))
    assert await operators(f"{SERVICE}/workflows?nsfilter={LAB}") == 403
    assert await operators(f"{SERVICE}/workflows?nsfilter=acme") == 200
    await world.access.namespaces.change(world.acme, LAB, NamespaceChange(disabled=False))


async def test_a_changed_role_counts_for_the_next_request(world):
    await world.access.roles.create(world.acme, "changing", ["workflow.read"])
    asker = await world.client("role-holder", world.acme, roles=["changing"])
    assert (await world.ask("GET", f"{CWM}/workflow", asker)).status_code == 200
    await world.access.roles.change(world.acme, "changing", permissions=["job.read"])
    assert (await world.ask("GET", f"{CWM}/workflow", asker)).status_code == 403
    assert (await world.ask("GET", f"{CWM}/job", asker)).status_code in (200, 204)


async def test_adapters_are_the_servers_and_no_tenants(world):
    for method, path in (("POST", "adapter"), ("POST", "worker"), ("DELETE", "worker/x"), ("PUT", "worker/x/start")):
        reply = await world.ask(method, f"{CWM}/{path}", world.boss, json={})
        assert reply.status_code in (403, 404, 405), (path, reply.status_code)
    assert (await world.ask("GET", f"{CWM}/adapter", world.boss)).status_code in (200, 204)


async def test_the_token_endpoint_is_throttled(world):
    clients = world.access.clients
    for _ in range(10):
        with pytest.raises(Unauthenticated):
            await clients.token("guessed", VALUE, address="192.0.2.1")
    with pytest.raises(Busy):
        await clients.token("guessed", VALUE, address="192.0.2.2")


async def test_secrets_are_in_no_log_and_not_readable_in_the_database(world):
    basic = base64.b64encode(f"nobody:{VALUE}".encode()).decode()
    with structlog.testing.capture_logs() as lines:
        made = await world.ask("POST", f"{WEFT}/clients", world.owner, json={"id": "logged"})
        secret = made.json()["secret"]
        headers = {"authorization": f"Bearer {(await world.access.clients.token('logged', secret)).text}"}
        await world.ask("POST", f"{WEFT}/clients/logged/secret", world.owner, json={"secret": VALUE})
        for asked in (headers, world.owner, {"authorization": f"Basic {basic}"}, {"x-api-key": VALUE}):
            await world.ask("GET", f"{CWM}/workflow", asked)
    secrets = (*world.secrets, secret, headers["authorization"][7:], basic)
    written = "\n".join(map(str, lines))
    assert [line["status"] for line in lines if "status" in line] == [201, 200, 401, 200, 401, 401]
    assert [text for text in secrets if text in written] == []
    files = b"".join(path.read_bytes() for path in world.parts.settings.data_dir.glob("weft.db*"))
    assert b"waldmeister" in files
    assert [text for text in secrets if text.encode() in files] == []
