"""Bearer tokens: JWTs signed with RS256 by a key that lies sealed in the store.

Claims: `sub`, `iss`, `aud`, `exp`, `iat`, `jti`; a user's token has `policy_id` (the roles joined by `,`),
`first_name`, `last_name` and `authenticationMethod` as well. The part of `jti` before the dot names what the token was
made from: the login ticket of a user, the secret of a client.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from weft.domain.access import DEFAULT_TENANT
from weft.domain.errors import Unauthenticated
from weft.domain.tokens import SigningKey, Ticket
from weft.domain.users import User
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store
from weft.ports.vault import Vault

ALGORITHM = "RS256"
ISSUER = "weft"
AUDIENCE = "weft"
KEY_BITS = 2048
_REJECTED = "the bearer token is not valid"


class Claims(msgspec.Struct, frozen=True):
    """What a valid token says. `user` is the principal's name, `ticket` what it was made from; the end UTC seconds."""

    user: str
    ticket: str
    expires_at: int


def signing_context(record: SigningKey) -> str:
    """The context under which a signing key is sealed."""
    return f"signingKey/{record.id}"


class TokenSigner:
    """Signs and checks tokens. Call `open` once: it loads the key, or makes the first one."""

    def __init__(self, store: Store, vault: Vault, clock: Clock, ids: Ids, issuer: str = ISSUER) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._ids = ids
        self._issuer = issuer
        self._keys: dict[str, RSAKey] = {}
        self._current = ""

    async def open(self) -> None:
        records = await self._store.read(lambda tx: tx.of(SigningKey).find())
        if not records:
            records = [await self._make()]
        for record in sorted(records, key=lambda record: record.created_at):
            pem = self._vault.open(record.tenant, signing_context(record), record.sealed)
            self._keys[record.id] = RSAKey.import_key(pem)
            self._current = record.id

    async def _make(self) -> SigningKey:
        def generate() -> bytes:
            key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
            return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

        pem = await asyncio.to_thread(generate)
        record = SigningKey(id=self._ids.uuid7(), sealed=b"", created_at=self._clock.now_ms())
        sealed = self._vault.seal(DEFAULT_TENANT, signing_context(record), pem)
        record = msgspec.structs.replace(record, sealed=sealed)
        await self._store.write(lambda tx: tx.of(SigningKey).insert(record))
        return record

    def sign(self, user: User, ticket: Ticket, lifetime_s: int) -> tuple[str, int]:
        """A token for a user and the end of its life in UTC seconds."""
        more = {
            "policy_id": ",".join(f"permission/{role}" for role in user.roles),
            "first_name": user.first_name,
            "last_name": user.last_name,
            "authenticationMethod": "password",
        }
        return self.issue(user.name, ticket.id, lifetime_s, more)

    def issue(self, subject: str, origin: str, lifetime_s: int, more: Mapping[str, Any]) -> tuple[str, int]:
        """A token for a principal's name, made from `origin`, and the end of its life in UTC seconds."""
        now = self._clock.now_ms() // 1000
        expires_at = now + lifetime_s
        claims: dict[str, Any] = {
            "sub": subject,
            "iss": self._issuer,
            "aud": AUDIENCE,
            "exp": expires_at,
            "iat": now,
            "jti": f"{origin}.{self._ids.uuid4()}",
            **more,
        }
        header = {"alg": ALGORITHM, "kid": self._current}
        return jwt.encode(header, claims, self._keys[self._current], algorithms=[ALGORITHM]), expires_at

    def verify(self, text: str) -> Claims:
        """The claims of a token of ours. Raises Unauthenticated for anything else, always with the same words."""
        try:
            token = jwt.decode(text, self._key_of, algorithms=[ALGORITHM])
        except (JoseError, ValueError, TypeError, KeyError):
            raise Unauthenticated(_REJECTED) from None
        claims = token.claims
        user, jti, expires_at = claims.get("sub"), claims.get("jti"), claims.get("exp")
        if not (isinstance(user, str) and isinstance(jti, str) and isinstance(expires_at, int)):
            raise Unauthenticated(_REJECTED)
        if claims.get("iss") != self._issuer or claims.get("aud") != AUDIENCE:
            raise Unauthenticated(_REJECTED)
        if expires_at <= self._clock.now_ms() // 1000:
            raise Unauthenticated("the bearer token has expired", code="token_expired")
        return Claims(user=user, ticket=jti.partition(".")[0], expires_at=expires_at)

    def _key_of(self, guest: Any) -> RSAKey:
        headers = guest.headers()
        key = self._keys.get(str(headers.get("kid", "")))
        if key is None:
            raise KeyError("kid")
        return key
