"""A bounded pool of threads for plain activity functions."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

STACK_BYTES = 1024 * 1024
"""Stack of a pool thread. Small, because a worker's address space is limited."""

Done = Callable[[Any, BaseException | None], None]


class ThreadPool:
    """Runs functions in at most `size` threads, made when needed; outcomes come back to the loop in batches.

    The threads are daemons: a function that never ends does not keep the process alive. However many functions end
    at once, the loop is woken once.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._loop = asyncio.get_running_loop()
        self._work: queue.SimpleQueue[tuple[Callable[[], Any], Done]] = queue.SimpleQueue()
        self._done: deque[tuple[Done, Any, BaseException | None]] = deque()
        self._lock = threading.Lock()
        self._woken = False
        self._busy = 0
        self._threads = 0

    def submit(self, function: Callable[[], Any], done: Done) -> None:
        """Run `function()` in a thread, then `done(value, error)` in the loop. Call it in the loop."""
        self._busy += 1
        self._work.put((function, done))
        if self._threads < self._size and self._busy > self._threads:
            self._threads += 1
            previous = threading.stack_size(STACK_BYTES)
            try:
                threading.Thread(target=self._run, name=f"activity-{self._threads}", daemon=True).start()
            finally:
                threading.stack_size(previous)

    def _run(self) -> None:
        while True:
            function, done = self._work.get()
            value: Any = None
            error: BaseException | None = None
            try:
                value = function()
            except BaseException as caught:  # noqa: BLE001 - whatever foreign code raises is its attempt's failure
                error = caught
            self._done.append((done, value, error))
            del function, done, value, error
            with self._lock:
                wake, self._woken = not self._woken, True
            if wake:
                try:
                    self._loop.call_soon_threadsafe(self._deliver)
                except RuntimeError:
                    return

    def _deliver(self) -> None:
        with self._lock:
            self._woken = False
        while self._done:
            done, value, error = self._done.popleft()
            self._busy -= 1
            done(value, error)
