"""Taking the credential out of a request.

Schemes in this order: `Authorization: Bearer`, `Authorization: Basic`, then `X-API-Key` or `Authorization: ApiKey`.
The first that is present decides; a second one is never tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from weft.domain.access import Principal
from weft.domain.credentials import MAX_CREDENTIAL, Credential, Scheme
from weft.domain.errors import Unauthenticated

CHALLENGES: tuple[tuple[bytes, bytes], ...] = (
    (b"www-authenticate", b'Bearer realm="weft"'),
    (b"www-authenticate", b'Basic realm="weft", charset="UTF-8"'),
)
"""Headers of a 401 where the dialect names no challenge of its own."""

_SCHEMES: Mapping[str, Scheme] = {"bearer": "bearer", "basic": "basic", "apikey": "apikey"}
_ORDER: tuple[Scheme, ...] = ("bearer", "basic", "apikey")


class Authenticator(Protocol):
    """Tells who shows a credential. `remembered` is the quick way for one that was verified moments ago."""

    def remembered(self, credential: Credential) -> Principal | None: ...

    async def authenticate(self, credential: Credential) -> Principal:
        """Raises Unauthenticated."""
        ...


def credential_of(raw_headers: Iterable[tuple[bytes, bytes]], address: str) -> Credential:
    """The credential that decides. Raises Unauthenticated when there is none, or one too long to be true."""
    found: dict[Scheme, str] = {}
    for name, value in raw_headers:
        if name == b"authorization":
            word, _, rest = value.decode("latin-1").strip().partition(" ")
            scheme = _SCHEMES.get(word.lower())
            if scheme is not None:
                found.setdefault(scheme, rest.strip())
        elif name == b"x-api-key":
            found.setdefault("apikey", value.decode("latin-1").strip())
    for scheme in _ORDER:
        text = found.get(scheme)
        if text is not None:
            if len(text) > MAX_CREDENTIAL:
                raise Unauthenticated("the credential is too long")
            return Credential(scheme, text, address)
    raise Unauthenticated("credentials are required")
