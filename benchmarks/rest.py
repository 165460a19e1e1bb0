"""Job starts over REST with authentication, every one of them running to its end in the same server process.

The client is a plain keep-alive HTTP/1.1 client in this process; the server is a real `weft serve` with its defaults
(SQLite file, `synchronous=FULL`).
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

from benchmarks.rows import row

STARTS, CONNECTIONS, REPEATS = 3000, 16, 3
NOOP = "system.function.v1.0.0.common.NoOp"
DEFINITION = {
    "id": "Three-1.0",
    "name": "Three",
    "version": "1.0",
    "specVersion": "0.9",
    "start": "Work",
    "functions": [{"name": "noop", "operation": NOOP, "metadata": {"worker": "default"}}],
    "states": [
        {
            "name": "Work",
            "type": "operation",
            "actions": [
                {"name": name, "functionRef": {"refName": "noop", "arguments": {"input": {}}}} for name in "abc"
            ],
            "end": True,
        }
    ],
}
USER, PASSWORD = "admin", "bench-password-1"
BASE = "/crosswork/cwm/v2"


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.port = port
        credential = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        self.head = f"Host: 127.0.0.1\r\nAuthorization: Basic {credential}\r\nContent-Type: application/json\r\n"

    async def open(self) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)

    async def call(self, method: str, path: str, body: bytes = b"") -> tuple[int, bytes]:
        head = f"{method} {path} HTTP/1.1\r\n{self.head}Content-Length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        size = next(int(line.split(":")[1]) for line in lines if line.lower().startswith("content-length:"))
        return int(lines[0].split()[1]), await self.reader.readexactly(size)


async def load(port: int) -> list[dict[str, Any]]:
    first = Client(port)
    await first.open()
    status, body = await first.call("POST", f"{BASE}/workflow", json.dumps({"definition": DEFINITION}).encode())
    assert status == 200, body
    start = json.dumps({"workflowName": "Three", "workflowVersion": "1.0", "data": {"n": 1}}).encode()
    rates: list[float] = []
    done: list[float] = []
    latencies: list[float] = []
    for repeat in range(REPEATS + 1):
        count = 300 if repeat == 0 else STARTS
        before = await completed(first)
        began = time.perf_counter()
        seen = await starts(port, start, count)
        accepted = time.perf_counter()
        while await completed(first) < before + count:
            await asyncio.sleep(0.02)
        ended = time.perf_counter()
        if repeat:
            rates.append(count / (accepted - began))
            done.append(count / (ended - began))
            latencies += seen
    p50 = statistics.median(latencies)
    rate, finished = statistics.median(rates), statistics.median(done)
    mode = f"{CONNECTIONS} connections, Basic"
    return [
        row("job start over REST", "Weft", mode, per_second=rate, p50_ms=p50, target=">= 500/s", met=rate >= 500),
        row("job start to end over REST", "Weft", mode, per_second=finished, target=">= 500/s", met=finished >= 500),
    ]


async def starts(port: int, body: bytes, count: int) -> list[float]:
    numbers = iter(range(count))
    latencies: list[float] = []

    async def lane() -> None:
        client = Client(port)
        await client.open()
        for _ in numbers:
            began = time.perf_counter()
            status, answer = await client.call("POST", f"{BASE}/job", body)
            assert status == 200, answer
            latencies.append((time.perf_counter() - began) * 1e3)
        client.writer.close()

    await asyncio.gather(*(lane() for _ in range(CONNECTIONS)))
    return latencies


async def completed(client: Client) -> int:
    status, body = await client.call("GET", f"{BASE}/job/count?query=ExecutionStatus%3D%27Completed%27")
    assert status == 200, body
    return int(json.loads(body))


def run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as folder:
        port = 18_431
        env = {**os.environ, "WEFT_ADMIN_USER": USER, "WEFT_ADMIN_PASSWORD": PASSWORD}
        command = [sys.executable, "-m", "weft.cli", "serve", "--data-dir", f"{folder}/data", "--port", str(port)]
        with (Path(folder) / "log").open("wb") as log:
            server = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        try:
            wait_ready(f"http://127.0.0.1:{port}/readyz", server, Path(folder) / "log")
            return asyncio.run(load(port))
        finally:
            server.terminate()
            server.wait(30)


def wait_ready(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise SystemExit(f"the server ended: {log.read_text()[-2000:]}")
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the server did not become ready")


if __name__ == "__main__":
    from benchmarks.rows import show

    print(show(run()))
