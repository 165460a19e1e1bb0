"""Administration of users. Every method: one authorization, one transaction.

Who is no superuser can neither give what that one does not hold nor touch a user who holds more. The last enabled
superuser can be neither disabled, demoted nor removed.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from weft.domain.access import SUPERUSER_ROLE, Principal
from weft.domain.errors import InUse, Invalid, NotFound
from weft.domain.roles import Role, check_grant, check_role_id
from weft.domain.tokens import Ticket
from weft.domain.users import User, check_password, check_real_name, check_user_name
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.access_cache import CredentialCache
from weft.services.access_passwords import Passwords

READ, WRITE = "administration.read", "administration.write"
MAX_ROLES = 100


class UserChange(msgspec.Struct, frozen=True, kw_only=True):
    """What to change of a user; None leaves it as it is."""

    password: str | None = None
    roles: Sequence[str] | None = None
    first_name: str | None = None
    last_name: str | None = None
    disabled: bool | None = None


def role_ids(roles: Sequence[str]) -> tuple[str, ...]:
    """Role ids in the order given, each once. Raises Invalid."""
    if len(roles) > MAX_ROLES:
        raise Invalid(f"at most {MAX_ROLES} roles can be given")
    return tuple(dict.fromkeys(check_role_id(role) for role in roles))


def permissions_of(tx: Tx, roles: Sequence[str], tenant: str, must_exist: bool = True) -> set[str]:
    """The union of the roles' permissions. Raises Invalid for a role that does not exist."""
    granted: set[str] = set()
    for role_id in roles:
        if role_id == SUPERUSER_ROLE:
            continue
        role = tx.of(Role).get(role_id, tenant=tenant)
        if role is not None:
            granted.update(role.permissions)
        elif must_exist:
            raise Invalid(f"role {role_id} does not exist")
    return granted


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
    ) -> User:
        """Raises Invalid, Forbidden, and Conflict when the name is taken."""
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
            check_grant(principal, given, permissions_of(tx, given, principal.tenant))
            tx.of(User).insert(user)
            tx.after_commit(self._cache.forget)
            return user

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
                check_grant(principal, given, permissions_of(tx, given, principal.tenant))
            changed = _changed(user, change, given, password_hash, now)
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
        check_grant(principal, user.roles, permissions_of(tx, user.roles, user.tenant, must_exist=False))
        return user


def _changed(
    user: User, change: UserChange, roles: tuple[str, ...] | None, password_hash: str | None, now: int
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
    )


def _is_superuser(user: User | None) -> bool:
    return user is not None and not user.disabled and SUPERUSER_ROLE in user.roles


def _keep_a_superuser(tx: Tx, before: User, after: User | None) -> None:
    if not _is_superuser(before) or _is_superuser(after):
        return
    others = [user for user in tx.of(User).find(tenant=before.tenant) if user.name != before.name]
    if not any(_is_superuser(user) for user in others):
        raise InUse(f"{before.name} is the last enabled user with the role {SUPERUSER_ROLE}")


def _end_tickets(tx: Tx, name: str) -> None:
    tickets = tx.of(Ticket)
    for ticket in tickets.find(user=name):
        tickets.delete(ticket.id)
