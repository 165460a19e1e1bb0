"""Who may do what: principals, roles and permissions. Deny by default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import blake2b

import msgspec

from weft.domain.errors import Forbidden

DEFAULT_TENANT = "default"
SUPERUSER_ROLE = "admin"

PERMISSIONS: dict[str, tuple[str, ...]] = {
    "adapter": ("list", "upload", "get", "replace", "setDefault", "delete", "deploy"),
    "worker": ("list", "create", "get", "update", "delete", "start", "stop"),
    "workerProfile": ("list", "create", "get", "update", "delete"),
    "workflow": (
        "list",
        "create",
        "get",
        "update",
        "delete",
        "validate",
        "validateInput",
        "listTags",
        "export",
        "import",
    ),
    "resource": ("list", "create", "get", "update", "delete", "export", "import"),
    "resourceType": ("list", "get"),
    "secret": ("list", "create", "get", "update", "delete"),
    "secretType": ("list", "get"),
    "schedule": ("list", "create", "get", "update", "delete"),
    "job": ("list", "create", "get", "events", "cancel", "terminate", "count", "listTags"),
    "eventType": ("list", "create", "get", "update", "delete", "listener"),
    "event": ("receive",),
    "form": ("list", "create", "get", "update", "delete", "export", "import"),
    "task": ("list", "get", "complete", "delete"),
    "config": ("list", "get", "update"),
    "policy": ("create", "get", "update"),
    "payload": ("get",),
    "publicKey": ("list", "create", "get", "update", "delete"),
    "systemFunction": ("list",),
    "mcp": ("call",),
    # guarded by the administration API only, in no dialect's matrix
    "administration": ("read", "write"),
    "run": ("control",),
}
"""Every permission, by noun: `job.list` is noun `job`, verb `list`."""

BUNDLES: dict[str, tuple[str, ...]] = {
    "job.read": ("job.list", "job.get", "job.events", "job.count", "job.listTags", "task.list", "task.get",
                 "payload.get"),
    "job.start": ("job.create",),
    "job.control": ("run.control", "job.cancel", "job.terminate"),
    "workflow.read": ("workflow.list", "workflow.get", "workflow.listTags"),
    "workflow.write": ("workflow.create", "workflow.update", "workflow.delete", "workflow.validate"),
    "schedule.read": ("schedule.list", "schedule.get"),
    "schedule.write": ("schedule.create", "schedule.update", "schedule.delete"),
}  # fmt: skip
"""Words that a role may be given in place of the permissions they stand for."""

SERVER_WIDE_PERMISSIONS: frozenset[str] = frozenset(
    {
        *(f"adapter.{verb}" for verb in ("upload", "replace", "setDefault", "delete", "deploy")),
        *(f"worker.{verb}" for verb in ("create", "update", "delete", "start", "stop")),
        *(f"workerProfile.{verb}" for verb in ("create", "update", "delete")),
    }
)
"""What changes things that belong to the whole server: held outside the default tenant, these grant nothing."""


class Grant(msgspec.Struct, frozen=True, omit_defaults=True):
    """Roles in one tenant; in one of its namespaces (as records name it) or, with `namespace` None, in all of them."""

    tenant: str
    roles: tuple[str, ...]
    namespace: str | None = None


class Scope(msgspec.Struct, frozen=True):
    """What a principal may do in one tenant, and beyond that in some of its namespaces."""

    permissions: frozenset[str] = frozenset()
    superuser: bool = False
    member: bool = False
    """Whether any role is held in the whole tenant (then every namespace of it may be entered)."""
    namespaces: Mapping[str, frozenset[str]] = {}
    roles: tuple[str, ...] = ()
    """The roles that are held in the whole tenant."""
    namespace_roles: Mapping[str, tuple[str, ...]] = {}


class Principal(msgspec.Struct, frozen=True):
    """Who asks: a user, an API key, a client, or the server itself (`system`). Permissions are `<noun>.<verb>`.

    `tenant`, `permissions` and `superuser` hold where it stands now: in its home tenant first, elsewhere by `within`.
    `scopes` are its rights by tenant. `operator`: the superuser of the default tenant, who may enter every tenant.
    `subject` is its id in the form of a UUID, the same for good.
    """

    name: str
    tenant: str = DEFAULT_TENANT
    roles: tuple[str, ...] = ()
    permissions: frozenset[str] = frozenset()
    superuser: bool = False
    scopes: Mapping[str, Scope] = {}
    operator: bool = False

    @property
    def subject(self) -> str:
        return subject_id(self.name)

    def may(self, permission: str) -> bool:
        if not (self.superuser or permission in self.permissions):
            return False
        return self.tenant == DEFAULT_TENANT or self.operator or permission not in SERVER_WIDE_PERMISSIONS

    def require(self, permission: str) -> None:
        """The choke point: every service method calls this once, first. Raises Forbidden."""
        if not self.may(permission):
            raise Forbidden(f"{self.name} lacks permission {permission}")

    def require_server(self, permission: str) -> None:
        """`require` for what concerns the server itself: of the default tenant only. Raises Forbidden."""
        self.require(permission)
        if self.tenant != DEFAULT_TENANT and not self.operator:
            raise Forbidden(f"{permission} of the server itself is a matter of tenant {DEFAULT_TENANT}")

    def seeing(self, permission: str) -> Principal:
        """The same principal with one more permission: who may change a thing may learn that there is none.

        For look-ups that answer nothing else.
        """
        return msgspec.structs.replace(self, permissions=self.permissions | {permission})

    def within(self, tenant: str, namespace: str | None = None) -> Principal | None:
        """The same principal with its rights and roles in a tenant, or in one of its namespaces; None without any role.

        `namespace` is as records name it (empty: the default one); None asks for the tenant as a whole.
        """
        scope = self.scopes.get(tenant)
        if scope is None:
            if not self.operator:
                return None
            return msgspec.structs.replace(self, tenant=tenant, superuser=True, roles=(SUPERUSER_ROLE,))
        own = scope.namespaces.get(namespace) if namespace is not None else None
        if not (scope.member or own is not None or self.operator or (namespace is None and scope.namespaces)):
            return None
        granted, roles = scope.permissions, scope.roles
        if own is not None and namespace is not None:
            granted = granted | own
            roles = tuple(dict.fromkeys((*roles, *scope.namespace_roles.get(namespace, ()))))
        return msgspec.structs.replace(
            self, tenant=tenant, permissions=granted, superuser=scope.superuser or self.operator, roles=roles
        )


UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
"""A hyphenated UUID in lower case."""


@lru_cache(maxsize=4_096)
def subject_id(name: str) -> str:
    """The id, in the form of a UUID, under which some APIs show a principal of that name; a UUID stands for itself."""
    bare = name.rpartition(":")[2].lower()
    if UUID.fullmatch(bare):
        return bare
    return uuid_of(f"principal\n{name}")


def uuid_of(text: str) -> str:
    """An id in the form of a UUID (version 8) that is the same for the same text."""
    raw = bytearray(blake2b(text.encode(), digest_size=16).digest())
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    shown = raw.hex()
    return f"{shown[:8]}-{shown[8:12]}-{shown[12:16]}-{shown[16:20]}-{shown[20:]}"


SYSTEM = Principal(name="system", superuser=True, operator=True)
