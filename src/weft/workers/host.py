"""Keeps one adapter version running for a worker: starts its process, and starts it again after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable

import msgspec

from weft.ports.workers import ProcessStatus, WorkerState
from weft.workers.process import StartFailed, WorkerProcess

logger = logging.getLogger("weft.workers")


class RestartRules(msgspec.Struct, frozen=True):
    """After a crash the process is started again after the next of `delays` (seconds; the last repeats); `limit`
    crashes within `window` seconds are a failure. `silence`: seconds without a heartbeat until it counts as unknown.
    """

    delays: tuple[float, ...] = (1.0, 2.0, 4.0, 8.0, 16.0)
    limit: int = 5
    window: float = 600.0
    silence: float = 60.0


class Host:
    """`make` gives a process that is ready to be started; `changed` is called at every change of the state."""

    def __init__(
        self, name: str, adapter_id: str, make: Callable[[], WorkerProcess], rules: RestartRules,
        changed: Callable[[], None],
    ) -> None:  # fmt: skip
        self._name = name
        self._adapter_id = adapter_id
        self._make = make
        self._rules = rules
        self._changed = changed
        self._loop = asyncio.get_running_loop()
        self._process: WorkerProcess | None = None
        self._state = WorkerState.INITIALIZING
        self._error = ""
        self._crashes: deque[float] = deque()
        self._stopping = asyncio.Event()
        self._tried = asyncio.Event()
        self._task = self._loop.create_task(self._keep())

    async def tried(self) -> None:
        """Wait until the first try to start has succeeded or failed."""
        await self._tried.wait()

    async def ended(self) -> None:
        """Wait until it has stopped or failed for good."""
        await asyncio.wait([self._task])

    @property
    def status(self) -> ProcessStatus:
        state = self._state
        process = self._process
        silent = process is not None and self._loop.time() - process.last_seen > self._rules.silence
        if silent and state is WorkerState.RUNNING:
            state = WorkerState.UNKNOWN
        return ProcessStatus(
            self._adapter_id,
            state,
            process.pid if process is not None else None,
            process.held if process is not None else 0,
            len(self._crashes),
            self._error,
        )

    def stop(self, *, force: bool, silent: bool = False) -> None:
        """Stop for good: after what runs, or now. `silent`: now, and without reporting attempts as lost."""
        self._stopping.set()
        if self._task.done():
            if self._state is not WorkerState.STOPPED:
                self._turn(WorkerState.STOPPED)
            return
        process = self._process
        if self._state is not WorkerState.STOPPING:
            self._turn(WorkerState.STOPPING)
            if process is not None and not (force or silent):
                process.drain()
        if process is not None and silent:
            process.abandon()
        elif process is not None and force:
            process.stop()

    def _turn(self, state: WorkerState, error: str | None = None) -> None:
        self._state = state
        if error is not None:
            self._error = error
        self._changed()

    async def _keep(self) -> None:
        try:
            while not self._stopping.is_set():
                cause = await self._one_life()
                if self._stopping.is_set():
                    break
                if not await self._after_crash(cause):
                    return
            self._turn(WorkerState.STOPPED)
        except Exception as error:
            logger.exception("worker %s cannot be kept up", self._name)
            self._turn(WorkerState.FAILED, f"{type(error).__name__}: {error}")
        finally:
            self._process = None
            self._tried.set()

    async def _one_life(self) -> str:
        process = self._process = self._make()
        try:
            await process.start()
        except StartFailed as error:
            return str(error)
        if self._stopping.is_set():
            process.drain()
        else:
            self._turn(WorkerState.RUNNING, "")
        self._tried.set()
        return await process.ended()

    async def _after_crash(self, cause: str) -> bool:
        """Note a crash and wait before the next start; False if it was one too many."""
        now = self._loop.time()
        self._crashes.append(now)
        while self._crashes[0] < now - self._rules.window:
            self._crashes.popleft()
        self._process = None
        count = len(self._crashes)
        logger.warning("worker %s, adapter %s: %s (crash %d)", self._name, self._adapter_id, cause, count)
        if count >= self._rules.limit:
            self._turn(WorkerState.FAILED, cause)
            return False
        self._turn(WorkerState.INITIALIZING, cause)
        self._tried.set()
        delay = self._rules.delays[min(count, len(self._rules.delays)) - 1]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(delay):
                await self._stopping.wait()
        return True
