"""Operations of this dialect: each stands in the namespace that `nsfilter` names."""

from __future__ import annotations

from typing import Any, Literal

from weft.api.workflowsvc import schemas
from weft.web.operations import Handler, Operation


def declare(
    group: str,
    family: str,
    method: Literal["GET", "POST", "PUT", "DELETE"],
    path: str,
    name: str,
    permission: str,
    summary: str,
    handler: Handler,
    **more: Any,
) -> Operation:
    """An operation of a group; `family` is the word of its 400 where a refusal names none."""
    more["parameters"] = (schemas.NSFILTER, *more.get("parameters", ()))
    return Operation(
        method=method, path=path, name=name, permission=permission, summary=summary, handler=handler, group=group,
        family=family, **more,
    )  # fmt: skip
