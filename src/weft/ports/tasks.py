"""Where worker processes get their activity tasks, and give back the results.

Implemented by the engine's side, used by the workers' backend. All methods but `complete` are called in the server's
event loop and must not block.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from weft_adapter.messages import Fault, Result, Task

HandOut = Task
"""A task as it is handed out: with its resource and secret opened, in memory only."""

__all__ = ["Fault", "HandOut", "Result", "Task", "TaskSource"]


class TaskSource(Protocol):
    """The tasks of all queues. A task is leased when it is polled; its heartbeat keeps the lease."""

    def poll(self, queue: str, limit: int, adapter_ids: Sequence[str]) -> list[HandOut]:
        """Up to `limit` tasks of the queue for activities of these adapters, leased to the caller.

        Returns at once, with an empty list if there are none. An activity id is `<adapterId>.<feature>.<Name>`.
        """
        ...

    def watch(self, queue: str, wake: Callable[[], None]) -> Callable[[], None]:
        """Call `wake()`, from any thread, whenever a task comes onto the queue. Returns the way to end it.

        Whoever watches polls once after subscribing: tasks that were there before wake nobody.
        """
        ...

    async def complete(self, results: list[Result]) -> None:
        """Take these results. Returns when they are committed; only then are they acknowledged to the worker.

        A result of an attempt that is not known, or has been answered, is dropped without an error. If this raises,
        the worker repeats the results later.
        """
        ...

    def heartbeat(self, attempt_ids: list[str]) -> list[str]:
        """These attempts are alive: extend their leases. Returns those of them that should be cancelled."""
        ...

    def lost(self, attempt_ids: list[str], code: str) -> None:
        """These attempts will not be answered: fail them with `code`, retryable.

        WORKER_LOST: the process died; WORKER_STOPPED: it was stopped by force.
        """
        ...
