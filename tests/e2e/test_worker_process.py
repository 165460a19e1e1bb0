"""Real worker processes with the built-in adapters and with ones that misbehave, over a task source in memory."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import importlib.util
import json
import os
import select
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from weft.ports.tasks import Task
from weft.ports.workers import HostedAdapter, Limits, WorkerSpec, WorkerState
from weft.workers import sdk_dir
from weft.workers.memory import MemoryTasks
from weft.workers.supervisor import Supervisor, SupervisorSettings
from weft_adapter.author import build, new
from weft_adapter.egress import EgressPolicy

ROOT = Path(__file__).resolve().parents[2]
REST, NSO = "generic.rest.v2.0.0", "cisco.nso.v1.0.3"


class Device(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def _answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        status = int(self.path.rpartition("/")[2]) if self.path.startswith("/status/") else 200
        answer = json.dumps(
            {"method": self.command, "path": self.path, "body": body, "type": self.headers.get("Content-Type"),
             "credential": self.headers.get("Authorization")}
        ).encode()  # fmt: skip
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = _answer

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def device() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Device)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def sdk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.getbasetemp().parent
    with (place / "sdk.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return sdk_dir.ensure(place / "weft-sdk")


@contextlib.asynccontextmanager
async def running(tmp_path: Path, sdk: Path, archives: list[Path], egress: EgressPolicy) -> AsyncIterator[Any]:
    """The adapters installed and served by one worker `w`; the task source and the supervisor."""
    tasks = MemoryTasks()
    settings = SupervisorSettings(heartbeat_ms=50, repeat_ms=100)
    workers = Supervisor(tasks, tmp_path / "adapters", sdk, egress=egress, settings=settings)
    try:
        hosted = []
        for archive in archives:
            manifest = (await workers.inspect(archive)).manifest
            await workers.install(archive, manifest.adapter_id)
            hosted.append(HostedAdapter(manifest.adapter_id))
        status = await workers.start(WorkerSpec("w", tuple(hosted), Limits(512 << 20)))
        assert status.state is WorkerState.RUNNING, status
        async with asyncio.timeout(60):
            yield tasks, workers
    finally:
        await workers.close()


def builtin(tmp_path: Path) -> list[Path]:
    spec = importlib.util.spec_from_file_location("build_builtin", ROOT / "tools/build_builtin.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.build_all(ROOT, tmp_path / "builtin")


def test_the_builtin_adapters_reach_a_device(tmp_path: Path, sdk: Path, device: int) -> None:
    resource = {"scheme": "http", "host": "127.0.0.1", "port": device, "basePath": "api"}
    secret = {"username": "admin", "password": "hunter2"}

    async def scene() -> None:
        policy = EgressPolicy(allow=(f"127.0.0.1:{device}",))
        async with running(tmp_path, sdk, builtin(tmp_path), policy) as (tasks, _):
            for name in ("Get", "Post", "Put", "Patch", "Delete", "Head"):
                given = {"path": "/x", "data": None if name in ("Get", "Head", "Delete") else {"n": 1}}
                tasks.add("w", [Task("j", "r", "f", 1, name, f"{REST}.request.{name}", given, {}, resource, secret)])
            for name in ("Post", "Put", "Patch"):
                answer = (await tasks.result(name)).output
                assert answer["data"] == {
                    "method": name.upper(),
                    "path": "/api/x",
                    "body": '{"n":1}',
                    "type": "application/json",
                    "credential": "Basic YWRtaW46aHVudGVyMg==",
                }
            assert (await tasks.result("Get")).output["data"]["body"] == ""
            assert (await tasks.result("Delete")).output["data"]["method"] == "DELETE"
            assert (await tasks.result("Head")).output == {"status": 200, "data": None}
            tasks.add(
                "w", [Task("j", "r", "f", 1, "nso", f"{NSO}.restconf.Get", {"path": "x"}, None, resource, secret)]
            )
            assert (await tasks.result("nso")).output["data"]["type"] == "application/yang-data+json"
            resource["basePath"] = ""
            tasks.add(
                "w",
                [Task("j", "r", "f", 1, "bad", f"{REST}.request.Get", {"path": "/status/503"}, None, resource, secret)],
            )
            fault = (await tasks.result("bad")).fault
            assert fault is not None
            assert (fault.code, fault.retryable) == ("HTTP_STATUS_503", True)
            assert "hunter2" not in fault.message
            assert "YWRtaW46aHVudGVyMg" not in fault.message

    asyncio.run(scene())


def test_without_permission_the_device_is_not_reached(tmp_path: Path, sdk: Path, device: int) -> None:
    resource = {"scheme": "http", "host": "127.0.0.1", "port": device}

    async def scene() -> None:
        async with running(tmp_path, sdk, builtin(tmp_path)[1:], EgressPolicy()) as (tasks, _):
            tasks.add("w", [Task("j", "r", "f", 1, "a", f"{REST}.request.Get", {}, None, resource)])
            fault = (await tasks.result("a")).fault
            assert fault is not None
            assert (fault.code, fault.retryable) == ("EGRESS_REFUSED", False)

    asyncio.run(scene())


ROGUE = '''
import os, subprocess, sys, threading, time
from weft_adapter import ActivityContext, activity

@activity
def secrets(ctx: ActivityContext) -> dict:
    """Say a secret in an error."""
    raise ValueError("the token is " + ctx.secret["token"])

@activity
async def blocks() -> dict:
    """Block the loop for good."""
    threading.Event().wait()
    return {}

@activity
def leaves_a_child() -> dict:
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    return {"child": child.pid}

@activity
def eats() -> dict:
    return {"size": len(bytearray(2 << 30))}

@activity
async def huge() -> dict:
    return {"text": "x" * (17 << 20)}

@activity
async def not_json() -> dict:
    return {"value": object()}

@activity
async def fine(input: dict) -> dict:
    return input
'''
ID = "acme.rogue.v0.1.0"


@pytest.fixture
def rogue(tmp_path: Path) -> Path:
    new(tmp_path / "rogue", "acme", "rogue")
    (tmp_path / "rogue/src/acme_rogue/things.py").write_text(ROGUE)
    return build(tmp_path / "rogue", tmp_path / "out")


def task(attempt_id: str, name: str, **fields: Any) -> Task:
    return Task("j", "r", "f", 1, attempt_id, f"{ID}.things.{name}", **fields)


def test_what_an_adapter_does_wrong_stays_its_own_failure(tmp_path: Path, sdk: Path, rogue: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path, sdk, [rogue], EgressPolicy()) as (tasks, _):
            tasks.add(
                "w", [task(name, name, secret={"token": "hunter2"}) for name in ("Secrets", "Eats", "Huge", "NotJson")]
            )
            codes = {}
            for name in ("Secrets", "Eats", "Huge", "NotJson"):
                fault = (await tasks.result(name)).fault
                assert fault is not None
                assert "hunter2" not in fault.message
                codes[name] = fault.code
            assert codes == {"Secrets": "PANIC", "Eats": "PANIC", "Huge": "RESULT_TOO_LARGE", "NotJson": "PANIC"}
            tasks.add("w", [task("fine", "Fine", input={"a": 1})])
            assert (await tasks.result("fine")).output == {"a": 1}

    asyncio.run(scene())


def test_a_blocked_loop_can_still_be_stopped_by_force(tmp_path: Path, sdk: Path, rogue: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path, sdk, [rogue], EgressPolicy()) as (tasks, workers):
            tasks.add("w", [task("a", "Blocks")])
            while workers.status("w").running == 0:
                await asyncio.sleep(0)
            assert (await workers.stop("w", force=True)).state is WorkerState.STOPPED
            assert tasks.losses == {"a": "WORKER_STOPPED"}

    asyncio.run(scene())


def ends(pid: int) -> bool:
    """Wait until the process has ended (20 s at most); False if it did not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(20_000))
    finally:
        os.close(descriptor)


def test_children_of_an_adapter_end_with_its_process(tmp_path: Path, sdk: Path, rogue: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path, sdk, [rogue], EgressPolicy()) as (tasks, workers):
            tasks.add("w", [task("a", "LeavesAChild")])
            child = (await tasks.result("a")).output["child"]
            os.kill(child, 0)
            await workers.stop("w")
            await workers.stopped("w")
            assert ends(child)

    asyncio.run(scene())


def test_unacknowledged_results_survive_a_slow_commit(tmp_path: Path, sdk: Path, rogue: Path) -> None:
    async def scene() -> None:
        async with running(tmp_path, sdk, [rogue], EgressPolicy()) as (tasks, workers):
            tasks.gate.clear()
            tasks.add("w", [task(str(number), "Fine", input={"n": number}) for number in range(300)])
            while workers.status("w").running < 128:
                await asyncio.sleep(0)
            await workers.stop("w")
            tasks.gate.set()
            assert (await workers.stopped("w")).state is WorkerState.STOPPED
            done = len(tasks.results)
            assert done >= 128
            assert done + tasks.waiting("w") == 300
            assert all(tasks.results[key].output == {"n": int(key)} for key in tasks.results)
            assert tasks.losses == {}

    asyncio.run(scene())


SERVER = """
import asyncio, sys
from pathlib import Path
from weft.ports.workers import HostedAdapter, WorkerSpec
from weft.workers.memory import MemoryTasks
from weft.workers.supervisor import Supervisor

async def serve(root, sdk, archive, adapter_id):
    workers = Supervisor(MemoryTasks(), Path(root), Path(sdk))
    await workers.install(Path(archive), adapter_id)
    status = await workers.start(WorkerSpec("w", (HostedAdapter(adapter_id),)))
    print(status.processes[0].pid, flush=True)
    await asyncio.Event().wait()

asyncio.run(serve(*sys.argv[1:]))
"""


def test_the_workers_end_with_the_server(tmp_path: Path, sdk: Path, rogue: Path) -> None:
    """The server's process is killed: its workers do not go on."""
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path / "adapters"), str(sdk), str(rogue), ID],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
    )
    with server:
        assert server.stdout is not None
        worker = int(server.stdout.readline())
        os.kill(worker, 0)
        server.kill()
    assert ends(worker)
