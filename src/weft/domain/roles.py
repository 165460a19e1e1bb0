"""Roles: named sets of permissions. The superuser role holds every permission and cannot be changed.

A role is looked up in the tenant in which it is granted: first the tenant's own roles, then those that the default
tenant shares with all, then the built-in ones. So a tenant may define a role of the id of a built-in one for itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from weft.domain.access import BUNDLES, DEFAULT_TENANT, PERMISSIONS, SUPERUSER_ROLE, Principal
from weft.domain.errors import Forbidden, Invalid

ROLE_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
ALL_PERMISSIONS: frozenset[str] = frozenset(f"{noun}.{verb}" for noun, verbs in PERMISSIONS.items() for verb in verbs)
NAMESPACE_PERMISSIONS: frozenset[str] = frozenset(
    name for name in ALL_PERMISSIONS if not name.startswith("administration.")
)
"""What the superuser role grants where it is held in one namespace only: who may do what is the tenant's matter."""


class Role(msgspec.Struct, frozen=True, omit_defaults=True):
    """`permissions` are `<noun>.<verb>`, sorted. Times are UTC milliseconds.

    `shared`: a role of the default tenant that every tenant may use. `built_in`: not stored, part of the server.
    """

    id: str
    permissions: tuple[str, ...] = ()
    description: str = ""
    created_at: int = 0
    changed_at: int = 0
    tenant: str = DEFAULT_TENANT
    shared: bool = False
    built_in: bool = False


def check_role_id(text: str) -> str:
    """A role's id; the form `permission/<id>`, in which users are told their roles, is read as well."""
    role = text.removeprefix("permission/")
    if not ROLE_ID.fullmatch(role):
        raise Invalid("a role id has 1 to 64 characters of A-Z, a-z, 0-9, '_', '.' and '-'")
    return role


def check_permissions(names: Iterable[str]) -> tuple[str, ...]:
    """Known permissions, sorted and distinct; bundles are replaced by what they stand for, `<noun>.*` by all of a noun.

    Raises Invalid naming the rest.
    """
    found: set[str] = set()
    unknown: list[str] = []
    for name in names:
        noun, _, verb = name.partition(".")
        if verb == "*" and noun in PERMISSIONS:
            found.update(f"{noun}.{each}" for each in PERMISSIONS[noun])
        elif name in BUNDLES:
            found.update(BUNDLES[name])
        elif name in ALL_PERMISSIONS:
            found.add(name)
        else:
            unknown.append(name)
    if unknown:
        raise Invalid(f"unknown permission {unknown[0]}", [f"unknown permission {name}" for name in unknown[:100]])
    return tuple(sorted(found))


_READ = (
    "job.read", "workflow.read", "schedule.read", "resource.list", "resource.get", "resourceType.*", "secretType.*",
    "adapter.list", "adapter.get", "worker.list", "worker.get", "workerProfile.list", "workerProfile.get",
    "eventType.list", "eventType.get", "systemFunction.list",
)  # fmt: skip
_OPERATE = ("job.read", "job.start", "job.control", "task.complete", "workflow.read", "schedule.read")
_WRITE = ("workflow.write", "schedule.write", "resource.*", "resourceType.*", "secret.*", "secretType.*")


def _built_in(role_id: str, description: str, *names: str) -> Role:
    return Role(id=role_id, permissions=check_permissions(names), description=description, built_in=True)


BUILT_IN: dict[str, Role] = {
    role.id: role
    for role in (
        Role(
            id=SUPERUSER_ROLE, permissions=tuple(sorted(ALL_PERMISSIONS)), description="every permission", built_in=True
        ),
        _built_in("author", "operates, and writes definitions, schedules, resources and secrets", *_OPERATE, *_WRITE),
        _built_in("operator", "starts and controls jobs, completes tasks", *_OPERATE),
        _built_in("viewer", "sees, and changes nothing", *_READ),
    )
}
"""Roles that every tenant has without making them, by id."""


def check_grant(principal: Principal, roles: Iterable[str], permissions: Iterable[str]) -> None:
    """Who is no superuser gives away only what that one holds, and never the superuser role. Raises Forbidden."""
    if principal.superuser:
        return
    if SUPERUSER_ROLE in roles:
        raise Forbidden(f"only a superuser gives the role {SUPERUSER_ROLE}")
    missing = sorted(set(permissions) - principal.permissions)
    if missing:
        raise Forbidden(f"{principal.name} cannot give {missing[0]}, which it does not hold")
