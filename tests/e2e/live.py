"""For tests of the whole product: a server in a process of its own, a client of its API, a target of its calls."""

from __future__ import annotations

import base64
import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar

import httpx

B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"
ADMIN, PASSWORD = "chief", "chief-password-1"
REST = "generic.rest.v2.0.0"
READY_S = 100.0
CLOSED = {"Completed", "Failed", "Canceled", "Terminated", "TimedOut"}
T = TypeVar("T")


def wait_for(ask: Callable[[], T | None], what: str, limit_s: float = 30.0) -> T:
    """What `ask` gives as soon as it is true; AssertionError when the limit is over."""
    deadline = time.monotonic() + limit_s
    while True:
        found = ask()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {limit_s:g} s: {what}"
        time.sleep(0.03)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def decoded(payload: dict[str, Any]) -> Any:
    return json.loads(base64.b64decode(payload["data"]))


def flow(name: str, *states: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A definition, with the functions that tests use."""
    functions = [
        {"name": "Rest.Get", "operation": "generic.rest.@latest.request.Get"},
        {"name": "Rest.Post", "operation": "generic.rest.@latest.request.Post"},
        {"name": "noop", "operation": "system.function.@latest.common.NoOp"},
    ]
    return {
        "name": name,
        "version": "1.0",
        "specVersion": "0.9",
        "functions": functions,
        "states": list(states),
        **more,
    }


def rest(path: str, resource_id: str, *, function: str = "Rest.Get", data: Any = None, **more: Any) -> dict[str, Any]:
    """An action that asks a resource."""
    given: dict[str, Any] = {"path": path} if data is None else {"path": path, "data": data}
    arguments = {"input": given, "config": {"resourceId": resource_id}}
    return {"name": "ask", "functionRef": {"refName": function, "arguments": arguments}, **more}


class Target:
    """A system that activities call. `answer` is (request) -> (status, body); `hold()` keeps requests open. `headers`
    come with every answer."""

    def __init__(self) -> None:
        self.seen: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], tuple[int, Any]] = lambda asked: (200, {"path": asked["path"]})
        self.headers: dict[str, str] = {}
        self._open = threading.Event()
        self._open.set()
        target = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
                asked = {
                    "method": self.command,
                    "path": self.path,
                    "body": body,
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                }
                target.seen.append(asked)
                target._open.wait(60)
                status, answer = target.answer(asked)
                data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
                with contextlib.suppress(OSError):
                    self.send_response(status)
                    self.send_header("Content-Type", "application/json")
                    self.send_header("Content-Length", str(len(data)))
                    for name, text in target.headers.items():
                        self.send_header(name, text)
                    self.end_headers()
                    self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def hold(self) -> None:
        self._open.clear()

    def release(self) -> None:
        self._open.set()

    def asked(self, path: str) -> int:
        return sum(1 for one in self.seen if one["path"] == path)

    def close(self) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()


class Live:
    """One server on a data folder; it can be started again on the same folder after `kill` or `stop`."""

    def __init__(self, home: Path, *, allow: str = "", **env: str) -> None:
        self.home = home
        self.data = home / "data"
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = home / "server.log"
        kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
        self.env = {
            **kept,
            "WEFT_ADMIN_USER": ADMIN,
            "WEFT_ADMIN_PASSWORD": PASSWORD,
            "WEFT_EGRESS_ALLOW": allow,
            "WEFT_AUTH_ARGON2_MEMORY": "65536",
            "WEFT_AUTH_ARGON2_TIME": "1",
            **env,
        }
        self.process: subprocess.Popen[bytes] | None = None
        self.http = httpx.Client(base_url=self.url, auth=(ADMIN, PASSWORD), timeout=60)

    # -- the process ----------------------------------------------------------------------------------------------

    def start(self, *, largest_file: int | None = None) -> Live:
        """Start and wait until it is ready. `largest_file` (bytes) makes every longer write fail, as a full disk."""
        self.begin_start(largest_file=largest_file)
        wait_for(self._ready, f"server ready: {self.log}", READY_S)
        return self

    def begin_start(self, *, largest_file: int | None = None) -> None:
        """Start, and do not wait."""
        command = [sys.executable, "-m", "weft.cli", "serve", "--data-dir", str(self.data), "--port", str(self.port)]

        def bound() -> None:
            if largest_file is not None:
                # Writes beyond the limit must fail with an error and not end the process.
                signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
                resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, resource.RLIM_INFINITY))

        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=subprocess.STDOUT, env=self.env, preexec_fn=bound, start_new_session=True
            )

    def _ready(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text(errors="replace")[-3000:]
        try:
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """kill -9, without any notice."""
        assert self.process is not None
        self.process.kill()
        self.process.wait(10)

    def stop(self) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(40)

    def close(self) -> None:
        self.http.close()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)

    def children(self) -> list[int]:
        """Process ids of everything that the server started and that still runs."""
        assert self.process is not None
        return descendants(self.process.pid)

    # -- the API --------------------------------------------------------------------------------------------------

    def call(self, method: str, path: str, status: int | None = None, **kwargs: Any) -> httpx.Response:
        reply = self.http.request(method, path, **kwargs)
        assert status is None or reply.status_code == status, (
            f"{method} {path}: {reply.status_code} {reply.text[:2000]}"
        )
        return reply

    def secret(self, name: str, kind: str, **value: str) -> None:
        self.call("POST", f"{B1}/secret", 201, json={"secretId": name, "secretType": kind, "secret": value})

    def resource(self, name: str, port: int, secret: str = "", **more: Any) -> None:
        target = {"scheme": "http", "host": "127.0.0.1", "port": port, "timeout": 20, **more}
        self.resource_of(name, "generic.rest.resource.v1.0.0", target, secret)

    def resource_of(self, name: str, kind: str, values: dict[str, Any], secret: str = "") -> None:
        body = {"resourceId": name, "resourceType": kind, "resource": values}
        self.call("POST", f"{B1}/resource", 201, json={**body, "secretId": secret} if secret else body)

    def save(self, definition: dict[str, Any]) -> str:
        return self.call("POST", f"{B1}/workflow", 200, json={"definition": definition}).json()

    def begin(self, name: str, data: Any = None, **more: Any) -> tuple[str, str]:
        body = {"workflowName": name, "data": data or {}, **more}
        started = self.call("POST", f"{B1}/job", 200, json=body).json()
        return started["jobId"], started["runId"]

    def events(self, job: tuple[str, str], *, wait: bool = True) -> list[dict[str, Any]]:
        query = {"isLongPoll": "true"} if wait else {}
        return self.call("GET", f"{B1}/job/{job[0]}/runs/{job[1]}/events", 200, params=query).json()

    def status(self, job: tuple[str, str]) -> str:
        return self.call("GET", f"{B1}/job/{job[0]}/runs/{job[1]}", 200).json()["workflowExecutionInfo"]["status"]

    def result(self, job: tuple[str, str]) -> Any:
        """The job's final data, once it has closed; the failure where it failed."""
        last = self.events(job)[-1]
        if last["eventType"] == "WorkflowExecutionCompleted":
            return decoded(last["workflowExecutionCompletedEventAttributes"]["result"]["payloads"][0])["Data"]
        return failure(last)

    def logged(self) -> str:
        return self.log.read_text(errors="replace")


def failure(event: dict[str, Any]) -> dict[str, Any]:
    """Error code and message of a job that failed, from its closing event."""
    assert event["eventType"] == "WorkflowExecutionFailed", event
    found = event["workflowExecutionFailedEventAttributes"]["failure"]
    cause = found.get("cause", found)
    return {"code": cause["applicationFailureInfo"]["type"], "message": cause["message"]}


def descendants(pid: int) -> list[int]:
    """Children of a process, their children and so on, from /proc."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                parents[int(entry.name)] = int(entry.joinpath("stat").read_text().rpartition(")")[2].split()[1])
    found, rest_of = [], [pid]
    while rest_of:
        parent = rest_of.pop()
        below = [child for child, its in parents.items() if its == parent]
        found += below
        rest_of += below
    return found


def running(pid: int) -> bool:
    """Whether a process runs: gone and zombie both count as ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


@contextlib.contextmanager
def served(home: Path, **settings: Any) -> Iterator[Live]:
    """A running server that ends with the block."""
    server = Live(home, **settings)
    try:
        yield server.start()
    finally:
        server.close()
