"""Administration of API keys. A key is shown once, when it is made; the store keeps its hash."""

from __future__ import annotations

import base64
from collections.abc import Sequence

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Invalid, NotFound
from weft.domain.tokens import KEY_PREFIX, ApiKey
from weft.domain.users import check_user_name
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.access import digest_of
from weft.services.access_cache import CredentialCache
from weft.services.access_grants import WantedGrant, check_home, check_reach, read_grants, role_ids
from weft.services.access_rights import READ, WRITE

MAX_LIFETIME_S = 10 * 366 * 86400


class KeyChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of an API key; None leaves it as it is. `expires_at` is UTC milliseconds."""

    roles: Sequence[str] | None = None
    expires_at: int | None = None
    disabled: bool | None = None
    grants: Sequence[WantedGrant] | None = None


class ApiKeys:
    """API keys of the caller's tenant. `lifetime_s` is the life of a key that is made without an expiry."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, cache: CredentialCache, *, lifetime_s: int) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._cache = cache
        self._lifetime_s = lifetime_s

    async def list(self, principal: Principal) -> Sequence[ApiKey]:
        principal.require(READ)
        return await self._store.read(lambda tx: tx.of(ApiKey).find(tenant=principal.tenant, order=("name",)))

    async def get(self, principal: Principal, key_id: str) -> ApiKey:
        """By id or name. Raises NotFound."""
        principal.require(READ)
        return await self._store.read(lambda tx: _find(tx, principal, key_id))

    async def create(
        self,
        principal: Principal,
        name: str,
        roles: Sequence[str],
        expires_at: int | None = None,
        grants: Sequence[WantedGrant] = (),
    ) -> tuple[ApiKey, str]:
        """The record and the key itself, which is never shown again. Raises Invalid, Forbidden, Conflict."""
        principal.require(WRITE)
        given = role_ids(roles)
        now = self._clock.now_ms()
        secret = KEY_PREFIX + base64.urlsafe_b64encode(self._ids.token(32)).decode().rstrip("=")
        record = ApiKey(
            id=self._ids.uuid7(),
            name=check_user_name(name),
            digest=digest_of(secret),
            roles=given,
            expires_at=_expiry(expires_at, now, self._lifetime_s),
            created_at=now,
            created_by=principal.name,
            tenant=principal.tenant,
        )

        def work(tx: Tx) -> ApiKey:
            check_home(tx, principal, given, principal.tenant)
            made = msgspec.structs.replace(record, grants=read_grants(tx, principal, grants))
            tx.of(ApiKey).insert(made)
            return made

        return await self._store.write(work), secret

    async def change(self, principal: Principal, key_id: str, change: KeyChange) -> ApiKey:
        """Raises NotFound, Invalid, Forbidden."""
        principal.require(WRITE)
        given = role_ids(change.roles) if change.roles is not None else None
        now = self._clock.now_ms()

        def work(tx: Tx) -> ApiKey:
            record = self._reachable(tx, principal, key_id)
            if given is not None:
                check_home(tx, principal, given, principal.tenant)
            changed = msgspec.structs.replace(
                record,
                roles=record.roles if given is None else given,
                expires_at=record.expires_at if change.expires_at is None else _expiry(change.expires_at, now, 0),
                disabled=record.disabled if change.disabled is None else change.disabled,
                grants=record.grants if change.grants is None else read_grants(tx, principal, change.grants),
            )
            tx.of(ApiKey).put(changed)
            tx.after_commit(self._cache.forget)
            return changed

        return await self._store.write(work)

    async def delete(self, principal: Principal, key_id: str) -> None:
        """Raises NotFound, Forbidden."""
        principal.require(WRITE)

        def work(tx: Tx) -> None:
            record = self._reachable(tx, principal, key_id)
            tx.of(ApiKey).delete(record.id, tenant=principal.tenant)
            tx.after_commit(self._cache.forget)

        await self._store.write(work)

    def _reachable(self, tx: Tx, principal: Principal, key_id: str) -> ApiKey:
        record = _find(tx, principal, key_id)
        check_reach(tx, principal, record, record.tenant)
        return record


def _find(tx: Tx, principal: Principal, key_id: str) -> ApiKey:
    keys = tx.of(ApiKey)
    record = keys.get(key_id, tenant=principal.tenant)
    if record is None:
        named = keys.find(tenant=principal.tenant, name=key_id)
        record = named[0] if named else None
    if record is None:
        raise NotFound(f"API key {key_id} does not exist")
    return record


def _expiry(expires_at: int | None, now: int, default_s: int) -> int:
    if expires_at is None:
        return now + default_s * 1000
    if not now < expires_at <= now + MAX_LIFETIME_S * 1000:
        raise Invalid("an API key expires in the future, within ten years")
    return expires_at
