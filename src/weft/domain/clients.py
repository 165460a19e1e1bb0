"""Clients: programs of other people that get their access tokens for an id and a secret (client credentials)."""

from __future__ import annotations

import re

import msgspec

from weft.domain.access import Grant
from weft.domain.errors import Invalid
from weft.domain.tenancy import SERVER_WIDE

CLIENT = "client:"
"""How the name of a principal that is a client begins; no user's name holds a colon."""
SECRET_PREFIX = "wcs_"  # noqa: S105 - no secret, the beginning of every one that is made here
MIN_SECRET = 6
MAX_SECRET = 1024
_ID = re.compile(r"[A-Za-z0-9_.@+~-]{1,128}")


class Client(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`id` is unique on the server; `owner` is the id of its home tenant, in the whole of which it holds `roles`.

    The secret is kept as `digest` (SHA-256, hex) when it was made here, with 256 random bits, or as `password_hash`
    (argon2) when somebody chose it. `secret_id` names the present secret: tokens got with an older one are void.
    Times are UTC milliseconds; `expires_at` 0 means never.
    """

    id: str
    owner: str
    secret_id: str
    digest: str = ""
    password_hash: str = ""
    label: str = ""
    roles: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    disabled: bool = False
    expires_at: int = 0
    created_at: int = 0
    changed_at: int = 0
    secret_at: int = 0
    created_by: str = ""
    tenant: str = SERVER_WIDE

    @property
    def name(self) -> str:
        """The name of the principal that it is."""
        return CLIENT + self.id

    def usable(self, now_ms: int) -> bool:
        """Neither disabled nor expired."""
        return not self.disabled and not 0 < self.expires_at <= now_ms


def check_client_id(text: str) -> str:
    """1 to 128 characters `A-Z`, `a-z`, `0-9` and `_.@+~-`: nothing that a form or a Basic header would change."""
    if not _ID.fullmatch(text):
        raise Invalid("a client id has 1 to 128 characters of A-Z, a-z, 0-9 and '_.@+~-'")
    return text


def check_secret(text: str) -> str:
    """A secret that somebody chose: 6 to 1,024 visible ASCII characters."""
    if not MIN_SECRET <= len(text) <= MAX_SECRET or not all(33 <= ord(char) <= 126 for char in text):
        raise Invalid(f"a client secret has {MIN_SECRET} to {MAX_SECRET} visible ASCII characters")
    return text
