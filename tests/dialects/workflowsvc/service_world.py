"""The product in one process: real store, engine, connectors, scheduler; only the clock can be pushed forward.

`Server.space()` gives a test namespaces of its own: N and M of tenant `acme`, O of another tenant, and callers with
chosen roles in them. Every answer is checked against the schema that its operation documents.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

import weft.app.bootstrap
from weft.app.settings import Settings
from weft.domain.access import SYSTEM, Principal
from weft.domain.schemas import check
from weft.services.access_grants import WantedGrant
from weft.services.clients import ClientChange, ClientDraft
from weft.services.listed_definitions import ListedDefinition
from weft.services.tenants import TenantDraft
from weft.web.routing import BadName, Found

BASE = "/workflowsvc/api/v1"
ALL = (
    "job.read", "job.start", "job.control", "task.complete", "workflow.read", "workflow.write", "schedule.read",
    "schedule.write",
)  # fmt: skip
ENDED = {"COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED"}
ERROR_KEYS = {"_code", "_error", "_message", "message", "_retryable", "_details"}
PATIENCE_S = 20.0


__all__ = ["ClientChange", "ClientDraft", "ListedDefinition", "WantedGrant"]


class PushedClock:
    """The machine's clock, pushed by as much as a test says; or, with `frozen`, one that stands still at a UTC ms."""

    def __init__(self, frozen: int | None = None) -> None:
        self.push_ms = 0
        self.frozen = frozen

    def now_ms(self) -> int:
        return (time.time_ns() // 1_000_000 if self.frozen is None else self.frozen) + self.push_ms

    def monotonic(self) -> float:
        return self.now_ms() / 1000 if self.frozen is not None else time.monotonic() + self.push_ms / 1000


def at(text: str) -> int:
    """UTC ms of an RFC 3339 text."""
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def task(kind: str, name: str = "", /, **more: Any) -> dict[str, Any]:
    """A task definition; keys get their underscore, `inputs` is `_inputParams`."""
    found: dict[str, Any] = {"_type": kind}
    if name:
        found["_name"] = name
    for key, value in more.items():
        found["_inputParams" if key == "inputs" else f"_{key}"] = value
    return found


def inline(name: str, expression: str = ".", **inputs: Any) -> dict[str, Any]:
    """A task that computes at once."""
    return task("INLINE", name, inputs={"_evaluatorType": "jq", "expression": expression, **inputs})


class Server:
    """The running product."""

    def __init__(self, parts: Any, clock: PushedClock, http: httpx.AsyncClient, target: Any) -> None:
        self.parts = parts
        self.clock = clock
        self.http = http
        self.target = target
        self.count = 0
        self.admin = ""

    async def prepare(self) -> None:
        """Tenants, their roles, and the administrator's key; made once on a folder."""
        access = self.parts.access
        _, self.admin = await access.keys.create(SYSTEM, f"admin {self.clock.now_ms()}", ["admin"])
        if access.tenants.tenant("acme") is not None:
            return
        for tenant in ("acme", "rival"):
            await access.tenants.create(SYSTEM, TenantDraft(id=tenant))
            for words in (*((one,) for one in ALL), ALL):
                name = "all" if len(words) > 1 else words[0].replace(".", "_")
                await access.roles.create(self.inside(tenant), name, list(words))

    def inside(self, tenant: str) -> Principal:
        found = SYSTEM.within(tenant)
        assert found is not None
        return found

    async def space(self) -> Space:
        self.count += 1
        found = Space(self, f"n{self.count}_{id(self) % 9973}")
        await found.open()
        return found

    async def idle(self) -> None:
        await self.parts.running.engine.idle()

    async def later(self, seconds: float) -> None:
        """Push the clock and let what became due happen."""
        self.clock.push_ms += int(seconds * 1000)
        self.parts.running.engine.tick()
        await self.idle()


class Space:
    """What one test has of the product. `n` and `m` are its namespaces, `o` one of another tenant."""

    def __init__(self, server: Server, n: str) -> None:
        self.server = server
        self.target = server.target
        self.n, self.m, self.o = n, f"{n}_m", f"{n}_o"
        self.keys: dict[str, str] = {}
        self.principals: dict[str, str] = {}

    async def open(self) -> None:
        access = self.server.parts.access
        acme, rival = self.server.inside("acme"), self.server.inside("rival")
        await access.namespaces.create(acme, self.n)
        await access.namespaces.create(acme, self.m)
        await access.namespaces.create(rival, self.o)
        self.keys["admin"] = self.server.admin
        await self.caller("full", n="all", m="all")

    async def caller(self, name: str, *, n: str = "", m: str = "") -> str:
        """An API key with roles in the namespaces; `who=name` uses it."""
        access = self.server.parts.access
        grants = [
            WantedGrant("acme", tuple(roles.split()), namespace)
            for namespace, roles in ((self.n, n), (self.m, m))
            if roles
        ]
        record, key = await access.keys.create(self.server.inside("acme"), f"{self.n} {name}", [], grants=grants)
        self.keys[name] = key
        self.principals[name] = record.id
        return key

    # -- requests -------------------------------------------------------------------------------------------------

    async def call(
        self,
        method: str,
        path: str,
        status: int | tuple[int, ...] | None = None,
        *,
        who: str | None = "full",
        ns: str | None = "",
        body: Any = None,
        headers: dict[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """A request below the base path. `ns` is the nsfilter, "" means N, None leaves it out."""
        sent = dict(headers or {})
        if who is not None:
            sent["authorization"] = f"Bearer {self.keys[who]}"
        if body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("content-type", "application/json")
        url = BASE + path
        if ns is not None:
            url += ("&" if "?" in url else "?") + f"nsfilter={ns or self.n}"
        answer = await self.server.http.request(method, url, content=content, headers=sent)
        self.check(answer)
        if status is not None:
            wanted = (status,) if isinstance(status, int) else status
            assert answer.status_code in wanted, f"{method} {url}: {answer.status_code} {answer.text[:2000]}"
        return answer

    def check(self, answer: httpx.Response) -> None:
        """Whether an answer is one that its operation documents."""
        assert answer.headers.get("x-request-id")
        code, text = answer.status_code, answer.text
        assert code < 500, text
        if code >= 400:
            body = answer.json()
            assert set(body) == ERROR_KEYS and body["_code"] == code and body["message"] == body["_message"], text
            assert all(set(detail) == {"_path", "_code", "_message"} for detail in body["_details"]), text
        path = answer.request.url.raw_path.decode().partition("?")[0]
        try:
            found = self.server.parts.web.router.match(answer.request.method, path)
        except BadName:
            assert code in (401, 404), text
            return
        if not isinstance(found, Found):
            assert code in (404, 405), text
            return
        documented = found.route.operation.responses
        assert code in documented, f"{found.route.operation.name} does not document {code}: {text[:500]}"
        schema = documented[code]
        if schema is not None and "x-media" not in schema and found.route.operation.permission is not None:
            assert answer.headers["content-type"] == "application/json; charset=utf-8"
            assert check(schema, answer.json()) == [], text[:2000]

    async def refused(self, method: str, path: str, status: int, word: str, **more: Any) -> dict[str, Any]:
        """A request that is refused with a word; gives the error's body."""
        answer = await self.call(method, path, status, **more)
        body = answer.json()
        assert body["_error"] == word, body
        return body

    # -- what many tests begin with -------------------------------------------------------------------------------

    def url(self, path: str = "/data") -> str:
        return f"http://127.0.0.1:{self.target.port}{path}"

    def rest(self, name: str = "fetch", path: str = "/data", **more: Any) -> dict[str, Any]:
        """A REST_CONNECTOR that calls the target, without retries unless told."""
        inputs = {"_url": self.url(path), **more.pop("inputs", {})}
        more.setdefault("retryCount", 0)
        return task("REST_CONNECTOR", name, inputs=inputs, **more)

    async def define(self, *tasks: dict[str, Any], name: str = "", ns: str = "", **more: Any) -> dict[str, Any]:
        body = {"_name": name or f"d{time.monotonic_ns()}", "_taskDefs": list(tasks)}
        body.update({f"_{key}": value for key, value in more.items()})
        return (await self.call("POST", "/workflowdefs", 201, body=body, ns=ns)).json()

    async def start(self, definition: dict[str, Any] | str, inputs: Any = None, **more: Any) -> dict[str, Any]:
        ident = definition if isinstance(definition, str) else definition["_id"]
        body: dict[str, Any] = {"_workflowDefId": ident}
        if inputs is not None:
            body["_inputParams"] = inputs
        return (await self.call("POST", "/workflows", 201, body=body, **more)).json()

    async def run(self, ident: str, *, loops: bool = False, **more: Any) -> dict[str, Any]:
        query = "?_includeLoopOverTasks=true" if loops else ""
        return (await self.call("GET", f"/workflows/{ident}{query}", 200, **more)).json()

    async def command(self, ident: str, word: str, status: int = 200, reason: str | None = None) -> dict[str, Any]:
        body = {"_status": word} if reason is None else {"_status": word, "_reason": reason}
        return (await self.call("PUT", f"/workflows/{ident}/status", status, body=body)).json()

    async def until(
        self, ident: str, wanted: Callable[[dict[str, Any]], Any], what: str, *, loops: bool = False
    ) -> Any:
        """The run as soon as `wanted` holds of it."""
        deadline = time.monotonic() + PATIENCE_S
        while True:
            await self.server.idle()
            run = await self.run(ident, loops=loops)
            if wanted(run):
                return run
            assert time.monotonic() < deadline, f"not within {PATIENCE_S:g} s: {what}: {run}"
            await asyncio.sleep(0.02)

    async def ended(self, ident: str, status: str = "COMPLETED") -> dict[str, Any]:
        run = await self.until(ident, lambda found: found["_status"] in ENDED, f"{status}")
        assert run["_status"] == status, run
        return run

    async def finish(self, definition: dict[str, Any], inputs: Any = None, status: str = "COMPLETED") -> dict[str, Any]:
        return await self.ended((await self.start(definition, inputs))["_id"], status)

    async def task(self, run: dict[str, Any], name: str, **more: Any) -> dict[str, Any]:
        """One task record of a run, by name, alone."""
        found = (await self.run(run["_id"], loops=True))["_tasks"]
        ident = next(one["_id"] for one in found if one["_name"] == name)
        return (await self.call("GET", f"/workflows/{run['_id']}/tasks/{ident}", 200, **more)).json()

    async def waiting(self, ident: str, name: str, status: str = "RUNNING") -> dict[str, Any]:
        """The brief record of a task once it has a status."""
        run = await self.until(ident, lambda found: states(found).get(name) == status, f"{name} {status}", loops=True)
        return next(one for one in run["_tasks"] if one["_name"] == name)

    async def pushed(self, seconds: float) -> None:
        await self.server.later(seconds)


def states(run: dict[str, Any]) -> dict[str, str]:
    """The states of a run's tasks by name."""
    return {one["_name"]: one["_status"] for one in run["_tasks"]}


@contextlib.asynccontextmanager
async def served(
    folder: Path, target: Any, clock: PushedClock | None = None, *, allow: tuple[str, ...] = (), **more: Any
) -> AsyncIterator[Server]:
    """The product on an empty folder. `allow` is what else may be reached."""
    clock = clock or PushedClock()
    settings = Settings(
        data_dir=folder / "data", port=0, auth_argon2_memory=8192, auth_argon2_time=1, database_synchronous="normal",
        log_requests=False, egress_allow=(f"127.0.0.1:{target.port}", *allow), **more,
    )  # fmt: skip
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weft.app.bootstrap, "SystemClock", lambda: clock)
        async with AsyncExitStack() as stack:
            parts = await weft.app.bootstrap.build(settings, stack)
            transport = httpx.ASGITransport(parts.web)
            http = httpx.AsyncClient(transport=transport, base_url="http://weft.test", timeout=60)
            found = Server(parts, clock, await stack.enter_async_context(http), target)
            await found.prepare()
            yield found
