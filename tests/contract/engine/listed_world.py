"""An engine with task lists and graphs, and the services that show and command their jobs, for several folders."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from weft.domain.access import Principal
from weft.domain.jobs import Job
from weft.dsl.compile import compile_document
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import Identity, RunStarted, Trigger
from weft.engines.embedded.engine import EmbeddedEngine
from weft.ports.engine import ResolvedActivity, StartPlan
from weft.ports.tasks import Fault, HandOut, Result
from weft.services.job_control import JobControl
from weft.services.job_tasks import JobTasks, TaskRecord
from weft.services.manual_tasks import ManualTasks
from weft.services.programs import Programs
from weft.store.sqlite import SqliteStore

ME = Principal(
    name="user:me", roles=("clerks",), permissions=frozenset({"job.get", "run.control", "task.complete", "job.create"})
)


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

    uuid7 = uuid4

    def token(self, size: int) -> bytes:
        return bytes(size)


class Plain:
    """A cipher that hides nothing."""

    def seal(self, data: bytes, context: str) -> bytes:
        return data

    def open(self, sealed: bytes, context: str) -> bytes:
        return sealed


class Host:
    """Definitions by name; every activity goes to the queue `lab`."""

    def __init__(self) -> None:
        self.ids = CountedIds()
        self.programs = Programs()
        self.closed: list[tuple[str, str]] = []
        self.published: list[str] = []

    def add(self, document: dict[str, Any]) -> None:
        name = document.get("_name") or document["name"]
        compiled = compile_document(document)
        assert compiled.program is not None, [problem.text() for problem in compiled.problems]
        self.programs.put(name, compiled.program)

    def plan(self, name: str, data: Any, *, by: str = "user:me", tenant: str = "default") -> StartPlan:
        program = self.programs.get(None, name)  # pyright: ignore[reportArgumentType]
        job = Job(
            id=self.ids.uuid4(), run=self.ids.uuid7(), name=name, workflow_name=name, workflow_version="1.0.0",
            workflow_id=name, revision=name, status="pending", started_at=0, dialect=program.dialect, tenant=tenant,
            input=data, started_by=by,
        )  # fmt: skip
        started = RunStarted(
            seq=0, at=0, job=job.id, run=job.run, seed=bytes(32), identity=Identity(name, "1.0.0"), input=data,
            trigger=Trigger("request", by), job_name=name,
        )  # fmt: skip
        return StartPlan(job, program, started)

    def program(self, tx: Any, revision: str) -> Any:
        return self.programs.get(tx, revision)

    def plan_child(self, tx: Any, parent: Job, command: Any, at_ms: int) -> Any:
        name = command.identity.name
        if name == "nobody":
            return fault("configuration", "no such definition", code="WORKFLOW_NOT_FOUND", retryable=False)
        return self.plan(name, command.input, by=parent.started_by)

    def plan_continue(self, tx: Any, job: Job, command: Any, at_ms: int) -> Any:
        raise AssertionError("lists do not continue")

    def resolve_activity(self, tx: Any, job: Job, command: Any) -> Any:
        return ResolvedActivity("lab", command.target, "lab")

    def open_task(self, job: Job, task: Any) -> Any:
        return HandOut(
            job=job.id, run=job.run, ref=task.ref, attempt=task.attempt, attempt_id=task.attempt_id,
            activity=task.command.name, input=task.command.arguments["input"],
        )  # fmt: skip

    def check_emit(self, tx: Any, job: Job, command: Any) -> Any:
        return None

    async def publish(self, job: Job, emitted: Any) -> None:
        self.published.append(emitted.event["type"])

    def job_closed(self, tx: Any, job: Job) -> None:
        self.closed.append((job.name, job.status))

    def system(self, activity: str, given: Any) -> Any:
        return {}

    def history_length(self, entry: Any) -> int:
        return 3


class ListedWorld:
    """Short words for what tests do with it. `reopen` is a restart of the server, where the store is a file."""

    def __init__(self, path: str | Path = ":memory:") -> None:
        self.clock = HandClock()
        self.host = Host()
        self.path = path
        self._make()

    def _make(self) -> None:
        self.store = SqliteStore(self.path, self.clock, cipher=Plain())
        self.engine = EmbeddedEngine(self.store, self.host, self.clock, self.host.ids)
        self.tasks = JobTasks(self.store, self.engine, self.host.programs)
        self.control = JobControl(self.store, self.engine)
        self.manual = ManualTasks(self.store, self.engine, self.tasks)

    async def open(self) -> ListedWorld:
        await self.store.open()
        await self.engine.open()
        return self

    async def close(self) -> None:
        await self.engine.close()
        await self.store.close()

    async def reopen(self) -> None:
        await self.close()
        self._make()
        await self.open()

    def list(self, *tasks: dict[str, Any], name: str = "l", **more: Any) -> None:
        self.host.add({"_name": name, "_taskDefs": list(tasks), **more})

    def graph(self, tasks: list[dict[str, Any]], *edges: tuple[str, str], name: str = "g") -> None:
        pairs = [{"parent": parent, "child": child} for parent, child in edges]
        self.host.add({"name": name, "tasks": tasks, "tasksHierarchy": pairs})

    async def start(self, name: str = "l", data: Any = None) -> Job:
        self.engine.capacity()
        plan = self.host.plan(name, {} if data is None else data)
        job = await self.store.write(lambda tx: self.engine.start(tx, plan))
        await self.engine.idle()
        return job

    def poll(self, limit: int = 50) -> dict[str, Any]:
        """What a worker is given, by the name of the task."""
        return {found.activity: found for found in self.engine.poll("lab", limit, ["lab"])}

    async def done(self, found: Any, output: Any = None) -> None:
        await self.engine.complete([Result(attempt_id=found.attempt_id, output={} if output is None else output)])
        await self.engine.idle()

    async def failed(self, found: Any, *, retryable: bool = False, message: str = "broken") -> None:
        problem = Fault(code="BROKEN", message=message, retryable=retryable)
        await self.engine.complete([Result(attempt_id=found.attempt_id, fault=problem)])
        await self.engine.idle()

    async def advance(self, seconds: float) -> None:
        self.clock.now += int(seconds * 1_000)
        self.engine.tick()
        await self.engine.idle()

    async def command(self, job: Job, verb: Any, **more: Any) -> Job:
        found = await self.control.command(ME, job.id, verb, scope=None, **more)
        await self.engine.idle()
        return found

    async def answer(self, job: Job, task: str, value: Any, **more: Any) -> None:
        ident = self.record(job, task).id
        await self.manual.complete(ME, job.id, ident, scope=None, answer=value, **more)
        await self.engine.idle()

    def row(self, job: Job) -> Job:
        found = self.store.read_now(lambda tx: tx.jobs.latest(job.id))
        assert found is not None
        return found

    async def seen(self, job: Job) -> Job:
        return await self.control.get(ME, job.id, scope=None)

    def records(self, job: Job, *, iterations: bool = True) -> list[TaskRecord]:
        return self.tasks.records(self.row(job), iterations=iterations)

    def record(self, job: Job, name: str) -> TaskRecord:
        return next(record for record in self.records(job) if record.name == name)

    def states(self, job: Job) -> dict[str, str]:
        """Name to status, in order."""
        return {record.name: record.status for record in self.records(job)}


def http(name: str, **more: Any) -> dict[str, Any]:
    """A task of a list whose attempts go to the queue `lab`."""
    given = {"uri": "http://a.example/", "method": "GET"}
    return {"_name": name, "_type": "HTTP", "_retryCount": 0, "_inputParams": given, **more}


def call(name: str, **options: Any) -> dict[str, Any]:
    """A task of a graph whose attempts go to the queue `lab`."""
    return {"id": name, "name": "http", "parameters": {"url": "http://a.example/", "$options": options}}
