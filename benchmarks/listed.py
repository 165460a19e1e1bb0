"""Task lists over REST with a bearer key, in a real `weft serve` with its defaults: starts, definitions of thirteen
tasks with a child to their end, and lists at a million closed runs (those at the store as well).
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from benchmarks.million import CLOSED, DAYS, FIRST_DAY, build, templates_of
from benchmarks.rest import PASSWORD, USER, Client, wait_ready
from benchmarks.rows import row
from weft.domain.jobs import JobStatus
from weft.ports.run_list import RunQuery
from weft.store.run_counts import DAY_MS
from weft.store.run_list import SqlRunList
from weft.store.sqlite import SqliteStore

PORT = 18_441
BASE = "/workflowsvc/api/v1"
STARTS, CONNECTIONS, REPEATS = 2_000, 16, 3
LARGE = 600
LISTS = 40
DEFINITIONS = 20
TARGET_MS = 10
FAILED: tuple[JobStatus, ...] = ("faulted",)


def task(kind: str, name: str, **inputs: Any) -> dict[str, Any]:
    return {"_name": name, "_type": kind, "_inputParams": inputs}


def small(name: str) -> dict[str, Any]:
    tasks = [task("SET_VARIABLE", "keep", n="${workflow.input.n}"), task("INLINE", "sum", n=1, expression=".n + 1")]
    return {"_name": name, "_userType": "bench", "_taskDefs": tasks}


def large(name: str, child: str) -> dict[str, Any]:
    """Thirteen tasks, the seventh a child run that is waited for."""
    steps = [
        task("SET_VARIABLE", f"t{at}", n="${workflow.input.n}") if at % 2
        else task("INLINE", f"t{at}", n=at, expression=".n + 1")
        for at in range(1, 14)
    ]  # fmt: skip
    steps[6] = {"_name": "t7", "_type": "SUB_WORKFLOW", "_subWorkflowParam": {"_workflowDefId": child}}
    return {"_name": name, "_userType": "bench", "_taskDefs": steps}


class Caller(Client):
    """With a bearer key."""

    def __init__(self, token: str) -> None:
        super().__init__(PORT)
        self.head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n"

    async def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The body of a success."""
        text = urlencode({"nsfilter": "default", **query})
        status, answer = await self.call(
            method, f"{BASE}{path}?{text}", b"" if body is None else json.dumps(body).encode()
        )
        if status >= 300:
            raise SystemExit(f"{method} {path}: {status} {answer[:500]!r}")
        return json.loads(answer)

    async def ended(self) -> int:
        """Runs that have ended."""
        return int((await self.ask("GET", "/workflows", _pageSize=1, _status="COMPLETED,FAILED"))["_total"])


@contextmanager
def server(folder: str) -> Generator[int, None, None]:
    """The process id of a running server."""
    forever = {"WEFT_ENGINE_RETENTION": "36500d"}  # the million runs are older than the default keeps
    env = {**os.environ, **forever, "WEFT_ADMIN_USER": USER, "WEFT_ADMIN_PASSWORD": PASSWORD}
    command = [sys.executable, "-m", "weft.cli", "serve", "--data-dir", f"{folder}/data", "--port", str(PORT)]
    with (Path(folder) / "log").open("wb") as log:
        started = subprocess.Popen(command, env=env, stdout=log, stderr=log)
    try:
        wait_ready(f"http://127.0.0.1:{PORT}/readyz", started, Path(folder) / "log")
        yield started.pid
    finally:
        started.terminate()
        started.wait(60)


def cpu_s(process: int) -> float:
    """Seconds of processor time that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def new_key() -> str:
    client = Client(PORT)
    await client.open()
    body = json.dumps({"name": "bench", "roles": ["admin"]}).encode()
    status, answer = await client.call("POST", "/api/weft/v1/tokens", body)
    if status != 201:
        raise SystemExit(f"no key: {status} {answer!r}")
    client.writer.close()
    return str(json.loads(answer)["key"])


@asynccontextmanager
async def caller(token: str) -> AsyncGenerator[Caller, None]:
    made = Caller(token)
    await made.open()
    try:
        yield made
    finally:
        made.writer.close()


# -- starts --


async def rates(token: str, definition: str, count: int) -> tuple[float, float, list[float]]:
    """(starts per second, runs to their end per second, ms of each start), CONNECTIONS at a time."""
    body = json.dumps({"_workflowDefId": definition, "_inputParams": {"n": 1}}).encode()
    numbers = iter(range(count))
    took: list[float] = []

    async def lane() -> None:
        async with caller(token) as client:
            for _ in numbers:
                begun = time.perf_counter()
                status, answer = await client.call("POST", f"{BASE}/workflows?nsfilter=default", body)
                if status != 201:
                    raise SystemExit(f"start: {status} {answer[:500]!r}")
                took.append((time.perf_counter() - begun) * 1e3)

    async with caller(token) as client:
        found = await client.ask("GET", "/workflows", _pageSize=1, _defId=definition)
        wanted = found["_total"] + count
        begun = time.perf_counter()
        await asyncio.gather(*(lane() for _ in range(CONNECTIONS)))
        accepted = time.perf_counter()
        while True:
            found = await client.ask("GET", "/workflows", _pageSize=1, _defId=definition, _status="COMPLETED")
            if found["_total"] >= wanted:
                break
            if time.perf_counter() - accepted > 120:
                raise SystemExit(f"{wanted - found['_total']} runs did not complete")
            await asyncio.sleep(0.02)
        ended = time.perf_counter()
    return count / (accepted - begun), count / (ended - begun), took


async def starting(token: str, process: int) -> list[dict[str, Any]]:
    async with caller(token) as client:
        first = (await client.ask("POST", "/workflowdefs", small("small_0")))["_id"]
        for number in range(1, DEFINITIONS):
            await client.ask("POST", "/workflowdefs", small(f"small_{number}"))
        big = (await client.ask("POST", "/workflowdefs", large("thirteen", first)))["_id"]
    await rates(token, first, 200)
    spent = cpu_s(process)
    measured = [await rates(token, first, STARTS) for _ in range(REPEATS)]
    small_us = (cpu_s(process) - spent) / STARTS / REPEATS * 1e6
    spent = cpu_s(process)
    accepted = statistics.median(one[0] for one in measured)
    p50 = statistics.median([ms for one in measured for ms in one[2]])
    whole = statistics.median([(await rates(token, big, LARGE))[1] for _ in range(REPEATS)])
    large_us = (cpu_s(process) - spent) / LARGE / REPEATS * 1e6
    mode = f"{CONNECTIONS} connections, Bearer"
    return [
        row("task list starts over REST", "Weft", mode, per_second=accepted, p50_ms=p50, target=">= 500/s",
            met=accepted >= 500, cpu_us=round(small_us)),
        row("13 tasks with one child, to the end", "Weft", mode, per_second=whole, target=">= 300/s", met=whole >= 300,
            cpu_us=round(large_us)),
    ]  # fmt: skip


async def one_of_each(token: str) -> None:
    """A closed run of every definition, which the million are made after."""
    async with caller(token) as client:
        found = await client.ask("GET", "/workflowdefs", _pageSize=100)
        for one in found["_list"]:
            await rates(token, one["_id"], 1)


# -- lists --


def day(number: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=FIRST_DAY + number)).strftime("%Y-%m-%d")


def families(name: str, definition: str) -> dict[str, tuple[dict[str, Any], RunQuery]]:
    """Each as the parameters of the API and as the store is asked."""
    first, last = FIRST_DAY + DAYS // 3, FIRST_DAY + DAYS // 2
    dates = {"startDate": day(DAYS // 3), "endDate": day(DAYS // 2 - 1)}
    span: dict[str, Any] = {"created_from": first * DAY_MS, "created_to": last * DAY_MS}
    literal = {
        "_name": name[:5], "_defId": definition, "_status": "FAILED", **dates, "sort": '{"_updatedAt":-1,"_name":1}'
    }  # fmt: skip
    return {
        "default page": ({}, RunQuery(namespace="")),
        "status": ({"_status": "FAILED"}, RunQuery(namespace="", statuses=FAILED)),
        "part of a name": ({"_name": name[-4:].upper()}, RunQuery(namespace="", name=name[-4:])),
        "part of a definition": ({"_defId": definition[:8]}, RunQuery(namespace="", definition=definition[:8])),
        "dates": (dates, RunQuery(namespace="", **span)),
        "all filters, two sort keys": (
            literal,
            RunQuery(
                namespace="", name=name[:5], definition=definition, statuses=FAILED, **span,
                order=(("updated_at", True), ("name", False)),
            ),
        ),
        "newest of one definition": (
            {"_defId": definition, "_pageSize": 20}, RunQuery(workflow_id=definition, limit=20),
        ),
    }  # fmt: skip


async def repeated(ask: Callable[[], Awaitable[int]]) -> tuple[float, int]:
    """(median ms, matches)."""
    took: list[float] = []
    total = await ask()
    for _ in range(LISTS):
        begun = time.perf_counter()
        total = await ask()
        took.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(took), total


async def over_rest(token: str, name: str, definition: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    async with caller(token) as client:
        for family, (parameters, _) in families(name, definition).items():

            async def ask(parameters: dict[str, Any] = parameters) -> int:
                return int((await client.ask("GET", "/workflows", **parameters))["_total"])

            p50, total = await repeated(ask)
            found.append(listed(f"{family}: {total:,} matches, REST", p50))
    return found


async def at_the_store(path: str, name: str, definition: str) -> list[dict[str, Any]]:
    class Clock:
        def now_ms(self) -> int:
            return time.time_ns() // 1_000_000

        def monotonic(self) -> float:
            return time.monotonic()

    store = SqliteStore(path, Clock())
    await store.open()
    found: list[dict[str, Any]] = []
    for family, (_, query) in families(name, definition).items():

        async def ask(query: RunQuery = query) -> int:
            return (await store.read(lambda tx: SqlRunList().page(tx, query, tenant="default"))).total

        p50, total = await repeated(ask)
        found.append(listed(f"{family}: {total:,} matches, store", p50))
    await store.close()
    return found


def listed(mode: str, p50: float) -> dict[str, Any]:
    return row(f"list at {CLOSED:,} runs", "Weft", mode, p50_ms=p50, target=f"p50 <= {TARGET_MS} ms",
               met=p50 <= TARGET_MS)  # fmt: skip


def run() -> list[dict[str, Any]]:
    """The measured rows."""
    with tempfile.TemporaryDirectory() as folder:
        with server(folder) as process:
            token = asyncio.run(new_key())
            found = asyncio.run(starting(token, process))
            asyncio.run(one_of_each(token))
        path = next(str(file) for file in Path(folder, "data").glob("*.db"))
        templates = templates_of(path)
        seconds = build(path, templates, closed=CLOSED)
        found.append(row("writing a million runs in bulk", "Weft", "generator", per_second=CLOSED / seconds))
        one = next(one for one in templates if one.name == "small_7")
        found += asyncio.run(at_the_store(path, one.name, one.workflow_id))
        with server(folder):
            found += asyncio.run(over_rest(token, one.name, one.workflow_id))
    return found


if __name__ == "__main__":
    from benchmarks.rows import show

    print(show(run()))
