"""Administration of users. Every method: one authorization, one transaction.

Who is no superuser can neither give what that one does not hold nor touch a user who holds more. The last enabled
superuser of the default tenant can be neither disabled, demoted nor removed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from weft.domain.access import DEFAULT_TENANT, SUPERUSER_ROLE, Grant, Principal
from weft.domain.errors import InUse, NotFound
from weft.domain.tokens import Ticket
from weft.domain.users import User, check_password, check_real_name, check_user_name
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.access_cache import CredentialCache
from weft.services.access_grants import WantedGrant, check_home, check_reach, read_grants, role_ids
from weft.services.access_passwords import Passwords
from weft.services.access_rights import READ, WRITE


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a user; None leaves it as it is."""

    password: str | None = None
    roles: Sequence[str] | None = None
    first_name: str | None = None
    last_name: str | None = None
    disabled: bool | None = None
    grants: Sequence[WantedGrant] | None = None


class Users:
    """Users of the caller's tenant."""

    def __init__(
        self, store: Store, clock: Clock, passwords: Passwords, cache: CredentialCache, *, password_length: int
    ) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self._cache = cache
        self._password_length = password_length

    async def list(self, principal: Principal) -> Sequence[User]:
        principal.require(READ)
        return await self._store.read(lambda tx: tx.of(User).find(tenant=principal.tenant, order=("name",)))

    async def get(self, principal: Principal, name: str) -> User:
        """Raises NotFound."""
        principal.require(READ)
        user = await self._store.read(lambda tx: tx.of(User).get(name, tenant=principal.tenant))
        if user is None:
            raise NotFound(f"user {name} does not exist")
        return user

    async def create(
        self,
        principal: Principal,
        name: str,
        password: str,
        roles: Sequence[str] = (),
        *,
        first_name: str = "",
        last_name: str = "",
        grants: Sequence[WantedGrant] = (),
    ) -> User:
        """Raises Invalid, Forbidden, and Conflict when the name is taken, in whichever tenant."""
        principal.require(WRITE)
        check_user_name(name)
        check_password(password, self._password_length)
        given = role_ids(roles)
        now = self._clock.now_ms()
        user = User(
            name=name,
            password_hash=await self._passwords.hash(password),
            roles=given,
            first_name=check_real_name(first_name, "a first name"),
            last_name=check_real_name(last_name, "a last name"),
            created_at=now,
            changed_at=now,
            tenant=principal.tenant,
        )

        def work(tx: Tx) -> User:
            check_home(tx, principal, given, principal.tenant)
            made = msgspec.structs.replace(user, grants=read_grants(tx, principal, grants))
            tx.of(User).insert(made)
            tx.after_commit(self._cache.forget)
            return made

        return await self._store.write(work)

    async def change(self, principal: Principal, name: str, change: UserChange) -> User:
        """Change some of a user's properties. A new password or disabling ends the user's tickets."""
        principal.require(WRITE)
        given = role_ids(change.roles) if change.roles is not None else None
        password_hash = None
        if change.password is not None:
            password_hash = await self._passwords.hash(check_password(change.password, self._password_length))
        now = self._clock.now_ms()

        def work(tx: Tx) -> User:
            user = self._reachable(tx, principal, name)
            if given is not None:
                check_home(tx, principal, given, principal.tenant)
            grants = read_grants(tx, principal, change.grants) if change.grants is not None else user.grants
            changed = _changed(user, change, given, password_hash, grants, now)
            _keep_a_superuser(tx, user, changed)
            tx.of(User).put(changed)
            if password_hash is not None or changed.disabled:
                _end_tickets(tx, name)
            tx.after_commit(self._cache.forget)
            return changed

        return await self._store.write(work)

    async def delete(self, principal: Principal, name: str) -> None:
        """Raises NotFound, Forbidden, InUse."""
        principal.require(WRITE)

        def work(tx: Tx) -> None:
            user = self._reachable(tx, principal, name)
            _keep_a_superuser(tx, user, None)
            tx.of(User).delete(name, tenant=principal.tenant)
            _end_tickets(tx, name)
            tx.after_commit(self._cache.forget)

        await self._store.write(work)

    def _reachable(self, tx: Tx, principal: Principal, name: str) -> User:
        user = tx.of(User).get(name, tenant=principal.tenant)
        if user is None:
            raise NotFound(f"user {name} does not exist")
        check_reach(tx, principal, user, user.tenant)
        return user


def _changed(
    user: User,
    change: UserChange,
    roles: tuple[str, ...] | None,
    password_hash: str | None,
    grants: tuple[Grant, ...],
    now: int,
) -> User:
    first, last = change.first_name, change.last_name
    return msgspec.structs.replace(
        user,
        password_hash=user.password_hash if password_hash is None else password_hash,
        roles=user.roles if roles is None else roles,
        first_name=user.first_name if first is None else check_real_name(first, "a first name"),
        last_name=user.last_name if last is None else check_real_name(last, "a last name"),
        disabled=user.disabled if change.disabled is None else change.disabled,
        changed_at=now,
        grants=grants,
    )


def _is_superuser(user: User | None) -> bool:
    return user is not None and not user.disabled and SUPERUSER_ROLE in user.roles


def _keep_a_superuser(tx: Tx, before: User, after: User | None) -> None:
    if before.tenant != DEFAULT_TENANT or not _is_superuser(before) or _is_superuser(after):
        return
    others = [user for user in tx.of(User).find(tenant=before.tenant) if user.name != before.name]
    if not any(_is_superuser(user) for user in others):
        raise InUse(f"{before.name} is the last enabled user with the role {SUPERUSER_ROLE}")


def _end_tickets(tx: Tx, name: str) -> None:
    tickets = tx.of(Ticket)
    for ticket in tickets.find(user=name):
        tickets.delete(ticket.id)
