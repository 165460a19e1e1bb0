"""Activities per second through one adapter worker process, over a task source in memory.

`run()` gives rows {"work", "system", "mode", "per_second", "p50_ms", "ratio"}: `per_second` with a full queue,
`p50_ms` the median round trip of one task at a time on an idle worker, `ratio` None (there is no peer).
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import rows
from weft.ports.tasks import Task
from weft.ports.workers import HostedAdapter, WorkerSpec
from weft.workers.memory import MemoryTasks
from weft.workers.supervisor import Supervisor
from weft_adapter.author import build

ADAPTER = "bench.noop.v1.0.0"
COUNT = 20_000
SINGLES = 300

MANIFEST = "vendor: bench\nproduct: noop\nversion: 1.0.0\nmodule: bench_noop\n"
SOURCE = """
from weft_adapter import activity

@activity
async def awaited(input: dict) -> dict:
    return input

@activity
def threaded(input: dict) -> dict:
    return input
"""


def archive(place: Path) -> Path:
    """The archive of an adapter with an async and a plain no-op."""
    package = place / "sources/src/bench_noop"
    package.mkdir(parents=True)
    (place / "sources/adapter.yaml").write_text(MANIFEST)
    (package / "__init__.py").write_text("")
    (package / "noop.py").write_text(SOURCE)
    return build(place / "sources", place / "built")


def tasks(name: str, kind: str, count: int) -> list[Task]:
    activity = f"{ADAPTER}.noop.{name}"
    return [Task("job", "run", str(n), 1, f"{kind}-{name}-{n}", activity, {"n": n}) for n in range(count)]


async def measure(source: MemoryTasks, name: str) -> dict[str, Any]:
    """One row for the activity `name`."""
    latencies: list[float] = []
    for task in tasks(name, "single", SINGLES):
        begun = time.perf_counter()
        source.add("bench", [task])
        await source.result(task.attempt_id)
        latencies.append(time.perf_counter() - begun)
    before = len(source.results)
    begun = time.perf_counter()
    source.add("bench", tasks(name, "many", COUNT))
    await source.until(lambda: len(source.results) >= before + COUNT)
    rate = COUNT / (time.perf_counter() - begun)
    p50 = rows.median(latencies) * 1_000
    return rows.row(f"no-op activity, {name.lower()}", "Weft", "one worker process", per_second=rate, p50_ms=p50)


async def _run() -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch)
        source = MemoryTasks()
        supervisor = Supervisor(source, place / "adapters", place / "sdk")
        try:
            await supervisor.install(archive(place), ADAPTER)
            await supervisor.start(WorkerSpec("bench", (HostedAdapter(ADAPTER),)))
            found = [await measure(source, name) for name in ("Awaited", "Threaded")]
        finally:
            await supervisor.close()
    return found


def run() -> list[dict[str, Any]]:
    """The measured rows."""
    return asyncio.run(_run())
