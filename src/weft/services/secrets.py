"""Secrets: stored sealed, never read back; opened only for the worker that runs an activity."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Conflict, InUse, NotFound
from weft.domain.names import check_name
from weft.domain.resources import Resource
from weft.domain.secrets import Secret, check_secret, context_of
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.ports.vault import Vault
from weft.services.type_registry import secret_type_of


class Secrets:
    """The secrets of a tenant. No method gives a value to a caller; `open` is for the dispatcher alone."""

    def __init__(self, store: Store, vault: Vault, clock: Clock) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock

    async def create(self, principal: Principal, secret_id: Any, secret_type: Any, value: Any) -> Secret:
        """Raises Invalid (names, type, a field), Conflict (id is taken)."""
        principal.require("secret.create")
        name = check_name("secretId", secret_id)
        kind = check_name("secretType", secret_type)
        tenant, now = principal.tenant, self._clock.now_ms()
        await self._vault.prepare(tenant)

        def work(tx: Tx) -> Secret:
            if tx.of(Secret).get(name, tenant=tenant) is not None:
                raise Conflict(f"secret {name} exists")
            fitting = check_secret(secret_type_of(tx, kind), value)
            sealed = self._seal(tenant, name, fitting)
            record = Secret(id=name, type=kind, sealed=sealed, created_at=now, updated_at=now, tenant=tenant)
            tx.of(Secret).insert(record)
            return record

        return await self._store.write(work)

    async def update(self, principal: Principal, secret_id: str, secret_type: str | None, value: Any) -> Secret:
        """Replace the value as a whole; `secret_type` None (or empty) keeps the type. Raises Invalid, NotFound.

        A value of UNSET leaves the value alone, which a changed type does not allow.
        """
        principal.require("secret.update")
        tenant, now = principal.tenant, self._clock.now_ms()
        await self._vault.prepare(tenant)

        def work(tx: Tx) -> Secret:
            record = _existing(tx, tenant, secret_id)
            kind = secret_type or record.type
            if value is not msgspec.UNSET or kind != record.type:
                fitting = check_secret(secret_type_of(tx, kind), None if value is msgspec.UNSET else value)
                record.sealed = self._seal(tenant, secret_id, fitting)
            record.type = kind
            record.updated_at = now
            tx.of(Secret).put(record)
            return record

        return await self._store.write(work)

    async def list_all(self, principal: Principal) -> list[Secret]:
        """By id."""
        principal.require("secret.list")
        return await self._store.read(lambda tx: tx.of(Secret).find(tenant=principal.tenant, order=("id",)))

    async def get(self, principal: Principal, secret_id: str) -> Secret:
        """Id and type. Raises NotFound."""
        principal.require("secret.get")
        return await self._store.read(lambda tx: _existing(tx, principal.tenant, secret_id))

    async def delete(self, principal: Principal, secret_id: str) -> None:
        """Raises NotFound, InUse while resources refer to it (naming them)."""
        principal.require("secret.delete")
        tenant = principal.tenant

        def work(tx: Tx) -> None:
            _existing(tx, tenant, secret_id)
            users = [resource.id for resource in tx.of(Resource).find(tenant=tenant, secret=secret_id, order=("id",))]
            if users:
                raise InUse(f"secret {secret_id} is used by resource {', '.join(users)}")
            tx.of(Secret).delete(secret_id, tenant=tenant)

        await self._store.write(work)

    def open(self, tx: Tx, tenant: str, secret_id: str) -> dict[str, Any]:
        """The value, for the hand-out of a task and nothing else. Raises NotFound, SealBroken."""
        record = _existing(tx, tenant, secret_id)
        return msgspec.json.decode(self._vault.open(tenant, context_of(secret_id), record.sealed))

    def _seal(self, tenant: str, secret_id: str, value: dict[str, Any]) -> bytes:
        return self._vault.seal(tenant, context_of(secret_id), msgspec.json.encode(value))


def _existing(tx: Tx, tenant: str, secret_id: str) -> Secret:
    record = tx.of(Secret).get(secret_id, tenant=tenant)
    if record is None:
        raise NotFound(f"secret {secret_id} does not exist")
    return record
