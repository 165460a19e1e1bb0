"""Acceptance row 6 and the errors of every call, through the application as it is served."""

from __future__ import annotations

from contextlib import AsyncExitStack

import httpx
import pytest

from weft.app.bootstrap import build
from weft.app.settings import Settings
from weft.domain.access import SYSTEM

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def served(tmp_path_factory):
    settings = Settings(
        data_dir=tmp_path_factory.mktemp("access"), port=0, auth_argon2_memory=8192, auth_argon2_time=1,
        log_requests=False,
    )  # fmt: skip
    async with AsyncExitStack() as stack:
        parts = await build(settings, stack)
        await parts.access.roles.create(SYSTEM, "operators", ["job.list"])
        await parts.access.users.create(SYSTEM, "ops", "password1", ["operators"])
        _, key = await parts.access.keys.create(SYSTEM, "ci", ["operators"])
        _, admin = await parts.access.keys.create(SYSTEM, "root", ["admin"])
        client = httpx.AsyncClient(transport=httpx.ASGITransport(parts.web), base_url="http://weft.test")
        yield await stack.enter_async_context(client), key, admin


async def test_row_06_basic_and_api_key(served):
    http, key, _ = served
    assert (await http.get(f"{B2}/job", auth=("ops", "password1"))).status_code == 200
    for headers in ({"x-api-key": key}, {"authorization": f"ApiKey {key}"}):
        assert (await http.get(f"{B2}/job", headers=headers)).status_code == 200


async def test_row_05_no_redirect_and_the_object_form(served):
    http, _, _ = served
    for headers in ({}, {"authorization": "Bearer a.b.c"}, {"x-api-key": "weft_x"}):
        reply = await http.get(f"{B2}/job", headers=headers)
        assert (reply.status_code, reply.json()["code"]) == (401, 401)
        assert [each.split()[0] for each in reply.headers.get_list("www-authenticate")] == ["Bearer", "Basic"]


async def test_the_first_scheme_decides_and_a_second_is_not_tried(served):
    http, key, _ = served
    headers = {"x-api-key": key, "authorization": "Bearer a.b.c"}
    assert (await http.get(f"{B2}/job", headers=headers)).status_code == 401


async def test_what_the_role_does_not_grant_is_403_in_the_object_form(served):
    http, _, _ = served
    for method, path in (("POST", "job"), ("GET", "worker"), ("GET", "workflow")):
        reply = await http.request(method, f"{B1}/{path}", auth=("ops", "password1"))
        assert (reply.status_code, reply.json()["code"]) == (403, 403)


async def test_a_body_that_is_too_large_is_413_in_the_object_form(served):
    http, key, _ = served
    large = b"x" * (11 * 1024 * 1024)
    assert (await http.post(f"{B1}/job", content=large)).status_code == 401
    assert (await http.post(f"{B1}/job", content=large, headers={"x-api-key": key})).status_code == 403
    admin = {"x-api-key": served[2]}
    reply = await http.post(f"{B1}/job", content=large, headers=admin)
    assert (reply.status_code, reply.json()["code"]) == (413, 413)


async def test_trailing_slash_and_head(served):
    http, key, _ = served
    headers = {"x-api-key": key}
    assert (await http.get(f"{B1}/job/", headers=headers)).status_code == 200
    head = await http.head(f"{B1}/job", headers=headers)
    assert (head.status_code, head.content) == (200, b"")
