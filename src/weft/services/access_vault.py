"""New data keys for everything that is sealed, on a running server."""

from __future__ import annotations

from weft.domain.access import Principal
from weft.ports.vault import Rotation, Vault
from weft.services.access_rights import WRITE


class KeyRotation:
    """The administration's way to the vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    async def rotate(self, principal: Principal) -> Rotation:
        """New data keys; every sealed value is sealed anew, in small batches. Raises Conflict while one runs."""
        principal.require_server(WRITE)
        return await self._vault.rotate()
