"""Refusals of the domain. Each dialect turns a kind into its own status and body, and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence

from weft.dsl.problems import Problem


class Refusal(Exception):
    """A request that is not carried out, for a reason the caller can act on.

    `message` is one sentence; `details` lists the problems, if there are several; `code` is a stable word for
    machines; `retry_after` (seconds) is set where trying again later can help. `problems` are the problems of a
    document with their places and codes, where a document was refused.
    """

    kind = "refused"

    def __init__(
        self,
        message: str,
        details: Sequence[str] = (),
        *,
        code: str = "",
        retry_after: int | None = None,
        problems: Sequence[Problem] = (),
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = tuple(details)
        self.code = code
        self.retry_after = retry_after
        self.problems = tuple(problems)


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


class PreconditionFailed(Refusal):
    """The caller named a state of the thing (a revision) that is not the present one."""

    kind = "precondition_failed"


class Mismatch(Refusal):
    """The request says it repeats an earlier one, and differs from it."""

    kind = "mismatch"


class Unauthenticated(Refusal):
    kind = "unauthenticated"


class Forbidden(Refusal):
    kind = "forbidden"


class TooLarge(Refusal):
    kind = "too_large"


class Busy(Refusal):
    """A bounded queue is full; nothing was done. Carries `retry_after`."""

    kind = "busy"


class QuotaExceeded(Busy):
    """A limit that the operator has set is reached; nothing was done."""

    def __init__(self, message: str, *, retry_after: int = 5) -> None:
        super().__init__(message, code="quota_exceeded", retry_after=retry_after)


class Unavailable(Refusal):
    """A part that is needed (store, engine, worker) cannot be reached now."""

    kind = "unavailable"


class Unsupported(Refusal):
    """Known, but not part of this release."""

    kind = "unsupported"
