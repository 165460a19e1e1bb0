"""Adapters: upload, deploy, choose the default, replace, delete.

Upload stores the file, deploy installs it, workers host it. A deployed adapter keeps its code until it is deployed
again. Built-in adapters are deployed at the first start, each with its own worker, and are neither replaced nor
deleted. What changes adapters is done one after another.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import msgspec

from weft.domain.access import Principal
from weft.domain.adapters import LATEST, Activity, Adapter, latest, read_ref
from weft.domain.errors import InUse, Invalid, NotFound, Refusal
from weft.domain.resources import ResourceType
from weft.domain.secrets import SecretType
from weft.domain.tenancy import SERVER_WIDE
from weft.domain.workers import Worker
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.ports.workers import InstalledAdapter, Manifest, Package, WorkerHost
from weft.services.activity_resolution import ActivityResolution
from weft.services.adapter_files import AdapterFiles, StagedFile
from weft.services.type_registry import check_declared, declare, users_of_types, withdraw
from weft.services.workers import Workers

LateForce = Callable[[], Awaitable[bool]]
"""What a form says after its file."""


class AdapterView(msgspec.Struct):
    """An adapter and whether at least one worker lists it or one of its activities."""

    record: Adapter
    in_use: bool


class Removed(msgspec.Struct):
    """What a deletion found: `file` tells whether the adapter's file was still there."""

    id: str
    file: bool


class Adapters:
    """The adapters of the server."""

    def __init__(
        self,
        store: Store,
        host: WorkerHost,
        files: AdapterFiles,
        workers: Workers,
        resolution: ActivityResolution,
        clock: Clock,
        ids: Ids,
        *,
        require_signed: bool = False,
    ) -> None:
        self._store = store
        self._host = host
        self._files = files
        self._workers = workers
        self._resolution = resolution
        self._clock = clock
        self._ids = ids
        self._require_signed = require_signed
        self._lock = asyncio.Lock()

    async def list_all(self, principal: Principal) -> list[AdapterView]:
        """By id."""
        principal.require("adapter.list")

        def work(tx: Tx) -> list[AdapterView]:
            used = _used(tx)
            return [AdapterView(one, one.id in used) for one in tx.of(Adapter).find(tenant=SERVER_WIDE, order=("id",))]

        return await self._store.read(work)

    async def get(self, principal: Principal, adapter_id: str) -> AdapterView:
        """Raises NotFound."""
        principal.require("adapter.get")

        def work(tx: Tx) -> AdapterView:
            return AdapterView(_existing(tx, adapter_id), adapter_id in _used(tx))

        return await self._store.read(work)

    async def upload(
        self, principal: Principal, chunks: AsyncIterator[bytes], *, force: bool, later: LateForce | None = None
    ) -> str:
        """Store an archive; gives the adapter's id.

        The same content again changes nothing; other content needs `force`, which `later` may still give when the
        archive has been read. Raises PackageInvalid, Invalid, TooLarge; then nothing is left behind.
        """
        principal.require("adapter.upload")
        staged = await self._files.receive(chunks, self._ids.uuid4())
        try:
            package = await self._inspect(staged)
            forced = force or (later is not None and await later())
            async with self._lock:
                return await self._store_file(staged, package, force=forced)
        finally:
            await self._files.discard(staged)

    async def replace(self, principal: Principal, adapter_id: str, chunks: AsyncIterator[bytes]) -> str:
        """A new file for an adapter: of the same version it replaces, of another it is added. Gives the resulting id.

        Raises NotFound, Invalid for another vendor or product, and what `upload` raises.
        """
        principal.require("adapter.replace")
        old = await self._store.read(lambda tx: _existing(tx, adapter_id))
        if old.builtin:
            raise InUse(f"adapter {adapter_id} is built in and cannot be replaced")
        staged = await self._files.receive(chunks, self._ids.uuid4())
        try:
            package = await self._inspect(staged)
            if (package.manifest.vendor, package.manifest.product) != (old.vendor, old.product):
                raise Invalid(
                    f"the file holds {package.manifest.adapter_id}, not a version of {old.vendor}.{old.product}"
                )
            async with self._lock:
                return await self._store_file(staged, package, force=True)
        finally:
            await self._files.discard(staged)

    async def deploy(self, principal: Principal, adapter_id: str, *, create_worker: bool, default: bool) -> Adapter:
        """Install the uploaded file and register its activities and types, all or nothing; deploying again reloads.

        Raises NotFound, PackageInvalid, DeployFailed, Conflict for a type that belongs to another adapter.
        """
        principal.require("adapter.deploy")
        async with self._lock:
            record = await self._store.read(lambda tx: _existing(tx, adapter_id))
            if not record.uploaded:
                raise Invalid(f"the file of adapter {adapter_id} is gone: upload it again")
            package = await self._host.inspect(self._files.path(record.file))
            await self._store.read(lambda tx: _check_types(tx, adapter_id, package.manifest))
            installed = await self._host.install(self._files.path(record.file), adapter_id)
            try:
                deployed = await self._store.write(lambda tx: self._record_deployed(tx, adapter_id, installed, default))
            except Refusal:
                if not record.deployed:
                    await self._host.uninstall(adapter_id)
                raise
            if create_worker or await self._own_worker(adapter_id):
                await self._workers.host_adapter(adapter_id)
            return deployed

    async def set_default(self, principal: Principal, adapter_id: str, *, default: bool) -> Adapter:
        """Mark as, or unmark from being, the version that `@latest` means. Raises NotFound, Invalid before deploy."""
        principal.require("adapter.setDefault")

        def work(tx: Tx) -> Adapter:
            record = _existing(tx, adapter_id)
            if default and not record.deployed:
                raise Invalid(f"adapter {adapter_id} is not deployed")
            record.default = default
            record.updated_at = self._clock.now_ms()
            tx.of(Adapter).put(record)
            if default:
                _clear_other_defaults(tx, record)
            self._resolution.changed(tx)
            return record

        return await self._store.write(work)

    async def delete(self, principal: Principal, adapter_id: str) -> Removed:
        """Remove an adapter with its own worker, file, activities and types.

        Raises NotFound, InUse naming every obstacle: it is built in, another worker hosts it, its own worker is
        executing one of its activities, or a resource or secret has a type that only it declares.
        """
        principal.require("adapter.delete")
        async with self._lock:
            record, obstacles = await self._store.read(lambda tx: self._obstacles(tx, adapter_id))
            if obstacles:
                raise InUse(f"adapter {adapter_id} cannot be deleted", obstacles)
            await self._workers.remove_own(adapter_id)

            def work(tx: Tx) -> None:
                self._no_users(tx, adapter_id)
                withdraw(tx, ResourceType, adapter_id)
                withdraw(tx, SecretType, adapter_id)
                tx.of(Adapter).delete(adapter_id, tenant=SERVER_WIDE)
                self._resolution.changed(tx)

            await self._store.write(work)
            await self._host.uninstall(adapter_id)
            return Removed(adapter_id, await self._files.remove(record.file))

    async def install_builtin(self) -> None:
        """At server start: deploy the archives that came with the server and are not yet, with a worker each."""
        await asyncio.to_thread(self._files.prepare)
        for archive in self._host.builtin():
            await self._install_builtin(archive)

    async def _install_builtin(self, archive: Path) -> None:
        package = await self._host.inspect(archive)
        adapter_id = package.manifest.adapter_id
        known = await self._store.read(lambda tx: tx.of(Adapter).get(adapter_id, tenant=SERVER_WIDE))
        current = known is not None and known.deployed_digest == package.digest
        if current and self._host.installed(adapter_id) is not None:
            return
        async with self._lock:
            staged = await self._files.copy(archive, self._ids.uuid4())
            try:
                await self._store_file(staged, package, force=True, builtin=True)
            finally:
                await self._files.discard(staged)
            installed = await self._host.install(archive, adapter_id)
            first = known is None or not known.deployed

            def work(tx: Tx) -> None:
                self._record_deployed(tx, adapter_id, installed, default=False)
                if first:  # in one step: a server that ends now must not leave the adapter without its worker
                    self._workers.want_own(tx, adapter_id)

            await self._store.write(work)
        if first:
            await self._workers.host_adapter(adapter_id)

    # -- steps ---------------------------------------------------------------------------------------------------

    async def _inspect(self, staged: StagedFile) -> Package:
        package = await self._host.inspect(staged.path)
        if self._require_signed:
            raise Invalid("this server takes signed adapters only, and it has no key that this one is signed with")
        return package

    async def _store_file(self, staged: StagedFile, package: Package, *, force: bool, builtin: bool = False) -> str:
        adapter_id = package.manifest.adapter_id
        old = await self._store.read(lambda tx: tx.of(Adapter).get(adapter_id, tenant=SERVER_WIDE))
        if old is not None and old.digest == staged.digest and old.uploaded and (old.builtin or not builtin):
            return adapter_id
        if old is not None and old.builtin and not builtin:
            raise InUse(f"adapter {adapter_id} is built in and cannot be replaced")
        if old is not None and not force:
            raise Invalid(f"adapter {adapter_id} exists with other content: use force to replace it")
        file = await self._files.keep(staged, adapter_id)
        record = self._uploaded(package.manifest, staged.digest, file, old, builtin)
        await self._store.write(lambda tx: tx.of(Adapter).put(record))
        if old is not None and old.file and old.file != file:
            await self._files.remove(old.file)
        return adapter_id

    def _uploaded(self, manifest: Manifest, digest: str, file: str, old: Adapter | None, builtin: bool) -> Adapter:
        now = self._clock.now_ms()
        base = old or Adapter(
            id=manifest.adapter_id,
            vendor=manifest.vendor,
            product=manifest.product,
            version=f"v{manifest.version}",
            created_at=now,
            updated_at=now,
        )
        return msgspec.structs.replace(
            base,
            author=manifest.author,
            description=manifest.description,
            resource_type=manifest.resource_type_id,
            platform=manifest.cwmversion,
            digest=digest,
            file=file,
            uploaded=True,
            builtin=builtin,
            updated_at=now,
        )

    def _record_deployed(self, tx: Tx, adapter_id: str, installed: InstalledAdapter, default: bool) -> Adapter:
        record = _existing(tx, adapter_id)
        manifest = installed.manifest
        declare(tx, ResourceType, adapter_id, manifest.resource_types)
        declare(tx, SecretType, adapter_id, manifest.secret_types)
        record.deployed = True
        record.default = record.default or default
        record.deployed_digest = installed.digest
        record.resource_types = tuple(one.id for one in manifest.resource_types)
        record.secret_types = tuple(one.id for one in manifest.secret_types)
        record.activities = tuple(
            Activity(
                id=one.id,
                adapter=adapter_id,
                feature=one.package_name,
                name=one.name,
                description=one.description,
                input_schema=one.input_schema,
                output_schema=one.output_schema,
                idempotent=one.idempotent,
            )
            for one in installed.activities
        )
        record.updated_at = self._clock.now_ms()
        tx.of(Adapter).put(record)
        if default:
            _clear_other_defaults(tx, record)
        self._resolution.changed(tx)
        return record

    async def _own_worker(self, adapter_id: str) -> bool:
        """Whether the adapter's own worker is wanted, so that a new deployment reaches it."""
        own = await self._store.read(lambda tx: tx.of(Worker).get(adapter_id, tenant=SERVER_WIDE))
        return own is not None and own.wanted == "running"

    def _obstacles(self, tx: Tx, adapter_id: str) -> tuple[Adapter, list[str]]:
        record = _existing(tx, adapter_id)
        found: list[str] = []
        if record.builtin:
            found.append(f"adapter {adapter_id} is built in")
        found += [f"worker {name} hosts it" for name in _hosts(tx, adapter_id) if name != adapter_id]
        running = self._host.status(adapter_id).running
        if running:
            found.append(f"its worker {adapter_id} is executing {running} of its activities")
        found += users_of_types(tx, adapter_id)
        return record, found

    def _no_users(self, tx: Tx, adapter_id: str) -> None:
        """What may have come since the obstacles were looked for."""
        users = users_of_types(tx, adapter_id)
        if users:
            raise InUse(f"adapter {adapter_id} cannot be deleted", users)


def _existing(tx: Tx, adapter_id: str) -> Adapter:
    record = tx.of(Adapter).get(adapter_id, tenant=SERVER_WIDE)
    if record is None:
        raise NotFound(f"adapter {adapter_id} does not exist")
    return record


def _check_types(tx: Tx, adapter_id: str, manifest: Manifest) -> None:
    check_declared(tx, ResourceType, adapter_id, manifest.resource_types)
    check_declared(tx, SecretType, adapter_id, manifest.secret_types)


def _clear_other_defaults(tx: Tx, chosen: Adapter) -> None:
    for other in tx.of(Adapter).find(tenant=SERVER_WIDE, vendor=chosen.vendor, product=chosen.product):
        if other.default and other.id != chosen.id:
            other.default = False
            tx.of(Adapter).put(other)


def _used(tx: Tx) -> set[str]:
    """The adapters that at least one worker lists, by an exact id or through `@latest`."""
    names: set[str] = set()
    for worker in tx.of(Worker).find(tenant=SERVER_WIDE):
        names |= _adapters_of(tx, worker)
    return names


def _hosts(tx: Tx, adapter_id: str) -> list[str]:
    workers = tx.of(Worker).find(tenant=SERVER_WIDE, order=("name",))
    return [worker.name for worker in workers if adapter_id in _adapters_of(tx, worker)]


def _adapters_of(tx: Tx, worker: Worker) -> set[str]:
    names: set[str] = set()
    for item in worker.items:
        ref = read_ref(item)
        if ref is None:
            continue
        if ref.version != LATEST:
            names.add(ref.adapter)
            continue
        meant = latest(tx.of(Adapter).find(tenant=SERVER_WIDE, vendor=ref.vendor, product=ref.product))
        if meant is not None:
            names.add(meant.id)
    return names
