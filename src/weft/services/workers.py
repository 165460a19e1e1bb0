"""Workers: what each should host and whether it should run, and bringing the processes there.

Refusals carry a code: `adapter_unknown`, `activity_unknown`, `profile_unknown`, `taken`, `already_running`,
`protected` (the worker `default`). A worker that should run is started again with the server.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import asynccontextmanager
from typing import Literal

import msgspec

from weft.domain.access import Principal
from weft.domain.adapters import LATEST, SYSTEM_FUNCTIONS, Activity, read_ref
from weft.domain.errors import Conflict, InUse, Invalid, NotFound, Refusal
from weft.domain.names import check_name
from weft.domain.quantities import cpu_millis, memory_bytes
from weft.domain.tenancy import SERVER_WIDE
from weft.domain.workers import DEFAULT_PROFILE, DEFAULT_WORKER, Worker, WorkerProfile, default_profile
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.ports.workers import HostedAdapter, Limits, WorkerHost, WorkerSpec, WorkerState
from weft.services.activity_resolution import ActivityResolution, Catalogue

MAX_ITEMS = 500
Outcome = Literal["done", "already_running", "already_stopped"]
_UP = frozenset({WorkerState.RUNNING, WorkerState.INITIALIZING, WorkerState.UNKNOWN})


class WorkerView(msgspec.Struct):
    """A worker as it is: its record, the state wanted and the actual one, and the activities it lists now."""

    record: Worker
    state: WorkerState
    wanted: WorkerState
    activities: list[Activity]
    active_error: str = ""
    process: str = ""
    running: int = 0


class WorkerChange(msgspec.Struct):
    """What to change; None leaves a value as it is."""

    items: tuple[str, ...] | None = None
    profile: str | None = None
    start: bool = False
    stop_if_running: bool = False
    force_stop: bool = False


class Workers:
    """The workers of the server. `node` names this machine in process ids."""

    def __init__(
        self,
        store: Store,
        host: WorkerHost,
        clock: Clock,
        ids: Ids,
        resolution: ActivityResolution,
        node: str = "node-1",
    ) -> None:
        self._store = store
        self._host = host
        self._clock = clock
        self._ids = ids
        self._resolution = resolution
        self._node = node
        self._since = clock.now_ms()
        self._locks: dict[str, asyncio.Lock] = {}
        self._draining: set[asyncio.Task[None]] = set()

    async def list_all(self, principal: Principal) -> list[WorkerView]:
        """Every worker by name, `default` among them."""
        principal.require("worker.list")

        def work(tx: Tx) -> tuple[list[Worker], Catalogue]:
            return tx.of(Worker).find(tenant=SERVER_WIDE), self._resolution.catalogue(tx)

        records, catalogue = await self._store.read(work)
        views = [self._default(), *(self._view(record, catalogue) for record in records)]
        return sorted(views, key=lambda view: view.record.name)

    async def get(self, principal: Principal, name: str) -> WorkerView:
        """Raises NotFound."""
        principal.require("worker.get")
        return await self.look(name)

    async def look(self, name: str) -> WorkerView:
        """As `get`, for other services. Raises NotFound."""
        if name == DEFAULT_WORKER:
            return self._default()
        record, catalogue = await self._store.read(lambda tx: (existing(tx, name), self._resolution.catalogue(tx)))
        return self._view(record, catalogue)

    async def create(
        self, principal: Principal, name: str, items: Sequence[str], *, profile: str = "", start: bool, force: bool
    ) -> WorkerView:
        """Raises Invalid (names, items, profile), Conflict for a known name unless `force` replaces that worker."""
        principal.require("worker.create")
        check_name("workerName", name)
        if name == DEFAULT_WORKER:
            raise Conflict("worker default exists", code="taken")
        async with self._alone(name):
            known = await self._store.read(lambda tx: tx.of(Worker).get(name, tenant=SERVER_WIDE))
            if known is not None and not force:
                raise Conflict(f"worker {name} exists", code="taken")
            record = self._new(name, tuple(items), profile or DEFAULT_PROFILE)
            await self._store.read(lambda tx: self._check(tx, record))
            if known is not None:
                await self._host.stop(name, force=True)
            await self._save(record)
            if start:
                await self._start(record)
        return await self.look(name)

    async def update(self, principal: Principal, name: str, change: WorkerChange) -> WorkerView:
        """Raises NotFound, Invalid, InUse (`already_running`) when items change under a running worker."""
        principal.require("worker.update")
        _protected(name)
        async with self._alone(name):
            record = await self._store.read(lambda tx: existing(tx, name))
            changed = msgspec.structs.replace(
                record,
                items=record.items if change.items is None else change.items,
                profile=change.profile or record.profile,
                updated_at=self._clock.now_ms(),
            )
            await self._store.read(lambda tx: self._check(tx, changed))
            up = self._is_up(name)
            if up and changed.items != record.items and not change.stop_if_running:
                raise InUse(f"worker {name} is running: stop it first, or ask to stop it", code="already_running")
            if up and change.stop_if_running and not change.start:
                changed.wanted = "stopped"
                await self._host.stop(name, force=change.force_stop)
            await self._save(changed)
            if change.start and not up:
                await self._start(changed)
            elif change.start and change.stop_if_running:
                await self._replace(changed, force=change.force_stop)
        return await self.look(name)

    async def delete(self, principal: Principal, name: str, *, force: bool) -> None:
        """Stop and remove; without `force` what runs is finished first, meanwhile it is Deleting. Raises NotFound."""
        principal.require("worker.delete")
        _protected(name)
        async with self._alone(name):
            record = await self._store.read(lambda tx: existing(tx, name))
            status = await self._host.stop(name, force=force)
            if status.state is not WorkerState.STOPPING:
                await self._remove(name)
                return
            record.wanted, record.deleting = "stopped", True
            await self._save(record)
            self._spawn(self._remove_when_stopped(name))

    async def start(self, principal: Principal, name: str, *, reload: bool) -> Outcome:
        """Start, or with `reload` replace the processes of a running worker. Raises NotFound, Invalid."""
        principal.require("worker.start")
        if name == DEFAULT_WORKER:
            return "already_running"
        async with self._alone(name):
            record = await self._store.read(lambda tx: existing(tx, name))
            if not self._is_up(name):
                await self._start(record)
                return "done"
            if not reload:
                return "already_running"
            await self._replace(record, force=False)
            return "done"

    async def stop(self, principal: Principal, name: str, *, force: bool) -> Outcome:
        """Stop; without `force` what runs is finished first and this returns at once. Raises NotFound, InUse."""
        principal.require("worker.stop")
        _protected(name)
        async with self._alone(name):
            record = await self._store.read(lambda tx: existing(tx, name))
            state = self._host.status(name).state
            if state in (WorkerState.STOPPED, WorkerState.INITIALIZED, WorkerState.DELETED):
                return "already_stopped"
            if state is WorkerState.STOPPING and not force:
                return "already_stopped" if record.wanted == "stopped" else "done"
            record.wanted = "stopped"
            record.updated_at = self._clock.now_ms()
            await self._save(record)
            await self._host.stop(name, force=force)
            return "done"

    async def host_adapter(self, adapter_id: str) -> None:
        """Make the worker that is named like an adapter and hosts all of it run; reload it where it runs."""
        async with self._alone(adapter_id):
            known = await self._store.read(lambda tx: tx.of(Worker).get(adapter_id, tenant=SERVER_WIDE))
            if known is not None and self._is_up(adapter_id):
                await self._replace(known, force=False)
                return
            await self._start(known or self._new(adapter_id, (adapter_id,), DEFAULT_PROFILE))

    def want_own(self, tx: Tx, adapter_id: str) -> None:
        """Record that an adapter's own worker shall run, where there is none yet; `start_wanted` starts it."""
        if tx.of(Worker).get(adapter_id, tenant=SERVER_WIDE) is None:
            record = self._new(adapter_id, (adapter_id,), DEFAULT_PROFILE)
            record.wanted = "running"
            tx.of(Worker).put(record)
            self._resolution.changed(tx)

    async def remove_own(self, name: str) -> None:
        """End and remove a worker if there is one, at once."""
        async with self._alone(name):
            await self._host.stop(name, force=True)
            await self._remove(name)

    async def start_wanted(self) -> list[str]:
        """At server start: start what should run, remove what was being removed. Gives a text per failure."""
        records = await self._store.read(lambda tx: tx.of(Worker).find(tenant=SERVER_WIDE))
        failures: list[str] = []
        for record in records:
            if record.deleting:
                await self._remove(record.name)

        async def one(record: Worker) -> None:
            try:
                async with self._alone(record.name):
                    await self._start(record)
            except Refusal as refusal:
                failures.append(f"{record.name}: {refusal.message}")

        await asyncio.gather(*(one(r) for r in records if r.wanted == "running" and not r.deleting))
        return failures

    async def drained(self) -> None:
        """Wait until every worker that is being removed is gone."""
        await asyncio.gather(*self._draining)

    async def close(self) -> None:
        """Stop waiting for workers that finish; their removal is taken up at the next start."""
        for task in list(self._draining):
            task.cancel()
        await asyncio.gather(*self._draining, return_exceptions=True)

    # -- inside a worker's lock ----------------------------------------------------------------------------------

    async def _start(self, record: Worker) -> None:
        spec = await self._store.read(lambda tx: self._spec(tx, record))
        record.wanted, record.ever_started = "running", True
        record.updated_at = self._clock.now_ms()
        await self._save(record)
        await self._host.start(spec)

    async def _replace(self, record: Worker, *, force: bool) -> None:
        spec = await self._store.read(lambda tx: self._spec(tx, record))
        record.wanted = "running"
        record.updated_at = self._clock.now_ms()
        await self._save(record)
        if force:
            await self._host.stop(record.name, force=True)
            await self._host.start(spec)
        else:
            await self._host.reload(record.name, spec)

    async def _save(self, record: Worker) -> None:
        def work(tx: Tx) -> None:
            tx.of(Worker).put(record)
            self._resolution.changed(tx)

        await self._store.write(work)

    async def _remove(self, name: str) -> None:
        def work(tx: Tx) -> None:
            tx.of(Worker).delete(name, tenant=SERVER_WIDE)
            self._resolution.changed(tx)

        await self._store.write(work)

    async def _remove_when_stopped(self, name: str) -> None:
        await self._host.stopped(name)
        async with self._alone(name):
            record = await self._store.read(lambda tx: tx.of(Worker).get(name, tenant=SERVER_WIDE))
            if record is not None and record.deleting:
                await self._remove(name)

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.ensure_future(work)
        self._draining.add(task)
        task.add_done_callback(self._draining.discard)

    @asynccontextmanager
    async def _alone(self, name: str) -> AsyncGenerator[None]:
        async with self._locks.setdefault(name, asyncio.Lock()):
            yield

    # -- pure ----------------------------------------------------------------------------------------------------

    def _new(self, name: str, items: tuple[str, ...], profile: str) -> Worker:
        now = self._clock.now_ms()
        return Worker(name=name, id=self._ids.uuid4(), items=items, profile=profile, created_at=now, updated_at=now)

    def _is_up(self, name: str) -> bool:
        return self._host.status(name).state in _UP

    def _check(self, tx: Tx, record: Worker) -> None:
        if len(record.items) > MAX_ITEMS:
            raise Invalid(f"a worker lists at most {MAX_ITEMS} activities", code="activity_unknown")
        profile_of(tx, record.profile)
        hosted(self._resolution.catalogue(tx), record.items)

    def _spec(self, tx: Tx, record: Worker) -> WorkerSpec:
        profile = profile_of(tx, record.profile)
        limits = Limits(memory_bytes=memory_bytes(profile.memory_max), cpu_millis=cpu_millis(profile.cpu_max))
        return WorkerSpec(record.name, hosted(self._resolution.catalogue(tx), record.items), limits)

    def _view(self, record: Worker, catalogue: Catalogue) -> WorkerView:
        status = self._host.status(record.name)
        state = status.state
        if record.deleting:
            state = WorkerState.DELETING
        elif state is WorkerState.INITIALIZED and record.ever_started:
            state = WorkerState.STOPPED
        found = (catalogue.activity(one) for item in record.items for one in catalogue.listed(item))
        activities = {activity.id: activity for activity in found if activity is not None}
        wanted = WorkerState.RUNNING if record.wanted == "running" else WorkerState.STOPPED
        pids = [str(process.pid) for process in status.processes if process.pid is not None]
        process = f"{self._node}/{','.join(pids)}" if pids else ""
        return WorkerView(
            record, state, wanted, list(activities.values()), status.active_error, process, status.running
        )

    def _default(self) -> WorkerView:
        record = Worker(
            name=DEFAULT_WORKER,
            id=DEFAULT_WORKER,
            items=("system.function",),
            created_at=self._since,
            updated_at=self._since,
            wanted="running",
        )
        return WorkerView(record, WorkerState.RUNNING, WorkerState.RUNNING, list(SYSTEM_FUNCTIONS))


def hosted(catalogue: Catalogue, items: Sequence[str]) -> tuple[HostedAdapter, ...]:
    """What the processes of a worker with these items host. Raises Invalid for an item that is not there."""
    found: dict[str, set[str] | None] = {}
    for item in items:
        ref = read_ref(item)
        if ref is None:
            raise Invalid(f"{item[:200]!r} is no adapter or activity", code="activity_unknown")
        adapter = catalogue.adapter(item)
        if adapter is None or ref.version not in (LATEST, adapter.version):
            raise Invalid(f"adapter {ref.adapter} is not deployed", code="adapter_unknown")
        listed = catalogue.listed(item)
        if not listed:
            raise Invalid(f"{item} names no activity of adapter {adapter.id}", code="activity_unknown")
        if not ref.feature:
            found[adapter.id] = None
        elif (known := found.setdefault(adapter.id, set())) is not None:
            known.update(listed)
    return tuple(
        HostedAdapter(adapter, None if activities is None else tuple(sorted(activities)))
        for adapter, activities in found.items()
    )


def profile_of(tx: Tx, name: str) -> WorkerProfile:
    """Raises Invalid (`profile_unknown`)."""
    if name == DEFAULT_PROFILE:
        return default_profile()
    profile = tx.of(WorkerProfile).get(name, tenant=SERVER_WIDE)
    if profile is None:
        raise Invalid(f"worker profile {name} does not exist", code="profile_unknown")
    return profile


def existing(tx: Tx, name: str) -> Worker:
    """Raises NotFound."""
    record = tx.of(Worker).get(name, tenant=SERVER_WIDE)
    if record is None:
        raise NotFound(f"worker {name} does not exist", code="worker_unknown")
    return record


def _protected(name: str) -> None:
    if name == DEFAULT_WORKER:
        raise InUse("worker default belongs to the server: it cannot be changed, stopped or deleted", code="protected")


__all__ = ["Outcome", "WorkerChange", "WorkerView", "Workers", "existing", "hosted", "profile_of"]
