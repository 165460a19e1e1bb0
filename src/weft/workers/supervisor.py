"""Runs workers: a worker is a task queue served by one process per hosted adapter version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from weft.domain.errors import NotFound
from weft.ports.tasks import TaskSource
from weft.ports.workers import (
    HostedAdapter,
    InstalledAdapter,
    Package,
    ProcessStatus,
    WorkerHost,
    WorkerSpec,
    WorkerState,
    WorkerStatus,
)
from weft.workers import builtin, sdk_dir
from weft.workers.archive import inspect
from weft.workers.environment import Environments, Installation
from weft.workers.host import Host, RestartRules
from weft.workers.process import Launch, WorkerProcess
from weft_adapter.egress import EgressPolicy
from weft_adapter.messages import Setup


class SupervisorSettings(msgspec.Struct, frozen=True):
    """`concurrency` attempts and `threads` for plain functions per process; times in the unit their name says.

    `index` is an index that may be asked for packages an adapter lacks; None: nothing is ever fetched.
    """

    concurrency: int = 128
    threads: int = 16
    heartbeat_ms: int = 2_000
    repeat_ms: int = 5_000
    start_seconds: float = 60.0
    import_seconds: float = 60.0
    restart: RestartRules = RestartRules()
    index: str | None = None


class _Worker:
    """A started worker: its hosts, and those of before a reload that finish what they run."""

    def __init__(self, spec: WorkerSpec) -> None:
        self.spec = spec
        self.hosts: list[Host] = []
        self.retiring: list[Host] = []
        self.stopping = False

    def all_hosts(self) -> list[Host]:
        return [*self.hosts, *self.retiring]

    def status(self) -> WorkerStatus:
        self.retiring = [host for host in self.retiring if host.status.state is WorkerState.STOPPING]
        own = [host.status for host in self.hosts]
        everything = tuple(own + [host.status for host in self.retiring])
        failed = next((item.active_error for item in own if item.active_error), "")
        return WorkerStatus(self.spec.name, self._state(own), failed, everything)

    def _state(self, own: Sequence[ProcessStatus]) -> WorkerState:
        states = {item.state for item in own}
        if self.stopping:
            busy = WorkerState.STOPPING in states or self.retiring
            return WorkerState.STOPPING if busy else WorkerState.STOPPED
        for state in (WorkerState.FAILED, WorkerState.UNKNOWN, WorkerState.INITIALIZING):
            if state in states:
                return state
        return WorkerState.RUNNING if states == {WorkerState.RUNNING} else WorkerState.STOPPED


class Supervisor(WorkerHost):
    """The workers of this server, in its event loop.

    `root` holds the installations, `sdk` the SDK directory (made if it is missing); `listener` is told of every
    change of a worker's state. Attempts come from `source`.
    """

    def __init__(
        self,
        source: TaskSource,
        root: Path,
        sdk: Path,
        *,
        egress: EgressPolicy | None = None,
        settings: SupervisorSettings | None = None,
        listener: Callable[[WorkerStatus], None] | None = None,
    ) -> None:
        self._source = source
        self._egress = egress or EgressPolicy()
        self._settings = settings or SupervisorSettings()
        self._listener = listener
        self._sdk = sdk
        self._sdk_ready = False
        self._sdk_lock = asyncio.Lock()
        self._environments = Environments(
            root, sdk, index=self._settings.index, import_seconds=self._settings.import_seconds
        )
        self._workers: dict[str, _Worker] = {}
        self._installing: dict[str, asyncio.Lock] = {}

    async def start(self, spec: WorkerSpec) -> WorkerStatus:
        worker = self._workers.get(spec.name)
        if worker is not None and worker.status().state not in (WorkerState.STOPPED, WorkerState.FAILED):
            if not worker.stopping:
                return worker.status()
            await self.stopped(spec.name)
        if worker is not None:
            await self._end(worker, silent=False)
        await self._ensure_sdk()
        fresh = _Worker(spec)
        fresh.hosts = self._hosts(fresh)
        self._workers[spec.name] = fresh
        return await self._tried(fresh)

    async def _ensure_sdk(self) -> None:
        """Once in the server's life, before anything uses it: an upgrade may have left an older copy."""
        async with self._sdk_lock:
            if not self._sdk_ready:
                await asyncio.to_thread(sdk_dir.ensure, self._sdk)
                self._sdk_ready = True

    async def _tried(self, worker: _Worker) -> WorkerStatus:
        await asyncio.gather(*(host.tried() for host in worker.hosts))
        return worker.status()

    def _hosts(self, worker: _Worker) -> list[Host]:
        """One host per adapter. Raises NotFound before anything is started."""
        spec = worker.spec
        found: list[tuple[HostedAdapter, Installation]] = []
        for hosted in spec.adapters:
            installation = self._environments.find(hosted.adapter_id)
            if installation is None:
                raise NotFound(f"adapter {hosted.adapter_id} is not deployed", code="adapter")
            found.append((hosted, installation))
        return [self._host(worker, hosted, installation) for hosted, installation in found]

    def _host(self, worker: _Worker, hosted: HostedAdapter, installation: Installation) -> Host:
        settings = self._settings
        setup = Setup(
            hosted.adapter_id,
            installation.adapter.manifest.module,
            self._egress,
            list(hosted.activities) if hosted.activities is not None else None,
            settings.concurrency,
            settings.threads,
            settings.heartbeat_ms,
            settings.repeat_ms,
        )
        launch = Launch(
            installation.python,
            installation.home,
            setup,
            worker.spec.name,
            worker.spec.limits.memory_bytes,
            settings.start_seconds,
        )
        return Host(
            worker.spec.name,
            hosted.adapter_id,
            lambda: WorkerProcess(launch, self._source),
            settings.restart,
            lambda: self._tell(worker),
        )

    def _tell(self, worker: _Worker) -> None:
        if self._listener is not None and self._workers.get(worker.spec.name) is worker:
            self._listener(worker.status())

    async def stop(self, name: str, *, force: bool = False) -> WorkerStatus:
        worker = self._workers.get(name)
        if worker is None:
            return WorkerStatus(name, WorkerState.STOPPED)
        worker.stopping = True
        for host in worker.all_hosts():
            host.stop(force=force)
        if force:
            return await self.stopped(name)
        return worker.status()

    async def stopped(self, name: str) -> WorkerStatus:
        worker = self._workers.get(name)
        if worker is None:
            return WorkerStatus(name, WorkerState.STOPPED)
        await asyncio.gather(*(host.ended() for host in worker.all_hosts()))
        return worker.status()

    async def reload(self, name: str, spec: WorkerSpec | None = None) -> WorkerStatus:
        worker = self._workers.get(name)
        if worker is None or worker.stopping:
            raise NotFound(f"worker {name} does not run", code="worker")
        before, old = worker.spec, worker.hosts
        worker.spec = spec or before
        try:
            worker.hosts = self._hosts(worker)
        except NotFound:
            worker.spec = before
            raise
        for host in old:
            host.stop(force=False)
        worker.retiring += old
        return await self._tried(worker)

    def status(self, name: str) -> WorkerStatus:
        worker = self._workers.get(name)
        return worker.status() if worker is not None else WorkerStatus(name, WorkerState.INITIALIZED)

    def statuses(self) -> list[WorkerStatus]:
        return [self._workers[name].status() for name in sorted(self._workers)]

    async def inspect(self, archive: Path) -> Package:
        return await asyncio.to_thread(inspect, archive)

    async def install(self, archive: Path, adapter_id: str) -> InstalledAdapter:
        async with self._installing.setdefault(adapter_id, asyncio.Lock()):
            await self._ensure_sdk()
            return await asyncio.to_thread(self._environments.install, archive, adapter_id)

    def installed(self, adapter_id: str) -> InstalledAdapter | None:
        found = self._environments.find(adapter_id)
        return found.adapter if found is not None else None

    async def uninstall(self, adapter_id: str) -> None:
        async with self._installing.setdefault(adapter_id, asyncio.Lock()):
            await asyncio.to_thread(self._environments.remove, adapter_id)

    def builtin(self) -> list[Path]:
        return builtin.archives()

    def forget(self, name: str) -> None:
        """Drop a stopped worker: it is not listed any more."""
        worker = self._workers.get(name)
        if worker is not None and worker.status().state in (WorkerState.STOPPED, WorkerState.FAILED):
            del self._workers[name]

    async def close(self) -> None:
        await asyncio.gather(*(self._end(worker, silent=True) for worker in self._workers.values()))
        self._workers.clear()

    async def _end(self, worker: _Worker, *, silent: bool) -> None:
        for host in worker.all_hosts():
            host.stop(force=True, silent=silent)
        await asyncio.gather(*(host.ended() for host in worker.all_hosts()))
