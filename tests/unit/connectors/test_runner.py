"""The runner: tasks are taken, carried out, kept alive, cancelled, acknowledged; nothing is lost when it stops."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from weft.connectors import runner as module
from weft.connectors.failures import AttemptFailed
from weft.connectors.runner import ConnectorRunner
from weft.connectors.table import CONNECTORS, Connector
from weft.services.connectors import ADAPTER, QUEUE, TARGETS
from weft_adapter.messages import Result, Task

pytestmark = pytest.mark.anyio


def test_every_target_has_a_connector():
    assert set(CONNECTORS) == TARGETS


class Source:
    """`weft.ports.tasks.TaskSource` with one queue."""

    def __init__(self) -> None:
        self.waiting: list[Task] = []
        self.results: dict[str, Result] = {}
        self.wakes: list[Callable[[], None]] = []
        self.unwanted: set[str] = set()
        self.broken = 0
        self.polled: list[int] = []
        self.changed = asyncio.Event()

    def poll(self, queue: str, limit: int, adapter_ids: Sequence[str]) -> list[Task]:
        assert queue == QUEUE and list(adapter_ids) == [ADAPTER]
        self.polled.append(limit)
        found, self.waiting = self.waiting[:limit], self.waiting[limit:]
        return found

    def watch(self, queue: str, wake: Callable[[], None]) -> Callable[[], None]:
        self.wakes.append(wake)
        return lambda: self.wakes.remove(wake)

    async def complete(self, results: list[Result]) -> None:
        if self.broken:
            self.broken -= 1
            raise RuntimeError("not now")
        for result in results:
            assert result.attempt_id not in self.results
            self.results[result.attempt_id] = result
        self.changed.set()

    def heartbeat(self, attempt_ids: list[str]) -> list[str]:
        return [one for one in attempt_ids if one in self.unwanted]

    def lost(self, attempt_ids: list[str], code: str) -> None:
        raise AssertionError("a stop is no loss")

    def add(self, *ids: str, target: str = "x", run: str = "run-1") -> None:
        self.waiting += [Task("job-1", run, one, 1, one, target, {}) for one in ids]
        for wake in list(self.wakes):
            wake()

    async def until(self, count: int) -> None:
        while len(self.results) < count:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), 10)


@pytest.fixture
async def floor(desk, monkeypatch):
    """A runner with connectors that a test gives."""
    monkeypatch.setattr(module, "BEAT_SECONDS", 0.01)
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    runners = []

    async def make(source: Source, most: int = 200, **connectors) -> ConnectorRunner:
        table = {name: Connector(run) for name, run in connectors.items()}
        found = ConnectorRunner(source, desk.around, queue=QUEUE, adapter=ADAPTER, max_in_flight=most, connectors=table)
        runners.append(found)
        await found.open()
        return found

    yield make
    for one in runners:
        await one.close(0)


async def test_results_and_failures(floor):
    async def good(attempt):
        return {"job": attempt.place.job}

    async def bad(attempt):
        raise AttemptFailed("HTTP_STATUS_503", "busy", True, 5000)

    async def broken(attempt):
        raise KeyError("secret detail")

    async def strange(attempt):
        return object()

    source = Source()
    await floor(source, good=good, bad=bad, broken=broken, strange=strange)
    for target in ("good", "bad", "broken", "strange", "unknown"):
        source.add(target, target=target)
    source.add("gone", target="good", run="run-9")
    await source.until(6)
    assert source.results["good"].output == {"job": "job-1"}
    fault = source.results["bad"].fault
    assert (fault.code, fault.retryable, fault.retry_after_ms) == ("HTTP_STATUS_503", True, 5000)
    assert source.results["broken"].fault.code == "PANIC" and "secret" not in source.results["broken"].fault.message
    assert source.results["strange"].fault.code == "RESULT_TOO_LARGE"
    assert source.results["unknown"].fault.code == "ADAPTER_NOT_FOUND"
    assert source.results["gone"].fault.code == "RUN_NOT_FOUND"


async def test_no_more_at_once_than_allowed(floor):
    gate, now, most = asyncio.Event(), 0, 0

    async def slow(attempt):
        nonlocal now, most
        now += 1
        most = max(most, now)
        await gate.wait()
        now -= 1
        return {}

    source = Source()
    runner = await floor(source, most=3, slow=slow)
    source.add(*(f"t{n}" for n in range(10)), target="slow")
    while now < 3:
        await asyncio.sleep(0)
    assert runner.in_flight == 3 and len(source.waiting) == 7
    gate.set()
    await source.until(10)
    assert most == 3


async def test_unwanted_attempts_are_cancelled_and_answered(floor):
    async def endless(attempt):
        await asyncio.Event().wait()

    source = Source()
    await floor(source, endless=endless)
    source.add("a", "b", target="endless")
    source.unwanted.add("a")
    await source.until(1)
    assert source.results["a"].fault.code == "CANCELED" and "b" not in source.results


async def test_results_that_are_not_committed_are_given_again(floor):
    async def good(attempt):
        return 1

    source = Source()
    source.broken = 2
    await floor(source, good=good)
    source.add("a", target="good")
    await source.until(1)
    assert source.results["a"].output == 1


async def test_what_is_unanswered_at_the_stop_stays_unanswered(floor):
    began = asyncio.Event()

    async def endless(attempt):
        began.set()
        await asyncio.Event().wait()

    source = Source()
    runner = await floor(source, endless=endless)
    source.add("a", target="endless")
    await began.wait()
    await runner.close(0)
    assert source.results == {} and source.wakes == []
    source.add("b", target="endless")
    assert len(source.waiting) == 1


async def test_a_stop_lets_what_runs_end(floor):
    gate, began = asyncio.Event(), asyncio.Event()

    async def slow(attempt):
        began.set()
        await gate.wait()
        return "done"

    source = Source()
    runner = await floor(source, slow=slow)
    source.add("a", target="slow")
    await began.wait()
    closing = asyncio.ensure_future(runner.close(5))
    await asyncio.sleep(0)
    gate.set()
    await closing
    assert source.results["a"].output == "done"


async def test_secrets_are_masked_in_reasons(floor, desk):
    async def tells(attempt):
        raise AttemptFailed("X", "the password is hunter2-and-more")

    source = Source()
    await floor(source, tells=tells)
    source.waiting.append(Task("job-1", "run-1", "a", 1, "a", "tells", {"_auth": {"password": "hunter2-and-more"}}))
    source.wakes[0]()
    await source.until(1)
    assert source.results["a"].fault.message == "the password is ***"
