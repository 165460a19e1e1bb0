"""Clients: their administration, and the access tokens that they get for id and secret.

A secret is shown once, when it is made; the store keeps its hash. A token is valid while the client is enabled, has
not expired, and still has the secret that the token was got with.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from weft.domain.access import Principal
from weft.domain.clients import SECRET_PREFIX, Client, check_client_id, check_secret
from weft.domain.errors import InUse, Invalid, NotFound, Unauthenticated
from weft.domain.tenancy import SERVER_WIDE, Tenant
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.access import digest_of
from weft.services.access_cache import CredentialCache
from weft.services.access_grants import WantedGrant, check_home, check_reach, read_grants, role_ids
from weft.services.access_passwords import Passwords
from weft.services.access_rights import READ, WRITE
from weft.services.access_signing import TokenSigner
from weft.services.access_throttle import ClientThrottle
from weft.services.tenants import check_label

MAX_CLIENTS = 10_000
"""Of one tenant."""
MAX_LIFETIME_S = 10 * 366 * 86400
MAX_VERIFIED = 10_000
MAX_SCOPE = 255
"""Characters of the asked scope that are written into a token; it grants nothing."""


class ClientDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A client to make. Without `id` or `secret` one is made up; `expires_at` (UTC milliseconds) 0 means never."""

    id: str = ""
    secret: str = ""
    label: str = ""
    roles: Sequence[str] = ()
    grants: Sequence[WantedGrant] = ()
    expires_at: int = 0


class ClientChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a client; None leaves it as it is. `expires_at` 0 means never."""

    label: str | None = None
    roles: Sequence[str] | None = None
    grants: Sequence[WantedGrant] | None = None
    disabled: bool | None = None
    expires_at: int | None = None


class IssuedToken(msgspec.Struct, frozen=True):
    """An access token and its life in seconds."""

    text: str
    expires_in_s: int


class _Secret(msgspec.Struct, frozen=True):
    """A new secret as it is kept; `shown` is the text where it was made here, else empty."""

    digest: str
    password_hash: str
    shown: str


class Clients:
    """Clients of the caller's tenant; ids are unique on the server. `lifetime_s` is the life of an access token."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        passwords: Passwords,
        signer: TokenSigner,
        throttle: ClientThrottle,
        cache: CredentialCache,
        *,
        lifetime_s: int,
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._passwords = passwords
        self._signer = signer
        self._throttle = throttle
        self._cache = cache
        self._lifetime_s = lifetime_s
        self._verified: dict[bytes, None] = {}
        self._pepper = ids.token(32)

    # -- administration -------------------------------------------------------------------------------------------

    async def list(self, principal: Principal) -> Sequence[Client]:
        principal.require(READ)
        return await self._store.read(lambda tx: tx.of(Client).find(tenant=SERVER_WIDE, owner=principal.tenant))

    async def get(self, principal: Principal, client_id: str) -> Client:
        """Raises NotFound."""
        principal.require(READ)
        return await self._store.read(lambda tx: _own(tx, principal, client_id))

    def owner_of(self, client_id: str) -> str | None:
        """The id of a client's home tenant."""
        found = self._store.read_now(lambda tx: tx.of(Client).get(client_id, tenant=SERVER_WIDE))
        return None if found is None else found.owner

    async def create(self, principal: Principal, draft: ClientDraft) -> tuple[Client, str]:
        """The record and the secret, where it was made here; it is never shown again.

        Raises Invalid, Forbidden, and Conflict when the id is taken, in whichever tenant.
        """
        principal.require(WRITE)
        given = role_ids(draft.roles)
        now = self._clock.now_ms()
        client_id = check_client_id(draft.id) if draft.id else self._ids.uuid4()
        label, expires_at = check_label(draft.label), _expiry(draft.expires_at, now)
        secret = await self._new_secret(draft.secret)
        record = Client(
            id=client_id,
            owner=principal.tenant,
            secret_id=self._ids.uuid7(),
            digest=secret.digest,
            password_hash=secret.password_hash,
            label=label,
            roles=given,
            expires_at=expires_at,
            created_at=now,
            changed_at=now,
            secret_at=now,
            created_by=principal.name,
        )

        def work(tx: Tx) -> Client:
            check_home(tx, principal, given, principal.tenant)
            if len(tx.of(Client).find(tenant=SERVER_WIDE, owner=principal.tenant)) >= MAX_CLIENTS:
                raise InUse(f"a tenant has at most {MAX_CLIENTS} clients")
            made = msgspec.structs.replace(record, grants=read_grants(tx, principal, draft.grants))
            tx.of(Client).insert(made)
            return made

        return await self._store.write(work), secret.shown

    async def change(self, principal: Principal, client_id: str, change: ClientChange) -> Client:
        """Raises NotFound, Invalid, Forbidden."""
        principal.require(WRITE)
        given = role_ids(change.roles) if change.roles is not None else None
        label = None if change.label is None else check_label(change.label)
        now = self._clock.now_ms()
        expires_at = None if change.expires_at is None else _expiry(change.expires_at, now)

        def work(tx: Tx) -> Client:
            record = _reachable(tx, principal, client_id)
            if given is not None:
                check_home(tx, principal, given, principal.tenant)
            changed = msgspec.structs.replace(
                record,
                label=record.label if label is None else label,
                roles=record.roles if given is None else given,
                grants=record.grants if change.grants is None else read_grants(tx, principal, change.grants),
                disabled=record.disabled if change.disabled is None else change.disabled,
                expires_at=record.expires_at if expires_at is None else expires_at,
                changed_at=now,
            )
            tx.of(Client).put(changed)
            tx.after_commit(self._cache.forget)
            return changed

        return await self._store.write(work)

    async def new_secret(self, principal: Principal, client_id: str, chosen: str = "") -> tuple[Client, str]:
        """Replace the secret; the old one and the tokens got with it are void at once. Raises as `change`."""
        principal.require(WRITE)
        secret = await self._new_secret(chosen)
        now, secret_id = self._clock.now_ms(), self._ids.uuid7()

        def work(tx: Tx) -> Client:
            record = _reachable(tx, principal, client_id)
            changed = msgspec.structs.replace(
                record,
                secret_id=secret_id,
                digest=secret.digest,
                password_hash=secret.password_hash,
                secret_at=now,
                changed_at=now,
            )
            tx.of(Client).put(changed)
            tx.after_commit(self._cache.forget)
            return changed

        return await self._store.write(work), secret.shown

    async def delete(self, principal: Principal, client_id: str) -> None:
        """Its tokens are void at once; what it started goes on. Raises NotFound, Forbidden."""
        principal.require(WRITE)

        def work(tx: Tx) -> None:
            _reachable(tx, principal, client_id)
            tx.of(Client).delete(client_id, tenant=SERVER_WIDE)
            tx.after_commit(self._cache.forget)

        await self._store.write(work)

    async def _new_secret(self, chosen: str) -> _Secret:
        if chosen:
            return _Secret("", await self._passwords.hash(check_secret(chosen)), "")
        text = SECRET_PREFIX + base64.urlsafe_b64encode(self._ids.token(32)).decode().rstrip("=")
        return _Secret(digest_of(text), "", text)

    # -- tokens ---------------------------------------------------------------------------------------------------

    async def token(self, client_id: str, secret: str, *, scope: str = "", address: str = "") -> IssuedToken:
        """An access token for a client.

        Raises Unauthenticated (code `invalid_client`) for anything but the right secret of a usable client, always with
        the same words and about as late; Busy (code `too_many_requests`, with `retry_after`) after ten failures a
        minute of one client or from one address.
        """
        self._throttle.check(client_id, address)
        client = await self._store.read(lambda tx: _usable(tx, client_id, self._clock.now_ms()))
        if not await self._fits(client, secret) or client is None:
            self._throttle.failed(client_id, address)
            raise Unauthenticated("the client is not known or its secret is wrong", code="invalid_client")
        lifetime_s = self._lifetime_s
        if client.expires_at:
            lifetime_s = max(1, min(lifetime_s, (client.expires_at - self._clock.now_ms()) // 1000))
        more = {"client_id": client.id, "scope": scope[:MAX_SCOPE], "authenticationMethod": "client_credentials"}
        text, _ = self._signer.issue(client.name, client.secret_id, lifetime_s, more)
        return IssuedToken(text, lifetime_s)

    async def _fits(self, client: Client | None, secret: str) -> bool:
        """Whether it is the client's secret. Every failure costs a password hash, so that its time tells nothing."""
        if client is not None and client.digest and hmac.compare_digest(client.digest, digest_of(secret)):
            return True
        kept = client.password_hash if client is not None else ""
        key = hashlib.blake2b(f"{kept}\n{secret}".encode(), digest_size=32, key=self._pepper).digest()
        if kept and key in self._verified:
            return True
        if not await self._passwords.matches(kept or None, secret):
            return False
        if len(self._verified) >= MAX_VERIFIED:
            self._verified.pop(next(iter(self._verified)))
        self._verified[key] = None
        return True


def _usable(tx: Tx, client_id: str, now_ms: int) -> Client | None:
    client = tx.of(Client).get(client_id, tenant=SERVER_WIDE)
    if client is None or not client.usable(now_ms):
        return None
    home = tx.of(Tenant).get(client.owner, tenant=SERVER_WIDE)
    return None if home is None or home.disabled else client


def _own(tx: Tx, principal: Principal, client_id: str) -> Client:
    found = tx.of(Client).get(client_id, tenant=SERVER_WIDE)
    if found is None or found.owner != principal.tenant:
        raise NotFound(f"client {client_id} does not exist")
    return found


def _reachable(tx: Tx, principal: Principal, client_id: str) -> Client:
    record = _own(tx, principal, client_id)
    check_reach(tx, principal, record, record.owner)
    return record


def _expiry(expires_at: int, now: int) -> int:
    if expires_at and not now < expires_at <= now + MAX_LIFETIME_S * 1000:
        raise Invalid("a client expires in the future, within ten years, or never")
    return expires_at
