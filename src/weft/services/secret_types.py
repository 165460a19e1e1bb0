"""Reading secret types, and the secrets of one."""

from __future__ import annotations

from weft.domain.access import Principal
from weft.domain.errors import NotFound
from weft.domain.secrets import Secret, SecretType
from weft.domain.tenancy import SERVER_WIDE
from weft.ports.store import Store, Tx


class SecretTypes:
    """The types that secrets can have."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list_all(self, principal: Principal) -> list[SecretType]:
        """Every type, by id."""
        principal.require("secretType.list")
        return await self._store.read(lambda tx: tx.of(SecretType).find(tenant=SERVER_WIDE, order=("id",)))

    async def get(self, principal: Principal, type_id: str) -> tuple[SecretType, list[Secret]]:
        """The type and the caller's secrets of it, by id. Raises NotFound."""
        principal.require("secretType.get")

        def work(tx: Tx) -> tuple[SecretType, list[Secret]]:
            found = tx.of(SecretType).get(type_id, tenant=SERVER_WIDE)
            if found is None:
                raise NotFound(f"secret type {type_id} does not exist")
            return found, tx.of(Secret).find(tenant=principal.tenant, type=type_id, order=("id",))

        return await self._store.read(work)
