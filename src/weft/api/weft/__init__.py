"""The administration API under `/api/weft/v1`: tenants, namespaces, clients, users, roles, API keys,
keys and the server's state.

Errors have the form `{"error": {"code", "message", "details"}}`; `code` is a word for machines.
"""

from __future__ import annotations

import msgspec

from weft.api.weft import clients, namespaces, roles, server, tenants, tokens, users
from weft.api.weft.entering import Entering
from weft.api.weft.server import ServerState
from weft.domain.errors import Refusal
from weft.services.access_keys import ApiKeys
from weft.services.access_roles import Roles
from weft.services.access_users import Users
from weft.services.access_vault import KeyRotation
from weft.services.clients import Clients
from weft.services.namespaces import Namespaces
from weft.services.tenants import Tenants
from weft.web import fallback
from weft.web.operations import Answer, Dialect, Operation

MOUNT = "/api/weft/v1"


class WeftServices(msgspec.Struct, frozen=True):
    """What the administration API needs."""

    users: Users
    roles: Roles
    keys: ApiKeys
    tenants: Tenants
    namespaces: Namespaces
    clients: Clients
    rotation: KeyRotation
    state: ServerState


def refuse(refusal: Refusal, operation: Operation | None, mount: str) -> Answer:
    """The error form; too many failed logins are 429."""
    answer = fallback.refuse(refusal, operation, mount)
    if refusal.code == "too_many_attempts":
        answer.status = 429
    return answer


def dialect(services: WeftServices) -> Dialect:
    """All operations of the administration API."""
    return Dialect(
        name="weft",
        title="Weft administration",
        mounts={"v1": MOUNT},
        operations=(
            *tenants.operations(services.tenants),
            *namespaces.operations(services.namespaces),
            *clients.operations(services.clients, services.tenants),
            *users.operations(services.users, services.tenants),
            *roles.operations(services.roles),
            *tokens.operations(services.keys, services.tenants),
            *server.operations(services.rotation, services.state),
        ),
        refuse=refuse,
        max_depth=64,
        scope=Entering(services.tenants, services.clients).scope,
    )


__all__ = ["MOUNT", "ServerState", "WeftServices", "dialect", "refuse"]
