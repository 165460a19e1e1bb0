"""Tenants: looking them up while a request is answered, and their administration.

Only the operator (the superuser of the default tenant) makes and disables tenants and sets their UUIDs; who administers
a tenant may read it and change its label. Look-ups are synchronous and remembered; any change of a tenant or namespace
forgets them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from weft.domain.access import DEFAULT_TENANT, Principal
from weft.domain.errors import Conflict, Forbidden, InUse, Invalid, NotFound, Unavailable
from weft.domain.tenancy import (
    MAX_LABEL,
    SERVER_WIDE,
    Namespace,
    Tenant,
    check_namespace_id,
    check_tenant_id,
    check_uuid,
)
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.access_cache import CredentialCache
from weft.services.access_grants import tenant_named
from weft.services.access_rights import READ, WRITE

MAX_TENANTS = 10_000
REMEMBERED = 20_000
"""Tenants and namespaces kept in memory."""
T = TypeVar("T")


class TenantDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A tenant to make. Without `uuid` one is made up; the default namespace has the tenant's id if none is named."""

    id: str
    uuid: str = ""
    label: str = ""
    default_namespace: str = ""


class TenantChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a tenant; None leaves it as it is."""

    uuid: str | None = None
    label: str | None = None
    disabled: bool | None = None


def check_label(text: str) -> str:
    """At most 255 characters without control characters."""
    if len(text) > MAX_LABEL or any(ord(char) < 32 or ord(char) == 127 for char in text):
        raise Invalid(f"a label has at most {MAX_LABEL} characters and no control characters")
    return text


class Tenants:
    """`tenant`, `of_uuid`, `namespace` and `default` are the look-ups: what is disabled is as unknown to them.

    They are used from the event loop only.
    """

    def __init__(self, store: Store, clock: Clock, ids: Ids, cache: CredentialCache) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._cache = cache
        self._known: dict[tuple[str, str], Any] = {}

    # -- look-ups -------------------------------------------------------------------------------------------------

    def tenant(self, tenant_id: str) -> Tenant | None:
        """An enabled tenant by id."""
        found = self._look(("tenant", tenant_id), lambda tx: tx.of(Tenant).get(tenant_id, tenant=SERVER_WIDE))
        return None if found is None or found.disabled else found

    def of_uuid(self, uuid: str) -> Tenant | None:
        """An enabled tenant by its UUID in lower case."""

        def work(tx: Tx) -> Tenant | None:
            found = tx.of(Tenant).find(tenant=SERVER_WIDE, uuid=uuid)
            return found[0] if found else None

        found = self._look(("uuid", uuid), work)
        return None if found is None or found.disabled else found

    def namespace(self, namespace_id: str) -> Namespace | None:
        """An enabled namespace, of an enabled tenant, by id."""
        found = self._look(
            ("namespace", namespace_id), lambda tx: tx.of(Namespace).get(namespace_id, tenant=SERVER_WIDE)
        )
        return None if found is None or found.disabled or self.tenant(found.owner) is None else found

    @property
    def default(self) -> Tenant:
        """The default tenant, which cannot be disabled."""
        found = self.tenant(DEFAULT_TENANT)
        if found is None:
            raise Unavailable("the default tenant has not been made yet")
        return found

    def _look(self, key: tuple[str, str], work: Callable[[Tx], T | None]) -> T | None:
        known = self._known.get(key)
        if known is not None:
            return known
        found = self._store.read_now(work)
        if found is not None:
            if len(self._known) >= REMEMBERED:
                self._known.pop(next(iter(self._known)))
            self._known[key] = found
        return found

    def forget(self) -> None:
        """Something changed: look-ups read again, and principals are made anew from their credentials."""
        self._known.clear()
        self._cache.forget()

    def namespace_id(self, tenant_id: str, scope: str | None) -> str | None:
        """The id of a namespace from how records name it; None for the tenant as a whole. Also where disabled."""
        if scope:
            return scope
        found = self._look(("tenant", tenant_id), lambda tx: tx.of(Tenant).get(tenant_id, tenant=SERVER_WIDE))
        return None if scope is None or found is None else found.default_namespace

    # -- administration -------------------------------------------------------------------------------------------

    def enter(self, principal: Principal, reference: str) -> Principal | None:
        """The principal in a tenant named by id or UUID, to administer it; None where it has nothing to look for.

        The operator enters disabled tenants as well.
        """
        found = self._store.read_now(lambda tx: tenant_named(tx, reference))
        return None if found is None else principal.within(found.id)

    def owner_of(self, namespace_id: str) -> str | None:
        """The id of the tenant that owns a namespace, also a disabled one."""
        found = self._store.read_now(lambda tx: tx.of(Namespace).get(namespace_id, tenant=SERVER_WIDE))
        return None if found is None else found.owner

    async def list(self, principal: Principal) -> Sequence[Tenant]:
        """All tenants that the caller may read, by id; the operator sees all."""
        if not principal.operator:
            principal.require(READ)
        found = await self._store.read(lambda tx: tx.of(Tenant).find(tenant=SERVER_WIDE))
        return [tenant for tenant in found if _may(principal, tenant.id, READ)]

    async def get(self, principal: Principal, reference: str) -> Tenant:
        """By id or UUID. Raises NotFound, also for a tenant that the caller may not read."""
        found = await self._store.read(lambda tx: tenant_named(tx, reference))
        if found is None or not _may(principal, found.id, READ):
            raise NotFound(f"tenant {reference} does not exist")
        return found

    async def create(self, principal: Principal, draft: TenantDraft) -> Tenant:
        """A tenant and its default namespace. Raises Forbidden, Invalid, and Conflict for an id or UUID that is taken.

        A UUID can be given, so that callers go on using the one they know.
        """
        _require_operator(principal)
        now = self._clock.now_ms()
        tenant = Tenant(
            id=check_tenant_id(draft.id),
            uuid=check_uuid(draft.uuid) if draft.uuid else self._ids.uuid4(),
            default_namespace=check_namespace_id(draft.default_namespace or draft.id),
            label=check_label(draft.label),
            created_at=now,
            changed_at=now,
        )

        def work(tx: Tx) -> Tenant:
            if len(tx.of(Tenant).find(tenant=SERVER_WIDE)) >= MAX_TENANTS:
                raise InUse(f"a server has at most {MAX_TENANTS} tenants")
            if tx.of(Tenant).get(tenant.id, tenant=SERVER_WIDE) is not None:
                raise Conflict(f"tenant {tenant.id} exists", code="taken")
            if tx.of(Namespace).get(tenant.default_namespace, tenant=SERVER_WIDE) is not None:
                raise Conflict(f"namespace {tenant.default_namespace} exists", code="taken")
            _check_uuid_free(tx, tenant.uuid)
            add_tenant(tx, tenant)
            tx.after_commit(self.forget)
            return tenant

        return await self._store.write(work)

    async def change(self, principal: Principal, reference: str, change: TenantChange) -> Tenant:
        """Raises Forbidden, NotFound, Invalid, Conflict, and InUse for disabling the default tenant."""
        if change.uuid is not None or change.disabled is not None:
            _require_operator(principal)
        elif not principal.operator:
            principal.require(WRITE)
        uuid = None if change.uuid is None else check_uuid(change.uuid)
        label = None if change.label is None else check_label(change.label)
        now = self._clock.now_ms()

        def work(tx: Tx) -> Tenant:
            tenant = tenant_named(tx, reference)
            if tenant is None or not _may(principal, tenant.id, WRITE):
                raise NotFound(f"tenant {reference} does not exist")
            if change.disabled and tenant.id == DEFAULT_TENANT:
                raise InUse("the default tenant cannot be disabled")
            if uuid is not None and uuid != tenant.uuid:
                _check_uuid_free(tx, uuid)
            changed = msgspec.structs.replace(
                tenant,
                uuid=tenant.uuid if uuid is None else uuid,
                label=tenant.label if label is None else label,
                disabled=tenant.disabled if change.disabled is None else change.disabled,
                changed_at=now,
            )
            tx.of(Tenant).put(changed)
            tx.after_commit(self.forget)
            return changed

        return await self._store.write(work)


def add_tenant(tx: Tx, tenant: Tenant) -> None:
    """Store a new tenant with its default namespace. Raises Conflict."""
    tx.of(Tenant).insert(tenant)
    at = tenant.created_at
    namespace = Namespace(
        id=tenant.default_namespace, owner=tenant.id, default=True, label=tenant.label, created_at=at, changed_at=at
    )
    tx.of(Namespace).insert(namespace)


def _check_uuid_free(tx: Tx, uuid: str) -> None:
    if tx.of(Tenant).find(tenant=SERVER_WIDE, uuid=uuid):
        raise Conflict(f"a tenant with the id {uuid} exists", code="taken")


def _may(principal: Principal, tenant: str, permission: str) -> bool:
    there = principal if principal.tenant == tenant else principal.within(tenant)
    return there is not None and there.may(permission)


def _require_operator(principal: Principal) -> None:
    if not principal.operator:
        raise Forbidden("only the operator, the superuser of the default tenant, does this")
