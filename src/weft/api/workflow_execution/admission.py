"""Who may act for which customer: ids of the path first, then the customer, then the body's form."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from weft.api.workflow_execution.problems import BadRequest
from weft.api.workflow_execution.reading import check_body, path_entries, path_id
from weft.domain.access import Principal
from weft.domain.errors import NotFound
from weft.domain.tenancy import DEFAULT_NAMESPACE, Tenant
from weft.web.operations import Call, Operation

_WITH_BODY = frozenset(("POST", "PUT"))


class TenantLookup(Protocol):
    """Tenants by the id that customers go by; one that is disabled is as unknown."""

    def of_uuid(self, uuid: str) -> Tenant | None: ...


def no_customer() -> NotFound:
    """One and the same answer for a customer of somebody else and one that there is not."""
    return NotFound("the customer does not exist", code="customer_not_found")


class Admission:
    """The hooks of the dialect."""

    def __init__(self, tenants: TenantLookup) -> None:
        self._tenants = tenants

    def scope(self, call: Call, operation: Operation, principal: Principal) -> Principal:
        """The caller as it stands in the customer. Raises BadRequest for malformed ids, NotFound for the customer.

        Its rights in the default namespace count. Who holds roles in other namespaces of the customer only may see
        that there is the customer, and nothing else.
        """
        entries = path_entries(call.path)
        if entries:
            raise BadRequest(entries)
        tenant = self._tenants.of_uuid(path_id(call, "customerId"))
        if tenant is None:
            raise no_customer()
        inside = principal.within(tenant.id, DEFAULT_NAMESPACE) or principal.within(tenant.id)
        if inside is None:
            raise no_customer()
        return inside

    def check(self, call: Call, operation: Operation) -> Awaitable[None] | None:
        """Content type, size and syntax of a body, before anything else of the request is looked at."""
        return check_body(call) if operation.method in _WITH_BODY else None
