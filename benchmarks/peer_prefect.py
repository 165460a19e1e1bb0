"""The 3-task flow on Prefect with its own server on SQLite (its default, WAL), at 10 in flight, where it is fastest."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
import time
import urllib.request
from typing import Any

from benchmarks.environments import python_of
from benchmarks.peer_dbos import PEERS, WORK
from benchmarks.rows import row


def run() -> list[dict[str, Any]]:
    python = python_of("prefect")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "PREFECT_HOME": home, "PREFECT_SERVER_ANALYTICS_ENABLED": "false"}
        serve = [str(python), "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port)]
        server = subprocess.Popen(serve, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_ready(f"http://127.0.0.1:{port}/api/health", server)
            command = [str(python), str(PEERS / "prefect_noop.py"), f"http://127.0.0.1:{port}/api"]
            out = subprocess.run(command, env=env, stdout=subprocess.PIPE, text=True, check=True, timeout=900).stdout
        finally:
            server.terminate()
            server.wait(30)
    found = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    return [row(WORK, "Prefect", one["mode"], per_second=one["per_second"], p50_ms=one["p50_ms"]) for one in found]


def wait_ready(url: str, server: subprocess.Popen[bytes], limit_s: float = 120) -> None:
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"the Prefect server ended with exit code {server.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.25)
    raise SystemExit("the Prefect server did not start")
