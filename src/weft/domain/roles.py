"""Roles: named sets of permissions. The superuser role holds every permission and cannot be changed."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from weft.domain.access import DEFAULT_TENANT, PERMISSIONS, SUPERUSER_ROLE, Principal
from weft.domain.errors import Forbidden, Invalid

ROLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
ALL_PERMISSIONS: frozenset[str] = frozenset(f"{noun}.{verb}" for noun, verbs in PERMISSIONS.items() for verb in verbs)


class Role(msgspec.Struct, frozen=True, omit_defaults=True):
    """`permissions` are `<noun>.<verb>`, sorted. Times are UTC milliseconds."""

    id: str
    permissions: tuple[str, ...] = ()
    description: str = ""
    created_at: int = 0
    changed_at: int = 0
    tenant: str = DEFAULT_TENANT


def check_role_id(text: str) -> str:
    """A role's id; the form `permission/<id>`, in which users are told their roles, is read as well."""
    role = text.removeprefix("permission/")
    if not ROLE_ID.fullmatch(role):
        raise Invalid("a role id has 1 to 64 characters of A-Z, a-z, 0-9, '_', '.' and '-'")
    return role


def check_permissions(names: Iterable[str]) -> tuple[str, ...]:
    """Known permissions, sorted and distinct; `<noun>.*` stands for all of a noun. Raises Invalid naming the rest."""
    found: set[str] = set()
    unknown: list[str] = []
    for name in names:
        noun, _, verb = name.partition(".")
        if verb == "*" and noun in PERMISSIONS:
            found.update(f"{noun}.{each}" for each in PERMISSIONS[noun])
        elif name in ALL_PERMISSIONS:
            found.add(name)
        else:
            unknown.append(name)
    if unknown:
        raise Invalid(f"unknown permission {unknown[0]}", [f"unknown permission {name}" for name in unknown[:100]])
    return tuple(sorted(found))


def check_grant(principal: Principal, roles: Iterable[str], permissions: Iterable[str]) -> None:
    """Who is no superuser gives away only what that one holds, and never the superuser role. Raises Forbidden."""
    if principal.superuser:
        return
    if SUPERUSER_ROLE in roles:
        raise Forbidden(f"only a superuser gives the role {SUPERUSER_ROLE}")
    missing = sorted(set(permissions) - principal.permissions)
    if missing:
        raise Forbidden(f"{principal.name} cannot give {missing[0]}, which it does not hold")
