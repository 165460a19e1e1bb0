"""How refusals are worded: five families of error bodies, chosen by the operation.

- object: `{"code", "message", "detail"}`; always for 401, 403, 405, 413 and paths that are not served
- string: a JSON string
- worker: `{"errorCode", "message"}`, with `workerUUID` and `status` beside them where a worker is created
- payload: `{"code", "message", "details", "err"}`
- rpc: JSON-RPC 2.0

An unknown object in the path is 404 where the operation documents 404 or no error at all, 204 where it documents
that, else 400.
A part that cannot be reached is 503 for adapters, workers and event types, else 500.
"""

from __future__ import annotations

from collections.abc import Callable

from weft.domain.errors import Refusal
from weft.web.operations import Answer, Operation

OBJECT, STRING, WORKER, WORKER_CREATE, PAYLOAD, RPC = "object", "string", "worker", "worker-create", "payload", "rpc"

_STATUS = {
    "invalid": 400,
    "malformed": 400,
    "conflict": 400,
    "in_use": 400,
    "refused": 400,
    "unauthenticated": 401,
    "forbidden": 403,
    "method_not_allowed": 405,
    "too_large": 413,
    "busy": 429,
    "internal": 500,
    "unsupported": 501,
}
_ALWAYS_OBJECT = frozenset({401, 403, 405, 413})
_REACHED_OTHERWISE = frozenset({"adapter", "worker", "eventType"})

OK, UNKNOWN, INVALID_ARGUMENTS, NOT_FOUND, ALREADY_EXISTS, PERMISSION_DENIED = 0, 1, 2, 3, 4, 5
UNAUTHENTICATED, FAILED, ALREADY_RUNNING, ALREADY_STOPPED, TIMED_OUT = 6, 7, 8, 9, 10

_ERROR_CODES = {
    "adapter_unknown": NOT_FOUND,
    "activity_unknown": INVALID_ARGUMENTS,
    "profile_unknown": INVALID_ARGUMENTS,
    "taken": ALREADY_EXISTS,
    "already_running": ALREADY_RUNNING,
    "already_stopped": ALREADY_STOPPED,
    "protected": PERMISSION_DENIED,
}
"""What the keeper of the workers refuses, by the refusal's code; all of these are 503."""
_ERROR_CODES_BY_KIND = {
    "invalid": INVALID_ARGUMENTS,
    "malformed": INVALID_ARGUMENTS,
    "not_found": NOT_FOUND,
    "conflict": ALREADY_EXISTS,
    "in_use": FAILED,
    "forbidden": PERMISSION_DENIED,
    "unauthenticated": UNAUTHENTICATED,
    "unavailable": FAILED,
    "unsupported": FAILED,
}


def refuse(refusal: Refusal, operation: Operation | None, mount: str) -> Answer:
    """The answer to a refusal. See the module."""
    status = status_of(refusal, operation)
    if status == 204:
        return Answer(status=204, empty=True)
    family = OBJECT if operation is None or status in _ALWAYS_OBJECT else operation.family or OBJECT
    headers = {} if refusal.retry_after is None else {"Retry-After": str(refusal.retry_after)}
    return Answer(status=status, body=_BODIES[family](status, refusal), headers=headers)


def status_of(refusal: Refusal, operation: Operation | None) -> int:
    """The status of a refusal where this operation (None: no route) was asked for."""
    kind = refusal.kind
    if operation is None:
        return 404 if kind == "not_found" else _STATUS.get(kind, 503 if kind == "unavailable" else 400)
    if kind == "not_found":
        return _not_found(operation)
    if kind == "unavailable":
        return 503 if operation.group in _REACHED_OTHERWISE else 500
    if operation.family in (WORKER, WORKER_CREATE) and refusal.code in _ERROR_CODES:
        return 503
    return _STATUS.get(kind, 400)


def _not_found(operation: Operation) -> int:
    if 404 in operation.responses or not any(status >= 400 for status in operation.responses):
        return 404
    return 204 if 204 in operation.responses else 400


def _object(status: int, refusal: Refusal) -> object:
    return {"code": status, "message": refusal.message, "detail": "; ".join(refusal.details)}


def _string(status: int, refusal: Refusal) -> object:
    return "; ".join((refusal.message, *refusal.details))


def _worker(status: int, refusal: Refusal) -> object:
    code = _ERROR_CODES.get(refusal.code, _ERROR_CODES_BY_KIND.get(refusal.kind, UNKNOWN))
    return {"errorCode": code, "message": str(_string(status, refusal))}


def _worker_create(status: int, refusal: Refusal) -> object:
    body = _worker(status, refusal)
    assert isinstance(body, dict)
    return {**body, "workerUUID": "", "status": ""}


def _payload(status: int, refusal: Refusal) -> object:
    return {"code": status, "message": refusal.message, "details": "; ".join(refusal.details), "err": None}


def _rpc(status: int, refusal: Refusal) -> object:
    return {"jsonrpc": "2.0", "id": None, "error": {"code": -32603, "message": refusal.message}}


_BODIES: dict[str, Callable[[int, Refusal], object]] = {
    OBJECT: _object,
    STRING: _string,
    WORKER: _worker,
    WORKER_CREATE: _worker_create,
    PAYLOAD: _payload,
    RPC: _rpc,
}
