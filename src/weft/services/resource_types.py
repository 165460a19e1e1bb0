"""Reading resource types."""

from __future__ import annotations

from weft.domain.access import Principal
from weft.domain.errors import NotFound
from weft.domain.resources import ResourceType
from weft.domain.tenancy import SERVER_WIDE
from weft.ports.store import Store


class ResourceTypes:
    """The types that resources can have."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def list_all(self, principal: Principal) -> list[ResourceType]:
        """Every type, by id."""
        principal.require("resourceType.list")
        return await self._store.read(lambda tx: tx.of(ResourceType).find(tenant=SERVER_WIDE, order=("id",)))

    async def get(self, principal: Principal, type_id: str) -> ResourceType:
        """Raises NotFound."""
        principal.require("resourceType.get")
        found = await self._store.read(lambda tx: tx.of(ResourceType).get(type_id, tenant=SERVER_WIDE))
        if found is None:
            raise NotFound(f"resource type {type_id} does not exist")
        return found
