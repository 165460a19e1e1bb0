"""Operation x built-in role x tenant x namespace, asked through the application as it is served, beside a plain model.

The rule: who holds a role in the whole of a tenant has its permissions in all of that tenant's namespaces, who holds it
in one namespace has those of them that a namespace knows, there. An API that names a namespace answers 403 for every
other one; an API that names a customer answers 404 for every customer in which the caller holds nothing, and 403 where
it holds something else; the other APIs stand in the caller's home tenant as a whole.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx
import pytest

from weft.app.bootstrap import build
from weft.app.settings import Settings
from weft.domain.access import SERVER_WIDE_PERMISSIONS, SYSTEM
from weft.domain.roles import BUILT_IN, NAMESPACE_PERMISSIONS
from weft.services.access_grants import WantedGrant
from weft.services.clients import ClientDraft
from weft.services.tenants import TenantDraft

pytestmark = pytest.mark.anyio
NAMESPACES = {"acme": "acme", "acme-lab": "acme", "other": "other"}
"""Their owners; the default namespace of a tenant has the tenant's id."""
PLACES = (("acme", None), ("acme", "acme"), ("acme", "acme-lab"), ("other", None), ("nobody", None))
NO_OBJECT = "00000000-0000-4000-8000-000000000000"
REFUSED = {403, 404}
NO_DEFECT = {501, 503}


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class World:
    """A running server, a client for each role in each place."""

    def __init__(self, parts, http) -> None:
        self.http = http
        self.parts = parts
        self.customers: dict[str, str] = {}
        self.tokens: dict[tuple[str, tuple[str, str | None]], str] = {}

    async def open(self) -> None:
        access = self.parts.access
        for name in ("acme", "other", "nobody"):
            self.customers[name] = (await access.tenants.create(SYSTEM, TenantDraft(id=name))).uuid
        await access.namespaces.create(SYSTEM.within("acme"), "acme-lab")
        for role in BUILT_IN:
            for place in PLACES:
                tenant, namespace = place
                name = f"{role}-{tenant}-{namespace or 'whole'}"
                draft = ClientDraft(id=name, roles=(role,))
                if tenant == "nobody":  # a role at home, asked for elsewhere
                    draft = ClientDraft(id=name)
                elif namespace is not None:
                    draft = ClientDraft(id=name, grants=[WantedGrant(tenant, (role,), namespace)])
                _, secret = await access.clients.create(SYSTEM.within(tenant), draft)
                self.tokens[role, place] = (await access.clients.token(name, secret)).text

    async def ask(self, route, token: str, *, namespace: str = "", customer: str = "") -> int:
        path = route.template
        for name in route.names:
            path = path.replace(f"{{{name}}}", self.customers[customer] if name == "customerId" else NO_OBJECT)
        query = {"nsfilter": namespace} if namespace else {}
        headers = {"authorization": f"Bearer {token}"}
        return (await self.http.request(route.operation.method, path, headers=headers, params=query)).status_code


@pytest.fixture(scope="module")
async def world(tmp_path_factory):
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("roles") / "data", port=0, auth_argon2_memory=8192, auth_argon2_time=1,
        database_synchronous="normal", log_requests=False,
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        parts = await build(settings, stack)
        transport = httpx.ASGITransport(parts.web)
        http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://weft.test"))
        world = World(parts, http)
        await world.open()
        yield world


def holds(role: str, permission: str, *, whole: bool) -> bool:
    """What a role grants in a tenant that is not the default one."""
    if permission in SERVER_WIDE_PERMISSIONS or (not whole and permission not in NAMESPACE_PERMISSIONS):
        return False
    return permission in BUILT_IN[role].permissions


def in_namespace(role, place, permission, namespace) -> bool:
    tenant, own = place
    if tenant != NAMESPACES[namespace] or own not in (None, namespace):
        return False
    return holds(role, permission, whole=own is None)


def for_customer(role, place, permission, customer) -> int:
    """200 stands for being let in."""
    tenant, own = place
    if tenant != customer:
        return 404
    inside = own in (None, tenant) and holds(role, permission, whole=own is None)
    return 200 if inside else 403


def let_in(status: int) -> bool:
    return status not in (401, 403, 405) and (status < 500 or status in NO_DEFECT)


def routes(world, wanted):
    found = [each for each in world.parts.web.router.routes if each.operation.permission is not None and wanted(each)]
    assert found
    return found


def is_service(route) -> bool:
    return route.dialect.name == "workflowsvc"


def is_customers(route) -> bool:
    return "customerId" in route.names


async def test_apis_that_name_a_namespace(world):
    wrong = {}
    for (role, place), token in world.tokens.items():
        for route in routes(world, is_service):
            for namespace in NAMESPACES:
                status = await world.ask(route, token, namespace=namespace)
                right = in_namespace(role, place, route.operation.permission, namespace)
                if let_in(status) != right or (not right and status != 403):
                    wrong[role, place, route.operation.name, namespace] = status
    assert wrong == {}


async def test_apis_that_name_a_customer(world):
    wrong = {}
    for (role, place), token in world.tokens.items():
        for route in routes(world, is_customers):
            for customer in ("acme", "other"):
                status = await world.ask(route, token, customer=customer)
                want = for_customer(role, place, route.operation.permission, customer)
                if not let_in(status) if want == 200 else status != want:
                    wrong[role, place, route.operation.name, customer] = (status, want)
    assert wrong == {}


async def test_a_customer_of_somebody_else_is_as_one_that_there_is_not(world):
    """Word by word, whatever the operation."""
    token = world.tokens["admin", ("acme", None)]
    for route in routes(world, is_customers):
        told = []
        for customer in (world.customers["other"], NO_OBJECT):
            path = route.template.replace("{customerId}", customer).replace("{workflowId}", NO_OBJECT)
            reply = await world.http.request(
                route.operation.method, path.replace("{id}", NO_OBJECT), headers={"authorization": f"Bearer {token}"}
            )
            told.append((reply.status_code, reply.content))
        assert told[0] == told[1] and told[0][0] == 404, route.operation.name


async def test_the_other_apis_stand_in_the_home_tenant(world):
    wrong = {}
    for (role, place), token in world.tokens.items():
        tenant, own = place
        for route in routes(world, lambda each: not is_service(each) and not is_customers(each)):
            permission = route.operation.permission
            right = tenant != "nobody" and own is None and holds(role, permission, whole=True)
            status = await world.ask(route, token)
            if let_in(status) != right and not (right and status in REFUSED):
                wrong[role, place, route.operation.name] = status
            if not right and status != 403:
                wrong[role, place, route.operation.name] = status
    assert wrong == {}
