"""kill -9 while requests with keys are answered: what was answered is answered again, and nothing is done twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from weft.domain.jobs import Job
from weft.services.idempotency import Idempotency, Keep, Kept
from weft.store.idempotency import SqlKeptAnswers
from weft.store.sqlite import SqliteStore

ROUNDS = int(os.environ.get("WEFT_KILL_ROUNDS", "4"))


class SystemClock:
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic(self) -> float:
        return time.monotonic()


async def start(store: SqliteStore, once: Idempotency, key: str) -> tuple[Kept, bool]:
    """One start of a job under a key; its answer names the job's run."""

    async def work(keep: Keep) -> Kept:
        run = f"{key}/{os.getpid()}/{time.monotonic_ns()}"
        kept = Kept(201, run.encode(), {})

        def change(tx: Any) -> None:
            job = Job(
                id=run, run=run, name=key, workflow_name="w", workflow_version="1", workflow_id="w", revision="r",
                status="running", started_at=1, key=tx.runs.new_key(),
            )  # fmt: skip
            tx.jobs.insert(job)
            keep(tx, kept)

        await store.write(change)
        return kept

    return await once.guarded(key, "f", work)


async def answer_for_ever(path: str, first: int) -> None:
    store = SqliteStore(path, SystemClock())
    await store.open()
    once = Idempotency(store, SqlKeptAnswers(), SystemClock())
    numbers = iter(range(first, 1 << 40))

    async def client() -> None:
        for number in numbers:
            kept, _ = await start(store, once, f"key-{number}")
            os.write(1, f"key-{number} {kept.body.decode()}\n".encode())  # one write: whole lines only

    await asyncio.gather(*(client() for _ in range(8)))


def test_kill_nine(tmp_path: Path) -> None:
    chance = random.Random(11)
    path = tmp_path / "store.db"
    lines: list[bytes] = []
    for round_ in range(ROUNDS):
        command = [sys.executable, __file__, str(path), str(round_ * 1_000_000)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as child:
            assert child.stdout is not None
            for _ in range(20 + chance.randrange(300)):
                lines.append(child.stdout.readline())
                assert lines[-1], "the server ended by itself"
            child.send_signal(signal.SIGKILL)
            lines += child.stdout.readlines()
    answered = dict(line.decode().rstrip().split(" ", 1) for line in lines)
    assert len(answered) > 50
    asyncio.run(check(path, answered))


def listed(tx: Any) -> list[tuple[str, str]]:
    return tx.sql.execute("SELECT name, run FROM jobs").fetchall()


def counts(tx: Any) -> int:
    return tx.sql.execute("SELECT sum(n) FROM run_totals").fetchone()[0]


async def check(path: Path, answered: dict[str, str]) -> None:
    store = SqliteStore(path, SystemClock())
    await store.open()
    once = Idempotency(store, SqlKeptAnswers(), SystemClock())
    try:
        jobs: list[tuple[str, str]] = await store.read(listed)
        assert len({name for name, _ in jobs}) == len(jobs)  # a key was never carried out twice
        for key, run in jobs:  # also those whose answer never left
            kept, replayed = await start(store, once, key)
            assert (kept.body.decode(), replayed) == (run, True)
        assert answered.items() <= dict(jobs).items()
        counted = await store.read(counts)
        assert counted == 2 * len(jobs)  # by group and by namespace
    finally:
        await store.close()


if __name__ == "__main__":
    asyncio.run(answer_for_ever(sys.argv[1], int(sys.argv[2])))
