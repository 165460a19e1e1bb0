"""Workers as the services see them: adapters are installed, workers started, stopped and looked at."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path
from typing import Protocol

import msgspec

from weft.domain.errors import Invalid
from weft_adapter.activities import ActivityInfo
from weft_adapter.manifest import Manifest

__all__ = [
    "ActivityInfo",
    "DeployFailed",
    "HostedAdapter",
    "InstalledAdapter",
    "Limits",
    "Manifest",
    "Package",
    "PackageInvalid",
    "ProcessStatus",
    "WorkerHost",
    "WorkerSpec",
    "WorkerState",
    "WorkerStatus",
]


class WorkerState(IntEnum):
    """What a worker is doing. The numbers are those its oldest dialect answers."""

    UNKNOWN = 0  # no heartbeat for 60 s
    INITIALIZED = 1  # created, never started
    RUNNING = 2  # polling
    STOPPED = 3  # ended on request
    DELETED = 4
    FAILED = 5  # cannot be kept up; the active error says why
    INITIALIZING = 6  # process starting, adapter loading
    STOPPING = 7  # no longer polling, finishing what it runs
    DELETING = 8  # stopping before removal


class PackageInvalid(Invalid):
    """The archive or its manifest cannot be accepted; `details` lists the problems."""


class DeployFailed(Invalid):
    """The adapter cannot be installed; the previous installation is untouched. `details` holds the cause."""


class Package(msgspec.Struct, frozen=True):
    """What a checked archive says of itself.

    `digest` is the SHA-256 of the archive file (hex). `sums` and `signature` are the contents of SHA256SUMS and
    SHA256SUMS.sig, None where the archive has none; the sums have been verified, the signature has not.
    """

    manifest: Manifest
    digest: str
    size: int
    sums: bytes | None = None
    signature: bytes | None = None


class InstalledAdapter(msgspec.Struct, frozen=True):
    """A deployed adapter version: its manifest and its activities with schemas, ordered by id."""

    adapter_id: str
    manifest: Manifest
    activities: tuple[ActivityInfo, ...]
    digest: str


class HostedAdapter(msgspec.Struct, frozen=True):
    """An adapter a worker hosts; `activities` None means all, else only these activity ids."""

    adapter_id: str
    activities: tuple[str, ...] | None = None


class Limits(msgspec.Struct, frozen=True):
    """A worker profile's limits per process: address space in bytes, CPU in millicores; 0 means none.

    CPU is recorded and not enforced.
    """

    memory_bytes: int = 0
    cpu_millis: int = 0


class WorkerSpec(msgspec.Struct, frozen=True):
    """A worker to run: its name, which is its task queue, and what it hosts."""

    name: str
    adapters: tuple[HostedAdapter, ...]
    limits: Limits = Limits()


class ProcessStatus(msgspec.Struct, frozen=True):
    """One process of a worker. `running` counts the attempts it holds, `crashes` those of the last ten minutes."""

    adapter_id: str
    state: WorkerState
    pid: int | None = None
    running: int = 0
    crashes: int = 0
    active_error: str = ""


class WorkerStatus(msgspec.Struct, frozen=True):
    """A worker as it is. It is Running when all its processes are."""

    name: str
    state: WorkerState
    active_error: str = ""
    processes: tuple[ProcessStatus, ...] = ()

    @property
    def running(self) -> int:
        """Attempts that its processes hold."""
        return sum(process.running for process in self.processes)

    @property
    def running_attempts_of(self) -> dict[str, int]:
        """Attempts held, by adapter id."""
        return {process.adapter_id: process.running for process in self.processes}


class WorkerHost(Protocol):
    """Runs workers and keeps the installations of adapters. Knows no records: the caller says what should run."""

    async def start(self, spec: WorkerSpec) -> WorkerStatus:
        """Start a worker that does not run; returns when it is Running, or its first try to start failed.

        A running worker is left as it is: use `reload`. Raises NotFound if an adapter is not installed.
        """
        ...

    async def stop(self, name: str, *, force: bool = False) -> WorkerStatus:
        """Stop a worker. Without force it returns at once with Stopping and what runs is finished first; with force
        the processes are ended now and their attempts are lost with WORKER_STOPPED. An unknown worker is Stopped.
        """
        ...

    async def stopped(self, name: str) -> WorkerStatus:
        """Wait until a stopping worker has stopped."""
        ...

    async def reload(self, name: str, spec: WorkerSpec | None = None) -> WorkerStatus:
        """Replace the processes by ones with the code that is installed now (and by `spec`, if given); the old ones
        finish what they run and take nothing new. Raises NotFound if the worker does not run.
        """
        ...

    def forget(self, name: str) -> None:
        """Drop a stopped or failed worker, so that it is not listed any more; no effect on others."""
        ...

    def status(self, name: str) -> WorkerStatus:
        """A worker that was never started is Initialized."""
        ...

    def statuses(self) -> list[WorkerStatus]:
        """All workers that were started, by name."""
        ...

    async def inspect(self, archive: Path) -> Package:
        """Check an uploaded archive without installing it. Raises PackageInvalid."""
        ...

    async def install(self, archive: Path, adapter_id: str) -> InstalledAdapter:
        """Install an archive: unpack, build its environment offline, discover its activities; all or nothing.

        Raises PackageInvalid, or DeployFailed with the cause. Running workers keep their code until reloaded.
        """
        ...

    def installed(self, adapter_id: str) -> InstalledAdapter | None:
        """The installation of an adapter, as it was left on disk."""
        ...

    async def uninstall(self, adapter_id: str) -> None:
        """Remove an installation; no effect if there is none. Stop the workers that host it first."""
        ...

    def builtin(self) -> Sequence[Path]:
        """The archives of the adapters that come with the server."""
        ...

    async def close(self) -> None:
        """End every process. Their attempts are not reported lost: they are handed out again after the restart."""
        ...
