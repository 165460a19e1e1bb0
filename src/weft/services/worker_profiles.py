"""Worker profiles: how much a worker's processes may use. `default` always exists and cannot be changed."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Conflict, Forbidden, InUse, NotFound
from weft.domain.names import check_name
from weft.domain.tenancy import SERVER_WIDE
from weft.domain.workers import DEFAULT_PROFILE, Worker, WorkerProfile, check_profile, default_profile
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx


class WorkerProfiles:
    """The profiles of the server. A change does not touch workers that run."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def list_all(self, principal: Principal) -> list[WorkerProfile]:
        """Every profile, by name."""
        principal.require("workerProfile.list")
        found = await self._store.read(lambda tx: tx.of(WorkerProfile).find(tenant=SERVER_WIDE))
        return sorted([default_profile(), *found], key=lambda profile: profile.name)

    async def get(self, principal: Principal, name: str) -> WorkerProfile:
        """Raises NotFound."""
        principal.require("workerProfile.get")
        return await self._store.read(lambda tx: _existing(tx, name))

    async def create(self, principal: Principal, profile: WorkerProfile) -> WorkerProfile:
        """Raises Invalid (name, quantities), Conflict."""
        principal.require("workerProfile.create")
        check_name("profileName", profile.name)
        check_profile(profile)
        profile.created_at = self._clock.now_ms()

        def work(tx: Tx) -> WorkerProfile:
            if profile.name == DEFAULT_PROFILE or tx.of(WorkerProfile).get(profile.name, tenant=SERVER_WIDE):
                raise Conflict(f"worker profile {profile.name} exists")
            tx.of(WorkerProfile).insert(profile)
            return profile

        return await self._store.write(work)

    async def update(self, principal: Principal, name: str, changes: dict[str, Any]) -> WorkerProfile:
        """Replace the quantities given. Raises NotFound, Invalid, Forbidden for `default`."""
        principal.require("workerProfile.update")
        if name == DEFAULT_PROFILE:
            raise Forbidden("worker profile default cannot be changed")

        def work(tx: Tx) -> WorkerProfile:
            profile = msgspec.structs.replace(_existing(tx, name), **changes)
            check_profile(profile)
            tx.of(WorkerProfile).put(profile)
            return profile

        return await self._store.write(work)

    async def delete(self, principal: Principal, name: str) -> None:
        """Raises NotFound, InUse while a worker has it (naming it), and for `default`."""
        principal.require("workerProfile.delete")
        if name == DEFAULT_PROFILE:
            raise InUse("worker profile default cannot be deleted")

        def work(tx: Tx) -> None:
            _existing(tx, name)
            users = [worker.name for worker in tx.of(Worker).find(tenant=SERVER_WIDE, profile=name, order=("name",))]
            if users:
                raise InUse(f"worker profile {name} is used by worker {', '.join(users)}")
            tx.of(WorkerProfile).delete(name, tenant=SERVER_WIDE)

        await self._store.write(work)


def _existing(tx: Tx, name: str) -> WorkerProfile:
    if name == DEFAULT_PROFILE:
        return default_profile()
    profile = tx.of(WorkerProfile).get(name, tenant=SERVER_WIDE)
    if profile is None:
        raise NotFound(f"worker profile {name} does not exist")
    return profile
