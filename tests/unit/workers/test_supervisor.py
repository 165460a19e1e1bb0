"""Workers of real processes."""

import asyncio
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from weft.domain.errors import NotFound
from weft.ports.tasks import Task
from weft.ports.workers import HostedAdapter, Limits, WorkerSpec, WorkerState, WorkerStatus
from weft.workers.host import RestartRules
from weft.workers.memory import MemoryTasks
from weft.workers.supervisor import Supervisor, SupervisorSettings

Make = Callable[..., Path]
ID, NEXT = "test.kit.v1.0.0", "test.kit.v1.1.0"
SPEC = WorkerSpec("w", (HostedAdapter(ID),), Limits(512 << 20))


class Stage:
    def __init__(self, tmp_path: Path, sdk: Path, make: Make) -> None:
        self.tasks = MemoryTasks()
        self.told: list[WorkerStatus] = []
        rules = RestartRules(delays=(0.0,), limit=3)
        settings = SupervisorSettings(heartbeat_ms=50, repeat_ms=200, restart=rules)
        self.workers = Supervisor(self.tasks, tmp_path / "root", sdk, settings=settings, listener=self.told.append)
        self.make = make
        self.path = tmp_path

    def add(self, attempt_id: str, name: str, value: Any = None, adapter: str = ID) -> None:
        self.tasks.add("w", [Task("j", "r", "f", 1, attempt_id, f"{adapter}.f.{name}", value)])

    async def held(self, count: int) -> None:
        async with asyncio.timeout(20):
            while self.workers.status("w").running != count:
                await asyncio.sleep(0.001)


@pytest.fixture
def play(tmp_path: Path, sdk: Path, make: Make) -> Callable[[Callable[[Stage], Coroutine[Any, Any, None]]], None]:
    def run(scene: Callable[[Stage], Coroutine[Any, Any, None]]) -> None:
        async def whole() -> None:
            stage = Stage(tmp_path, sdk, make)
            await stage.workers.install(make(), ID)
            try:
                async with asyncio.timeout(60):
                    await scene(stage)
            finally:
                await stage.workers.close()

        asyncio.run(whole())

    return run


Play = Callable[[Callable[[Stage], Coroutine[Any, Any, None]]], None]


def test_the_life_of_a_worker(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        workers = stage.workers
        assert workers.status("w").state is WorkerState.INITIALIZED
        assert (await workers.start(SPEC)).state is WorkerState.RUNNING
        pid = workers.status("w").processes[0].pid
        assert (await workers.start(SPEC)).processes[0].pid == pid
        stage.add("a", "Echo", {"x": 1})
        assert (await stage.tasks.result("a")).output == {"x": 1}
        assert [status.name for status in workers.statuses()] == ["w"]
        assert (await workers.stop("w")).state is WorkerState.STOPPING
        assert (await workers.stopped("w")).state is WorkerState.STOPPED
        assert (await workers.start(SPEC)).state is WorkerState.RUNNING
        workers.forget("w")
        assert (await workers.stop("w", force=True)).state is WorkerState.STOPPED
        workers.forget("w")
        assert workers.statuses() == []
        states = [status.state for status in stage.told]
        assert states[:3] == [WorkerState.RUNNING, WorkerState.STOPPING, WorkerState.STOPPED]

    play(scene)


def test_a_drain_finishes_what_runs_and_takes_nothing_new(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        await stage.workers.start(SPEC)
        stage.add("a", "Until", {"path": str(stage.path / "go")})
        await stage.held(1)
        assert (await stage.workers.stop("w")).state is WorkerState.STOPPING
        stage.add("b", "Echo", {})
        (stage.path / "go").touch()
        assert (await stage.workers.stopped("w")).state is WorkerState.STOPPED
        assert stage.tasks.results["a"].output == {"seen": True}
        assert stage.tasks.waiting("w") == 1
        assert stage.tasks.losses == {}

    play(scene)


def test_force_after_a_drain_ends_it_now(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        await stage.workers.start(SPEC)
        stage.add("a", "Stuck")
        await stage.held(1)
        await stage.workers.stop("w")
        assert (await stage.workers.stop("w", force=True)).state is WorkerState.STOPPED
        assert stage.tasks.losses == {"a": "WORKER_STOPPED"}

    play(scene)


def test_a_crash_loses_the_attempts_and_restarts(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        before = (await stage.workers.start(SPEC)).processes[0].pid
        stage.add("a", "Crash")
        await stage.tasks.until(lambda: stage.tasks.losses == {"a": "WORKER_LOST"})
        stage.add("b", "Echo", {"again": True})
        assert (await stage.tasks.result("b")).output == {"again": True}
        status = stage.workers.status("w")
        assert status.processes[0].pid != before
        assert status.processes[0].crashes == 1

    play(scene)


def test_crashes_without_end_are_a_failure_and_start_leaves_it(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        await stage.workers.start(SPEC)
        for number in range(3):
            stage.add(f"a{number}", "Crash")
            await stage.tasks.until(lambda number=number: f"a{number}" in stage.tasks.losses)
        async with asyncio.timeout(20):
            while stage.workers.status("w").state is not WorkerState.FAILED:
                await asyncio.sleep(0.001)
        assert "signal 9" in stage.workers.status("w").active_error
        assert (await stage.workers.start(SPEC)).state is WorkerState.RUNNING

    play(scene)


def test_a_reload_runs_the_new_code_while_the_old_finishes(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        before = (await stage.workers.start(SPEC)).processes[0].pid
        stage.add("a", "Until", {"path": str(stage.path / "go")})
        await stage.held(1)
        source = "from weft_adapter import activity\n@activity\ndef echo() -> dict:\n    return {'new': True}\n"
        await stage.workers.install(stage.make(source), ID)
        status = await stage.workers.reload("w")
        assert status.state is WorkerState.RUNNING
        assert status.processes[0].pid != before
        assert len(status.processes) == 2
        stage.add("b", "Echo", {})
        assert (await stage.tasks.result("b")).output == {"new": True}
        (stage.path / "go").touch()
        assert (await stage.tasks.result("a")).output == {"seen": True}
        assert stage.tasks.losses == {}

    play(scene)


def test_cancelling_by_heartbeat(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        await stage.workers.start(SPEC)
        stage.tasks.unwanted.add("a")
        stage.add("a", "Stuck")
        fault = (await stage.tasks.result("a")).fault
        assert fault is not None
        assert fault.code == "CANCELED"

    play(scene)


def test_results_are_repeated_until_they_are_committed(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        commit, tries = stage.tasks.complete, 0

        async def broken(results: Any) -> None:
            nonlocal tries
            tries += 1
            if tries < 3:
                raise OSError("disk full")
            await commit(results)

        stage.tasks.complete = broken  # type: ignore[method-assign]
        await stage.workers.start(SPEC)
        stage.add("a", "Echo", {"x": 1})
        assert (await stage.tasks.result("a")).output == {"x": 1}
        assert tries == 3

    play(scene)


def test_several_versions_and_chosen_activities_in_one_worker(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        await stage.workers.install(stage.make(version="1.1.0"), NEXT)
        spec = WorkerSpec("w", (HostedAdapter(ID, (f"{ID}.f.Where",)), HostedAdapter(NEXT)))
        status = await stage.workers.start(spec)
        assert [item.adapter_id for item in status.processes] == [ID, NEXT]
        stage.add("a", "Echo", {"x": 1})
        stage.add("b", "Echo", {"x": 2}, NEXT)
        assert (await stage.tasks.result("b")).output == {"x": 2}
        fault = (await stage.tasks.result("a")).fault
        assert fault is not None
        assert fault.code == "ADAPTER_NOT_FOUND"

    play(scene)


def test_the_end_of_the_server_is_no_loss(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        await stage.workers.start(SPEC)
        stage.add("a", "Stuck")
        await stage.held(1)
        await stage.workers.close()
        assert stage.tasks.losses == {}
        assert stage.workers.statuses() == []

    play(scene)


def test_what_is_not_there(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        workers = stage.workers
        with pytest.raises(NotFound):
            await workers.start(WorkerSpec("x", (HostedAdapter("no.such.v1.0.0"),)))
        with pytest.raises(NotFound):
            await workers.reload("x")
        assert (await workers.stop("x")).state is WorkerState.STOPPED
        assert (await workers.stopped("x")).state is WorkerState.STOPPED
        assert workers.installed("no.such.v1.0.0") is None
        await workers.start(SPEC)
        with pytest.raises(NotFound):
            await workers.reload("w", WorkerSpec("w", (HostedAdapter("no.such.v1.0.0"),)))
        assert workers.status("w").state is WorkerState.RUNNING

    play(scene)


def test_inspection_installation_and_removal(play: Play) -> None:
    async def scene(stage: Stage) -> None:
        assert (await stage.workers.inspect(stage.make())).manifest.adapter_id == ID
        found = stage.workers.installed(ID)
        assert found is not None
        assert len(found.activities) == 5
        await stage.workers.uninstall(ID)
        assert stage.workers.installed(ID) is None

    play(scene)
