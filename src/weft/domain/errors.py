"""Refusals of the domain. Each dialect turns a kind into its own status and body, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence


class Refusal(Exception):
    """A request that is not carried out, for a reason the caller can act on.

    `message` is one sentence; `details` lists the problems, if there are several; `code` is a stable word for
    machines; `retry_after` (seconds) is set where trying again later can help.
    """

    kind = "refused"

    def __init__(
        self, message: str, details: Sequence[str] = (), *, code: str = "", retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.code = code
        self.retry_after = retry_after


class Invalid(Refusal):
    """The request's content is wrong."""

    kind = "invalid"


class Malformed(Invalid):
    """The body cannot be read at all."""

    kind = "malformed"


class NotFound(Refusal):
    kind = "not_found"


class Conflict(Refusal):
    """A name or id is taken."""

    kind = "conflict"


class InUse(Refusal):
    """The state of things forbids it: deletion of something referred to, control of a closed job."""

    kind = "in_use"


class Unauthenticated(Refusal):
    kind = "unauthenticated"


class Forbidden(Refusal):
    kind = "forbidden"


class TooLarge(Refusal):
    kind = "too_large"


class Busy(Refusal):
    """A bounded queue is full; nothing was done. Carries `retry_after`."""

    kind = "busy"


class Unavailable(Refusal):
    """A part that is needed (store, engine, worker) cannot be reached now."""

    kind = "unavailable"


class Unsupported(Refusal):
    """Known, but not part of this release."""

    kind = "unsupported"
