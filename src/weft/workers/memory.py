"""A task source in memory: what a worker process can be tried and measured against without an engine."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from weft.ports.tasks import HandOut, Result, TaskSource


class MemoryTasks(TaskSource):
    """Queues in memory; nothing survives the process.

    `results` holds what was committed, by attempt id; `losses` (attempt id -> code) what was lost; `beats` counts
    heartbeats by attempt id; ids in `unwanted` are cancelled at their next heartbeat. While `gate` is cleared,
    commits wait.
    """

    def __init__(self) -> None:
        self.results: dict[str, Result] = {}
        self.commits: list[int] = []
        self.losses: dict[str, str] = {}
        self.beats: dict[str, int] = {}
        self.unwanted: set[str] = set()
        self.gate = asyncio.Event()
        self.gate.set()
        self._queues: dict[str, deque[HandOut]] = {}
        self._watchers: dict[str, list[Callable[[], None]]] = {}
        self._changed = asyncio.Condition()
        self._notices: set[asyncio.Task[None]] = set()

    def add(self, queue: str, tasks: Sequence[HandOut]) -> None:
        """Put tasks onto a queue."""
        self._queues.setdefault(queue, deque()).extend(tasks)
        for wake in list(self._watchers.get(queue, ())):
            wake()

    def waiting(self, queue: str) -> int:
        """Tasks that were not handed out."""
        return len(self._queues.get(queue, ()))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until `true()` holds; looked at after each commit, heartbeat and loss."""
        async with self._changed:
            await self._changed.wait_for(true)

    async def result(self, attempt_id: str) -> Result:
        """Wait for an attempt's result."""
        await self.until(lambda: attempt_id in self.results)
        return self.results[attempt_id]

    def poll(self, queue: str, limit: int, adapter_ids: Sequence[str]) -> list[HandOut]:
        waiting = self._queues.get(queue)
        if not waiting:
            return []
        prefixes = tuple(f"{adapter_id}." for adapter_id in adapter_ids)
        found: list[HandOut] = []
        others: list[HandOut] = []
        while waiting and len(found) < limit:
            task = waiting.popleft()
            (found if task.activity.startswith(prefixes) else others).append(task)
        waiting.extendleft(reversed(others))
        return found

    def watch(self, queue: str, wake: Callable[[], None]) -> Callable[[], None]:
        watchers = self._watchers.setdefault(queue, [])
        watchers.append(wake)
        return lambda: watchers.remove(wake)

    async def complete(self, results: list[Result]) -> None:
        await self.gate.wait()
        self.commits.append(len(results))
        for result in results:
            self.results.setdefault(result.attempt_id, result)
        async with self._changed:
            self._changed.notify_all()

    def heartbeat(self, attempt_ids: list[str]) -> list[str]:
        for attempt_id in attempt_ids:
            self.beats[attempt_id] = self.beats.get(attempt_id, 0) + 1
        self._notify()
        return [attempt_id for attempt_id in attempt_ids if attempt_id in self.unwanted]

    def lost(self, attempt_ids: list[str], code: str) -> None:
        self.losses.update(dict.fromkeys(attempt_ids, code))
        self._notify()

    def _notify(self) -> None:
        async def notice() -> None:
            async with self._changed:
                self._changed.notify_all()

        task = asyncio.get_running_loop().create_task(notice())
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)
