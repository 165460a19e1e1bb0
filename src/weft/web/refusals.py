"""Refusals that only HTTP knows; dialects word them like those of the domain, by `kind`.

A dialect that does not know a kind may fall back on `status_of`.
"""

from __future__ import annotations

from weft.domain.errors import Refusal

STATUS_OF_KIND: dict[str, int] = {
    "invalid": 400,
    "malformed": 400,
    "not_found": 404,
    "conflict": 409,
    "in_use": 409,
    "unauthenticated": 401,
    "forbidden": 403,
    "too_large": 413,
    "busy": 429,
    "unavailable": 503,
    "unsupported": 501,
    "method_not_allowed": 405,
    "precondition_failed": 412,
    "unsupported_media": 415,
    "mismatch": 422,
    "internal": 500,
    "refused": 400,
}


class NoRoute(Refusal):
    """No operation answers at this path."""

    kind = "not_found"


class MethodNotAllowed(Refusal):
    """The path is served, the method is not. `allowed` lists the methods for the `Allow` header."""

    kind = "method_not_allowed"

    def __init__(self, message: str, allowed: tuple[str, ...]) -> None:
        super().__init__(message)
        self.allowed = allowed


class UnsupportedMedia(Refusal):
    """The body's content type is none that the operation reads."""

    kind = "unsupported_media"


class Internal(Refusal):
    """A defect of ours. The message names a reference id that stands in the log, and nothing else."""

    kind = "internal"

    def __init__(self, reference: str) -> None:
        super().__init__(f"internal error, reference {reference}", code="internal")
        self.reference = reference


def status_of(refusal: Refusal) -> int:
    """The HTTP status that a refusal has where a dialect says nothing else."""
    return STATUS_OF_KIND.get(refusal.kind, 400)
