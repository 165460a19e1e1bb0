"""What the first start makes: the default tenant with its namespace, and the first administrator.

The administrator is made when no enabled user of the default tenant holds the superuser role.
"""

from __future__ import annotations

import base64
from collections.abc import Callable

import msgspec

from weft.domain.access import DEFAULT_TENANT, SUPERUSER_ROLE
from weft.domain.tenancy import SERVER_WIDE, Tenant
from weft.domain.users import User, check_user_name
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.access_passwords import Passwords
from weft.services.tenants import add_tenant

FIRST_NAMESPACE = "default"
"""The id of the default tenant's default namespace."""


class FirstAdministrator(msgspec.Struct, frozen=True):
    """Who was made; `made_up` says that the password is new and must be told to the operator."""

    name: str
    made_up: bool


async def ensure_default_tenant(store: Store, clock: Clock, ids: Ids) -> Tenant:
    """The default tenant, made with its default namespace at the first start."""
    now = clock.now_ms()
    fresh = Tenant(
        id=DEFAULT_TENANT, uuid=ids.uuid4(), default_namespace=FIRST_NAMESPACE, created_at=now, changed_at=now
    )

    def work(tx: Tx) -> Tenant:
        found = tx.of(Tenant).get(DEFAULT_TENANT, tenant=SERVER_WIDE)
        if found is None:
            add_tenant(tx, fresh)
        return found or fresh

    known = await store.read(lambda tx: tx.of(Tenant).get(DEFAULT_TENANT, tenant=SERVER_WIDE))
    return known if known is not None else await store.write(work)


async def ensure_administrator(
    store: Store,
    clock: Clock,
    ids: Ids,
    passwords: Passwords,
    *,
    name: str,
    password: str,
    keep: Callable[[str], None],
) -> FirstAdministrator | None:
    """Make the first administrator, with the given password or a made-up one; None when there is one already.

    A made-up password is given to `keep` before the user is stored, so that a crash between never loses it.
    """

    def exists(tx: Tx) -> bool:
        users = tx.of(User).find(tenant=DEFAULT_TENANT)
        return any(SUPERUSER_ROLE in user.roles and not user.disabled for user in users)

    if await store.read(exists):
        return None
    chosen = password or base64.urlsafe_b64encode(ids.token(18)).decode()
    if not password:
        keep(chosen)
    now = clock.now_ms()
    user = User(
        name=check_user_name(name),
        password_hash=await passwords.hash(chosen),
        roles=(SUPERUSER_ROLE,),
        created_at=now,
        changed_at=now,
    )

    def work(tx: Tx) -> bool:
        if exists(tx):
            return False
        tx.of(User).put(user)
        return True

    if not await store.write(work):
        return None
    return FirstAdministrator(name=name, made_up=not password)
