"""What the administration API reads and writes. Times are RFC 3339 in UTC, names snake case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

import msgspec

from weft.domain.access import Grant
from weft.domain.errors import Invalid
from weft.domain.roles import Role
from weft.domain.tokens import ApiKey
from weft.domain.users import User
from weft.services.access_grants import WantedGrant
from weft.web.operations import Call

T = TypeVar("T")


class TenantNames(Protocol):
    """What tells how people name a namespace."""

    def namespace_id(self, tenant_id: str, scope: str | None) -> str | None: ...


class GrantView(msgspec.Struct):
    """Roles in one tenant (its id); in one of its namespaces (its id), or in all of it where that is null."""

    tenant: str
    namespace: str | None
    roles: tuple[str, ...]


class GrantGiven(msgspec.Struct, forbid_unknown_fields=True):
    """`tenant` is an id or a UUID."""

    tenant: str
    roles: list[str]
    namespace: str | None = None


class UserView(msgspec.Struct):
    """`roles` are held in the whole of `tenant`, the home; `grants` are roles elsewhere."""

    name: str
    tenant: str
    roles: tuple[str, ...]
    grants: list[GrantView]
    first_name: str
    last_name: str
    disabled: bool
    created_at: str | None
    changed_at: str | None


class UserCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    password: str
    roles: list[str] = []
    first_name: str = ""
    last_name: str = ""
    grants: list[GrantGiven] = []


class UserPatch(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays as it is."""

    password: str | None = None
    roles: list[str] | None = None
    first_name: str | None = None
    last_name: str | None = None
    disabled: bool | None = None
    grants: list[GrantGiven] | None = None


class RoleView(msgspec.Struct):
    """`tenant` is null for a built-in role; `shared`: a role of the default tenant that every tenant may use."""

    id: str
    tenant: str | None
    shared: bool
    permissions: tuple[str, ...]
    description: str
    created_at: str | None
    changed_at: str | None


class RoleCreate(msgspec.Struct, forbid_unknown_fields=True):
    """`permissions` are `<noun>.<verb>`; `<noun>.*` stands for all of a noun, `job.read` and the like for bundles."""

    id: str
    permissions: list[str] = []
    description: str = ""
    shared: bool = False


class RolePatch(msgspec.Struct, forbid_unknown_fields=True):
    permissions: list[str] | None = None
    description: str | None = None
    shared: bool | None = None


class TokenView(msgspec.Struct):
    id: str
    name: str
    tenant: str
    roles: tuple[str, ...]
    grants: list[GrantView]
    disabled: bool
    expires_at: str | None
    created_at: str | None
    created_by: str


class TokenCreated(TokenView):
    """`key` is the credential itself; it is shown in this answer and never again."""

    key: str


class TokenCreate(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    roles: list[str] = []
    expires_at: datetime | None = None
    grants: list[GrantGiven] = []


class TokenPatch(msgspec.Struct, forbid_unknown_fields=True):
    roles: list[str] | None = None
    expires_at: datetime | None = None
    disabled: bool | None = None
    grants: list[GrantGiven] | None = None


class UserList(msgspec.Struct):
    items: list[UserView]


class RoleList(msgspec.Struct):
    items: list[RoleView]


class TokenList(msgspec.Struct):
    items: list[TokenView]


class PermissionList(msgspec.Struct):
    """`bundles` are words that stand for several permissions."""

    items: list[str]
    bundles: dict[str, list[str]]


class RotationView(msgspec.Struct):
    """How many data keys were made and how many values were sealed anew, in all and per noun."""

    keys: int
    values: int
    nouns: dict[str, int]


class ServerView(msgspec.Struct):
    """`parts` says of each part whether it works; `stats` holds numbers of this moment."""

    version: str
    started_at: str | None
    parts: dict[str, bool]
    stats: dict[str, Any]


class ErrorBody(msgspec.Struct):
    code: str
    message: str
    details: list[str]


class ErrorView(msgspec.Struct):
    error: ErrorBody


def time_text(at_ms: int) -> str | None:
    """RFC 3339 with milliseconds; None for 0."""
    if not at_ms:
        return None
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_ms(at: datetime | None) -> int | None:
    """UTC milliseconds. Raises Invalid for a time without an offset."""
    if at is None:
        return None
    if at.tzinfo is None:
        raise Invalid("a time needs an offset, such as 2027-01-01T00:00:00Z")
    return int(at.timestamp() * 1000)


async def read(call: Call, shape: type[T]) -> T:
    """The body as a shape. Raises Invalid naming the place that does not fit."""
    try:
        return msgspec.convert(await call.body(), shape, strict=True)
    except msgspec.ValidationError as cause:
        raise Invalid(str(cause)) from None


def grant_views(grants: Sequence[Grant], tenants: TenantNames) -> list[GrantView]:
    """Grants with namespaces by their ids."""
    return [
        GrantView(grant.tenant, tenants.namespace_id(grant.tenant, grant.namespace), grant.roles) for grant in grants
    ]


def wanted(grants: Sequence[GrantGiven]) -> tuple[WantedGrant, ...]:
    return tuple(WantedGrant(grant.tenant, tuple(grant.roles), grant.namespace) for grant in grants)


def wanted_or_none(grants: Sequence[GrantGiven] | None) -> tuple[WantedGrant, ...] | None:
    return None if grants is None else wanted(grants)


def user_view(user: User, tenants: TenantNames) -> UserView:
    return UserView(
        name=user.name,
        tenant=user.tenant,
        roles=user.roles,
        grants=grant_views(user.grants, tenants),
        first_name=user.first_name,
        last_name=user.last_name,
        disabled=user.disabled,
        created_at=time_text(user.created_at),
        changed_at=time_text(user.changed_at),
    )


def role_view(role: Role) -> RoleView:
    return RoleView(
        id=role.id,
        tenant=None if role.built_in else role.tenant,
        shared=role.shared,
        permissions=role.permissions,
        description=role.description,
        created_at=time_text(role.created_at),
        changed_at=time_text(role.changed_at),
    )


def token_view(key: ApiKey, tenants: TenantNames) -> TokenView:
    return TokenView(
        id=key.id,
        name=key.name,
        tenant=key.tenant,
        roles=key.roles,
        grants=grant_views(key.grants, tenants),
        disabled=key.disabled,
        expires_at=time_text(key.expires_at),
        created_at=time_text(key.created_at),
        created_by=key.created_by,
    )


def token_created(key: ApiKey, secret: str, tenants: TenantNames) -> TokenCreated:
    view = token_view(key, tenants)
    return TokenCreated(**msgspec.structs.asdict(view), key=secret)
