"""Every declared operation, asked by nobody, by somebody with every other right, with the right one, and by an
administrator, through the application as it is served.

Nobody is 401 and every other right is 403, whatever the path and the body; the right one and the administrator are
let in, and nothing that they are answered is a defect.

Where an API names the place in the request (a namespace, a customer), the same is asked of who holds the right in one
namespace only: it is let in there, and nowhere else.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx
import pytest

from weft.app.bootstrap import build
from weft.app.settings import Settings
from weft.domain.access import SUPERUSER_ROLE, SYSTEM
from weft.domain.roles import ALL_PERMISSIONS
from weft.services.access_grants import WantedGrant
from weft.services.tenants import TenantDraft
from weft.web.operations import Operation
from weft.web.routing import Route

pytestmark = pytest.mark.anyio
WITHOUT_CREDENTIAL = {
    "createTicket", "createToken", "createTokenByForm", "endTicket", "healthz", "readyz", "openapi", "docs", "asset",
    "connectToken", "index",
}  # fmt: skip
NO_OBJECT = "00000000-0000-4000-8000-000000000000"
NO_DEFECT = {501, 503}
"""Statuses from 500 upwards that are no defect: not in this release, and refused by the keeper of the workers."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


class World:
    """A running server and one API key for each way to ask."""

    def __init__(self, parts, http) -> None:
        self.parts = parts
        self.http = http
        self.right: dict[str, str] = {}
        self.other: dict[str, str] = {}
        self.part: dict[str, str] = {}
        self.admin = ""
        self.customers: dict[str, str] = {}

    async def make_keys(self) -> None:
        access = self.parts.access
        await access.namespaces.create(SYSTEM, "lab")
        other = await access.tenants.create(SYSTEM, TenantDraft(id="other"))
        self.customers = {"default": access.tenants.default.uuid, "other": other.uuid}
        for permission in sorted(ALL_PERMISSIONS):
            name = permission.replace(".", "_")
            await access.roles.create(SYSTEM, f"right_{name}", [permission])
            await access.roles.create(SYSTEM, f"other_{name}", sorted(ALL_PERMISSIONS - {permission}))
            lab = [WantedGrant("default", (f"right_{name}",), "lab")]
            _, self.part[permission] = await access.keys.create(SYSTEM, f"part {permission}", [], None, lab)
            _, self.right[permission] = await access.keys.create(SYSTEM, f"right {permission}", [f"right_{name}"])
            _, self.other[permission] = await access.keys.create(SYSTEM, f"other {permission}", [f"other_{name}"])
        _, self.admin = await access.keys.create(SYSTEM, "administrator", [SUPERUSER_ROLE])

    async def ask(self, route: Route, key: str | None, *, namespace: str = "default", tenant: str = "default") -> int:
        """A request in a tenant or namespace, as the API names it; the objects that it names are none."""
        path = route.template
        for name in route.names:
            held_to_uuids = "customerId" in route.names or f"{{{name}:uuid}}" in route.operation.path
            none = NO_OBJECT if held_to_uuids else "none-such"
            path = path.replace(f"{{{name}}}", self.customers[tenant] if name == "customerId" else none)
        headers = {"x-api-key": key} if key else {}
        query = {"nsfilter": namespace} if route.dialect.name == "workflowsvc" else {}
        reply = await self.http.request(route.operation.method, path, headers=headers, params=query)
        if reply.status_code == 401:
            challenge = route.dialect.challenge
            assert len(reply.headers.get_list("www-authenticate")) == (2 if challenge is None else 1)
        return reply.status_code


@pytest.fixture(scope="module")
async def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("matrix")
    settings = Settings(
        data_dir=folder / "data", port=0, auth_argon2_memory=8192, auth_argon2_time=1, database_synchronous="normal",
        log_requests=False,
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        parts = await build(settings, stack)
        transport = httpx.ASGITransport(parts.web)
        http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url="http://weft.test"))
        world = World(parts, http)
        await world.make_keys()
        yield world


def guarded(world: World) -> list[Route]:
    return [route for route in world.parts.web.router.routes if route.operation.permission is not None]


def label(operation: Operation, template: str) -> str:
    return f"{operation.method} {template} ({operation.permission})"


async def statuses(world: World, key_of) -> dict[str, int]:
    return {
        label(route.operation, route.template): await world.ask(route, key_of(route.operation.permission))
        for route in guarded(world)
    }


async def test_only_logins_health_and_documentation_need_no_credential(world):
    open_to_all = {route.operation.name for route in world.parts.web.router.routes if not route.operation.permission}
    assert open_to_all <= WITHOUT_CREDENTIAL


async def test_every_permission_that_is_asked_for_exists(world):
    asked = {route.operation.permission for route in guarded(world)}
    assert asked <= ALL_PERMISSIONS
    assert len(guarded(world)) > 150


async def test_nobody_is_401(world):
    found = await statuses(world, lambda permission: None)
    assert {name: status for name, status in found.items() if status != 401} == {}


async def test_every_other_right_is_403(world):
    found = await statuses(world, lambda permission: world.other[permission])
    assert {name: status for name, status in found.items() if status != 403} == {}


async def test_the_right_one_is_let_in(world):
    found = await statuses(world, lambda permission: world.right[permission])
    wrong = {n: s for n, s in found.items() if s in (401, 403, 405) or (s >= 500 and s not in NO_DEFECT)}
    assert wrong == {}


async def test_an_administrator_may_everything(world):
    found = await statuses(world, lambda permission: world.admin)
    wrong = {n: s for n, s in found.items() if s in (401, 403, 405) or (s >= 500 and s not in NO_DEFECT)}
    assert wrong == {}


async def test_a_right_in_one_namespace_is_one_there_alone(world):
    wrong = {}
    for route in guarded(world):
        key = world.part[route.operation.permission]
        if route.dialect.name == "workflowsvc":
            found = [await world.ask(route, key, namespace=name) for name in ("lab", "default", "other", "none")]
            right = found[0] not in (401, 403, 405) and found[1:] == [403, 403, 403]
        else:
            found = [await world.ask(route, key)]
            right = found == [403]
        if not right:
            wrong[label(route.operation, route.template)] = found
    assert wrong == {}


async def test_another_tenant_is_none_for_whoever_has_no_role_there(world):
    asked, wrong = 0, {}
    for route in guarded(world):
        key = world.right[route.operation.permission]
        if route.dialect.name == "workflowsvc":
            found, want = await world.ask(route, key, namespace="other"), 403
        elif "customerId" in route.names:
            found, want = await world.ask(route, key, tenant="other"), 404
        else:
            continue
        asked += 1
        if found != want:
            wrong[label(route.operation, route.template)] = found
    assert wrong == {}
    assert asked > 25


async def test_head_is_guarded_like_get(world):
    for route in guarded(world):
        if route.operation.method == "GET":
            reply = await world.http.head(route.template.replace("{", "").replace("}", ""))
            assert (reply.status_code, reply.content) == (401, b""), route.template


async def test_a_disabled_role_holder_is_out_at_once(world):
    _, key = await world.parts.access.keys.create(SYSTEM, "short", ["right_job_list"])
    route = next(each for each in guarded(world) if each.operation.permission == "job.list")
    assert await world.ask(route, key) == 200
    await world.parts.access.roles.change(SYSTEM, "right_job_list", permissions=[])
    assert await world.ask(route, key) == 403
