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

from weft.domain.access import Principal
from weft.domain.clients import CLIENT, Client
from weft.domain.credentials import Credential
from weft.domain.errors import Unauthenticated
from weft.domain.tenancy import EVERY_TENANT, SERVER_WIDE
from weft.domain.tokens import KEY_PREFIX, ApiKey, Ticket
from weft.domain.users import User
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.access_cache import CredentialCache
from weft.services.access_passwords import Passwords
from weft.services.access_rights import client_principal, find_user, key_principal, user_principal
from weft.services.access_signing import Claims, TokenSigner
from weft.services.access_throttle import LoginThrottle

WRONG_LOGIN = "user or password is wrong"
_VOID = "the bearer token is not valid any more"


def digest_of(secret: str) -> str:
    """The SHA-256 (hex) under which a random secret (API key, ticket) is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


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
        """Raises Unauthenticated, also while the home tenant is disabled; Busy when too many passwords wait."""
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
        if credential.scheme == "bearer" and not credential.text.startswith(KEY_PREFIX):
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
        principal = await self._store.read(lambda tx: user_principal(tx, user))
        if principal is None:
            raise Unauthenticated(WRONG_LOGIN)
        return principal

    async def login(self, name: str, password: str, address: str) -> User:
        """The user with this password. Raises Unauthenticated, also while the user or address is throttled."""
        self._throttle.check(name, address)
        user = await self._store.read(lambda tx: find_user(tx, name))
        known = user.password_hash if user is not None and not user.disabled else None
        if not await self._passwords.matches(known, password) or user is None:
            self._throttle.failed(name, address)
            raise Unauthenticated(WRONG_LOGIN)
        self._throttle.succeeded(name, address)
        return user

    async def _bearer(self, credential: Credential) -> tuple[Principal, float]:
        claims = self._signer.verify(credential.text)

        now = self._clock.now_ms()

        def work(tx: Tx) -> tuple[Principal | None, int]:
            return _client_of(tx, claims, now) if claims.user.startswith(CLIENT) else (_user_of(tx, claims), 0)

        principal, client_until = await self._store.read(work)
        if principal is None:
            raise Unauthenticated(_VOID)
        ends = min(claims.expires_at * 1000, client_until or claims.expires_at * 1000)
        return principal, (ends - now) / 1000

    async def _api_key(self, credential: Credential) -> tuple[Principal, float | None]:
        """Wrong keys are not counted: 256 random bits are not guessed, and counting would lock others out."""
        digest = digest_of(credential.text)
        now = self._clock.now_ms()

        def work(tx: Tx) -> tuple[Principal | None, int]:
            found = tx.of(ApiKey).find(tenant=EVERY_TENANT, digest=digest)
            if not found or found[0].disabled or 0 < found[0].expires_at <= now:
                return None, 0
            return key_principal(tx, found[0]), found[0].expires_at

        principal, expires_at = await self._store.read(work)
        if principal is None:
            raise Unauthenticated("the API key is not valid")
        return principal, (expires_at - now) / 1000 if expires_at else None


def _user_of(tx: Tx, claims: Claims) -> Principal | None:
    ticket = tx.of(Ticket).get(claims.ticket)
    user = find_user(tx, claims.user)
    if ticket is None or ticket.user != claims.user or user is None or user.disabled:
        return None
    return user_principal(tx, user)


def _client_of(tx: Tx, claims: Claims, now_ms: int) -> tuple[Principal | None, int]:
    """The client and the end of its time, 0 for none; nobody when it is gone, disabled, or has another secret now."""
    client = tx.of(Client).get(claims.user.removeprefix(CLIENT), tenant=SERVER_WIDE)
    if client is None or client.secret_id != claims.ticket or not client.usable(now_ms):
        return None, 0
    return client_principal(tx, client), client.expires_at
