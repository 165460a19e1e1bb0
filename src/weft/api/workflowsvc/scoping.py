"""Where a request stands: the namespace that `nsfilter` names, and the caller's rights in it.

`nsfilter` is required, names exactly one namespace and is compared with regard to case. A namespace that does not
exist, one of another tenant and one where the caller holds no role are refused alike, so that none shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

import msgspec

from weft.api.workflowsvc.errors import PARAMETER, Detail, Wrong
from weft.api.workflowsvc.parameters import Query
from weft.domain.access import Principal
from weft.domain.errors import Forbidden, Malformed
from weft.domain.tenancy import NAMESPACE_ID, Namespace, Tenant
from weft.web.operations import Call, Operation
from weft.web.refusals import UnsupportedMedia

NSFILTER: Final = "nsfilter"
_JSON: Final = "application/json"


class KnownTenants(Protocol):
    """Look-ups in memory; what is disabled is not known."""

    def tenant(self, tenant_id: str) -> Tenant | None: ...

    def namespace(self, namespace_id: str) -> Namespace | None: ...


class Asked(msgspec.Struct):
    """One request as the handlers get it: who asks, in which namespace, with which parameters and body."""

    call: Call
    principal: Principal
    tenant: Tenant
    namespace: Namespace
    query: Query
    body: Mapping[str, Any] = {}

    @property
    def scope(self) -> str:
        """The namespace as records name it."""
        return self.namespace.scope

    def seeing(self, permission: str) -> Principal:
        """See `Principal.seeing`."""
        return self.principal.seeing(permission)

    def path(self, name: str) -> str:
        """An id of the path, folded: ids are compared without regard to case."""
        return self.call.path[name].lower()


class Scoping:
    """Finds the place of requests. Disabled tenants and namespaces are as unknown."""

    def __init__(self, tenants: KnownTenants) -> None:
        self._tenants = tenants

    def scope(self, call: Call, operation: Operation, principal: Principal) -> Principal:
        """The caller as it stands in the namespace. Raises Wrong, Forbidden."""
        name = read_nsfilter(query_of(call))
        found = self.within(principal, name)
        if found is None:
            raise forbidden()
        return found[0]

    def within(self, principal: Principal, name: str) -> tuple[Principal, Tenant, Namespace] | None:
        """The caller in a namespace, None where it may not know of it."""
        namespace = self._tenants.namespace(name)
        tenant = None if namespace is None else self._tenants.tenant(namespace.owner)
        if namespace is None or tenant is None:
            return None
        within = principal.within(tenant.id, namespace.scope)
        return None if within is None else (within, tenant, namespace)

    def asked(self, call: Call) -> Asked:
        """The request with its place; the caller has been through `scope`."""
        query = query_of(call)
        namespace = self._tenants.namespace(read_nsfilter(query))
        tenant = None if namespace is None else self._tenants.tenant(namespace.owner)
        if namespace is None or tenant is None:
            raise forbidden()
        return Asked(call, call.principal, tenant, namespace, query)


def forbidden() -> Forbidden:
    """The one refusal of every namespace that the caller may not know of."""
    return Forbidden("the namespace is not open to the caller", code="namespace_forbidden")


def query_of(call: Call) -> Query:
    """The query. Raises Wrong for one that is no UTF-8."""
    try:
        return Query(call.query)
    except Malformed as cause:
        raise Wrong(PARAMETER, (Detail("query", PARAMETER, cause.message),)) from None


def read_nsfilter(query: Query) -> str:
    """The namespace id. Raises Wrong: required, invalid, or given twice."""
    name = query.text(NSFILTER)
    query.done()
    if not name:
        raise _wrong("nsfilter_required", "the query parameter nsfilter names a namespace and is required")
    if not NAMESPACE_ID.fullmatch(name):
        raise _wrong("nsfilter_invalid", "nsfilter is one namespace id: letters, digits, '_' and '-', at most 128")
    return name


def _wrong(code: str, message: str) -> Wrong:
    return Wrong(code, (Detail(f"query/{NSFILTER}", code, message),))


async def check_body(call: Call, operation: Operation) -> None:
    """Size, content type, syntax, in this order, of operations that take a body."""
    if operation.request is None:
        return
    if not await call.raw() and "content-type" not in call.headers:
        return  # no body at all: the rules of the body say what is missing
    kind = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _JSON and not (kind.startswith("application/") and kind.endswith("+json")):
        raise UnsupportedMedia("the body is sent as application/json")
    await call.body()
