"""The task source in memory."""

import asyncio

from weft.ports.tasks import Result, Task
from weft.workers.memory import MemoryTasks


def task(attempt_id: str, activity: str = "a.b.v1.0.0.f.X") -> Task:
    return Task("j", "r", "f", 1, attempt_id, activity)


def test_tasks_are_polled_in_order_and_by_adapter() -> None:
    async def scene() -> None:
        tasks = MemoryTasks()
        woken: list[int] = []
        unwatch = tasks.watch("q", lambda: woken.append(1))
        tasks.add("q", [task("1"), task("2", "c.d.v1.0.0.f.X"), task("3"), task("4")])
        unwatch()
        tasks.add("q", [])
        assert woken == [1]
        assert [item.attempt_id for item in tasks.poll("q", 2, ["a.b.v1.0.0"])] == ["1", "3"]
        assert tasks.waiting("q") == 2
        assert [item.attempt_id for item in tasks.poll("q", 9, ["a.b.v1.0.0", "c.d.v1.0.0"])] == ["2", "4"]
        assert tasks.poll("none", 1, ["a"]) == []

    asyncio.run(scene())


def test_commits_heartbeats_and_losses() -> None:
    async def scene() -> None:
        tasks = MemoryTasks()
        await tasks.complete([Result("1", 1)])
        await tasks.complete([Result("1", 2)])
        assert (await tasks.result("1")).output == 1
        assert tasks.commits == [1, 1]
        tasks.unwanted.add("3")
        assert tasks.heartbeat(["2", "3"]) == ["3"]
        tasks.lost(["2"], "WORKER_LOST")
        await tasks.until(lambda: tasks.losses == {"2": "WORKER_LOST"} and tasks.beats["3"] == 1)

    asyncio.run(scene())
