"""The runtime as a conversation: frames in, frames out, in one process."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from weft_adapter import ActivityContext, ActivityError, activity
from weft_adapter.activities import Activity
from weft_adapter.channel import Channel
from weft_adapter.messages import (
    Ack,
    Cancel,
    Credit,
    Drain,
    Fault,
    Heartbeat,
    Hello,
    Log,
    ProtocolError,
    Result,
    Results,
    Setup,
    Task,
    Tasks,
    decode_from_worker,
    frame,
)
from weft_adapter.worker.runtime import Runtime

ADAPTER = "a.b.v1.0.0"
RELEASE = threading.Event()


@activity
async def echo(input: dict) -> dict:
    return input


@activity
def threaded(input: dict, ctx: ActivityContext) -> dict:
    ctx.log.info("token %s", ctx.secret.get("token"))
    return {"thread": threading.current_thread() is not threading.main_thread()}


@activity
async def stuck(ctx: ActivityContext) -> dict:
    await asyncio.Event().wait()
    return {}


@activity
async def stubborn(ctx: ActivityContext) -> dict:
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return {"cancelled": ctx.cancelled}
    return {}


@activity
def held(ctx: ActivityContext) -> dict:
    RELEASE.wait(20)
    return {"cancelled": ctx.cancelled}


@activity
async def broken(input: dict) -> dict:
    raise ActivityError("POOL", "none", retryable=False)


ACTIVITIES = {
    item.info.id: item for item in (Activity(f, ADAPTER, "f") for f in (echo, threaded, stuck, stubborn, held, broken))
}


class Server:
    """The server's end of the conversation."""

    def __init__(self, channel: Channel, frames: asyncio.Queue[Any], idle: asyncio.Event) -> None:
        self.send = lambda message: channel.send(frame(message))
        self.frames = frames
        self.idle = idle
        self.results: dict[str, Result] = {}
        self.credit = 0
        self.lines: list[Log] = []

    async def next(self, kind: type) -> Any:
        """The next frame of a kind; results and credit met on the way are noted."""
        while True:
            message = await asyncio.wait_for(self.frames.get(), 20)
            if isinstance(message, Results):
                self.results.update({item.attempt_id: item for item in message.items})
            elif isinstance(message, Credit):
                self.credit += message.count
            elif isinstance(message, Log):
                self.lines.append(message)
            if isinstance(message, kind):
                return message

    async def result(self, attempt_id: str) -> Result:
        while attempt_id not in self.results:
            await self.next(Results)
        return self.results[attempt_id]

    def task(self, attempt_id: str, name: str, **fields: Any) -> None:
        self.send(Tasks([Task("j", "r", "f", 1, attempt_id, f"{ADAPTER}.f.{name}", **fields)]))


def play(scene: Callable[[Server], Coroutine[Any, Any, None]], **setup: Any) -> None:
    async def run() -> None:
        left, right = socket.socketpair()
        frames: asyncio.Queue[Any] = asyncio.Queue()
        idle = asyncio.Event()
        near = await Channel.open(left, lambda body: frames.put_nowait(decode_from_worker(body)), lambda cause: None)
        runtime: list[Runtime] = []
        far = await Channel.open(right, lambda body: runtime[0].on_frame(body), lambda cause: None)
        options = {"heartbeat_ms": 60_000, "repeat_ms": 60_000, **setup}
        runtime.append(Runtime(far, Setup(ADAPTER, "m", **options), ACTIVITIES, idle.set))
        runtime[0].start()
        server = Server(near, frames, idle)
        try:
            await scene(server)
        finally:
            RELEASE.set()
            near.close()
            far.close()

    RELEASE.clear()
    asyncio.run(run())


def test_credit_results_acknowledgement() -> None:
    async def scene(server: Server) -> None:
        assert (await server.next(Credit)).count == 4
        server.send(Tasks([Task("j", "r", "f", 1, str(n), f"{ADAPTER}.f.Echo", {"n": n}) for n in range(4)]))
        assert [(await server.result(str(n))).output for n in range(4)] == [{"n": n} for n in range(4)]
        while server.credit < 8:
            await server.next(Credit)
        server.send(Ack(["0", "1", "2", "3"]))

    play(scene, concurrency=4)


def test_plain_functions_run_in_threads_and_log_without_secrets() -> None:
    async def scene(server: Server) -> None:
        server.task("a", "Threaded", input={}, secret={"token": "hunter2"})
        line = await server.next(Log)
        assert (line.level, line.message, line.attempt_id) == ("info", "token ***", "a")
        assert (await server.result("a")).output == {"thread": True}

    play(scene)


@pytest.mark.parametrize(
    ("name", "fields", "code", "retryable"),
    [
        ("Nothing", {}, "ADAPTER_NOT_FOUND", False),
        ("Echo", {"input": [1]}, "INPUT_INVALID", False),
        ("Broken", {}, "POOL", False),
        ("Stuck", {"deadline_ms": 1}, "TIMEOUT", True),
        ("Stubborn", {"deadline_ms": 1}, "TIMEOUT", True),
    ],
)
def test_failures(name: str, fields: dict[str, Any], code: str, retryable: bool) -> None:
    async def scene(server: Server) -> None:
        server.task("a", name, **fields)
        fault = (await server.result("a")).fault
        assert fault is not None
        assert (fault.code, fault.retryable) == (code, retryable)

    play(scene)


def test_activities_that_are_not_allowed_are_not_offered() -> None:
    async def scene(server: Server) -> None:
        server.task("a", "Echo", input={})
        fault = (await server.result("a")).fault
        assert fault is not None
        assert fault.code == "ADAPTER_NOT_FOUND"

    play(scene, allowed=[f"{ADAPTER}.f.Broken"])


def test_cancel_interrupts_async_functions() -> None:
    async def scene(server: Server) -> None:
        server.task("a", "Stuck")
        server.task("b", "Stubborn")
        server.task("c", "Echo", input={})
        await server.result("c")
        server.send(Cancel(["a", "b", "unknown"]))
        assert (await server.result("a")).fault == Fault("CANCELED", "the attempt was cancelled", False)
        assert (await server.result("b")).output == {"cancelled": True}

    play(scene)


def test_a_plain_function_past_its_deadline_is_answered_and_keeps_its_place() -> None:
    async def scene(server: Server) -> None:
        await server.next(Credit)
        server.task("a", "Held", deadline_ms=time.time_ns() // 1_000_000 + 30)
        fault = (await server.result("a")).fault
        assert fault is not None
        assert fault.code == "TIMEOUT"
        assert server.credit == 4
        RELEASE.set()
        await server.next(Credit)
        assert server.credit == 5

    play(scene, concurrency=4)


def test_a_plain_function_that_was_given_up_before_it_began_does_not_run() -> None:
    async def scene(server: Server) -> None:
        server.task("first", "Held")
        server.task("late", "Threaded", input={}, deadline_ms=time.time_ns() // 1_000_000 + 20)
        server.task("unwanted", "Threaded", input={})
        fault = (await server.result("late")).fault
        assert fault is not None
        assert fault.code == "TIMEOUT"
        server.send(Cancel(["unwanted"]))
        server.task("after", "Echo", input={})
        await server.result("after")
        RELEASE.set()
        assert (await server.result("first")).output == {"cancelled": False}
        fault = (await server.result("unwanted")).fault
        assert fault is not None
        assert fault.code == "CANCELED"
        assert not server.lines

    play(scene, threads=1)


def test_unacknowledged_results_are_repeated() -> None:
    async def scene(server: Server) -> None:
        server.task("a", "Echo", input={"x": 1})
        first = await server.next(Results)
        again = await server.next(Results)
        assert first == again
        server.send(Ack(["a"]))

    play(scene, repeat_ms=20)


def test_a_task_that_is_handed_out_twice_runs_once() -> None:
    async def scene(server: Server) -> None:
        await server.next(Credit)
        server.task("a", "Held")
        server.task("a", "Held")
        await server.next(Credit)
        RELEASE.set()
        assert (await server.next(Results)).items[0].attempt_id == "a"
        server.task("a", "Held")
        assert [item.attempt_id for item in (await server.next(Results)).items] == ["a"]

    play(scene)


def test_heartbeats_name_what_is_alive() -> None:
    async def scene(server: Server) -> None:
        server.task("quiet", "Stuck")
        server.task("limited", "Stuck", heartbeat_ms=1_000)
        beat = await server.next(Heartbeat)
        while beat.attempt_ids != ["quiet"]:
            beat = await server.next(Heartbeat)

    play(scene, heartbeat_ms=10)


def test_a_drain_ends_when_everything_is_acknowledged() -> None:
    async def scene(server: Server) -> None:
        server.task("a", "Held")
        server.task("b", "Echo", input={})
        await server.result("b")
        server.send(Drain())
        RELEASE.set()
        await server.result("a")
        assert not server.idle.is_set()
        server.send(Ack(["a", "b"]))
        await asyncio.wait_for(server.idle.wait(), 20)

    play(scene)


def test_only_frames_for_a_worker_are_understood() -> None:
    async def scene(server: Server) -> None:
        await server.next(Credit)

    play(scene)

    async def direct() -> None:
        runtime = Runtime(Channel(lambda body: None, lambda cause: None), Setup(ADAPTER, "m"), ACTIVITIES, lambda: None)
        with pytest.raises(ProtocolError):
            runtime.on_frame(frame(Hello(1, "x", 1))[4:])
        with pytest.raises(ProtocolError, match="unexpected"):
            runtime.on_frame(frame(Setup("x", "y"))[4:])

    asyncio.run(direct())
