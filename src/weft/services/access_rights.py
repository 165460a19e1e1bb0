"""Rights: from the roles that somebody holds to what may be done, tenant by tenant.

A role is looked up in the tenant in which it is granted: the tenant's own, else one that the default tenant shares,
else a built-in one. Roles that do not exist grant nothing. Disabled tenants and namespaces are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from weft.domain.access import DEFAULT_TENANT, SUPERUSER_ROLE, SYSTEM, Grant, Principal, Scope
from weft.domain.clients import CLIENT, Client
from weft.domain.errors import Invalid
from weft.domain.roles import BUILT_IN, NAMESPACE_PERMISSIONS, Role
from weft.domain.tenancy import EVERY_TENANT, SERVER_WIDE, Namespace, Tenant
from weft.domain.tokens import ApiKey
from weft.domain.users import User
from weft.ports.clock import Clock
from weft.ports.store import Tx

READ, WRITE = "administration.read", "administration.write"
KEY = "key:"
"""How the name of a principal that is an API key begins."""
RightsOf = Callable[[Tx, str, str, str], Principal | None]
"""(tx, name, tenant, namespace) -> the principal as it stands there now; None when it is gone or has no role there."""


def find_user(tx: Tx, name: str) -> User | None:
    """The user of that name, in whichever tenant."""
    found = tx.of(User).find(tenant=EVERY_TENANT, name=name)
    return found[0] if found else None


def role_in(tx: Tx, tenant: str, role_id: str) -> Role | None:
    """What a role means in a tenant; None when it means nothing there."""
    if role_id == SUPERUSER_ROLE:
        return BUILT_IN[role_id]
    own = tx.of(Role).get(role_id, tenant=tenant)
    if own is not None:
        return own
    if tenant != DEFAULT_TENANT:
        shared = tx.of(Role).get(role_id, tenant=DEFAULT_TENANT)
        if shared is not None and shared.shared:
            return shared
    return BUILT_IN.get(role_id)


def permissions_of(tx: Tx, roles: Iterable[str], tenant: str, must_exist: bool = True) -> set[str]:
    """The union of the roles' permissions, the superuser's left out. Raises Invalid for a role that does not exist."""
    granted: set[str] = set()
    for role_id in roles:
        if role_id == SUPERUSER_ROLE:
            continue
        role = role_in(tx, tenant, role_id)
        if role is not None:
            granted.update(role.permissions)
        elif must_exist:
            raise Invalid(f"role {role_id} does not exist")
    return granted


def principal_of(
    tx: Tx, name: str, roles: tuple[str, ...], tenant: str, grants: Sequence[Grant] = ()
) -> Principal | None:
    """A principal with its rights in every tenant; None when its home tenant is disabled or gone."""
    by_tenant: dict[str, list[Grant]] = {tenant: [Grant(tenant, roles)]}
    for grant in grants:
        by_tenant.setdefault(grant.tenant, []).append(grant)
    scopes: dict[str, Scope] = {}
    for tenant_id, given in by_tenant.items():
        record = tx.of(Tenant).get(tenant_id, tenant=SERVER_WIDE)
        if record is None or record.disabled:
            if tenant_id == tenant:
                return None
            continue
        scope = _scope(tx, record, given)
        if scope.member or scope.namespaces:
            scopes[tenant_id] = scope
    home = scopes.get(tenant, Scope())
    top = scopes.get(DEFAULT_TENANT)
    return Principal(
        name=name,
        tenant=tenant,
        roles=roles,
        permissions=home.permissions,
        superuser=home.superuser,
        scopes=scopes,
        operator=top is not None and top.superuser,
    )


def _scope(tx: Tx, tenant: Tenant, grants: Sequence[Grant]) -> Scope:
    whole: dict[str, Role] = {}
    parts: dict[str, dict[str, Role]] = {}
    for grant in grants:
        held = {role_id: role for role_id in grant.roles if (role := role_in(tx, tenant.id, role_id)) is not None}
        if not held:
            continue
        if grant.namespace is None:
            whole.update(held)
        elif _open(tx, tenant, grant.namespace):
            parts.setdefault(grant.namespace, {}).update(held)
    permissions: set[str] = set()
    for role_id, role in whole.items():
        if role_id != SUPERUSER_ROLE:
            permissions.update(role.permissions)
    return Scope(
        permissions=frozenset(permissions),
        superuser=SUPERUSER_ROLE in whole,
        member=bool(whole),
        namespaces={name: _in_namespace(held) for name, held in parts.items()},
        roles=tuple(whole),
        namespace_roles={name: tuple(held) for name, held in parts.items()},
    )


def _in_namespace(held: dict[str, Role]) -> frozenset[str]:
    if SUPERUSER_ROLE in held:
        return NAMESPACE_PERMISSIONS
    return NAMESPACE_PERMISSIONS & {name for role in held.values() for name in role.permissions}


def _open(tx: Tx, tenant: Tenant, scope: str) -> bool:
    record = tx.of(Namespace).get(scope or tenant.default_namespace, tenant=SERVER_WIDE)
    return record is not None and record.owner == tenant.id and not record.disabled


def principal_named(tx: Tx, name: str, now_ms: int) -> Principal | None:
    """Somebody's rights as they are now, from the name under which a principal acted.

    None when that one is gone, disabled or expired: who is not there any more may do nothing.
    """
    if name == SYSTEM.name:
        return SYSTEM
    if name.startswith(CLIENT):
        client = tx.of(Client).get(name.removeprefix(CLIENT), tenant=SERVER_WIDE)
        return client_principal(tx, client) if client is not None and client.usable(now_ms) else None
    if name.startswith(KEY):
        keys = tx.of(ApiKey).find(tenant=EVERY_TENANT, name=name.removeprefix(KEY))
        if not keys or keys[0].disabled or 0 < keys[0].expires_at <= now_ms:
            return None
        return key_principal(tx, keys[0])
    user = find_user(tx, name)
    return user_principal(tx, user) if user is not None and not user.disabled else None


def rights_now(clock: Clock) -> RightsOf:
    """Rights as the users, keys and clients of this server have them at the moment."""

    def look(tx: Tx, name: str, tenant: str, namespace: str) -> Principal | None:
        who = principal_named(tx, name, clock.now_ms())
        return None if who is None else who.within(tenant, namespace)

    return look


def user_principal(tx: Tx, user: User) -> Principal | None:
    return principal_of(tx, user.name, user.roles, user.tenant, user.grants)


def key_principal(tx: Tx, key: ApiKey) -> Principal | None:
    return principal_of(tx, KEY + key.name, key.roles, key.tenant, key.grants)


def client_principal(tx: Tx, client: Client) -> Principal | None:
    return principal_of(tx, client.name, client.roles, client.owner, client.grants)


__all__ = [
    "KEY",
    "READ",
    "WRITE",
    "RightsOf",
    "client_principal",
    "find_user",
    "key_principal",
    "permissions_of",
    "principal_named",
    "principal_of",
    "rights_now",
    "role_in",
    "user_principal",
]
