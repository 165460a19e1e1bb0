"""Every engine of the product, under one name, and a host with real definitions. A further engine is one more entry
of `ENGINES`: a function that makes (engine, open, close) over a place where it may keep things."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from weft.domain.jobs import Job
from weft.dsl.compile import compile_document
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import Identity, RunStarted, Trigger
from weft.engines.embedded.engine import EmbeddedEngine
from weft.ports.engine import ResolvedActivity, StartPlan
from weft.ports.tasks import HandOut
from weft.store.sqlite import SqliteStore

NOOP = "system.function.v1.0.0.common.NoOp"
ADAPTER = "lab.device.v1.0.0"
GET = f"{ADAPTER}.request.Get"
DEFAULTS = {"retryMaxAttempts": 2, "retryDelay": 1, "retryMaxDelay": 10, "retryDelayMultiplier": 2, "retryJitter": 0}


def operation(name: str, function: str, **more: Any) -> dict[str, Any]:
    arguments = {"input": {"name": "${ .name }"}}
    action = {"name": function, "functionRef": {"refName": function, "arguments": arguments}}
    return {"name": name, "type": "operation", "actions": [action], **more}


def document(name: str, *states: dict[str, Any], **more: Any) -> dict[str, Any]:
    functions = [{"name": "noop", "operation": NOOP}, {"name": "get", "operation": GET}]
    return {
        "id": name, "name": name, "version": "1.0", "specVersion": "0.9", "functions": functions,
        "start": states[0]["name"], "states": list(states), **more,
    }  # fmt: skip


EVENTS = [{"name": "up", "type": "link.up", "source": "", "correlation": [{"contextAttributeName": "device"}]}]
DOCUMENTS = [
    document("noops", operation("a", "noop", transition="b"), operation("b", "noop", end=True)),
    document("get", operation("a", "get", end=True)),
    document("two", operation("a", "noop", transition="b"), operation("b", "get", end=True)),
    document("nap", {"name": "a", "type": "sleep", "duration": "PT30S", "end": True}),
    document(
        "listen",
        {"name": "a", "type": "event", "onEvents": [{"eventRefs": ["up"]}], "end": True},
        events=EVENTS,
    ),
    document(
        "later",
        operation("a", "get", transition="b"),
        {"name": "b", "type": "event", "onEvents": [{"eventRefs": ["up"]}], "end": True},
        events=EVENTS,
    ),
    document(
        "parent",
        {
            "name": "a", "type": "operation", "end": True,
            "actions": [{"name": "sub", "subFlowRef": {"workflowId": "get", "version": "1.0"}}],
        },
    ),
    *[
        document(
            f"tell-{kind}",
            *([operation("a", "get", transition="b")] if kind == "late" else []),
            {"name": "b", "type": "inject", "data": {}, "end": {"produceEvents": [{"eventRef": "out"}]}},
            events=[
                {"name": "out", "type": "fine" if kind == "well" else "refused", "source": "s", "kind": "produced"}
            ],
        )
        for kind in ("well", "at-once", "late")
    ],
    document(
        "orphan",
        {
            "name": "a", "type": "operation", "end": True,
            "actions": [{"name": "sub", "subFlowRef": {"workflowId": "nobody", "version": "1.0"}}],
        },
    ),
]  # fmt: skip


class HandClock:
    def __init__(self) -> None:
        self.now = 1_700_000_000_000
        self.ticks = 0.0

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        self.ticks += 1e-6
        return self.ticks


class CountedIds:
    def __init__(self) -> None:
        self.count = 0

    def uuid4(self) -> str:
        self.count += 1
        return f"00000000-0000-4000-8000-{self.count:012x}"

    def uuid7(self) -> str:
        return self.uuid4()

    def token(self, size: int) -> bytes:
        return bytes(size)


class Host:
    """Definitions by name; activities of the lab's adapter go to the queue `lab`."""

    def __init__(self) -> None:
        self.ids = CountedIds()
        self.programs: dict[str, Any] = {}
        self.closed: list[tuple[str, str]] = []
        self.published: list[dict[str, Any]] = []
        for one in DOCUMENTS:
            compiled = compile_document(one, dialect="cwm")
            assert compiled.program is not None, compiled.problems
            self.programs[one["name"]] = compiled.program

    def plan(self, name: str, data: Any) -> StartPlan:
        job = Job(
            id=self.ids.uuid4(), run=self.ids.uuid7(), name=name, workflow_name=name, workflow_version="1.0",
            workflow_id=name, revision=name, status="pending", started_at=0, dialect="cwm", tags=("t",),
        )  # fmt: skip
        started = RunStarted(
            seq=0, at=0, job=job.id, run=job.run, seed=bytes(32), identity=Identity(name, "1.0"), input=data,
            trigger=Trigger("request", "me"), job_name=name, defaults=DEFAULTS,
        )  # fmt: skip
        return StartPlan(job, self.programs[name], started)

    def program(self, tx: Any, revision: str) -> Any:
        return self.programs[revision]

    def plan_child(self, tx: Any, parent: Job, command: Any, at_ms: int) -> Any:
        if command.identity.name not in self.programs:
            return fault("configuration", "no such workflow", code="WORKFLOW_NOT_FOUND", retryable=False)
        return self.plan(command.identity.name, command.input)

    def plan_continue(self, tx: Any, job: Job, command: Any, at_ms: int) -> Any:
        return self.plan(command.identity.name, command.input)

    def resolve_activity(self, tx: Any, job: Job, command: Any) -> Any:
        if command.target.startswith("system."):
            return ResolvedActivity("default", command.target, "system.function.v1.0.0")
        return ResolvedActivity("lab", command.target, ADAPTER)

    def open_task(self, job: Job, task: Any) -> Any:
        return HandOut(
            job=job.id, run=job.run, ref=task.ref, attempt=task.attempt, attempt_id=task.attempt_id,
            activity=task.resolved.activity, input=task.command.arguments["input"],
        )  # fmt: skip

    def check_emit(self, tx: Any, job: Job, command: Any) -> Any:
        if command.event["type"] == "refused":
            return fault("configuration", "no such event type", code="EVENT_TYPE_NOT_FOUND", retryable=False)
        return None

    async def publish(self, job: Job, emitted: Any) -> None:
        self.published.append(emitted.event)

    def job_closed(self, tx: Any, job: Job) -> None:
        self.closed.append((job.name, job.status))

    def system(self, activity: str, given: Any) -> Any:
        return {}

    def history_length(self, entry: Any) -> int:
        return 3


class Plain:
    """A cipher that hides nothing but checks that what is opened is what was sealed."""

    def seal(self, data: bytes, context: str) -> bytes:
        return context.encode() + b"\0" + data

    def open(self, sealed: bytes, context: str) -> bytes:
        head, body = sealed.split(b"\0", 1)
        if head != context.encode():
            raise ValueError("another context")
        return body


class Embedded:
    """The embedded engine on a file: reopening it is a restart of the server."""

    def __init__(self, place: Path, host: Any, clock: Any) -> None:
        self._make = lambda: SqliteStore(place / "contract.db", clock, cipher=Plain())
        self._host = host
        self._clock = clock

    async def open(self) -> None:
        self.store = self._make()
        await self.store.open()
        self.engine = EmbeddedEngine(self.store, self._host, self._clock, self._host.ids)
        await self.engine.open()

    async def close(self) -> None:
        await self.engine.close()
        await self.store.close()


ENGINES: dict[str, Callable[[Path, Any, Any], Any]] = {"embedded": Embedded}


class Rig:
    """An engine under test, by its port only."""

    def __init__(self, backend: Any, host: Host, clock: HandClock) -> None:
        self.backend = backend
        self.host = host
        self.clock = clock

    @property
    def engine(self) -> Any:
        return self.backend.engine

    async def reopen(self) -> None:
        await self.backend.close()
        await self.backend.open()

    async def write(self, work: Any) -> Any:
        return await self.backend.store.write(work)

    async def start(self, name: str, data: Any = None) -> Job:
        self.engine.capacity()
        plan = self.host.plan(name, {} if data is None else data)
        job = await self.write(lambda tx: self.engine.start(tx, plan))
        await self.engine.idle()
        return job

    async def control(self, run: str, kind: str, reason: str = "") -> None:
        await self.write(lambda tx: self.engine.control(tx, run, kind, reason, "me"))
        await self.engine.idle()

    async def deliver(self, event: dict[str, Any], **keys: Any) -> int:
        whole = {"specversion": "1.0", "id": self.host.ids.uuid4(), "source": "lab", "type": "link.up", **event}
        count = await self.write(lambda tx: self.engine.deliver(tx, "default", whole, keys))
        await self.engine.idle()
        return count

    def poll(self, limit: int = 10) -> list[Any]:
        return self.engine.poll("lab", limit, [ADAPTER])

    async def complete(self, *results: Any) -> None:
        await self.engine.complete(list(results))
        await self.engine.idle()

    async def advance(self, seconds: float) -> None:
        self.clock.now += int(seconds * 1_000)
        self.engine.tick()
        await self.engine.idle()

    async def job(self, run: str) -> Job:
        found = await self.backend.store.read(lambda tx: tx.jobs.by_run(run))
        assert found is not None
        return found


@pytest.fixture(params=sorted(ENGINES))
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Callable[[Any], Awaitable[None]]], None]:
    """`rig(test)` runs `await test(rig)` with an open engine in a loop of its own."""

    def run(test: Callable[[Any], Awaitable[None]]) -> None:
        async def whole() -> None:
            host, clock = Host(), HandClock()
            backend = ENGINES[request.param](tmp_path, host, clock)
            await backend.open()
            try:
                await test(Rig(backend, host, clock))
            finally:
                await backend.close()

        asyncio.run(whole())

    return run
