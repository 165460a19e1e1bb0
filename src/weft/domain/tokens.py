"""API keys, login tickets, and the keys that sign bearer tokens."""

from __future__ import annotations

import msgspec

from weft.domain.access import DEFAULT_TENANT, Grant

KEY_PREFIX = "weft_"
"""How the text of every API key begins."""


class ApiKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """A credential for programs. Only the SHA-256 of the key is kept (`digest`, hex). Times are UTC milliseconds.

    `roles` are held in the whole of its home `tenant`; `grants` add roles elsewhere. Names are unique on the server.
    """

    id: str
    name: str
    digest: str
    roles: tuple[str, ...] = ()
    expires_at: int = 0
    disabled: bool = False
    created_at: int = 0
    created_by: str = ""
    tenant: str = DEFAULT_TENANT
    grants: tuple[Grant, ...] = ()


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True):
    """A login, kept under the SHA-256 (hex) of the ticket. New tokens are made from it until `expires_at`.

    `tokens_until` is the latest end of a token made from it: until then the record must stay, because it is what
    makes those tokens valid. `service` is the last one it was used for; it is recorded and not checked.
    """

    id: str
    user: str
    created_at: int
    expires_at: int
    tokens_until: int = 0
    service: str = ""
    tenant: str = DEFAULT_TENANT


class SigningKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """An RSA key that signs bearer tokens: `sealed` is the private key (PEM) in the vault's keeping."""

    id: str
    sealed: bytes
    created_at: int
    tenant: str = DEFAULT_TENANT
