"""Administration of roles. Every method: one authorization, one transaction."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from weft.domain.access import DEFAULT_TENANT, SUPERUSER_ROLE, Principal
from weft.domain.errors import Forbidden, Invalid, NotFound
from weft.domain.roles import BUILT_IN, Role, check_grant, check_permissions, check_role_id
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.access_cache import CredentialCache
from weft.services.access_grants import check_unused
from weft.services.access_rights import READ, WRITE, role_in

MAX_DESCRIPTION = 1000


class Roles:
    """Roles of the caller's tenant, and those that every tenant has: shared and built-in ones, unless it has its own.

    The superuser role is shown with every permission and cannot be written.
    """

    def __init__(self, store: Store, clock: Clock, cache: CredentialCache) -> None:
        self._store = store
        self._clock = clock
        self._cache = cache

    async def list(self, principal: Principal) -> Sequence[Role]:
        principal.require(READ)

        def work(tx: Tx) -> Sequence[Role]:
            found = dict(BUILT_IN)
            if principal.tenant != DEFAULT_TENANT:
                found.update((role.id, role) for role in tx.of(Role).find(tenant=DEFAULT_TENANT) if role.shared)
            found.update((role.id, role) for role in tx.of(Role).find(tenant=principal.tenant))
            found[SUPERUSER_ROLE] = BUILT_IN[SUPERUSER_ROLE]
            return [found[role_id] for role_id in sorted(found)]

        return await self._store.read(work)

    async def get(self, principal: Principal, role_id: str) -> Role:
        """What the role means in the caller's tenant. Raises NotFound."""
        principal.require(READ)
        role = await self._store.read(lambda tx: role_in(tx, principal.tenant, role_id))
        if role is None:
            raise NotFound(f"role {role_id} does not exist")
        return role

    async def create(
        self,
        principal: Principal,
        role_id: str,
        permissions: Sequence[str],
        description: str = "",
        *,
        shared: bool = False,
    ) -> Role:
        """A role of the caller's tenant, also one of the id of a built-in role, which it then replaces there.

        Raises Invalid, Forbidden (permissions that the caller lacks; sharing by others than the operator), Conflict.
        """
        principal.require(WRITE)
        _check_shared(principal, shared)
        now = self._clock.now_ms()
        role = Role(
            id=_writable(role_id),
            permissions=check_permissions(permissions),
            description=_description(description),
            created_at=now,
            changed_at=now,
            tenant=principal.tenant,
            shared=shared,
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
        shared: bool | None = None,
    ) -> Role:
        """Replace the permissions or the description, share it or not. Raises NotFound, Invalid, Forbidden."""
        principal.require(WRITE)
        if shared is not None:
            _check_shared(principal, shared)
        key = _writable(role_id)
        granted = check_permissions(permissions) if permissions is not None else None
        now = self._clock.now_ms()

        def work(tx: Tx) -> Role:
            role = _own(tx, principal.tenant, key)
            check_grant(principal, (), set(granted or ()) | set(role.permissions))
            changed = msgspec.structs.replace(
                role,
                permissions=role.permissions if granted is None else granted,
                description=role.description if description is None else _description(description),
                changed_at=now,
                shared=role.shared if shared is None else shared,
            )
            if role.shared or changed.shared:
                _check_shared(principal, True)
            tx.of(Role).put(changed)
            tx.after_commit(self._cache.forget)
            return changed

        return await self._store.write(work)

    async def delete(self, principal: Principal, role_id: str) -> None:
        """Raises NotFound, Forbidden, and InUse naming a user or key that holds the role."""
        principal.require(WRITE)
        key = _writable(role_id)

        def work(tx: Tx) -> None:
            role = _own(tx, principal.tenant, key)
            check_grant(principal, (), role.permissions)
            if role.shared:
                _check_shared(principal, True)
            check_unused(tx, principal.tenant, key)
            tx.of(Role).delete(key, tenant=principal.tenant)
            tx.after_commit(self._cache.forget)

        await self._store.write(work)


def _own(tx: Tx, tenant: str, role_id: str) -> Role:
    role = tx.of(Role).get(role_id, tenant=tenant)
    if role is None and role_in(tx, tenant, role_id) is not None:
        raise Invalid(f"the role {role_id} is not the tenant's own; create one of this id to replace it here")
    if role is None:
        raise NotFound(f"role {role_id} does not exist")
    return role


def _check_shared(principal: Principal, shared: bool) -> None:
    """Only the operator decides what all tenants may use, and only in the default tenant."""
    if shared and not (principal.operator and principal.tenant == DEFAULT_TENANT):
        raise Forbidden("only the operator shares a role of the default tenant with every tenant")


def _writable(role_id: str) -> str:
    key = check_role_id(role_id)
    if key == SUPERUSER_ROLE:
        raise Invalid(f"the role {SUPERUSER_ROLE} cannot be changed")
    return key


def _description(text: str) -> str:
    if len(text) > MAX_DESCRIPTION:
        raise Invalid(f"a description has at most {MAX_DESCRIPTION} characters")
    return text
