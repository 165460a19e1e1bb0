"""One line per operation of the administration API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from weft.api.weft.shapes import ErrorView
from weft.web.operations import Handler, Operation

MAX_BODY = 256 * 1024


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
) -> Operation:
    """An operation with the errors that every one of them can give."""
    errors = {401: ErrorView, 403: ErrorView}
    if request is not None:
        errors[400] = ErrorView
    if "{" in path:
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
        responses={**responses, **errors},
        max_body=MAX_BODY,
    )
