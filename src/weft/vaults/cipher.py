"""The vault as the cipher of large values, which are not bound to a tenant's own key: one key seals them all."""

from __future__ import annotations

from weft.domain.access import DEFAULT_TENANT
from weft.ports.vault import Vault


class BlobCipher:
    """Implements `weft.ports.blobs.Cipher` on a vault. The context names the tenant and the content's digest."""

    def __init__(self, vault: Vault, tenant: str = DEFAULT_TENANT) -> None:
        self._vault = vault
        self._tenant = tenant

    def seal(self, data: bytes, context: str) -> bytes:
        return self._vault.seal(self._tenant, context, data)

    def open(self, sealed: bytes, context: str) -> bytes:
        return self._vault.open(self._tenant, context, sealed)
