"""A server with a real engine and its API in one process; activities are answered by the test, as a worker would.

The clock stands still: `later(seconds)` moves it and lets what became due happen. `work()` is one round of the workers:
it takes every task of the adapters' queues and gives the answers that `answers` has for the last two parts of the
activity (`request.Get`): a value, a Fault, or a function of the task.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx

from weft.api.cwm.dialect import CwmServices, dialect
from weft.api.cwm.jobs import JobEndpoints, operations
from weft.app.running import from_event
from weft.engines.embedded.engine import EmbeddedEngine
from weft.services.engine_host import Host
from weft.services.events import Events
from weft.services.hand_out import HandOuts
from weft.services.job_plans import Planner
from weft.services.jobs import JobService
from weft.services.resource_types import ResourceTypes
from weft.services.secret_types import SecretTypes
from weft.services.system_functions import SystemFunctions
from weft.store.job_search import Search
from weft.web.asgi_app import WebApp
from weft_adapter.messages import Fault, Result, Task

B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"


def failed(code: str, message: str = "no", *, retryable: bool = True) -> Fault:
    return Fault(code, message, retryable)


class JobWorld:
    """Everything, opened. `http` is a client with the rights of `root`; `records` holds the other services."""

    def __init__(self, records: Any, made: ModuleType) -> None:
        self.records = records
        self.made = made
        self.answers: dict[str, Any] = {}
        self.taken: list[Task] = []

    async def open(self) -> None:
        r = self.records
        planner = Planner(clock=r.clock, ids=r.ids)
        host = Host(
            workflows=r.workflows,
            programs=r.programs,
            planner=planner,
            resolution=r.resolution,
            hand_outs=HandOuts(r.store, r.secrets),
            publishing=r.publishing,
            functions=SystemFunctions(),
        )
        self.engine = EmbeddedEngine(r.store, host, r.clock, r.ids)
        self.jobs = JobService(
            store=r.store,
            engine=self.engine,
            search=Search(),
            workflows=r.workflows,
            programs=r.programs,
            planner=planner,
        )
        await self.engine.open()
        events = Events(r.store, r.clock, r.ids, self.engine, from_event(self.jobs))
        services = CwmServices(
            workflows=r.workflows,
            transfer=r.transfer,
            resources=r.resources,
            resource_types=ResourceTypes(r.store),
            secrets=r.secrets,
            secret_types=SecretTypes(r.store),
            adapters=r.adapters,
            workers=r.workers,
            worker_profiles=r.profiles,
            event_types=r.event_types,
            events=events,
            system_functions=SystemFunctions(),
        )
        endpoints = JobEndpoints(self.jobs, ping_s=0.05)
        app = WebApp(
            [dialect(services, operations(endpoints))],
            type(r.app._authenticator)(),
            clock=r.clock,
            ids=r.ids,
            log=r.log,
            log_requests=False,
        )
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app), base_url="http://weft", auth=("root", "x")
        )

    async def close(self) -> None:
        await self.http.aclose()
        await self.engine.close()

    # -- time and workers -----------------------------------------------------------------------------------------

    async def later(self, seconds: float) -> None:
        self.records.clock.pass_s(seconds)
        self.engine.tick()
        await self.engine.idle()

    async def work(self, rounds: int = 1) -> int:
        """Answer what waits; how many tasks were taken."""
        count = 0
        for _ in range(rounds):
            await self.engine.idle()
            tasks = [
                task
                for adapter in sorted(self.records.host.kept)
                for queue in {adapter, *self.records.host.specs}
                for task in self.engine.poll(queue, 100, [adapter])
            ]
            if not tasks:
                await self.engine.idle()
                break
            count += len(tasks)
            self.taken += tasks
            await self.engine.complete([self._result(task) for task in tasks])
            await self.engine.idle()
        return count

    def _result(self, task: Task) -> Result:
        answer = self.answers[".".join(task.activity.split(".")[-2:])]
        if isinstance(answer, Callable):
            answer = answer(task)
        if isinstance(answer, Fault):
            return Result(task.attempt_id, None, answer)
        return Result(task.attempt_id, answer)

    # -- what many tests begin with -------------------------------------------------------------------------------

    async def rest(self) -> None:
        """The adapter generic.rest deployed with its worker, and the resource LabApi."""
        r = self.records
        archive = self.made.archive(vendor="generic", product="rest", version="2.0.0", resource="",
                                    extra={"src/generic_rest/request.py": b""})  # fmt: skip
        r.host.features = ("request", ("Get", "Post"))
        posted = await self.http.post(f"{B1}/adapter", files={"file": ("a.tar.gz", archive)})
        assert posted.status_code == 201, posted.text
        answer = await self.http.post(f"{B1}/adapter/generic.rest.v2.0.0/deploy", json={"createWorker": True})
        assert answer.status_code == 201, answer.text
        body = {
            "resourceId": "LabApi",
            "resourceTypeId": "generic.rest.resource.v1.0.0",
            "resource": {"scheme": "http", "host": "198.51.100.7", "port": 80},
        }
        assert (await self.http.post(f"{B2}/resource", json=body)).status_code == 200

    async def save(self, definition: dict[str, Any], **more: Any) -> str:
        answer = await self.http.post(f"{B2}/workflow", json={"definition": definition, **more})
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def start(self, name: str, data: Any = None, **more: Any) -> tuple[str, str]:
        body = {"workflowName": name, "data": data or {}, **more}
        answer = await self.http.post(f"{B1}/job", json=body)
        assert answer.status_code == 200, answer.text
        await self.engine.idle()
        return answer.json()["jobId"], answer.json()["runId"]

    async def describe(self, job: tuple[str, str], base: str = B1) -> dict[str, Any]:
        answer = await self.http.get(f"{base}/job/{job[0]}/runs/{job[1]}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def status(self, job: tuple[str, str]) -> str:
        return (await self.describe(job))["workflowExecutionInfo"]["status"]

    async def events(self, job: tuple[str, str], base: str = B1, **query: str) -> list[dict[str, Any]]:
        answer = await self.http.get(f"{base}/job/{job[0]}/runs/{job[1]}/events", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def result(self, job: tuple[str, str]) -> Any:
        last = (await self.events(job))[-1]
        assert last["eventType"] == "WorkflowExecutionCompleted", last
        return decoded(last["workflowExecutionCompletedEventAttributes"]["result"]["payloads"][0])["Data"]


def decoded(payload: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(payload["data"]))


def flow(name: str, *states: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "specVersion": "0.9", "states": list(states), **more}


def folder() -> Path:
    return Path(__file__).parent
