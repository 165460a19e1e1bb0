"""How refusals are worded: exactly six keys, whatever went wrong.

`_code` is the status, `_error` a stable word, `message` repeats `_message`, `_retryable` is true for 429, 503 and a
request whose first copy is still under way, and `_details` has one `{"_path", "_code", "_message"}` per problem.
`_path` is a JSON Pointer into the body, or `query/<name>`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec

from weft.domain.errors import Invalid, Refusal
from weft.web.operations import Answer, Operation

PARAMETER: Final = "invalid_parameter"
CONFLICT: Final = "parameter_conflict"
BODY: Final = "invalid_body"
DEFINITION: Final = "invalid_definition"
SCHEDULE: Final = "invalid_schedule"
USER_INPUT: Final = "invalid_user_input"
JSON: Final = "malformed_json"
DISABLED: Final = "task_type_disabled"
DISABLED_PROBLEM: Final = "task-type-disabled"

_WORDS: Final[dict[int, tuple[str, ...]]] = {
    400: (
        BODY, "nsfilter_required", "nsfilter_invalid", PARAMETER, CONFLICT, JSON, DEFINITION, DISABLED, USER_INPUT,
        SCHEDULE,
    ),
    401: ("unauthenticated",),
    403: ("permission_denied", "namespace_forbidden", "not_assignee"),
    404: ("not_found",),
    405: ("method_not_allowed",),
    409: ("illegal_state", "name_taken", "read_only_definition", "retry_parent", "idempotency_in_progress", DISABLED),
    412: ("precondition_failed",),
    413: ("payload_too_large",),
    415: ("unsupported_media_type",),
    422: ("idempotency_mismatch",),
    429: ("rate_limited", "quota_exceeded"),
    500: ("internal",),
    503: ("unavailable",),
}  # fmt: skip
"""The words of each status; the first one is meant where a refusal names none of them."""
_STATUS: Final[dict[str, int]] = {
    "invalid": 400,
    "malformed": 400,
    "refused": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "not_found": 404,
    "method_not_allowed": 405,
    "conflict": 409,
    "in_use": 409,
    "unsupported": 409,
    "precondition_failed": 412,
    "too_large": 413,
    "unsupported_media": 415,
    "mismatch": 422,
    "busy": 429,
    "internal": 500,
    "unavailable": 503,
}
_SILENT: Final = frozenset(("internal", "namespace_forbidden"))
_TAKEN: Final = frozenset(("", "taken"))
_RETRYABLE: Final = frozenset((429, 503))
_DEFAULT_RETRY_S: Final = 1
_FORBIDDEN_NAMESPACE: Final = "The namespace does not exist, or you hold no role in it."
MAX_DETAILS: Final = 100
ALL_WORDS: Final = tuple(word for words in _WORDS.values() for word in words)


class Detail(msgspec.Struct, frozen=True):
    """One problem of a request."""

    path: str
    code: str
    message: str


class Wrong(Invalid):
    """A request with problems of its own; `code` is the word of the answer."""

    def __init__(self, code: str, details: Sequence[Detail], message: str = "") -> None:
        super().__init__(message or details[0].message, code=code)
        self.items = tuple(details)


def wrong_body(path: str, message: str, code: str = BODY) -> Wrong:
    """A body with one problem."""
    return Wrong(code, (Detail(path, code, message),))


def located(cause: Invalid, base: str, code: str) -> Invalid:
    """The same refusal with the places of its problems below `base`: details read `<pointer>: <message>`."""
    if isinstance(cause, Wrong) or cause.problems or cause.kind != "invalid":
        return cause
    word = cause.code if cause.code in _WORDS[400] else code
    items = [_located(text, base, word) for text in cause.details] or [Detail(base, word, cause.message)]
    return Wrong(word, items, cause.message)


def _located(text: str, base: str, code: str) -> Detail:
    pointer, colon, message = text.partition(": ")
    if not colon or not pointer.startswith("/"):
        return Detail(base, code, text)
    return Detail(base + (pointer if pointer != "/" else ""), code, message)


def refuse(refusal: Refusal, operation: Operation | None, mount: str) -> Answer:
    """The answer to a refusal. `Operation.family` names the word of its 400 where the refusal names none."""
    status = _STATUS.get(refusal.kind, 400)
    word = _word(refusal, status, operation)
    message = _message(refusal, word)
    headers: dict[str, str] = {}
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    elif status in _RETRYABLE:
        headers["Retry-After"] = str(_DEFAULT_RETRY_S)
    body = {
        "_code": status,
        "_error": word,
        "_message": message,
        "message": message,
        "_retryable": status in _RETRYABLE or word == "idempotency_in_progress",
        "_details": _details(refusal, status, word),
    }
    return Answer(status=status, body=body, headers=headers)


def _word(refusal: Refusal, status: int, operation: Operation | None) -> str:
    words = _WORDS[status]
    if refusal.code in words:
        return refusal.code
    if status == 400:
        problems = _problems(refusal)
        if problems and all(problem.code == DISABLED_PROBLEM for problem in problems):
            return DISABLED
        if refusal.kind == "malformed":
            return JSON
        if operation is not None and operation.family in words:
            return operation.family
    return "name_taken" if refusal.kind == "conflict" and refusal.code in _TAKEN else words[0]


def _message(refusal: Refusal, word: str) -> str:
    if word == "internal":
        return "Internal error."
    if word == "namespace_forbidden":
        return _FORBIDDEN_NAMESPACE
    return refusal.message


def _problems(refusal: Refusal) -> tuple[Any, ...]:
    return tuple(getattr(refusal, "problems", ()))


def _details(refusal: Refusal, status: int, word: str) -> list[dict[str, str]]:
    items: Sequence[Detail]
    if isinstance(refusal, Wrong):
        items = refusal.items
    elif _problems(refusal):
        items = [Detail(problem.pointer, problem.code, problem.message) for problem in _problems(refusal)]
    elif status == 400:
        items = [Detail("", word, text) for text in refusal.details or (refusal.message,)]
    else:
        items = [Detail("", word, text) for text in refusal.details if word not in _SILENT]
    return [{"_path": item.path, "_code": item.code, "_message": item.message} for item in items[:MAX_DETAILS]]
