"""A store in memory, a host that knows scripts, and a machine that carries them out step by step.

A script is a list of (verb, argument): `("run", activity)`, `("later", activity)` (tried again after a second),
`("sleep", ms)`, `("await", type)`, `("call", script)`,
`("spawn", script)` (detached), `("leave", script)` (detached, outlives its parent),
`("emit", type)`, `("again", n)` (yield n times), `("next", script)` (continue as), `("boom",)` (a defect outside).
"""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest

from weft.domain.errors import NotFound
from weft.domain.jobs import Job
from weft.dsl.machine import commands as c
from weft.dsl.machine import inputs as i
from weft.dsl.machine.faults import Fault, fault
from weft.engines.embedded.engine import EmbeddedEngine
from weft.engines.embedded.limits import Limits
from weft.ports.engine import ResolvedActivity, StartPlan
from weft.ports.tasks import HandOut
from weft.store.sqlite import SqliteStore


class Wait(msgspec.Struct):
    attempt: int = 1


class Mini(msgspec.Struct):
    seq: int = 0
    clock: int = 0
    phase: str = "pending"
    transitions: int = 0
    pc: int = 0
    refs: int = 0
    data: Any = None
    waits: dict[str, Wait] = {}
    held: list[Any] = []
    left: int = 0
    first: str = ""


class MiniMachine:
    """One thing at a time; suspends, cancels and terminates like the real one."""

    def encode(self, state: Mini) -> bytes:
        return msgspec.msgpack.encode(state)

    def decode(self, body: bytes) -> Mini:
        return msgspec.msgpack.decode(body, type=Mini)

    def restorable(self, state: Mini) -> Any:
        return self.encode(state)

    def step(self, program: Any, state: Mini | None, inp: Any) -> tuple[Mini, list[Any]]:
        old = state or Mini()
        new = msgspec.structs.replace(old, waits=dict(old.waits), held=list(old.held), seq=inp.seq, clock=inp.at)
        out: list[Any] = []
        self._apply(program, new, inp, out)
        return new, out

    def _apply(self, program: Any, s: Mini, inp: Any, out: list[Any]) -> None:
        if isinstance(inp, i.RunRestored):
            base = self.decode(inp.state)
            s.pc, s.data, s.refs, s.phase = base.pc, base.data, base.refs, "running"
            if inp.patch is not msgspec.UNSET:
                s.data = inp.patch
            out.append(c.Record("run.restored", data={"reason": inp.reason}))
            self._go(program, s, out)
        elif s.phase in ("completed", "faulted", "cancelled", "terminated"):
            out.append(c.Record("ignored"))
        elif isinstance(inp, i.RunStarted):
            s.data, s.phase = inp.input, "running"
            out.append(c.Record("run.started"))
            self._go(program, s, out)
        elif isinstance(inp, i.TerminateRequested):
            s.phase, s.waits = "terminated", {}
            out.append(c.TerminateRun(inp.reason, inp.by))
        elif isinstance(inp, i.CancelRequested):
            self._cancel(s, inp, out)
        elif isinstance(inp, i.SuspendRequested):
            s.phase = "suspended"
        elif isinstance(inp, i.ResumeRequested):
            s.phase = "running"
            held, s.held = s.held, []
            for late in held:
                self._answer(program, s, late, out)
        elif s.phase == "suspended":
            s.held.append(msgspec.to_builtins(inp, builtin_types=(bytes,)))
        else:
            self._answer(program, s, inp, out)

    def _cancel(self, s: Mini, inp: Any, out: list[Any]) -> None:
        for ref in list(s.waits):
            if ref[0] == "c":
                out.append(c.CancelChild(ref, inp.reason))
            elif ref[0] == "t":
                del s.waits[ref]
                out.append(c.CancelTimer(ref))
            elif ref[0] == "e":
                del s.waits[ref]
                out.append(c.CloseSubscription(ref))
        s.left = -1
        if not s.waits:
            s.phase = "cancelled"
            out.append(c.CancelRun(inp.reason))

    def _answer(self, program: Any, s: Mini, inp: Any, out: list[Any]) -> None:
        if isinstance(inp, dict):
            inp = msgspec.convert(inp, i.AnyInput)
        if isinstance(inp, i.Continue):
            self._go(program, s, out)
            return
        if isinstance(inp, i.ChildStarted | i.ActivityStarted):
            return
        ref = getattr(inp, "ref", "")
        wait = s.waits.pop(ref, None)
        if wait is None:
            out.append(c.Record("ignored"))
            return
        if s.left == -1:
            if not s.waits:
                s.phase = "cancelled"
                out.append(c.CancelRun())
            return
        if isinstance(inp, i.ActivityFailed) and program[s.pc][0] == "later":
            s.refs += 1
            s.waits[f"t{s.refs}"] = Wait(wait.attempt + 1)
            s.first = s.first or ref
            out.append(c.StartTimer(f"t{s.refs}", s.clock + 1_000, "retry"))
            return
        if isinstance(inp, i.TimerFired) and program[s.pc][0] == "later":
            s.refs += 1
            s.waits[f"a{s.refs}"] = Wait(wait.attempt)
            again = self._activity(f"a{s.refs}", program[s.pc][1], s, wait.attempt)
            out.append(msgspec.structs.replace(again, first=s.first))
            return
        if isinstance(inp, i.ActivityFailed | i.ChildFailed):
            problem = inp.fault
            if isinstance(inp, i.ActivityFailed) and problem.retryable and wait.attempt < 3:
                s.waits[ref] = Wait(wait.attempt + 1)
                out.append(self._activity(ref, program[s.pc][1], s, wait.attempt + 1))
                return
            s.phase = "faulted"
            out.append(c.FaultRun(problem))
            return
        if isinstance(inp, i.ActivityCompleted):
            s.data = inp.result if inp.result is not None else s.data
        if isinstance(inp, i.EventReceived):
            s.data = inp.event.get("data")
            out.append(c.CloseSubscription(ref))
        if isinstance(inp, i.ChildCompleted):
            s.data = inp.output
        s.pc += 1
        self._go(program, s, out)

    def _activity(self, ref: str, target: str, s: Mini, attempt: int) -> c.ScheduleActivity:
        kind = "system" if target.startswith("system.") else "adapter"
        return c.ScheduleActivity(ref, attempt, kind, target, arguments={"input": s.data}, start_to_close_ms=60_000)

    def _go(self, program: Any, s: Mini, out: list[Any]) -> None:
        while s.pc < len(program):
            verb, argument = program[s.pc]
            s.transitions += 1
            s.refs += 1
            if verb in ("run", "later"):
                s.waits[f"a{s.refs}"] = Wait()
                out.append(self._activity(f"a{s.refs}", argument, s, 1))
                out.append(c.Record("activity.scheduled", data={"ref": f"a{s.refs}"}))
                return
            if verb == "sleep":
                s.waits[f"t{s.refs}"] = Wait()
                out.append(c.StartTimer(f"t{s.refs}", s.clock + argument, "work"))
                return
            if verb == "await":
                s.waits[f"e{s.refs}"] = Wait()
                out.append(c.OpenSubscription(f"e{s.refs}", (c.Filter(type=argument),)))
                return
            if verb in ("call", "spawn", "leave"):
                policy = "abandon" if verb == "leave" else "terminate"
                out.append(c.StartChild(f"c{s.refs}", i.Identity(argument), s.data, verb != "call", policy))
                if verb == "call":
                    s.waits[f"c{s.refs}"] = Wait()
                    return
            if verb == "again":
                s.left = s.left - 1 if s.left else argument
                if s.left:
                    out.append(c.Yield())
                    return
            if verb == "emit":
                out.append(c.EmitEvent(f"o{s.refs}", {"id": "1", "type": argument, "source": "x"}))
            if verb == "next":
                s.phase = "completed"
                out.append(c.ContinueAs(i.Identity(argument), s.data))
                return
            if verb == "big":
                s.data = {"text": "x" * argument}
            s.pc += 1
        s.phase = "completed"
        out.append(c.CompleteRun(s.data))


class Clock:
    """Set by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000
        self.ticks = 0.0

    def now_ms(self) -> int:
        return self.now

    def monotonic(self) -> float:
        self.ticks += 1e-6
        return self.ticks


class Ids:
    def __init__(self) -> None:
        self.count = 0

    def uuid4(self) -> str:
        self.count += 1
        return f"{self.count:032x}"

    uuid7 = uuid4

    def token(self, size: int) -> bytes:
        return b"\x07" * size


class Host:
    """Programs by name; what was asked of it is kept."""

    def __init__(self) -> None:
        self.scripts: dict[str, list[Any]] = {}
        self.ids = Ids()
        self.published: list[str] = []
        self.refuse_publishing = 0
        self.closed: list[tuple[str, str]] = []
        self.missing: set[str] = set()
        self.idempotent = False
        self.resolved = 0

    def program(self, tx: Any, revision: str) -> Any:
        if revision in self.missing:
            raise NotFound(f"no program {revision}")
        return self.scripts[revision]

    def plan(self, script: str, data: Any = None, **more: Any) -> StartPlan:
        number = self.ids.uuid4()
        job = Job(
            id=f"job-{number}", run=f"run-{number}", name=script, workflow_name=script, workflow_version="1",
            workflow_id=script, revision=script, status="pending", started_at=0, **more,
        )  # fmt: skip
        started = i.RunStarted(
            seq=0, at=0, job=job.id, run=job.run, seed=b"s" * 32, identity=i.Identity(script), input=data,
            trigger=i.Trigger("request"),
        )  # fmt: skip
        return StartPlan(job, self.scripts[script], started)

    def plan_child(self, tx: Any, parent: Job, command: c.StartChild, at_ms: int) -> StartPlan | Fault:
        if command.identity.name not in self.scripts:
            return fault("configuration", "unknown", code="WORKFLOW_NOT_FOUND")
        return self.plan(command.identity.name, command.input)

    def plan_continue(self, tx: Any, job: Job, command: c.ContinueAs, at_ms: int) -> StartPlan | Fault:
        return self.plan(command.identity.name, command.input)

    def resolve_activity(self, tx: Any, job: Job, command: c.ScheduleActivity) -> ResolvedActivity | Fault:
        self.resolved += 1
        if command.target == "unknown":
            return fault("configuration", "no such activity", code="ACTIVITY_NOT_FOUND")
        if command.kind == "system":
            return ResolvedActivity("default", command.target, "system.function.v1.0.0")
        return ResolvedActivity("lab", command.target, "acme.v1", idempotent=self.idempotent)

    def open_task(self, job: Job, task: Any) -> HandOut | Fault:
        return HandOut(
            job=job.id, run=job.run, ref=task.ref, attempt=task.attempt, attempt_id=task.attempt_id,
            activity=task.resolved.activity, input=task.command.arguments["input"],
        )  # fmt: skip

    def check_emit(self, tx: Any, job: Job, command: c.EmitEvent) -> Any:
        return None

    async def publish(self, job: Job, emitted: c.EmitEvent) -> None:
        if self.refuse_publishing:
            self.refuse_publishing -= 1
            raise ConnectionError("no broker")
        self.published.append(emitted.event["type"])

    def job_closed(self, tx: Any, job: Job) -> None:
        self.closed.append((job.name, job.status))

    def system(self, activity: str, given: Any) -> Any:
        if activity.endswith("Fail"):
            return fault("runtime", "asked for", code="FATAL", retryable=False)
        return {"n": (given or {}).get("n", 0) + 1} if isinstance(given, dict) else given

    def history_length(self, entry: Any) -> int:
        return 3 + len(entry.records)


class Kit:
    """An engine on a store in memory, and short words for what tests do with it."""

    def __init__(self, path: str = ":memory:", limits: Limits | None = None) -> None:
        self.clock = Clock()
        self.host = Host()
        self.path = path
        self.limits = limits
        self.store = SqliteStore(path, self.clock, cipher=Xor())
        self.engine = self._engine()

    def _engine(self) -> EmbeddedEngine:
        machine: Any = MiniMachine()
        return EmbeddedEngine(self.store, self.host, self.clock, self.host.ids, limits=self.limits, machine=machine)

    async def open(self) -> Kit:
        await self.store.open()
        await self.engine.open()
        return self

    async def close(self) -> None:
        await self.engine.close()
        await self.store.close()

    async def restart_engine(self) -> None:
        """A new engine on the same store: whatever was only in memory is gone."""
        await self.engine.close()
        self.engine = self._engine()
        await self.engine.open()

    async def start(self, script: str, data: Any = None, **more: Any) -> Job:
        plan = self.host.plan(script, data, **more)
        return await self.store.write(lambda tx: self.engine.start(tx, plan))

    async def idle(self) -> None:
        await self.engine.idle()

    def job(self, run: str) -> Job:
        job = self.store.read_now(lambda tx: tx.jobs.by_run(run))
        assert job is not None
        return job

    async def control(self, run: str, kind: Any, reason: str = "") -> None:
        await self.store.write(lambda tx: self.engine.control(tx, run, kind, reason, "me"))

    async def deliver(self, type_: str, data: Any = None, **attributes: Any) -> int:
        event = {"id": "e", "type": type_, "source": "s", "data": data, **attributes}
        return await self.store.write(lambda tx: self.engine.deliver(tx, "default", event, {}))

    async def advance(self, ms: int) -> None:
        self.clock.now += ms
        self.engine.tick()
        await self.engine.idle()


class Xor:
    """Tells apart what is sealed from what is not; checks the context."""

    def seal(self, data: bytes, context: str) -> bytes:
        return context.encode() + b"\0" + bytes(byte ^ 0x5A for byte in data)

    def open(self, sealed: bytes, context: str) -> bytes:
        head, body = sealed.split(b"\0", 1)
        if head != context.encode():
            raise ValueError("another context")
        return bytes(byte ^ 0x5A for byte in body)


@pytest.fixture
def kit() -> Any:
    """`run(test)` runs `await test(kit)` in a loop of its own with an open engine."""

    def run(test: Any, **options: Any) -> Any:
        async def whole() -> Any:
            kit = await Kit(**options).open()
            try:
                return await test(kit)
            finally:
                await kit.close()

        return asyncio.run(whole())

    return run
