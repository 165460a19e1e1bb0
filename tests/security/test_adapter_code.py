"""An adapter whose code means harm, uploaded and deployed through the API of a real server.

What its process is not given (environment, descriptors, ports), what it cannot break (other jobs, the server, the log),
and that it ends with the server, however that ends.
"""

from __future__ import annotations

import io
import json
import signal
import tarfile
from pathlib import Path
from typing import Any

import pytest

ADAPTER = "acme.bad.v1.0.0"
MANIFEST = """
author: acme
vendor: acme
product: bad
version: 1.0.0
module: acme_bad
cwmsdk: "2.1"
secretTypes:
  - id: acme.bad.key.v1.0.0
    description: key
    schema: {type: object, required: [key], properties: {key: {type: string}}}
resourceTypes:
  - {id: acme.bad.resource.v1.0.0, description: none, schema: {type: object}}
"""
CODE = r"""
import os, subprocess, sys, time
from weft_adapter import ActivityContext, ActivityError, activity

def act(function):
    return activity(name=function.__name__)(function)

@act
def Look(input: dict, ctx: ActivityContext) -> dict:
    def link(number):
        try:
            return os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            return ""
    return {"env": dict(os.environ), "arguments": sys.argv, "files": [link(n) for n in os.listdir("/proc/self/fd")]}

@act
def Noise(input: dict, ctx: ActivityContext) -> dict:
    for _ in range(5000):
        print("noise" * 50)
        sys.stderr.write("\x1b[31m\x00\r\nfalse line {\"level\": \"error\"}\n")
        ctx.log.info("x" * 10000)
    return {}

@act
def Huge(input: dict, ctx: ActivityContext) -> dict:
    return {"x": "y" * (64 * 1024 * 1024)}

@act
def Deep(input: dict, ctx: ActivityContext) -> dict:
    value = {}
    for _ in range(50000):
        value = {"d": value}
    return value

@act
def NotJson(input: dict, ctx: ActivityContext) -> dict:
    return {"x": float("nan"), "y": {1, 2}, 3: object()}

@act
def Exit(input: dict, ctx: ActivityContext) -> dict:
    sys.exit(0)

@act
def Die(input: dict, ctx: ActivityContext) -> dict:
    os._exit(7)

@act
def CloseAll(input: dict, ctx: ActivityContext) -> dict:
    os.closerange(0, 500)
    return {}

@act
def Garbage(input: dict, ctx: ActivityContext) -> dict:
    for number in range(3, 200):
        try:
            os.write(number, b"\xff" * 100000)
        except OSError:
            pass
    time.sleep(600)
    return {}

@act
def Memory(input: dict, ctx: ActivityContext) -> dict:
    kept = []
    while True:
        kept.append("y" * 10_000_000)

@act
def Tell(input: dict, ctx: ActivityContext) -> dict:
    ctx.log.warning("the key is " + ctx.secret["key"])
    raise ActivityError("NO", "the key is " + ctx.secret["key"], retryable=False)

@act
def Code(input: dict, ctx: ActivityContext) -> dict:
    raise ActivityError("x" * 100000, "\x00\x1b[31m\ud800" + "y" * 1000000, retryable=False)

@act
def Block(input: dict, ctx: ActivityContext) -> dict:
    subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    time.sleep(600)
    return {}

@act
def Busy(input: dict, ctx: ActivityContext) -> dict:
    signal_free = True
    while signal_free:
        pass
    return {}
"""
KEY = "k3y-of-the-bad-adapter"


@pytest.fixture(scope="module")
def server(play, tmp_path_factory):
    with play.served(tmp_path_factory.mktemp("bad"), WEFT_HTTP_SHUTDOWN="3s", WEFT_MASTER_KEY="00" * 32) as live:
        whole = io.BytesIO()
        files = (("adapter.yaml", MANIFEST), ("src/acme_bad/__init__.py", ""), ("src/acme_bad/m.py", CODE))
        with tarfile.open(fileobj=whole, mode="w:gz") as tar:
            for name, text in files:
                info = tarfile.TarInfo(name)
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))
        live.call("POST", f"{play.B1}/adapter", 201, files={"file": ("a.tar.gz", whole.getvalue())})
        live.call("POST", f"{play.B1}/adapter/{ADAPTER}/deploy", 201, json={"createWorker": True})
        live.secret("Key", "acme.bad.key.v1.0.0", key=KEY)
        live.resource_of("Bad", "acme.bad.resource.v1.0.0", {}, "Key")
        yield live


def begin(play, live, name: str) -> tuple[str, str]:
    """A job of one attempt of the activity."""
    arguments = {"input": {}, "config": {"resourceId": "Bad"}}
    action = {"name": "x", "retryRef": "once", "functionRef": {"refName": "f", "arguments": arguments}}
    state = {"name": "a", "type": "operation", "actions": [action], "end": True}
    flow = play.flow(name, state, retries=[{"name": "once", "maxAttempts": 1}])
    flow["functions"] = [{"name": "f", "operation": f"{ADAPTER}.m.{name}"}]
    live.call("POST", f"{play.B1}/workflow", json={"definition": flow})
    return live.begin(name)


def result(play, live, name: str) -> Any:
    return live.result(begin(play, live, name))


def test_the_process_is_given_nothing_of_the_servers(play, server):
    seen = result(play, server, "Look")
    assert not [name for name in seen["env"] if name.startswith("WEFT")]
    told = json.dumps(seen)
    assert play.PASSWORD not in told
    assert "00" * 32 not in told
    assert not [name for name in seen["files"] if "weft.db" in name or "master.key" in name]


@pytest.mark.parametrize(
    ("name", "code"),
    [("Huge", "RESULT_TOO_LARGE"), ("Deep", "PANIC"), ("NotJson", "PANIC"), ("Exit", "PANIC"), ("Die", "WORKER_LOST"),
     ("CloseAll", "WORKER_LOST"), ("Memory", "PANIC")],
)  # fmt: skip
def test_what_an_activity_does_wrong_is_its_jobs_failure(play, server, name, code):
    play.wait_for(lambda: worker(play, server)["status"] == 2, "the worker")
    found = result(play, server, name)
    assert found["code"] == code, found
    assert len(found["message"]) < 10_000
    assert "Traceback" not in found["message"]


def test_garbage_on_the_channel_ends_the_process_and_not_the_server(play, server):
    play.wait_for(lambda: worker(play, server)["status"] == 2, "the worker")
    assert result(play, server, "Garbage")["code"] == "WORKER_LOST"
    server.call("POST", f"{play.B1}/worker/{ADAPTER}/start", 200, json={"forceReload": True})
    play.wait_for(lambda: worker(play, server)["status"] == 2, "the worker")


def worker(play, live) -> dict[str, Any]:
    return live.call("GET", f"{play.B1}/worker/{ADAPTER}", 200).json()


def test_an_error_of_any_size_and_content_is_bounded(play, server):
    found = result(play, server, "Code")
    assert len(found["code"]) <= 1_000
    assert len(found["message"]) <= 100_000


def test_noise_neither_stops_the_job_nor_forges_a_line_of_the_log(play, server):
    before = server.log.stat().st_size
    assert result(play, server, "Noise") == {}
    assert server.log.stat().st_size - before < 20 * 1024 * 1024
    assert "\x1b" not in server.logged()
    for line in server.logged().splitlines():
        assert line.startswith(("{", "administrator", "Weft listens")), line[:200]


def test_a_secret_that_code_prints_is_masked(play, server):
    found = result(play, server, "Tell")
    assert found == {"code": "NO", "message": "the key is ***"}
    assert KEY not in server.logged()


def started(live) -> list[int] | None:
    """All processes below the server, once the one that an activity started is among them."""
    found = live.children()
    for pid in found:
        try:
            if b"time.sleep(600)" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return found
        except OSError:
            continue
    return None


@pytest.mark.parametrize("how", ["kill -9", "SIGTERM"])
def test_processes_end_with_the_server_however_it_ends(play, server, how):
    play.wait_for(lambda: worker(play, server)["status"] == 2, "the worker")
    jobs = [begin(play, server, "Block"), begin(play, server, "Busy")]
    for job in jobs:
        path = f"{play.B1}/job/{job[0]}/runs/{job[1]}"
        play.wait_for(
            lambda path=path: server.call("GET", path).json().get("pendingActivities", [{}])[0].get("lastStartedTime"),
            "the activity begun",
        )
    children = play.wait_for(lambda: started(server), "what the activity started")
    if how == "kill -9":
        server.kill()
    else:
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(30) == 0
    play.wait_for(lambda: not any(map(play.running, children)), f"no process left of {children}", 10)
    assert "Traceback" not in server.logged()
    server.start()
    for job in jobs:
        server.call("POST", f"{play.B1}/job/{job[0]}/runs/{job[1]}/terminate", 200)
