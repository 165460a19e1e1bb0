"""Faults: workflow-level errors as data."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

FaultKind = Literal[
    "configuration",
    "validation",
    "expression",
    "authentication",
    "authorization",
    "timeout",
    "communication",
    "runtime",
]

STATUS_OF_KIND: dict[str, int] = {
    "configuration": 400,
    "validation": 400,
    "expression": 400,
    "authentication": 401,
    "authorization": 403,
    "timeout": 408,
    "communication": 500,
    "runtime": 500,
}


class Fault(msgspec.Struct, frozen=True, omit_defaults=True):
    """A workflow-level error. `kind` is the canonical kind, or the whole type URI where it is none of ours.

    `code` is what error definitions match on (`HTTP_STATUS_404`, `TIMEOUT`, `EXPRESSION`, an adapter's own text).
    `instance` is the position that raised it. `retryable` false: no retry policy may try again.
    `data` and `cause` are for people; secrets never appear in any member.
    """

    kind: str
    status: int
    title: str = ""
    detail: str = ""
    instance: str = ""
    code: str = ""
    type: str = ""
    retryable: bool = True
    data: Any = None
    cause: Fault | None = None


def fault(
    kind: FaultKind,
    detail: str,
    *,
    code: str = "",
    title: str = "",
    status: int | None = None,
    instance: str = "",
    retryable: bool = True,
    data: Any = None,
    cause: Fault | None = None,
) -> Fault:
    """A fault of one of the standard kinds; `status` defaults to the kind's own."""
    return Fault(
        kind=kind,
        status=STATUS_OF_KIND[kind] if status is None else status,
        title=title,
        detail=detail,
        instance=instance,
        code=code,
        retryable=retryable,
        data=data,
        cause=cause,
    )
