"""The product as it is served, with two customers and their clients; the test stands in for the connectors.

The tokens come from the real token endpoint. A task of word `http` waits until a test takes it (`take`: it runs then)
and answers it (`done`, `fail`); every answer of the server is checked against its OpenAPI document.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
from jsonschema_rs import validator_for

from weft.app.bootstrap import Parts, build
from weft.app.settings import Settings
from weft.domain.access import SYSTEM
from weft.services.clients import ClientDraft
from weft.services.connectors import ADAPTER, QUEUE
from weft.services.tenants import TenantDraft
from weft.web.openapi import openapi_document
from weft.web.routing import BadName, Found
from weft_adapter.messages import Fault, Result, Task

CUSTOMER = "6f1e0d52-9a43-4b7e-8f0d-2c5b7a9e1d04"
OTHER = "7f1e0d52-9a43-4b7e-8f0d-2c5b7a9e1d05"
NOBODY = "00000000-0000-4000-8000-000000000000"
TOKEN = "/api/authentication/connect/token"
A, B, C, D, E = (f"{letter}0000000-0000-4000-8000-00000000000{letter}" for letter in "abcde")
_names = itertools.count(1)


def task(ident: str, name: str = "http", **more: Any) -> dict[str, Any]:
    """A task; one of word http asks for an address that carries its id."""
    given = {"url": f"http://198.51.100.7/{ident}"} if name == "http" else {}
    return {"id": ident, "name": name, **more, "parameters": {**given, **more.get("parameters", {})}}


def edges(*pairs: tuple[str, str]) -> list[dict[str, str]]:
    return [{"parent": parent, "child": child} for parent, child in pairs]


def graph(*tasks: dict[str, Any], hierarchy: tuple[tuple[str, str], ...] = (), **more: Any) -> dict[str, Any]:
    """A body; the name is a new one each time."""
    data = {"name": f"graph-{next(_names)}", "tasks": list(tasks), "tasksHierarchy": edges(*hierarchy), **more}
    return {"data": data}


def example(**of_c: Any) -> dict[str, Any]:
    """A to B and C, both to D, D to E. `of_c` are options of C."""
    parameters = {"$options": of_c} if of_c else {}
    return graph(
        task(A), task(B), task(C, parameters=parameters), task(D), task(E),
        hierarchy=((A, B), (A, C), (B, D), (C, D), (D, E)),
    )  # fmt: skip


class Documented(httpx.ASGITransport):
    """Fails a test when an answer is not what the OpenAPI document of its operation says."""

    def __init__(self, parts: Parts, address: str = "192.0.2.1") -> None:
        super().__init__(parts.web, client=(address, 1))
        self._router = parts.web.router
        self._documents: dict[str, dict[str, Any]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        answer = await super().handle_async_request(request)
        await answer.aread()
        try:
            found = self._router.match(request.method, request.url.raw_path.partition(b"?")[0].decode())
        except BadName as cause:
            found = Found(cause.route, {})
        if (
            isinstance(found, Found)
            and not found.route.operation.hidden
            and found.route.dialect.name.startswith("workflow-execution")
        ):
            self._check(found, answer)
        return answer

    def _check(self, found: Found, answer: httpx.Response) -> None:
        dialect, operation, mount = found.route.dialect, found.route.operation, found.route.mount
        document = self._documents.setdefault(mount, openapi_document(dialect, mount, "1"))
        described = document["paths"]["/" + operation.path][operation.method.lower()]["responses"]
        where = f"{operation.name}: {answer.status_code} {answer.text[:300]}"
        assert str(answer.status_code) in described, where
        content = described[str(answer.status_code)].get("content")
        if content is None:
            assert answer.content == b"", where
            return
        assert answer.headers["content-type"] == "application/json; charset=utf-8", where
        schema = {**content["application/json"]["schema"], "components": document["components"]}
        problems = [str(each) for each in validator_for(schema).iter_errors(answer.json())]
        assert problems == [], where


class World:
    """`http` speaks with the token of a client that may do everything in CUSTOMER."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = AsyncExitStack()

    async def open(self) -> None:
        settings = Settings(
            data_dir=self.folder / "data", port=0, auth_argon2_memory=8192, auth_argon2_time=1,
            database_synchronous="normal", log_requests=False,
        )  # fmt: skip
        self.parts = await build(settings, self.stack)
        await self.parts.running.connectors.close()
        self.engine = self.parts.running.engine
        self.http = httpx.AsyncClient(transport=Documented(self.parts), base_url="http://weft.test")
        access = self.parts.access
        for name, uuid in (("acme", CUSTOMER), ("other", OTHER)):
            await access.tenants.create(SYSTEM, TenantDraft(id=name, uuid=uuid))
        await self.client("acme", "importer", "author", "operator")
        await self.client("acme", "reader", "viewer")
        await self.client("other", "stranger", "author", "operator")
        self.token = await self.token_of("importer")
        self.http.headers["authorization"] = f"Bearer {self.token}"

    async def close(self) -> None:
        await self.http.aclose()
        await self.stack.aclose()

    def from_address(self, address: str) -> httpx.AsyncClient:
        """A caller somewhere else, without any credential."""
        return httpx.AsyncClient(transport=Documented(self.parts, address), base_url="http://weft.test")

    async def client(self, tenant: str, ident: str, *roles: str) -> None:
        inside = SYSTEM.within(tenant)
        assert inside is not None
        draft = ClientDraft(id=ident, secret=f"s3cr3t-{ident}", roles=roles)
        await self.parts.access.clients.create(inside, draft)

    async def token_of(self, ident: str) -> str:
        fields = {"client_id": ident, "client_secret": f"s3cr3t-{ident}", "grant_type": "client_credentials"}
        answer = await self.http.post(TOKEN, data=fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["access_token"]

    async def bearer(self, ident: str) -> dict[str, str]:
        return {"authorization": f"Bearer {await self.token_of(ident)}"}

    # -- definitions and executions -------------------------------------------------------------------------------

    def path(self, workflow: str = "", execution: str | None = None, customer: str = CUSTOMER) -> str:
        """Of all definitions, of one, of its executions (`execution` is empty), of one execution."""
        parts = [f"/api/workflow/v1.0/customer/{customer}/workflow", workflow]
        if execution is not None:
            parts += ["WorkflowExecution", execution]
        return "/".join(part for part in parts if part)

    async def save(self, body: dict[str, Any]) -> str:
        answer = await self.http.post(self.path(), json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    async def start(self, workflow: str, body: Any = None, **more: Any) -> httpx.Response:
        return await self.http.post(self.path(workflow, ""), json={"data": {}} if body is None else body, **more)

    async def started(self, workflow: str, body: Any = None) -> str:
        answer = await self.start(workflow, body)
        assert answer.status_code == 202, answer.text
        return answer.json()["data"]["id"]

    async def read(self, workflow: str, execution: str) -> dict[str, Any]:
        await self.engine.idle()
        answer = await self.http.get(self.path(workflow, execution))
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def state(self, workflow: str, execution: str, *ids: str) -> tuple[list[str], list[str], str, bool]:
        """Task ids of the queue, statuses of the tasks, status of the execution, whether it is finished."""
        body = await self.read(workflow, execution)
        info, data = body["meta"]["info"], body["data"]
        queue = [entry["taskId"] for entry in data["executionQueue"]]
        statuses = [info["tasks"][ident] for ident in (ids or (A, B, C, D, E))]
        return queue, statuses, info["status"], data["finished"] is not None

    async def until(self, ask: Callable[[], Awaitable[Any]], wanted: Any, limit_s: float = 10.0) -> None:
        """Return as soon as `ask` gives what is wanted; AssertionError when the limit is over."""
        deadline = time.monotonic() + limit_s
        while (found := await ask()) != wanted:
            assert time.monotonic() < deadline, f"{found!r} is not {wanted!r}"
            await asyncio.sleep(0.02)

    # -- the connectors, played by the test -----------------------------------------------------------------------

    async def take_all(self) -> list[Task]:
        """Begin everything that is queued."""
        await self.engine.idle()
        found = self.engine.poll(QUEUE, 100, [ADAPTER])
        await self.engine.idle()
        return list(found)

    async def take(self) -> dict[str, Task]:
        """Begin everything that is queued, of one execution; by the id of the graph's task."""
        return {_asked(task): task for task in await self.take_all()}

    async def done(self, *tasks: Task, body: Any = None) -> None:
        output = {"statusCode": 200, "headers": {}, "body": {"rows": []} if body is None else body}
        await self.engine.complete([Result(task.attempt_id, output) for task in tasks])
        await self.engine.idle()

    async def fail(self, task: Task, code: str = "HTTP_STATUS_500", *, retryable: bool = True) -> None:
        await self.engine.complete([Result(task.attempt_id, None, Fault(code, "no", retryable))])
        await self.engine.idle()

    async def run_all(self) -> int:
        """Answer whatever asks, until nothing does; how many tasks that were."""
        count = 0
        while tasks := await self.take_all():
            count += len(tasks)
            await self.done(*tasks)
        return count


def _asked(task: Task) -> str:
    given: Any = task.input
    url = given.get("url") if isinstance(given, Mapping) else None
    if url is None and isinstance(given, Mapping):
        url = given.get("input", {}).get("url", "")
    return str(url).rpartition("/")[2]
