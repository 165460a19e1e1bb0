"""Telling who calls: credentials to principals.

Order of work: a credential verified moments ago is remembered; else it is verified once, however many requests bring
it at the same time. Rights are read from the store, not from the token: a change of a role counts for the next
request.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import hashlib

from weft.domain.access import SUPERUSER_ROLE, Principal
from weft.domain.credentials import Credential
from weft.domain.errors import Unauthenticated
from weft.domain.roles import Role
from weft.domain.tokens import ApiKey, Ticket
from weft.domain.users import User
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.access_cache import CredentialCache
from weft.services.access_passwords import Passwords
from weft.services.access_signing import TokenSigner
from weft.services.access_throttle import LoginThrottle

WRONG_LOGIN = "user or password is wrong"


def digest_of(secret: str) -> str:
    """The SHA-256 (hex) under which a random secret (API key, ticket) is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


def principal_of(tx: Tx, name: str, roles: tuple[str, ...], tenant: str) -> Principal:
    """A principal with the union of its roles' permissions; roles that do not exist grant nothing."""
    granted: set[str] = set()
    collection = tx.of(Role)
    for role_id in roles:
        role = collection.get(role_id, tenant=tenant)
        if role is not None:
            granted.update(role.permissions)
    return Principal(
        name=name, tenant=tenant, roles=roles, permissions=frozenset(granted), superuser=SUPERUSER_ROLE in roles
    )


class Access:
    """Authenticates credentials. Implements `weft.web.authentication.Authenticator`."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        passwords: Passwords,
        throttle: LoginThrottle,
        signer: TokenSigner,
        cache: CredentialCache,
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._throttle = throttle
        self._signer = signer
        self._cache = cache
        self._verifying: dict[bytes, asyncio.Task[Principal]] = {}

    def remembered(self, credential: Credential) -> Principal | None:
        return self._cache.get(self._cache.key_of(credential))

    async def authenticate(self, credential: Credential) -> Principal:
        """Raises Unauthenticated; Busy when too many passwords wait to be checked."""
        key = self._cache.key_of(credential)
        principal = self._cache.get(key)
        if principal is not None:
            return principal
        flight = key + credential.address.encode()
        task = self._verifying.get(flight)
        if task is None:
            task = asyncio.create_task(self._verify(key, credential))
            self._verifying[flight] = task
            task.add_done_callback(lambda done: self._verified(flight, done))
        return await asyncio.shield(task)

    def _verified(self, flight: bytes, done: asyncio.Task[Principal]) -> None:
        self._verifying.pop(flight, None)
        if not done.cancelled():
            done.exception()  # looked at, for the case that every request that waits has gone

    async def _verify(self, key: bytes, credential: Credential) -> Principal:
        generation = self._cache.generation
        ttl_s: float | None = None
        if credential.scheme == "bearer":
            principal, ttl_s = await self._bearer(credential)
        elif credential.scheme == "basic":
            principal = await self._basic(credential)
        else:
            principal, ttl_s = await self._api_key(credential)
        self._cache.put(key, principal, generation, ttl_s)
        return principal

    async def _basic(self, credential: Credential) -> Principal:
        try:
            text = base64.b64decode(credential.text, validate=True).decode()
        except (binascii.Error, ValueError):
            raise Unauthenticated("the Basic credential cannot be read") from None
        name, colon, password = text.partition(":")
        if not colon:
            raise Unauthenticated("the Basic credential cannot be read")
        user = await self.login(name, password, credential.address)
        return await self._store.read(lambda tx: principal_of(tx, user.name, user.roles, user.tenant))

    async def login(self, name: str, password: str, address: str) -> User:
        """The user with this password. Raises Unauthenticated, also while the user or address is throttled."""
        self._throttle.check(name, address)
        user = await self._store.read(lambda tx: tx.of(User).get(name))
        known = user.password_hash if user is not None and not user.disabled else None
        if not await self._passwords.matches(known, password) or user is None:
            self._throttle.failed(name, address)
            raise Unauthenticated(WRONG_LOGIN)
        self._throttle.succeeded(name, address)
        return user

    async def _bearer(self, credential: Credential) -> tuple[Principal, float]:
        claims = self._signer.verify(credential.text)

        def work(tx: Tx) -> Principal | None:
            ticket = tx.of(Ticket).get(claims.ticket)
            user = tx.of(User).get(claims.user)
            if ticket is None or ticket.user != claims.user or user is None or user.disabled:
                return None
            return principal_of(tx, user.name, user.roles, user.tenant)

        principal = await self._store.read(work)
        if principal is None:
            raise Unauthenticated("the bearer token is not valid any more")
        return principal, claims.expires_at - self._clock.now_ms() / 1000

    async def _api_key(self, credential: Credential) -> tuple[Principal, float | None]:
        """Wrong keys are not counted: 256 random bits are not guessed, and counting would lock others out."""
        digest = digest_of(credential.text)
        now = self._clock.now_ms()

        def work(tx: Tx) -> tuple[ApiKey, Principal] | None:
            found = tx.of(ApiKey).find(digest=digest)
            if not found or found[0].disabled or 0 < found[0].expires_at <= now:
                return None
            return found[0], principal_of(tx, f"key:{found[0].name}", found[0].roles, found[0].tenant)

        verified = await self._store.read(work)
        if verified is None:
            raise Unauthenticated("the API key is not valid")
        record, principal = verified
        return principal, (record.expires_at - now) / 1000 if record.expires_at else None
