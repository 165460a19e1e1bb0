"""One process: start, refusal, end."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from weft.ports.tasks import Task
from weft.workers.environment import Environments
from weft.workers.memory import MemoryTasks
from weft.workers.process import MAX_LINES, Launch, LineLimit, StartFailed, WorkerProcess
from weft_adapter.messages import Setup

Make = Callable[..., Path]
ID = "test.kit.v1.0.0"


@pytest.fixture
def launch(tmp_path: Path, sdk: Path, make: Make) -> Launch:
    environments = Environments(tmp_path / "root", sdk)
    environments.install(make(), ID)
    found = environments.find(ID)
    assert found is not None
    return Launch(found.python, found.home, Setup(ID, "test_kit"), "q", 512 << 20)


def changed(launch: Launch, **fields: Any) -> Launch:
    import msgspec

    return msgspec.structs.replace(launch, **fields)


def failure(launch: Launch) -> str:
    async def scene() -> str:
        process = WorkerProcess(launch, MemoryTasks())
        with pytest.raises(StartFailed) as caught:
            await process.start()
        await asyncio.wait_for(process.ended(), 20)
        return str(caught.value)

    return asyncio.run(scene())


def test_work_in_a_cleared_environment_and_a_drain(launch: Launch) -> None:
    async def scene() -> None:
        source = MemoryTasks()
        process = WorkerProcess(launch, source)
        hello = await process.start()
        assert hello.pid == process.pid
        source.add("q", [Task("j", "r", "f", 1, "a", f"{ID}.f.Where")])
        output = (await source.result("a")).output
        assert set(output["environment"]) <= {
            "PATH", "HOME", "TMPDIR", "LANG", "TZ", "MALLOC_ARENA_MAX", "LC_CTYPE",
        }  # fmt: skip
        assert output["group"] and output["pid"] == process.pid
        process.drain()
        assert await asyncio.wait_for(process.ended(), 20) == ""
        assert process.held == 0

    asyncio.run(scene())


def test_a_forced_stop_loses_what_runs(launch: Launch) -> None:
    async def scene() -> None:
        source = MemoryTasks()
        process = WorkerProcess(launch, source)
        await process.start()
        source.add("q", [Task("j", "r", "f", 1, "a", f"{ID}.f.Stuck")])
        while process.held == 0:
            await asyncio.sleep(0)
        process.stop()
        assert "signal 9" in await asyncio.wait_for(process.ended(), 20)
        assert source.losses == {"a": "WORKER_STOPPED"}

    asyncio.run(scene())


def test_an_abandoned_process_reports_nothing(launch: Launch) -> None:
    async def scene() -> None:
        source = MemoryTasks()
        process = WorkerProcess(launch, source)
        await process.start()
        source.add("q", [Task("j", "r", "f", 1, "a", f"{ID}.f.Stuck")])
        while process.held == 0:
            await asyncio.sleep(0)
        process.abandon()
        await asyncio.wait_for(process.ended(), 20)
        assert source.losses == {}

    asyncio.run(scene())


def test_causes_of_a_failing_start(launch: Launch, tmp_path: Path) -> None:
    assert "cannot be imported" in failure(changed(launch, setup=Setup(ID, "not_there")))
    assert "not found" in failure(changed(launch, python=tmp_path / "none"))
    assert "exit status" in failure(changed(launch, python=Path(sys.executable).parent / "ruff"))
    assert "ended with" in failure(changed(launch, memory_bytes=16 << 20))


def test_a_start_that_takes_too_long_is_ended(launch: Launch, tmp_path: Path) -> None:
    slow = tmp_path / "slow"
    slow.write_text("#!/bin/sh\nexec sleep 60\n")
    slow.chmod(0o755)
    assert "within" in failure(changed(launch, python=slow, start_seconds=0.3))


def test_a_talkative_adapter_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    lines = LineLimit("w")
    assert sum(lines.permit(10.0) for _ in range(MAX_LINES + 50)) == MAX_LINES
    assert lines.permit(11.0)
    assert "50 lines" in caplog.text
