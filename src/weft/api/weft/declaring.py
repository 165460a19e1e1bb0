"""One line per operation of the administration API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from weft.api.weft.shapes import ErrorView
from weft.web.operations import Handler, Operation, Parameter

MAX_BODY = 256 * 1024
TENANT = Parameter(
    "tenant",
    "query",
    "Id or UUID of the tenant to administer; by default the caller's own, or the named thing's.",
)


def declare(
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"],
    path: str,
    name: str,
    permission: str,
    summary: str,
    handler: Handler,
    group: str,
    responses: Mapping[int, Any],
    request: Any = None,
    *,
    of_tenant: bool = True,
) -> Operation:
    """An operation with the errors that every one of them can give. `of_tenant`: it is about things of one tenant."""
    errors = {401: ErrorView, 403: ErrorView}
    if request is not None:
        errors[400] = ErrorView
    if of_tenant or "{" in path:
        errors[404] = ErrorView
    return Operation(
        method=method,
        path=path,
        name=name,
        permission=permission,
        summary=summary,
        handler=handler,
        group=group,
        request=request,
        parameters=(TENANT,) if of_tenant else (),
        responses={**responses, **errors},
        max_body=MAX_BODY,
    )
