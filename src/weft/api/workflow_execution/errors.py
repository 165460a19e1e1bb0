"""How refusals are worded: 400 with `validation` entries only, every other status with one error and its code.

A code is a word that clients may rely on; what the domain calls otherwise is translated here.
"""

from __future__ import annotations

from typing import Final

from weft.api.workflow_execution import envelope
from weft.api.workflow_execution.problems import BadRequest, Entry, entries_of
from weft.domain.errors import Refusal
from weft.web.operations import Answer, Operation
from weft.web.refusals import Internal
from weft.web.routing import BadName

RETRY_AFTER_S: Final = 5
_STATUS: Final = {
    "unauthenticated": (401, "unauthorized"),
    "forbidden": (403, "forbidden"),
    "not_found": (404, "route_not_found"),
    "method_not_allowed": (405, "method_not_allowed"),
    "conflict": (409, "name_taken"),
    "in_use": (409, "idempotency_in_progress"),
    "precondition_failed": (412, "precondition_failed"),
    "too_large": (413, "payload_too_large"),
    "unsupported_media": (415, "unsupported_media_type"),
    "mismatch": (422, "idempotency_mismatch"),
    "busy": (429, "quota_exceeded"),
    "unavailable": (503, "unavailable"),
    "unsupported": (503, "unavailable"),
    "internal": (500, "internal_error"),
}
_SPECIAL: Final = {
    "not_found": frozenset(("customer_not_found", "workflow_not_found", "execution_not_found")),
    "conflict": frozenset(("name_taken", "read_only_definition", "task_type_disabled")),
    "in_use": frozenset(("idempotency_in_progress", "task_type_disabled", "read_only_definition")),
}
"""Codes of the domain that this dialect uses as they are."""


def refuse(refusal: Refusal, operation: Operation | None, mount: str) -> Answer:
    """The answer to a refusal."""
    found = _STATUS.get(refusal.kind)
    if found is None:
        return Answer(status=400, body=envelope.invalid(_entries(refusal)))
    status, code = found
    if refusal.code in _SPECIAL.get(refusal.kind, ()):
        code = refusal.code
    headers: dict[str, str] = {}
    if status in (429, 503) or refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after or RETRY_AFTER_S)
    return Answer(status=status, body=envelope.refused(code, _message(refusal)), headers=headers)


def refuse_version(refusal: Refusal, operation: Operation | None, mount: str) -> Answer:
    """The answer below a version that is not served."""
    answer = refuse(refusal, operation, mount)
    if answer.status == 404:
        answer.body = envelope.refused("unsupported_version", "this version of the API is not served; v1.0 is")
    return answer


def _entries(refusal: Refusal) -> list[Entry]:
    if isinstance(refusal, BadRequest):
        return list(refusal.entries)
    if isinstance(refusal, BadName):
        return [Entry(refusal.name or "$", refusal.message)]
    if refusal.kind == "malformed":
        return [Entry("$", refusal.message)]
    found = entries_of(refusal.problems)
    if found:
        return found
    return [Entry("data", "; ".join((refusal.message, *refusal.details))[:4096])]


def _message(refusal: Refusal) -> str:
    if isinstance(refusal, Internal):
        return refusal.message
    return "; ".join((refusal.message, *refusal.details))[:4096]
