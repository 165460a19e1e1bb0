"""Who may do what: principals, roles and permissions. Deny by default."""

from __future__ import annotations

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


class Principal(msgspec.Struct, frozen=True):
    """Who asks: a user, an API key, or the server itself (`system`). Permissions are `<noun>.<verb>`."""

    name: str
    tenant: str = DEFAULT_TENANT
    roles: tuple[str, ...] = ()
    permissions: frozenset[str] = frozenset()
    superuser: bool = False

    def may(self, permission: str) -> bool:
        return self.superuser or permission in self.permissions

    def require(self, permission: str) -> None:
        """The choke point: every service method calls this once, first. Raises Forbidden."""
        if not self.may(permission):
            raise Forbidden(f"{self.name} lacks permission {permission}")


SYSTEM = Principal(name="system", superuser=True)
