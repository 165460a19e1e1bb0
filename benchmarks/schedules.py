"""Schedules: how quickly times are worked out, and a start of the server with 100,000 of them.

`run()` gives rows (see `rows`). The start is what schedules add to it: the database is opened, and the scheduler knows
its next time.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import rows
from weft.app.clock import SystemClock
from weft.domain.cron import Cron
from weft.domain.schedules import Schedule
from weft.engines.embedded.scheduler import Scheduler
from weft.services.schedule_firing import ScheduleFiring
from weft.services.schedules import Schedules, reckon
from weft.services.zones import zone_of
from weft.store.schedules import Times
from weft.store.sqlite import SqliteStore

MANY = 100_000
REPEATS = 5
TEXTS = ("0 0/5 * * * ?", "0 30 2 * * ?", "0 0 3 ? * MON-FRI", "0 0 0 L * ?", "0 0 12 ? 2 MON#5", "0 0 0 29 2 ?")
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata")


def evaluation() -> list[dict[str, Any]]:
    """Reading a text, and the next time of one that was read."""
    texts = [TEXTS[number % len(TEXTS)] for number in range(10_000)]
    zones = [zone_of(ZONES[number % len(ZONES)]) for number in range(10_000)]
    read: list[float] = []
    following: list[float] = []
    now = SystemClock().now_ms()
    for _ in range(REPEATS):
        started = time.perf_counter()
        crons = [Cron(text) for text in texts]
        read.append(len(texts) / (time.perf_counter() - started))
        started = time.perf_counter()
        for number, cron in enumerate(crons):
            cron.next_after(now + number * 977_000, zones[number])
        following.append(len(crons) / (time.perf_counter() - started))
    return [
        rows.row("cron text read", "Weft", "one thread", per_second=rows.median(read)),
        rows.row("next time of a cron text", "Weft", "one thread, 4 zones", per_second=rows.median(following)),
    ]


async def fill(path: Path) -> float:
    """Schedules in a new file; how many a second."""
    clock = SystemClock()
    store = SqliteStore(path, clock, queue_limit=MANY)
    await store.open()
    now = clock.now_ms()
    started = time.perf_counter()
    for first in range(0, MANY, 1_000):
        records: list[Schedule] = []
        for number in range(first, first + 1_000):
            record = Schedule(
                id=f"{number:036d}", workflow_id=f"w{number // 100}", job_id=f"j{number // 100}",
                cron=f"0 {number % 60} {number % 24} ? * MON-FRI", zone=ZONES[number % len(ZONES)], input={"n": number},
                created_by="bench", created_at=now,
            )  # fmt: skip
            reckon(record, now)
            records.append(record)

        def work(tx: Any, records: list[Schedule] = records) -> None:
            for record in records:
                tx.of(Schedule).insert(record)

        await store.write(work)
    rate = MANY / (time.perf_counter() - started)
    await store.close()
    return rate


async def opening(path: Path) -> float:
    """Seconds until the scheduler of a new server knows its next time."""
    clock = SystemClock()
    started = time.perf_counter()
    store = SqliteStore(path, clock)
    await store.open()
    schedules: Any = Schedules(store, clock, None, None)  # type: ignore[arg-type]
    firing = ScheduleFiring(store, clock, Times(), schedules, None, lambda tx, *asked: None)  # type: ignore[arg-type]
    scheduler = Scheduler(firing, clock)
    scheduler.begin()
    await scheduler.turn()
    took = time.perf_counter() - started
    assert scheduler.wait_s() > 0
    await scheduler.close()
    await store.close()
    return took


def run() -> list[dict[str, Any]]:
    found = evaluation()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "weft.db"
        rate = asyncio.run(fill(path))
        found.append(rows.row("schedules stored", "Weft", "1,000 a commit", per_second=rate))
        took = rows.median([asyncio.run(opening(path)) for _ in range(REPEATS)]) * 1000
        found.append(
            rows.row(
                "start with 100,000 schedules", "Weft", "file", p50_ms=took, target="<= 1,000 ms", met=took <= 1000
            )
        )
    return found


if __name__ == "__main__":
    print(rows.show(run()))
