"""The first administrator: made when no enabled user holds the superuser role."""

from __future__ import annotations

import base64
from collections.abc import Callable

import msgspec

from weft.domain.access import DEFAULT_TENANT, SUPERUSER_ROLE
from weft.domain.users import User, check_user_name
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.access_passwords import Passwords


class FirstAdministrator(msgspec.Struct, frozen=True):
    """Who was made; `made_up` says that the password is new and must be told to the operator."""

    name: str
    made_up: bool


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
