"""The feed between a source and a process, without a process."""

import asyncio
import threading
from typing import Any

import pytest

from weft.ports.tasks import Fault, Result, Task
from weft.workers import feed as feed_module
from weft.workers.feed import Feed
from weft.workers.memory import MemoryTasks
from weft_adapter.messages import MAX_MESSAGE, Ack, Cancel, FrameBuffer, Tasks, decode_to_worker


class Wire:
    """What the feed sent, decoded."""

    def __init__(self) -> None:
        self.buffer = FrameBuffer()
        self.messages: list[Any] = []
        self.arrived = asyncio.Event()

    def send(self, data: bytes) -> None:
        self.messages += [decode_to_worker(body) for body in self.buffer.feed(data)]
        self.arrived.set()

    async def next(self, kind: type) -> Any:
        async with asyncio.timeout(20):
            while True:
                for message in self.messages:
                    if isinstance(message, kind):
                        self.messages.remove(message)
                        return message
                self.arrived.clear()
                await self.arrived.wait()


def task(attempt_id: str, value: Any = None) -> Task:
    return Task("j", "r", "f", 1, attempt_id, "a.b.v1.0.0.f.X", value)


def play(scene: Any) -> None:
    async def run() -> None:
        source, wire = MemoryTasks(), Wire()
        await scene(source, wire, Feed(source, "q", "a.b.v1.0.0", wire.send))

    asyncio.run(run())


def ids(message: Any) -> list[str]:
    return [item.attempt_id for item in message.items]


def test_no_more_than_the_credit_is_handed_out() -> None:
    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        source.add("q", [task(str(n)) for n in range(5)])
        feed.credit(2)
        assert ids(await wire.next(Tasks)) == ["0", "1"]
        assert feed.held == 2
        feed.credit(2)
        assert ids(await wire.next(Tasks)) == ["2", "3"]
        feed.results([Result("0", 1)])
        assert (await wire.next(Ack)).attempt_ids == ["0"]
        assert source.waiting("q") == 1
        feed.close()
        feed.credit(5)
        feed.close()
        await asyncio.wait_for(feed.end(None), 10)
        assert source.waiting("q") == 1

    play(scene)


def test_nothing_is_handed_out_to_a_process_that_does_not_read() -> None:
    async def run() -> None:
        source, wire, full = MemoryTasks(), Wire(), True
        feed = Feed(source, "q", "a.b.v1.0.0", wire.send, lambda: full)
        source.add("q", [task("a")])
        feed.credit(1)
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert source.waiting("q") == 1
        full = False
        feed.wake()
        assert ids(await wire.next(Tasks)) == ["a"]

    asyncio.run(run())


def test_tasks_that_come_later_wake_it_from_any_thread() -> None:
    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        feed.credit(10)
        source.add("q", [task("a")])
        assert ids(await wire.next(Tasks)) == ["a"]
        source._queues["q"].append(task("b"))
        thread = threading.Thread(target=feed.wake)
        thread.start()
        assert ids(await wire.next(Tasks)) == ["b"]
        thread.join()

    play(scene)


def test_acknowledged_only_when_committed_and_repeats_are_not_committed_twice() -> None:
    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        source.gate.clear()
        source.add("q", [task("a"), task("b")])
        feed.credit(10)
        await wire.next(Tasks)
        feed.results([Result("a", 1)])
        await asyncio.sleep(0)
        feed.results([Result("a", 1), Result("b", 2)])
        assert wire.messages == []
        source.gate.set()
        assert (await wire.next(Ack)).attempt_ids == ["a"]
        assert (await wire.next(Ack)).attempt_ids == ["b"]
        assert source.commits == [1, 1]
        feed.results([Result("a", 1)])
        assert (await wire.next(Ack)).attempt_ids == ["a"]
        assert source.commits == [1, 1]

    play(scene)


def test_a_failing_commit_is_not_acknowledged_and_the_repeat_is_taken() -> None:
    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        commit, failed = source.complete, asyncio.Event()

        async def broken(results: list[Result]) -> None:
            failed.set()
            raise OSError("disk full")

        source.add("q", [task("a")])
        feed.credit(1)
        await wire.next(Tasks)
        source.complete = broken  # type: ignore[method-assign]
        feed.results([Result("a", 1)])
        await failed.wait()
        source.complete = commit  # type: ignore[method-assign]
        assert feed.held == 1
        feed.results([Result("a", 1)])
        assert (await wire.next(Ack)).attempt_ids == ["a"]
        assert source.results["a"].output == 1

    play(scene)


def test_a_process_answers_and_beats_only_for_its_own_attempts() -> None:
    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        source.add("q", [task("mine")])
        feed.credit(1)
        await wire.next(Tasks)
        feed.results([Result("another's", "forged")])
        assert (await wire.next(Ack)).attempt_ids == ["another's"]
        assert source.results == {}
        source.unwanted.update({"mine", "another's"})
        feed.heartbeat(["mine", "another's"])
        assert (await wire.next(Cancel)).attempt_ids == ["mine"]
        feed.heartbeat(["another's"])
        assert "another's" not in source.beats

    play(scene)


def test_an_input_that_cannot_travel_fails_its_attempt_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "RETRY_SECONDS", 0.01)

    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        commit = source.complete

        async def broken(results: list[Result]) -> None:
            source.complete = commit  # type: ignore[method-assign]
            raise OSError

        source.complete = broken  # type: ignore[method-assign]
        source.add("q", [task("big", 2**70), task("good", 1)])
        feed.credit(2)
        assert ids(await wire.next(Tasks)) == ["good"]
        fault = (await source.result("big")).fault
        assert fault is not None
        assert (fault.code, fault.retryable) == ("INPUT_INVALID", False)

    play(scene)


def test_faults_of_foreign_code_are_bounded() -> None:
    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        source.add("q", [task("a"), task("b")])
        feed.credit(2)
        await wire.next(Tasks)
        feed.results([Result("a", None, Fault("", "x" * 100_000)), Result("b", None, Fault("FATAL", "m", True))])
        one, two = (await source.result("a")).fault, (await source.result("b")).fault
        assert one is not None and two is not None
        assert (one.code, len(one.message)) == ("DEFAULT", MAX_MESSAGE)
        assert two.retryable is False

    play(scene)


def test_the_end_of_a_process_reports_what_it_held_but_not_what_is_being_committed() -> None:
    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        source.gate.clear()
        source.add("q", [task("done"), task("open")])
        feed.credit(2)
        await wire.next(Tasks)
        feed.results([Result("done", 1)])
        ending = asyncio.create_task(feed.end("WORKER_LOST"))
        await asyncio.sleep(0)
        assert source.losses == {}
        source.gate.set()
        await ending
        assert source.losses == {"open": "WORKER_LOST"}
        assert source.results["done"].output == 1

    play(scene)


def test_a_source_that_fails_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_module, "RETRY_SECONDS", 0.01)

    async def scene(source: MemoryTasks, wire: Wire, feed: Feed) -> None:
        poll = source.poll

        def broken(*_: Any) -> list[Task]:
            source.poll = poll  # type: ignore[method-assign]
            raise OSError

        source.poll = broken  # type: ignore[method-assign]
        source.add("q", [task("a")])
        feed.credit(1)
        assert ids(await wire.next(Tasks)) == ["a"]

    play(scene)
