"""A server to be killed: an engine on a file with work to do, which reports on standard output what it was told.

    python server.py FILE     then a line `go SEED` (die at the place that the seed says), or `go 0` (finish all work)

The process imports everything once and forks a child per `go`; `dead` is printed when the child has ended. Lines:
`started RUN NAME`, `running ATTEMPT`, `answered ATTEMPT VALUE`, `delivered NAME ID`: each only after the engine said
that it is stored (`running`: before the work of an attempt is done). `filled RUN ID` is a person's answer, `paused RUN`
and `resumed RUN` a command, `kept KEY RUN` the answer to a start with an idempotency key. A schedule
fires all the while.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from typing import Any

import structlog

from weft.domain.access import Principal
from weft.domain.errors import InUse
from weft.domain.jobs import Job
from weft.domain.manual_tasks import ManualTask
from weft.domain.schedules import Schedule
from weft.dsl.compile import compile_document
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import Identity, RunStarted, Trigger
from weft.engines.embedded.engine import EmbeddedEngine
from weft.engines.embedded.limits import Limits
from weft.engines.embedded.scheduler import Scheduler
from weft.ports.engine import ResolvedActivity, StartPlan
from weft.ports.tasks import HandOut, Result
from weft.services.idempotency import Idempotency, Keep, Kept
from weft.services.job_control import JobControl
from weft.services.schedule_firing import ScheduleFiring
from weft.store.idempotency import SqlKeptAnswers
from weft.store.schedules import Times
from weft.store.sqlite import SqliteStore

NOOP = "system.function.v1.0.0.common.NoOp"
ADAPTER = "lab.device.v1.0.0"
JOBS = 12  # two of each definition
"""Jobs started per life of the server."""
BACKLOG = 40
"""With so many open jobs no more are started, so that a life that is cut short finds its way to all kinds of work."""
KEYS = 4
"""Keys of idempotent starts that come up in a life; each comes up again in the next one."""
SCHEDULE = "every-second"
ME = Principal(name="me", permissions=frozenset({"run.control", "job.create"}))


def operation(name: str, function: str, **more: Any) -> dict[str, Any]:
    arguments = {"input": {"name": "${ .name }"}}
    action = {"name": function, "functionRef": {"refName": function, "arguments": arguments}}
    return {"name": name, "type": "operation", "actions": [action], **more}


def document(name: str, *states: dict[str, Any], **more: Any) -> dict[str, Any]:
    functions = [{"name": "noop", "operation": NOOP}, {"name": "get", "operation": f"{ADAPTER}.request.Get"}]
    return {
        "id": name, "name": name, "version": "1.0", "specVersion": "0.9", "functions": functions,
        "start": states[0]["name"], "states": list(states), **more,
    }  # fmt: skip


CORRELATION = [{"contextAttributeName": "device", "contextAttributeValue": "${ .name }"}]
EVENTS = [{"name": "up", "type": "link.up", "source": "", "correlation": CORRELATION}]
DOCUMENTS = [
    document("noops", operation("a", "noop", transition="b"), operation("b", "noop", end=True)),
    document("work", operation("a", "get", transition="b"), operation("b", "get", end=True)),
    document(
        "listen",
        operation("a", "get", transition="b"),
        {"name": "b", "type": "event", "onEvents": [{"eventRefs": ["up"]}], "transition": "c"},
        {"name": "c", "type": "sleep", "duration": "PT0.01S", "end": True},
        events=EVENTS,
    ),
    document(
        "parent",
        {
            "name": "a", "type": "operation", "end": True,
            "actions": [{"name": "sub", "subFlowRef": {"workflowId": "work", "version": "1.0"}}],
        },
    ),
    {
        "name": "diamond",
        "tasks": [{"id": name, "name": "http", "parameters": {"url": "http://a.example/"}} for name in "ABCDE"],
        "tasksHierarchy": [{"parent": edge[0], "child": edge[1]} for edge in ("AB", "AC", "BD", "CD", "DE")],
    },
    {
        "_name": "ask",
        "_taskDefs": [
            {"_name": "a", "_type": "HTTP", "_inputParams": {"uri": "http://a.example/", "method": "GET"}},
            {"_name": "q", "_type": "USER_INPUT"},
            {"_name": "w", "_type": "WAIT", "_inputParams": {"duration": "PT0.01S"}},
        ],
    },
]  # fmt: skip


def name_of(one: dict[str, Any]) -> str:
    return str(one.get("name") or one["_name"])


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


class QuickClock(SystemClock):
    """For schedules, which have seconds: it goes so much faster that a life of the server is some of them."""

    SPEED = 50

    def now_ms(self) -> int:
        return super().now_ms() * self.SPEED % 4_000_000_000_000

    def monotonic(self) -> float:
        return super().monotonic() * self.SPEED


class QuickScheduler(Scheduler):
    """Sleeps by the quick clock."""

    def wait_s(self) -> float:
        return super().wait_s() / QuickClock.SPEED


class RandomIds:
    def uuid4(self) -> str:
        return os.urandom(16).hex()

    uuid7 = uuid4

    def token(self, size: int) -> bytes:
        return os.urandom(size)


class Host:
    def __init__(self) -> None:
        self.ids = RandomIds()
        self.programs = {
            name_of(one): compile_document(one, dialect="cwm" if "states" in one else None).program for one in DOCUMENTS
        }

    def plan(self, name: str, data: Any) -> StartPlan:
        job = Job(
            id=self.ids.uuid4(), run=self.ids.uuid7(), name=name, workflow_name=name, workflow_version="1.0",
            workflow_id=name, revision=name, status="pending", started_at=0, dialect="cwm",
        )  # fmt: skip
        started = RunStarted(
            seq=0, at=0, job=job.id, run=job.run, seed=self.ids.token(32), identity=Identity(name, "1.0"), input=data,
            trigger=Trigger("request", "me"), job_name=name,
        )  # fmt: skip
        return StartPlan(job, self.programs[name], started)

    def program(self, tx: Any, revision: str) -> Any:
        return self.programs[revision]

    def plan_child(self, tx: Any, parent: Job, command: Any, at_ms: int) -> Any:
        return self.plan(command.identity.name, command.input)

    def plan_continue(self, tx: Any, job: Job, command: Any, at_ms: int) -> Any:
        return fault("configuration", "not here")

    def resolve_activity(self, tx: Any, job: Job, command: Any) -> Any:
        if command.target.startswith("system."):
            return ResolvedActivity("default", command.target, "system.function.v1.0.0")
        return ResolvedActivity("lab", command.target, ADAPTER)

    def open_task(self, job: Job, task: Any) -> Any:
        return HandOut(
            job=job.id, run=job.run, ref=task.ref, attempt=task.attempt, attempt_id=task.attempt_id,
            activity=task.resolved.activity, input=task.command.arguments["input"],
        )  # fmt: skip

    def check_emit(self, tx: Any, job: Job, command: Any) -> None:
        return None

    async def publish(self, job: Job, emitted: Any) -> None:
        pass

    def job_closed(self, tx: Any, job: Job) -> None:
        pass

    def system(self, activity: str, given: Any) -> Any:
        return {}

    def history_length(self, entry: Any) -> int:
        return 3


class Starts:
    """What schedules start: as the service of jobs does it, in the transaction that moves the schedule on."""

    def __init__(self, host: Host, engine: EmbeddedEngine) -> None:
        self.host, self.engine = host, engine

    def start_within(self, tx: Any, request: Any) -> Job:
        plan = self.host.plan("noops", {"name": request.id})
        plan.job.id = request.id
        plan.job.schedule, plan.job.scheduled_at = request.schedule, request.scheduled_at
        return self.engine.start(tx, plan)


class Inputs:
    """What the firing of schedules asks of their service."""

    def on_change(self, call: Any) -> Any:
        return lambda: None

    def input_of(self, tx: Any, record: Schedule) -> dict[str, Any]:
        return record.input


class Death:
    """Kills the process at a place that the seed decides: after a report, or between two steps of the database."""

    def __init__(self, seed: int) -> None:
        dice = random.Random(seed)
        self.reports = dice.randrange(1, 70) if seed and dice.random() < 0.4 else -1
        self.steps = dice.randrange(1, 300) if seed and self.reports < 0 else -1

    def report(self, line: str) -> None:
        os.write(1, line.encode() + b"\n")
        self.reports -= 1
        if self.reports == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def step(self) -> int:
        self.steps -= 1
        if self.steps == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return 0


class Server:
    def __init__(self, path: str, seed: int) -> None:
        self.death = Death(seed)
        self.finish = not seed
        self.host = Host()
        clock = SystemClock()
        self.store = SqliteStore(path, clock)
        limits = Limits(resident_runs=8, snapshot_inputs=2)  # so that passive runs and snapshots are met often
        self.engine = EmbeddedEngine(self.store, self.host, clock, self.host.ids, limits=limits)
        self.control = JobControl(self.store, self.engine)
        self.once = Idempotency(self.store, SqlKeptAnswers(), clock)
        self.clock = QuickClock()
        starts: Any = Starts(self.host, self.engine)
        inputs: Any = Inputs()
        firing = ScheduleFiring(self.store, self.clock, Times(), inputs, starts, lambda tx, *asked: ME)
        self.scheduler = QuickScheduler(firing, self.clock)
        self.seed = seed
        self.poked = asyncio.Event()

    async def run(self) -> None:
        await self.store.open()
        writing: Any = self.store
        writing._tx.sql.set_progress_handler(self.death.step, 150)
        await self.engine.open()
        self.engine.watch("lab", self.poked.set)
        self.engine.on_change(lambda jobs: self.poked.set())
        await self.look_after_schedule()
        worker = asyncio.ensure_future(self.work())
        if not self.finish:
            keys = [f"key-{self.seed + again}-{number}" for again in (0, 1) for number in range(KEYS)]
            starts = [self.start_once(key) for key in [*keys, *keys]]
            if self.engine.stats().open_runs < BACKLOG:
                starts += [self.start(number) for number in range(JOBS)]
            await asyncio.gather(*starts)
        await self.until_all_is_done()
        worker.cancel()
        await self.scheduler.close()
        await self.engine.close()
        await self.store.close()

    async def start(self, number: int) -> None:
        name = self.host.ids.uuid4()
        plan = self.host.plan(name_of(DOCUMENTS[number % len(DOCUMENTS)]), {"name": name})
        job = await self.store.write(lambda tx: self.engine.start(tx, plan))
        self.death.report(f"started {job.run} {name}")

    async def start_once(self, key: str) -> None:
        """A start that is asked for twice in this life and twice in the next one."""
        name = self.host.ids.uuid4()

        async def work(keep: Keep) -> Kept:
            plan = self.host.plan("work", {"name": name, "key": key})
            kept = Kept(201, plan.job.run.encode(), {})

            def change(tx: Any) -> None:
                self.engine.start(tx, plan)
                keep(tx, kept)

            await self.store.write(change)
            return kept

        try:
            kept, _ = await self.once.guarded(key, "f", work)
        except InUse:
            return  # the other one is at it
        self.death.report(f"kept {key} {kept.body.decode()}")

    async def look_after_schedule(self) -> None:
        """The schedule is made in the first life; in the last one it stops, so that everything can end."""
        now = self.clock.now_ms()

        def work(tx: Any) -> None:
            found = tx.of(Schedule).get(SCHEDULE)
            if found is None:
                found = Schedule(
                    id=SCHEDULE, workflow_id="noops", job_id="j", cron="* * * * * ?", created_by="me", next_at=now,
                    due_at=now, reckoned_at=now,
                )  # fmt: skip
            if self.finish:
                found.status, found.due_at = "paused", 0
            tx.of(Schedule).put(found)

        await self.store.write(work)
        await self.scheduler.open()

    async def work(self) -> None:
        while True:
            tasks = self.engine.poll("lab", 5, [ADAPTER])
            if not tasks:
                self.poked.clear()
                await self.poked.wait()
                continue
            results = []
            for task in tasks:
                self.death.report(f"running {task.attempt_id}")
                results.append(Result(task.attempt_id, {"value": self.host.ids.uuid4()}))
            await self.engine.complete(results)
            for result in results:
                self.death.report(f"answered {result.attempt_id} {result.output['value']}")

    async def until_all_is_done(self) -> None:
        while self.engine.stats().open_runs:
            for name, run in await self.store.read(self.listeners):
                event = {"id": self.host.ids.uuid4(), "type": "link.up", "source": "lab", "device": name, "data": {}}
                if await self.store.write(lambda tx, run=run, event=event: self.deliver(tx, run, event)):
                    self.death.report(f"delivered {name} {event['id']}")
            for number, task in enumerate(await self.store.read(lambda tx: tx.of(ManualTask).find())):
                if number % 2:
                    await self.command(task, "pause", "paused")
                given = self.host.ids.uuid4()
                if await self.store.write(lambda tx, task=task, given=given: self.fill_in(tx, task, given)):
                    self.death.report(f"filled {task.run} {given}")
            for job in await self.store.read(self.paused):
                await self.command(job, "resume", "resumed")
            await self.engine.wait_history(self.some_open_run(), 1_000_000, 0.02)

    async def command(self, of: Any, verb: Any, word: str) -> None:
        """Pause or resume the job of a task, or a job."""
        try:
            job = await self.control.command(ME, getattr(of, "job", None) or of.id, verb, scope=None)
        except InUse:
            return  # it has gone on meanwhile
        self.death.report(f"{word} {job.run}")

    @staticmethod
    def paused(tx: Any) -> list[Job]:
        jobs = [tx.jobs.by_key(key) for key in tx.jobs.open_keys()]
        return [job for job in jobs if job.status == "suspended"]

    def deliver(self, tx: Any, run: str, event: dict[str, Any]) -> bool:
        """Whether the event reached the run it was made for."""
        waited = not tx.jobs.by_run(run).closed
        return bool(self.engine.deliver(tx, "default", event, {})) and waited

    def fill_in(self, tx: Any, task: ManualTask, given: str) -> bool:
        """Whether the task was still open."""
        if tx.of(ManualTask).get(task.id) is None:
            return False
        self.engine.listed.answer(tx, task.run, task.ref, {"given": given}, "me")
        return True

    def some_open_run(self) -> str:
        keys = self.store.read_now(lambda tx: tx.jobs.open_keys())
        job = self.store.read_now(lambda tx: tx.jobs.by_key(keys[0])) if keys else None
        return job.run if job is not None else self.store.read_now(lambda tx: tx.jobs.by_key(1)).run

    @staticmethod
    def listeners(tx: Any) -> list[tuple[str, str]]:
        jobs = [tx.jobs.by_key(key) for key in tx.jobs.open_keys()]
        waiting = [job for job in jobs if job.workflow_name == "listen" and job.status == "waiting"]
        return [(job.input["name"], job.run) for job in waiting]


def main(path: str) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    for line in sys.stdin:
        seed = int(line.split()[1])
        child = os.fork()
        if not child:
            asyncio.run(Server(path, seed).run())
            os._exit(0)
        _, status = os.waitpid(child, 0)
        os.write(1, f"dead {os.WTERMSIG(status) if os.WIFSIGNALED(status) else -os.WEXITSTATUS(status)}\n".encode())


if __name__ == "__main__":
    main(sys.argv[1])
