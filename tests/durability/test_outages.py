"""A full disk, and two servers on one file: nothing half-written, clear words, and the server goes on."""

from __future__ import annotations

import asyncio
import resource
import runpy
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import Unavailable
from weft.engines.embedded.engine import EmbeddedEngine
from weft.ports.tasks import Result
from weft.store import committer
from weft.store.sqlite import SqliteStore

SERVER = Path(__file__).parent / "server.py"

HOLDER = """
import asyncio, sys, time
from weft.store.sqlite import SqliteStore
class Clock:
    def now_ms(self): return time.time_ns() // 1_000_000
    def monotonic(self): return time.monotonic()
async def main():
    store = SqliteStore(sys.argv[1], Clock())
    try:
        await store.open()
    except Exception as refusal:
        print("refused", refusal, flush=True)
        return
    print("open", flush=True)
    sys.stdin.read()
    await store.close()
asyncio.run(main())
"""


class Clock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


@contextmanager
def full_disk(path: Path, room: int) -> Iterator[None]:
    """No file can grow beyond the size of the database's largest file and `room` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = max(file.stat().st_size for file in path.parent.glob(path.name + "*"))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_loses_nothing_and_ends_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "RETRY_S", 0.01)
    path = tmp_path / "full.db"

    async def whole() -> None:
        host = runpy.run_path(str(SERVER))["Host"]()
        store = SqliteStore(path, Clock())
        await store.open()
        engine = EmbeddedEngine(store, host, Clock(), host.ids)
        await engine.open()

        async def start(data: Any) -> str:
            plan = host.plan("noops", data)
            return (await store.write(lambda tx: engine.start(tx, plan))).run

        acknowledged = [await start({"name": "before"})]
        refused = 0
        with full_disk(path, 300_000):
            for _ in range(40):
                try:
                    acknowledged.append(await start({"name": "x" * 20_000}))
                except Unavailable as refusal:
                    refused += 1
                    assert refusal.retry_after and "Traceback" not in refusal.message
            assert refused > 0 and len(acknowledged) > 1
        acknowledged.append(await start({"name": "after"}))
        for run in acknowledged:
            assert await engine.wait_closed(run, 20)
        await engine.idle()
        rows = await store.read(lambda tx: [tx.jobs.by_run(run) for run in acknowledged])
        assert {row.status for row in rows} == {"completed"}
        count = await store.read(lambda tx: tx.connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar())
        assert count == len(acknowledged)
        assert engine.stats().open_runs == 0
        await engine.close()
        await store.close()
        assert await integrity() == "ok"

    async def integrity() -> str:
        store = SqliteStore(path, Clock())
        await store.open()
        answer = await store.read(lambda tx: tx.connection.exec_driver_sql("PRAGMA integrity_check").scalar())
        await store.close()
        return answer

    asyncio.run(whole())


def test_a_disk_that_fills_in_the_middle_of_many_turns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of runs are ready at once when it happens: each goes on afterwards, exactly once, without a restart."""
    monkeypatch.setattr(committer, "RETRY_S", 0.01)
    path = tmp_path / "many.db"

    async def whole() -> None:
        host = runpy.run_path(str(SERVER))["Host"]()
        store = SqliteStore(path, Clock())
        await store.open()
        engine = EmbeddedEngine(store, host, Clock(), host.ids)
        await engine.open()
        plans = [host.plan("work", {"name": f"{number}{'x' * 2_000}"}) for number in range(300)]
        jobs = await asyncio.gather(*(store.write(lambda tx, plan=plan: engine.start(tx, plan)) for plan in plans))
        done: dict[str, str] = {}
        refused = 0

        async def work() -> None:
            """Answer until nothing is left, or the disk is full; what was refused is repeated by the worker."""
            nonlocal refused
            while tasks := engine.poll("lab", 50, ["lab.device.v1.0.0"]):
                results = [Result(task.attempt_id, {"value": task.attempt_id}) for task in tasks]
                for result in results:
                    held[result.attempt_id] = result
            batch = list(held.values())
            for start in range(0, len(batch), 20):
                part = batch[start : start + 20]
                try:
                    await engine.complete(part)
                except Unavailable:
                    refused += 1
                    continue
                for result in part:
                    del held[result.attempt_id]
                    assert result.attempt_id not in done
                    done[result.attempt_id] = result.output["value"]

        held: dict[str, Result] = {}
        with full_disk(path, 60_000):
            for _ in range(3):
                await work()
        assert refused > 0
        while engine.stats().open_runs:
            await work()
            await engine.idle()
        assert len(done) == 600
        rows = await store.read(lambda tx: [tx.jobs.by_run(job.run) for job in jobs])
        assert {row.status for row in rows} == {"completed"}
        lengths = await store.read(lambda tx: {len(tx.runs.log(job.key)) for job in jobs})
        assert lengths == {3}
        await engine.close()
        await store.close()

    asyncio.run(whole())


def test_two_servers_on_one_file(tmp_path: Path) -> None:
    def server() -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path / "two.db")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip

    def said(process: subprocess.Popen[str]) -> str:
        assert process.stdout is not None
        return process.stdout.readline()

    first = server()
    assert said(first) == "open\n"
    second = server()
    answer = said(second)
    assert answer.startswith("refused another server uses this database (process ") and str(first.pid) in answer
    second.communicate()
    first.kill()
    first.communicate()
    third = server()
    assert said(third) == "open\n"
    third.communicate()
    assert third.returncode == 0
