"""Giving roles away: in the home tenant, in other tenants, in single namespaces.

Who gives a role in a tenant administers that tenant (`administration.write` in the whole of it) and holds there what
the role holds. The same is needed of who changes somebody: a new password or secret is a way to that one's rights.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import msgspec

from weft.domain.access import Grant, Principal
from weft.domain.clients import Client
from weft.domain.errors import Forbidden, InUse, Invalid
from weft.domain.roles import check_grant, check_role_id
from weft.domain.tenancy import EVERY_TENANT, SERVER_WIDE, Namespace, Tenant
from weft.domain.tokens import ApiKey
from weft.domain.users import User
from weft.ports.store import Tx
from weft.services.access_rights import WRITE, permissions_of

MAX_ROLES = 100
MAX_GRANTS = 100
MAX_SHOWN = 100
"""Characters of a wrong name that a refusal repeats."""


class WantedGrant(msgspec.Struct, frozen=True):
    """Roles to give: `tenant` is an id or UUID, `namespace` the id of one of its namespaces or None for all of it."""

    tenant: str
    roles: tuple[str, ...]
    namespace: str | None = None


class Holder(Protocol):
    """Who holds roles: a user, an API key, a client."""

    @property
    def name(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...
    @property
    def grants(self) -> tuple[Grant, ...]: ...


def role_ids(roles: Sequence[str]) -> tuple[str, ...]:
    """Role ids in the order given, each once. Raises Invalid."""
    if len(roles) > MAX_ROLES:
        raise Invalid(f"at most {MAX_ROLES} roles can be given")
    return tuple(dict.fromkeys(check_role_id(role) for role in roles))


def tenant_named(tx: Tx, reference: str) -> Tenant | None:
    """A tenant by id or, in any case of letters, by UUID; also a disabled one."""
    tenants = tx.of(Tenant)
    found = tenants.get(reference, tenant=SERVER_WIDE)
    if found is None and len(reference) == 36:
        by_uuid = tenants.find(tenant=SERVER_WIDE, uuid=reference.lower())
        found = by_uuid[0] if by_uuid else None
    return found


def read_grants(tx: Tx, principal: Principal, wanted: Sequence[WantedGrant]) -> tuple[Grant, ...]:
    """Grants as they are kept, one per tenant and namespace, after every check that giving them needs.

    Raises Invalid for a tenant, namespace or role that does not exist (or cannot be seen), and Forbidden.
    """
    if len(wanted) > MAX_GRANTS:
        raise Invalid(f"at most {MAX_GRANTS} grants can be given")
    found: dict[tuple[str, str | None], tuple[str, ...]] = {}
    for one in wanted:
        tenant = tenant_named(tx, one.tenant)
        there = _standing(principal, tenant.id) if tenant is not None else None
        if tenant is None or there is None:
            raise Invalid(f"tenant {one.tenant[:MAX_SHOWN]} does not exist")
        scope = _scope_of(tx, tenant, one.namespace)
        roles = role_ids(one.roles)
        if not roles:
            raise Invalid(f"a grant in {tenant.id} names no role")
        _check(tx, there, tenant.id, roles)
        key = (tenant.id, scope)
        found[key] = tuple(dict.fromkeys((*found.get(key, ()), *roles)))
    return tuple(Grant(tenant, roles, namespace) for (tenant, namespace), roles in found.items())


def check_home(tx: Tx, principal: Principal, roles: Sequence[str], tenant: str) -> None:
    """Raises Invalid for an unknown role, Forbidden for more than the caller holds in that tenant."""
    check_grant(principal, roles, permissions_of(tx, roles, tenant))


def check_reach(tx: Tx, principal: Principal, holder: Holder, home: str) -> None:
    """Raises Forbidden for somebody who holds more than the caller, here or elsewhere."""
    check_grant(principal, holder.roles, permissions_of(tx, holder.roles, home, must_exist=False))
    for grant in holder.grants:
        there = _standing(principal, grant.tenant)
        if there is None:
            raise Forbidden(f"{holder.name} holds roles elsewhere, which {principal.name} does not administer")
        _check(tx, there, grant.tenant, grant.roles, must_exist=False)


def check_unused(tx: Tx, tenant: str, role_id: str) -> None:
    """Raises InUse naming somebody who holds the role in that tenant."""
    for home, holder in holders(tx):
        in_grants = any(grant.tenant == tenant and role_id in grant.roles for grant in holder.grants)
        if in_grants or (home == tenant and role_id in holder.roles):
            raise InUse(f"role {role_id} is held by {holder.name}")


def holders(tx: Tx) -> Iterable[tuple[str, Holder]]:
    """Everybody who can hold roles, with the home tenant."""
    for user in tx.of(User).find(tenant=EVERY_TENANT):
        yield user.tenant, user
    for key in tx.of(ApiKey).find(tenant=EVERY_TENANT):
        yield key.tenant, key
    for client in tx.of(Client).find(tenant=SERVER_WIDE):
        yield client.owner, client


def _check(tx: Tx, there: Principal, tenant: str, roles: Sequence[str], must_exist: bool = True) -> None:
    if not there.may(WRITE):
        raise Forbidden(f"{there.name} does not administer tenant {tenant}")
    check_grant(there, roles, permissions_of(tx, roles, tenant, must_exist=must_exist))


def _standing(principal: Principal, tenant: str) -> Principal | None:
    return principal if principal.tenant == tenant else principal.within(tenant)


def _scope_of(tx: Tx, tenant: Tenant, namespace: str | None) -> str | None:
    if namespace is None:
        return None
    record = tx.of(Namespace).get(namespace, tenant=SERVER_WIDE)
    if record is None or record.owner != tenant.id:
        raise Invalid(f"namespace {namespace[:MAX_SHOWN]} does not exist in tenant {tenant.id}")
    return record.scope
