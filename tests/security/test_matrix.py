"""Every declared operation, asked by nobody, by somebody with every other right, with the right one, and by an
administrator, through the application as it is served.

Nobody is 401 and every other right is 403, whatever the path and the body; the right one and the administrator are
let in, and nothing that they are answered is a defect.
"""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx
import pytest

from weft.app.bootstrap import build
from weft.app.settings import Settings
from weft.domain.access import SUPERUSER_ROLE, SYSTEM
from weft.domain.roles import ALL_PERMISSIONS
from weft.web.operations import Operation
from weft.web.routing import Route

pytestmark = pytest.mark.anyio
WITHOUT_CREDENTIAL = {
    "createTicket", "createToken", "createTokenByForm", "endTicket", "healthz", "readyz", "openapi", "docs", "asset",
}  # fmt: skip
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
        self.admin = ""

    async def make_keys(self) -> None:
        access = self.parts.access
        for permission in sorted(ALL_PERMISSIONS):
            name = permission.replace(".", "_")
            await access.roles.create(SYSTEM, f"right_{name}", [permission])
            await access.roles.create(SYSTEM, f"other_{name}", sorted(ALL_PERMISSIONS - {permission}))
            _, self.right[permission] = await access.keys.create(SYSTEM, f"right {permission}", [f"right_{name}"])
            _, self.other[permission] = await access.keys.create(SYSTEM, f"other {permission}", [f"other_{name}"])
        _, self.admin = await access.keys.create(SYSTEM, "administrator", [SUPERUSER_ROLE])

    async def ask(self, route: Route, key: str | None) -> int:
        path = route.template
        for name in route.names:
            path = path.replace(f"{{{name}}}", "none-such")
        headers = {"x-api-key": key} if key else {}
        reply = await self.http.request(route.operation.method, path, headers=headers)
        if reply.status_code == 401:
            assert len(reply.headers.get_list("www-authenticate")) == 2
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
