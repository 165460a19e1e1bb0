"""Permission x role x tenant x namespace: what `Principal.within` grants, beside a plain model of the rule.

The rule: in a tenant, a principal has what its roles for the whole of that tenant hold; in one of its namespaces, that
and what its roles for this namespace hold. Where it has no role, it is nobody.
"""

from __future__ import annotations

from itertools import product

import pytest

from weft.app.access import build_access
from weft.app.clock import SystemClock
from weft.app.ids import SystemIds
from weft.app.settings import Settings
from weft.domain.access import DEFAULT_TENANT, SERVER_WIDE_PERMISSIONS, SYSTEM, Grant
from weft.domain.roles import ALL_PERMISSIONS, BUILT_IN, NAMESPACE_PERMISSIONS
from weft.services.access_rights import principal_of
from weft.services.namespaces import NamespaceChange
from weft.services.tenants import TenantChange, TenantDraft
from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault

pytestmark = pytest.mark.anyio
TENANTS = (DEFAULT_TENANT, "acme", "shut")
NAMESPACES = {DEFAULT_TENANT: ("", "lab"), "acme": ("", "acme-lab", "acme-shut"), "shut": ("", "shut-lab")}
CLOSED = {"shut", "acme-shut"}
OWN = {"odd": ("job.list", "administration.write", "worker.start")}
ROLES = (*BUILT_IN, *OWN, "no-such-role")
PLACES = [(tenant, name) for tenant in TENANTS for name in (None, *NAMESPACES[tenant])]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def store():
    clock = SystemClock()
    store = SqliteStore(":memory:", clock)
    await store.open()
    vault = EncryptedVault(store, b"k" * 32, clock)
    await vault.open_keys((DEFAULT_TENANT,))
    settings = Settings(auth_argon2_memory=8192, auth_argon2_time=1)
    parts = await build_access(settings, store, vault, clock, SystemIds(clock))
    for tenant in TENANTS:
        if tenant != DEFAULT_TENANT:
            await parts.tenants.create(SYSTEM, TenantDraft(id=tenant))
        there = SYSTEM.within(tenant)
        assert there is not None
        for name in NAMESPACES[tenant]:
            if name:
                await parts.namespaces.create(there, name)
        for role, permissions in OWN.items():
            await parts.roles.create(there, role, permissions)
    acme = SYSTEM.within("acme")
    assert acme is not None
    await parts.namespaces.change(acme, "acme-shut", NamespaceChange(disabled=True))
    await parts.tenants.change(SYSTEM, "shut", TenantChange(disabled=True))
    yield store
    await store.close()


def holds(role: str, permission: str, tenant: str, *, whole: bool) -> bool:
    """The model: what one role grants in one place."""
    if role in OWN:
        granted = permission in OWN[role]
    elif role in BUILT_IN:
        granted = permission in BUILT_IN[role].permissions
    else:
        return False
    if not whole and permission not in NAMESPACE_PERMISSIONS:
        return False
    return granted and (tenant == DEFAULT_TENANT or permission not in SERVER_WIDE_PERMISSIONS)


def expected(role: str, given: tuple[str, str | None], asked: tuple[str, str | None], permission: str) -> bool:
    tenant, namespace = given
    if role == "admin" and given == (DEFAULT_TENANT, None):
        return True
    if (
        tenant in CLOSED
        or namespace in CLOSED
        or asked[0] != tenant
        or (namespace is not None and asked[1] != namespace)
    ):
        return False
    return holds(role, permission, tenant, whole=namespace is None)


@pytest.mark.parametrize("role", ROLES)
async def test_one_role_in_one_place_is_felt_there_and_nowhere_else(store, role):
    wrong: list[object] = []
    for given, asked in product(PLACES, PLACES):
        tenant, namespace = given
        grants = (Grant(tenant, (role,), namespace),)
        principal = store.read_now(lambda tx, g=grants: principal_of(tx, "x", (), DEFAULT_TENANT, g))
        there = principal.within(*asked)
        for permission in ALL_PERMISSIONS:
            found = there is not None and there.may(permission)
            if found != expected(role, given, asked, permission):
                wrong.append((given, asked, permission, found))
    assert wrong == []


@pytest.mark.parametrize("home", ["default", "acme"])
@pytest.mark.parametrize("role", ROLES)
async def test_a_role_at_home_is_one_in_the_whole_home_tenant(store, role, home):
    principal = store.read_now(lambda tx: principal_of(tx, "x", (role,), home))
    for asked, permission in product(PLACES, ALL_PERMISSIONS):
        there = principal.within(*asked)
        assert (there is not None and there.may(permission)) == expected(role, (home, None), asked, permission)
    assert all(principal.may(each) == expected(role, (home, None), (home, None), each) for each in ALL_PERMISSIONS)


async def test_roles_add_up(store):
    grants = (Grant("acme", ("operator",), "acme-lab"), Grant("acme", ("viewer",), ""), Grant("acme", ("odd",)))
    principal = store.read_now(lambda tx: principal_of(tx, "x", (), DEFAULT_TENANT, grants))
    places = [((grant.tenant, grant.namespace), grant.roles[0]) for grant in grants]
    for name, permission in product((None, *NAMESPACES["acme"]), ALL_PERMISSIONS):
        want = any(expected(role, given, ("acme", name), permission) for given, role in places)
        assert principal.within("acme", name).may(permission) == want, (name, permission)


async def test_a_home_that_is_disabled_lets_nobody_in(store):
    assert store.read_now(lambda tx: principal_of(tx, "x", ("admin",), "shut", (Grant("acme", ("admin",)),))) is None
