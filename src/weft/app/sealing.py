"""Everything that lies sealed in the store, in one list: a rotation of the keys has to reach all of it."""

from __future__ import annotations

from weft.domain.secrets import Secret
from weft.domain.secrets import context_of as secret_context
from weft.domain.tokens import SigningKey
from weft.domain.workflows import SealedValues
from weft.ports.vault import Vault
from weft.services.access_signing import signing_context
from weft.services.inline_secrets import context_of as inline_context
from weft.store.sealed_blobs import SealedBlobs
from weft.store.sqlite import SqliteStore
from weft.vaults.holders import CollectionHolder


def register_sealed(vault: Vault, store: SqliteStore) -> None:
    """Make every place with sealed values known to the vault."""
    for holder in (
        SealedBlobs(store),
        CollectionHolder(
            "signingKey", store, SigningKey, key_field="id", sealed_field="sealed", context=signing_context
        ),
        CollectionHolder(
            "secrets", store, Secret, key_field="id", sealed_field="sealed", context=lambda one: secret_context(one.id)
        ),
        CollectionHolder(
            "inline secrets", store, SealedValues, key_field="id", sealed_field="sealed",
            context=lambda one: inline_context(one.id),
        ),
    ):  # fmt: skip
        vault.register(holder)
