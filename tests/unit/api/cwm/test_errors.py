from __future__ import annotations

import pytest

from weft.api.cwm import errors
from weft.domain.errors import (
    Busy,
    Conflict,
    Forbidden,
    InUse,
    Invalid,
    Malformed,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
    Unsupported,
)
from weft.web.operations import Operation
from weft.web.refusals import Internal, MethodNotAllowed, NoRoute


def operation(family="object", group="resource", statuses=(400,)):
    return Operation(
        method="GET", path="/x", name="x", permission="x.y", summary="", handler=None, family=family, group=group,
        responses=dict.fromkeys((200, *statuses)),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("family", "body"),
    [
        ("object", {"code": 400, "message": "bad", "detail": "a; b"}),
        ("string", "bad; a; b"),
        ("worker", {"errorCode": 2, "message": "bad; a; b"}),
        ("worker-create", {"errorCode": 2, "message": "bad; a; b", "workerUUID": "", "status": ""}),
        ("payload", {"code": 400, "message": "bad", "details": "a; b", "err": None}),
        ("rpc", {"jsonrpc": "2.0", "id": None, "error": {"code": -32603, "message": "bad"}}),
    ],
)
def test_families(family, body):
    answer = errors.refuse(Invalid("bad", ["a", "b"]), operation(family), "v1")
    assert (answer.status, answer.body) == (400, body)


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (Invalid("x"), 400), (Malformed("x"), 400), (Conflict("x"), 400), (InUse("x"), 400), (NotFound("x"), 400),
        (Unauthenticated("x"), 401), (Forbidden("x"), 403), (MethodNotAllowed("x", ("GET",)), 405),
        (TooLarge("x"), 413), (Busy("x", retry_after=3), 429), (Internal("r"), 500), (Unavailable("x"), 500),
        (Unsupported("x"), 501),
    ],
)  # fmt: skip
def test_statuses(refusal, status):
    answer = errors.refuse(refusal, operation("string"), "v1")
    assert answer.status == status
    assert isinstance(answer.body, dict) is (status in (401, 403, 405, 413))
    assert answer.headers == ({"Retry-After": "3"} if status == 429 else {})


@pytest.mark.parametrize(
    ("statuses", "expected"), [((400,), 400), ((400, 404), 404), ((204, 503), 204), ((), 404), ((204, 404), 404)]
)
def test_unknown_objects(statuses, expected):
    answer = errors.refuse(NotFound("x"), operation(statuses=statuses), "v1")
    assert answer.status == expected
    assert answer.empty is (expected == 204)


@pytest.mark.parametrize(("group", "status"), [("adapter", 503), ("worker", 503), ("eventType", 503), ("secret", 500)])
def test_unreachable(group, status):
    assert errors.refuse(Unavailable("x"), operation(group=group), "v2").status == status


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (Invalid("x", code="adapter_unknown"), 503, 3), (Invalid("x", code="activity_unknown"), 503, 2),
        (Invalid("x", code="profile_unknown"), 503, 2), (Conflict("x", code="taken"), 503, 4),
        (InUse("x", code="already_running"), 503, 8), (InUse("x", code="protected"), 503, 5),
        (NotFound("x", code="worker_unknown"), 404, 3), (Unavailable("x"), 503, 7), (Internal("r"), 500, 1),
    ],
)  # fmt: skip
def test_workers_keeper(refusal, status, code):
    answer = errors.refuse(refusal, operation("worker", "worker", (404, 503)), "v1")
    assert (answer.status, answer.body["errorCode"]) == (status, code)


def test_without_a_route():
    answer = errors.refuse(NoRoute("path not served"), None, "v1")
    assert (answer.status, answer.body["code"]) == (404, 404)
    assert errors.refuse(Unavailable("x"), None, "v1").status == 503
    assert errors.refuse(Invalid("x"), None, "v1").status == 400
