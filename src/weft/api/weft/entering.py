"""In which tenant a request of the administration stands.

The query parameter `tenant` (id or UUID) says it; else a namespace or client that the path names says it by whom it
belongs to; else it is the caller's home tenant. A tenant in which the caller holds no role is as one that does not
exist.
"""

from __future__ import annotations

from weft.api.weft.declaring import TENANT
from weft.domain.access import Principal
from weft.domain.errors import Invalid, NotFound
from weft.services.clients import Clients
from weft.services.tenants import Tenants
from weft.web.operations import Call, Operation

MAX_SHOWN = 100
"""Characters of what was asked for that an answer repeats."""


class Entering:
    """`scope` is the dialect's hook: the caller with its rights in that tenant."""

    def __init__(self, tenants: Tenants, clients: Clients) -> None:
        self._tenants = tenants
        self._clients = clients

    def scope(self, call: Call, operation: Operation, principal: Principal) -> Principal:
        """Raises NotFound for a tenant that the caller cannot enter, once it may do such a thing at home."""
        if TENANT not in operation.parameters:
            return self._of_path(call, principal)
        given = call.query.get("tenant", ())
        if len(set(given)) > 1:
            raise Invalid("tenant is given more than once")
        if given:
            return self._entered(principal, given[0], operation)
        owner = None
        if "namespace" in call.path:
            owner = self._tenants.owner_of(call.path["namespace"])
        elif "client" in call.path:
            owner = self._clients.owner_of(call.path["client"])
        return principal if owner is None else principal.within(owner) or principal

    def _of_path(self, call: Call, principal: Principal) -> Principal:
        """`tenants/{tenant}` is asked about by who administers that tenant."""
        named = call.path.get("tenant")
        return principal if named is None else self._tenants.enter(principal, named) or principal

    def _entered(self, principal: Principal, reference: str, operation: Operation) -> Principal:
        there = self._tenants.enter(principal, reference)
        if there is None:
            if operation.permission is not None:
                principal.require(operation.permission)
            raise NotFound(f"tenant {reference[:MAX_SHOWN]} does not exist")
        return there
