"""Keeping a process up, with processes that are made up."""

import asyncio
from typing import Any

from weft.ports.workers import WorkerState
from weft.workers.host import Host, RestartRules
from weft.workers.process import StartFailed

RULES = RestartRules(delays=(0.0,), limit=3, window=600.0)


class FakeProcess:
    """Starts or fails as told; ends when `end` is called."""

    def __init__(self, fails: str = "") -> None:
        self.fails = fails
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self.calls: list[str] = []
        self.pid, self.held = 7, 2
        self.last_seen = asyncio.get_running_loop().time()

    async def start(self) -> None:
        if self.fails:
            raise StartFailed(self.fails)

    async def ended(self) -> str:
        return await self.end

    def _stop(self, how: str) -> None:
        self.calls.append(how)
        if not self.end.done():
            self.end.set_result("")

    def drain(self) -> None:
        self._stop("drain")

    def stop(self) -> None:
        self._stop("stop")

    def abandon(self) -> None:
        self._stop("abandon")


class Stage:
    def __init__(self, fails: list[str], rules: RestartRules = RULES) -> None:
        self.made: list[FakeProcess] = []
        self.states: list[WorkerState] = []
        self.changed = asyncio.Event()
        self.fails = fails

        def make() -> Any:
            self.made.append(FakeProcess(self.fails.pop(0) if self.fails else ""))
            return self.made[-1]

        def note() -> None:
            self.states.append(self.host.status.state)
            self.changed.set()

        self.host = Host("w", "a.b.v1.0.0", make, rules, note)

    async def state(self, wanted: WorkerState) -> None:
        async with asyncio.timeout(20):
            while self.host.status.state is not wanted:
                self.changed.clear()
                await self.changed.wait()


def test_start_run_drain() -> None:
    async def scene() -> None:
        stage = Stage([])
        await stage.host.tried()
        status = stage.host.status
        assert (status.state, status.pid, status.running, status.crashes) == (WorkerState.RUNNING, 7, 2, 0)
        stage.host.stop(force=False)
        await stage.host.ended()
        assert stage.made[0].calls == ["drain"]
        assert stage.states == [WorkerState.RUNNING, WorkerState.STOPPING, WorkerState.STOPPED]

    asyncio.run(scene())


def test_a_crash_starts_it_again() -> None:
    async def scene() -> None:
        stage = Stage([])
        await stage.host.tried()
        stage.made[0].end.set_result("signal 9")
        await stage.state(WorkerState.INITIALIZING)
        assert stage.host.status.active_error == "signal 9"
        await stage.state(WorkerState.RUNNING)
        assert (len(stage.made), stage.host.status.crashes, stage.host.status.active_error) == (2, 1, "")
        stage.host.stop(force=True)
        await stage.host.ended()
        assert stage.made[1].calls == ["stop"]

    asyncio.run(scene())


def test_too_many_crashes_are_a_failure_with_the_cause() -> None:
    async def scene() -> None:
        stage = Stage(["one", "two", "three"])
        await stage.host.tried()
        await stage.host.ended()
        status = stage.host.status
        assert (status.state, status.active_error, status.crashes, status.pid) == (WorkerState.FAILED, "three", 3, None)
        stage.host.stop(force=False)
        assert stage.host.status.state is WorkerState.STOPPED

    asyncio.run(scene())


def test_crashes_outside_the_window_do_not_count() -> None:
    async def scene() -> None:
        stage = Stage(["a", "b", "c", "d", "e"], RestartRules(delays=(0.001,), limit=2, window=0.0))
        await stage.state(WorkerState.RUNNING)
        assert len(stage.made) == 6
        stage.host.stop(force=False, silent=True)
        await stage.host.ended()
        assert stage.made[-1].calls == ["abandon"]

    asyncio.run(scene())


def test_a_stop_ends_the_wait_before_a_restart() -> None:
    async def scene() -> None:
        stage = Stage(["no"], RestartRules(delays=(3_600.0,)))
        await stage.host.tried()
        assert stage.host.status.state is WorkerState.INITIALIZING
        stage.host.stop(force=False)
        await asyncio.wait_for(stage.host.ended(), 20)
        assert stage.host.status.state is WorkerState.STOPPED

    asyncio.run(scene())


def test_the_waits_grow_and_five_crashes_in_ten_minutes_are_the_end() -> None:
    assert RestartRules() == RestartRules((1.0, 2.0, 4.0, 8.0, 16.0), 5, 600.0, 60.0)


def test_silence_is_the_unknown_state() -> None:
    async def scene() -> None:
        stage = Stage([])
        await stage.host.tried()
        stage.made[0].last_seen -= 61
        assert stage.host.status.state is WorkerState.UNKNOWN
        stage.host.stop(force=True)
        await stage.host.ended()

    asyncio.run(scene())


def test_an_unexpected_error_is_a_failure_and_no_hang() -> None:
    async def scene() -> None:
        stage = Stage([])
        stage.host.stop(force=True)
        await stage.host.ended()

        def broken() -> Any:
            raise RuntimeError("defect")

        host = Host("w", "a.b.v1.0.0", broken, RULES, lambda: None)
        await host.tried()
        assert (host.status.state, host.status.active_error) == (WorkerState.FAILED, "RuntimeError: defect")

    asyncio.run(scene())
