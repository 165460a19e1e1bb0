"""Endpoints of workers. Errors have the worker form; refusals of the workers' keeper are 503 with an error code."""

from __future__ import annotations

from collections import Counter
from typing import Any

from weft.api.cwm import errors, schemas
from weft.api.cwm.adapters import activity_body
from weft.api.cwm.errors import WORKER, WORKER_CREATE
from weft.api.cwm.reading import boolean, members, options, text, text_list
from weft.api.cwm.schemas import responses, shape
from weft.api.cwm.times import rfc3339
from weft.domain.errors import Invalid
from weft.ports.workers import WorkerState
from weft.services.workers import Outcome, WorkerChange, Workers, WorkerView
from weft.web.operations import Answer, Call, Handler, Operation

GROUP = "worker"
_MEMBERS = ("workerName", "activities", "startWorker", "force", "workerProfile", "stopWorkerIfRunning", "forceStop")
_OUTCOMES: dict[Outcome, tuple[int, str]] = {
    "done": (errors.OK, ""),
    "already_running": (errors.ALREADY_RUNNING, "worker {} is running"),
    "already_stopped": (errors.ALREADY_STOPPED, "worker {} is stopped"),
}


class WorkerEndpoints:
    """The handlers. `version` is answered as `cwmVersion`."""

    def __init__(self, workers: Workers, *, version: str = "2.1") -> None:
        self._workers = workers
        self._version = version

    async def list_all(self, call: Call) -> Answer:
        return Answer(body=[summary(view) for view in await self._workers.list_all(call.principal)])

    async def get(self, call: Call) -> Answer:
        view = await self._workers.get(call.principal, call.path["workerName"])
        return Answer(body=self._worker(view))

    async def create(self, call: Call) -> Answer:
        body = members(await call.body(), *_MEMBERS)
        if not text(body, "workerName"):
            raise Invalid("workerName is required")
        view = await self._workers.create(
            call.principal,
            text(body, "workerName"),
            text_list(body.get("activities"), "activities"),
            profile=text(body, "workerProfile"),
            start=boolean(body, "startWorker"),
            force=boolean(body, "force"),
        )
        return Answer(status=201, body={"workerUUID": view.record.id, "status": word(view.state)})

    async def update(self, call: Call) -> Answer:
        body = members(await call.body(), *_MEMBERS)
        items = tuple(text_list(body["activities"], "activities")) if "activities" in body else None
        change = WorkerChange(
            items=items,
            profile=text(body, "workerProfile") or None,
            start=boolean(body, "startWorker"),
            stop_if_running=boolean(body, "stopWorkerIfRunning"),
            force_stop=boolean(body, "forceStop"),
        )
        await self._workers.update(call.principal, call.path["workerName"], change)
        return Answer(body=result("done", ""))

    async def delete(self, call: Call) -> Answer:
        given = await options(call, "forceStop")
        await self._workers.delete(call.principal, call.path["workerName"], force=given.get("forceStop", False))
        return Answer(body=result("done", ""))

    async def start(self, call: Call) -> Answer:
        given, name = await options(call, "forceReload"), call.path["workerName"]
        outcome = await self._workers.start(call.principal, name, reload=given.get("forceReload", False))
        return Answer(body=result(outcome, name))

    async def stop(self, call: Call) -> Answer:
        given, name = await options(call, "forceStop"), call.path["workerName"]
        outcome = await self._workers.stop(call.principal, name, force=given.get("forceStop", False))
        return Answer(body=result(outcome, name))

    def _worker(self, view: WorkerView) -> dict[str, Any]:
        return {
            **_base(view),
            "status": int(view.state),
            "adminStatus": int(view.wanted),
            "activities": [activity_body(activity) for activity in view.activities],
            "cwmVersion": self._version,
            "isJobChecked": False,
            "workerProfile": view.record.profile,
        }

    def operations(self) -> list[Operation]:
        """Every operation of this group."""
        done, one = schemas.WORKER_RESULT, "/worker/{workerName}"
        force = shape(forceStop=schemas.FLAG)
        return [
            _op("GET", "/worker", "list", "List workers", self.list_all, schemas.listed(schemas.WORKER_SUMMARY), 503),
            Operation(method="POST", path="/worker", name="createWorker", permission="worker.create",
                      summary="Create a worker", handler=self.create, group=GROUP, family=WORKER_CREATE,
                      request=schemas.WORKER_INPUT,
                      responses=responses({201: schemas.WORKER_CREATED}, WORKER_CREATE, 400, 503)),
            _op("GET", one, "get", "Get a worker", self.get, schemas.WORKER, 404, 503),
            _op("PUT", one, "update", "Change a worker", self.update, done, 404, 503, request=schemas.WORKER_INPUT),
            _op("DELETE", one, "delete", "Stop and delete a worker", self.delete, done, 404, 503, request=force),
            _op("POST", f"{one}/start", "start", "Start a worker", self.start, done, 404, 503,
                request=shape(forceReload=schemas.FLAG)),
            _op("POST", f"{one}/stop", "stop", "Stop a worker", self.stop, done, 404, 503, request=force),
        ]  # fmt: skip


def _op(
    method: Any, path: str, verb: str, summary: str, handler: Handler, answer: Any, *statuses: int, request: Any = None
) -> Operation:
    return Operation(
        method=method,
        path=path,
        name=f"{verb}Worker" if verb != "list" else "listWorkers",
        permission=f"worker.{verb}",
        summary=summary,
        handler=handler,
        request=request,
        responses=responses({200: answer}, WORKER, 400, *statuses),
        family=WORKER,
        group=GROUP,
    )


def word(state: WorkerState) -> str:
    """`Running` of RUNNING."""
    return state.name.capitalize()


def result(outcome: Outcome, name: str) -> dict[str, Any]:
    """`{"errorCode", "message"}` of what an order had as its outcome."""
    code, message = _OUTCOMES[outcome]
    return {"errorCode": code, "message": message.format(name)}


def _base(view: WorkerView) -> dict[str, Any]:
    return {
        "name": view.record.name,
        "activeError": view.active_error,
        "infraJobId": view.process,
        "createdAt": rfc3339(view.record.created_at),
        "updatedAt": rfc3339(view.record.updated_at),
    }


def summary(view: WorkerView) -> dict[str, Any]:
    """A worker as it is listed: words for states, activities counted by adapter."""
    counts = Counter(activity.adapter for activity in view.activities)
    return {
        **_base(view),
        "status": word(view.state),
        "adminStatus": word(view.wanted),
        "activities": [{"adapterId": adapter, "numOfActivities": count} for adapter, count in sorted(counts.items())],
    }
