"""Administration of roles. Every method: one authorization, one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from weft.domain.access import SUPERUSER_ROLE, Principal
from weft.domain.errors import InUse, Invalid, NotFound
from weft.domain.roles import ALL_PERMISSIONS, Role, check_grant, check_permissions, check_role_id
from weft.domain.tokens import ApiKey
from weft.domain.users import User
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.access_cache import CredentialCache
from weft.services.access_users import READ, WRITE

MAX_DESCRIPTION = 1000


class Roles:
    """Roles of the caller's tenant. The superuser role is shown with every permission and cannot be written."""

    def __init__(self, store: Store, clock: Clock, cache: CredentialCache) -> None:
        self._store = store
        self._clock = clock
        self._cache = cache

    async def list(self, principal: Principal) -> Sequence[Role]:
        principal.require(READ)
        roles = await self._store.read(lambda tx: tx.of(Role).find(tenant=principal.tenant, order=("id",)))
        return [_superuser_role(principal.tenant), *roles]

    async def get(self, principal: Principal, role_id: str) -> Role:
        """Raises NotFound."""
        principal.require(READ)
        if role_id == SUPERUSER_ROLE:
            return _superuser_role(principal.tenant)
        role = await self._store.read(lambda tx: tx.of(Role).get(role_id, tenant=principal.tenant))
        if role is None:
            raise NotFound(f"role {role_id} does not exist")
        return role

    async def create(
        self, principal: Principal, role_id: str, permissions: Sequence[str], description: str = ""
    ) -> Role:
        """Raises Invalid, Forbidden (permissions that the caller lacks), Conflict."""
        principal.require(WRITE)
        now = self._clock.now_ms()
        role = Role(
            id=_writable(role_id),
            permissions=check_permissions(permissions),
            description=_description(description),
            created_at=now,
            changed_at=now,
            tenant=principal.tenant,
        )
        check_grant(principal, (), role.permissions)

        def work(tx: Tx) -> Role:
            tx.of(Role).insert(role)
            tx.after_commit(self._cache.forget)
            return role

        return await self._store.write(work)

    async def change(
        self,
        principal: Principal,
        role_id: str,
        *,
        permissions: Sequence[str] | None = None,
        description: str | None = None,
    ) -> Role:
        """Replace the permissions or the description. Raises NotFound, Invalid, Forbidden."""
        principal.require(WRITE)
        key = _writable(role_id)
        granted = check_permissions(permissions) if permissions is not None else None
        now = self._clock.now_ms()

        def work(tx: Tx) -> Role:
            role = tx.of(Role).get(key, tenant=principal.tenant)
            if role is None:
                raise NotFound(f"role {key} does not exist")
            check_grant(principal, (), set(granted or ()) | set(role.permissions))
            changed = msgspec.structs.replace(
                role,
                permissions=role.permissions if granted is None else granted,
                description=role.description if description is None else _description(description),
                changed_at=now,
            )
            tx.of(Role).put(changed)
            tx.after_commit(self._cache.forget)
            return changed

        return await self._store.write(work)

    async def delete(self, principal: Principal, role_id: str) -> None:
        """Raises NotFound, Forbidden, and InUse naming a user or key that holds the role."""
        principal.require(WRITE)
        key = _writable(role_id)

        def work(tx: Tx) -> None:
            role = tx.of(Role).get(key, tenant=principal.tenant)
            if role is None:
                raise NotFound(f"role {key} does not exist")
            check_grant(principal, (), role.permissions)
            for holder in (*tx.of(User).find(tenant=role.tenant), *tx.of(ApiKey).find(tenant=role.tenant)):
                if key in holder.roles:
                    raise InUse(f"role {key} is held by {holder.name}")
            tx.of(Role).delete(key, tenant=principal.tenant)
            tx.after_commit(self._cache.forget)

        await self._store.write(work)


def _superuser_role(tenant: str) -> Role:
    permissions = tuple(sorted(ALL_PERMISSIONS))
    return Role(id=SUPERUSER_ROLE, permissions=permissions, description="every permission", tenant=tenant)


def _writable(role_id: str) -> str:
    key = check_role_id(role_id)
    if key == SUPERUSER_ROLE:
        raise Invalid(f"the role {SUPERUSER_ROLE} cannot be changed")
    return key


def _description(text: str) -> str:
    if len(text) > MAX_DESCRIPTION:
        raise Invalid(f"a description has at most {MAX_DESCRIPTION} characters")
    return text
