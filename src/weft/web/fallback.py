"""What answers where no dialect is in charge: paths outside every mount, and a dialect that failed to word an error."""

from __future__ import annotations

from weft.domain.errors import Refusal
from weft.web.operations import Answer, Dialect, Operation
from weft.web.refusals import status_of


def refuse(refusal: Refusal, operation: Operation | None, mount: str) -> Answer:
    """`{"error": {"code", "message", "details"}}` with the status of the refusal's kind."""
    error = {"code": refusal.code or refusal.kind, "message": refusal.message, "details": list(refusal.details)}
    return Answer(status=status_of(refusal), body={"error": error})


FALLBACK = Dialect(name="", title="", mounts={}, operations=(), refuse=refuse)
