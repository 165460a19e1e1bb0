"""Administration of the namespaces of the caller's tenant. Every method: one authorization, one transaction.

Ids are unique on the server, whoever owns them. A namespace is disabled and never removed: jobs, definitions and
schedules go on naming it.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import InUse, NotFound
from weft.domain.tenancy import SERVER_WIDE, Namespace, check_namespace_id
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.access_rights import READ, WRITE
from weft.services.tenants import Tenants, check_label

MAX_NAMESPACES = 10_000
"""Of one tenant."""


class NamespaceChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a namespace; None leaves it as it is."""

    label: str | None = None
    disabled: bool | None = None


class Namespaces:
    """Namespaces of the tenant in which the caller stands."""

    def __init__(self, store: Store, clock: Clock, tenants: Tenants) -> None:
        self._store = store
        self._clock = clock
        self._tenants = tenants

    async def list(self, principal: Principal) -> Sequence[Namespace]:
        principal.require(READ)
        return await self._store.read(lambda tx: tx.of(Namespace).find(tenant=SERVER_WIDE, owner=principal.tenant))

    async def get(self, principal: Principal, namespace_id: str) -> Namespace:
        """Raises NotFound."""
        principal.require(READ)
        return await self._store.read(lambda tx: _own(tx, principal, namespace_id))

    async def create(self, principal: Principal, namespace_id: str, label: str = "") -> Namespace:
        """Raises Invalid, and Conflict when the id is taken, in whichever tenant."""
        principal.require(WRITE)
        now = self._clock.now_ms()
        namespace = Namespace(
            id=check_namespace_id(namespace_id),
            owner=principal.tenant,
            label=check_label(label),
            created_at=now,
            changed_at=now,
        )

        def work(tx: Tx) -> Namespace:
            if len(tx.of(Namespace).find(tenant=SERVER_WIDE, owner=principal.tenant)) >= MAX_NAMESPACES:
                raise InUse(f"a tenant has at most {MAX_NAMESPACES} namespaces")
            tx.of(Namespace).insert(namespace)
            tx.after_commit(self._tenants.forget)
            return namespace

        return await self._store.write(work)

    async def change(self, principal: Principal, namespace_id: str, change: NamespaceChange) -> Namespace:
        """Raises NotFound, Invalid, and InUse for disabling a default namespace."""
        principal.require(WRITE)
        label = None if change.label is None else check_label(change.label)
        now = self._clock.now_ms()

        def work(tx: Tx) -> Namespace:
            namespace = _own(tx, principal, namespace_id)
            if change.disabled and namespace.default:
                raise InUse("a tenant's default namespace cannot be disabled; disable the tenant")
            changed = msgspec.structs.replace(
                namespace,
                label=namespace.label if label is None else label,
                disabled=namespace.disabled if change.disabled is None else change.disabled,
                changed_at=now,
            )
            tx.of(Namespace).put(changed)
            tx.after_commit(self._tenants.forget)
            return changed

        return await self._store.write(work)


def _own(tx: Tx, principal: Principal, namespace_id: str) -> Namespace:
    found = tx.of(Namespace).get(namespace_id, tenant=SERVER_WIDE)
    if found is None or found.owner != principal.tenant:
        raise NotFound(f"namespace {namespace_id} does not exist")
    return found
