"""The command line against a running server, each command a process of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

NOOP = {
    "id": "Nothing", "name": "Nothing", "version": "1.0", "specVersion": "0.9", "start": "Do",
    "functions": [{"name": "noop", "operation": "system.function.v1.0.0.common.NoOp"}],
    "states": [
        {"name": "Do", "type": "operation", "actions": [{"functionRef": {"refName": "noop"}}], "end": True},
    ],
}  # fmt: skip
READY_S = 60.0


def environment(home: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WEFT_")}
    return {**kept, "XDG_CONFIG_HOME": str(home / "config"), **more}


def weft(home: Path, *arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "weft.cli", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, timeout=100, env=environment(home, **env), check=False
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    def __init__(self, home: Path, port: int, **env: str) -> None:
        self.log = home / "server.log"
        self.url = f"http://127.0.0.1:{port}"
        command = [sys.executable, "-m", "weft.cli", "serve", "--data-dir", str(home / "data"), "--port", str(port)]
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=environment(home, **env))

    def wait(self) -> None:
        deadline = time.monotonic() + READY_S
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                if httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        raise AssertionError(self.log.read_text()[-3000:])

    def stop(self, number: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(40)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("e2e")


@pytest.fixture(scope="module")
def server(home):
    server = Server(home, free_port())
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
def ready(home, server):
    """A context with the first administrator's made-up password."""
    path = home / "data" / "admin-password"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    password = path.read_text().strip()
    assert str(path) in server.log.read_text()
    assert password not in server.log.read_text()
    done = weft(home, "context", "add", "here", server.url, "--user", "admin", "--stdin", stdin=password + "\n")
    assert done.returncode == 0, done.stderr
    return home


def test_a_job_from_definition_to_history(ready, tmp_path):
    file = tmp_path / "nothing.json"
    file.write_text(json.dumps(NOOP))
    stored = weft(ready, "workflow", "create", str(file), "--tag", "e2e")
    assert stored.returncode == 0, stored.stderr
    started = weft(ready, "job", "start", "Nothing", "1.0", "--data", '{"x": 1}', "-o", "json")
    assert started.returncode == 0, started.stderr
    job = json.loads(started.stdout)["jobId"]
    events = weft(ready, "job", "events", job, "--wait")
    assert events.stdout.splitlines()[-1].endswith("WORKFLOW_EXECUTION_COMPLETED"), events
    assert job in weft(ready, "job", "list").stdout
    described = json.loads(weft(ready, "job", "get", job).stdout)
    assert described["workflowExecutionInfo"]["status"] == "WORKFLOW_EXECUTION_STATUS_COMPLETED"
    closed = weft(ready, "job", "cancel", job)
    assert (closed.returncode, "Traceback" in closed.stderr) == (6, False)
    assert weft(ready, "job", "get", "none").returncode == 5


def test_a_key_with_a_role_may_what_the_role_says(ready, server):
    assert weft(ready, "role", "create", "lookers", "--permission", "job.list").returncode == 0
    made = weft(ready, "token", "create", "ci", "--role", "lookers", "--expires", "30d", "-o", "json")
    key = json.loads(made.stdout)["key"]
    assert weft(ready, "job", "list", WEFT_TOKEN=key).returncode == 0
    assert weft(ready, "workflow", "list", WEFT_TOKEN=key).returncode == 4
    assert weft(ready, "token", "change", "ci", "--disable").returncode == 0
    assert weft(ready, "job", "list", WEFT_TOKEN=key).returncode == 4
    assert key not in server.log.read_text()


def test_keys_are_rotated_on_the_running_server(ready):
    done = weft(ready, "keys", "rotate", "-o", "json")
    assert json.loads(done.stdout)["nouns"]["signingKey"] == 1
    assert weft(ready, "user", "list").returncode == 0


def test_expressions_without_a_server(home, tmp_path):
    file = tmp_path / "in.yaml"
    file.write_text("items: [{n: 2}, {n: 5}]\n")
    done = weft(home, "expr", "eval", "${ [.items[].n] | add }", "--input", str(file))
    assert (done.returncode, done.stdout) == (0, "7\n"), done.stderr
    piped = weft(home, "expr", "eval", ".a", "--input", "-", stdin='{"a": [1, "x"]}')
    assert json.loads(piped.stdout) == [1, "x"]
    explained = weft(home, "expr", "eval", ".a + 1", "--input", "-", "--explain", stdin='{"a": 1}')
    assert "2" in explained.stdout
    assert explained.returncode == 0
    wrong = weft(home, "expr", "eval", ".a |")
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)
    failing = weft(home, "expr", "eval", ".a + 1", "--input", "-", stdin='{"a": "x"}')
    assert (failing.returncode, "Traceback" in failing.stderr) == (1, False)


def test_the_server_stops_on_sigterm_and_starts_on_its_data_again(tmp_path):
    port = free_port()
    env = {"WEFT_ADMIN_PASSWORD": "password1", "WEFT_ADMIN_USER": "chief"}
    first = Server(tmp_path, port, **env)
    first.wait()
    login = {"WEFT_SERVER": first.url, "WEFT_USER": "chief", "WEFT_PASSWORD": "password1"}
    taken = weft(tmp_path, "serve", "--data-dir", str(tmp_path / "other"), "--port", str(port))
    assert (taken.returncode, "is taken" in taken.stderr) == (1, True)
    locked = weft(tmp_path, "serve", "--data-dir", str(tmp_path / "data"), "--port", str(free_port()))
    assert (locked.returncode, "another server" in locked.stderr, "Traceback" in locked.stderr) == (1, True, False)
    assert weft(tmp_path, "role", "create", "kept", **login).returncode == 0
    assert first.stop() == 0
    assert weft(tmp_path, "role", "list", **login).returncode == 3
    second = Server(tmp_path, port)
    second.wait()
    assert "kept" in weft(tmp_path, "role", "list", **login).stdout
    assert second.stop(signal.SIGINT) == 0
    assert "Traceback" not in second.log.read_text()
