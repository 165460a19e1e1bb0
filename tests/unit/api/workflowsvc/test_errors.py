from __future__ import annotations

import pytest

from weft.api.workflowsvc import errors
from weft.api.workflowsvc.errors import Detail, Wrong, located, refuse, wrong_body
from weft.domain import errors as domain
from weft.dsl.problems import error
from weft.web.operations import Operation
from weft.web.refusals import Internal, MethodNotAllowed, NoRoute, UnsupportedMedia

KEYS = {"_code", "_error", "_message", "message", "_retryable", "_details"}


def operation(family: str = "") -> Operation:
    return Operation(
        method="POST", path="x", name="x", permission="job.create", summary="", handler=None, family=family
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("refusal", "status", "word"),
    [
        (domain.Invalid("x"), 400, "invalid_body"),
        (domain.Invalid("x", code="nsfilter_required"), 400, "nsfilter_required"),
        (domain.Malformed("x"), 400, "malformed_json"),
        (domain.Unauthenticated("x"), 401, "unauthenticated"),
        (domain.Forbidden("x"), 403, "permission_denied"),
        (domain.Forbidden("x", code="not_assignee"), 403, "not_assignee"),
        (domain.NotFound("x"), 404, "not_found"),
        (NoRoute("x"), 404, "not_found"),
        (MethodNotAllowed("x", ("GET",)), 405, "method_not_allowed"),
        (domain.Conflict("x"), 409, "name_taken"),
        (domain.Conflict("x", code="read_only_definition"), 409, "read_only_definition"),
        (domain.Conflict("x", code="task_type_disabled"), 409, "task_type_disabled"),
        (domain.InUse("x"), 409, "illegal_state"),
        (domain.InUse("x", code="retry_parent"), 409, "retry_parent"),
        (domain.Unsupported("x"), 409, "illegal_state"),
        (domain.PreconditionFailed("x"), 412, "precondition_failed"),
        (domain.TooLarge("x"), 413, "payload_too_large"),
        (UnsupportedMedia("x"), 415, "unsupported_media_type"),
        (domain.Mismatch("x"), 422, "idempotency_mismatch"),
        (domain.Busy("x"), 429, "rate_limited"),
        (domain.QuotaExceeded("x"), 429, "quota_exceeded"),
        (domain.Unavailable("x"), 503, "unavailable"),
    ],
)
def test_every_refusal_has_its_status_and_word(refusal, status, word):
    answer = refuse(refusal, None, "v1")
    assert answer.status == status
    assert set(answer.body) == KEYS
    assert answer.body["_code"] == status
    assert answer.body["_error"] == word
    assert answer.body["_message"] == answer.body["message"] == "x"
    assert answer.body["_retryable"] is (status in (429, 503))
    assert ("Retry-After" in answer.headers) is (status in (429, 503))


def test_a_first_request_that_is_under_way_can_be_tried_again():
    answer = refuse(domain.InUse("x", code="idempotency_in_progress", retry_after=1), None, "v1")
    assert answer.status == 409 and answer.body["_retryable"] is True
    assert answer.headers["Retry-After"] == "1"


def test_defects_say_nothing():
    answer = refuse(Internal("0000-secret-reference"), None, "v1")
    assert answer.status == 500 and answer.body["message"] == "Internal error."
    assert answer.body["_details"] == []


def test_the_operation_names_the_word_of_its_bad_requests():
    assert refuse(domain.Invalid("x"), operation(errors.SCHEDULE), "v1").body["_error"] == "invalid_schedule"
    assert refuse(domain.Invalid("x"), operation(), "v1").body["_error"] == "invalid_body"
    assert refuse(domain.Malformed("x"), operation(errors.SCHEDULE), "v1").body["_error"] == "malformed_json"


def test_problems_of_a_document_are_details():
    problems = [error("schema", "name-pattern", "/_name", "a"), error("schema", "count", "/_taskDefs", "b")]
    body = refuse(domain.Invalid("bad", problems=problems), operation(errors.DEFINITION), "v1").body
    assert body["_error"] == "invalid_definition"
    assert body["_details"] == [
        {"_path": "/_name", "_code": "name-pattern", "_message": "a"},
        {"_path": "/_taskDefs", "_code": "count", "_message": "b"},
    ]


def test_a_type_that_is_switched_off_has_a_word_of_its_own():
    problems = [error("semantics", "task-type-disabled", "/_taskDefs/0/_type", "off")]
    body = refuse(domain.Invalid("bad", problems=problems), operation(errors.DEFINITION), "v1").body
    assert body["_error"] == "task_type_disabled"


def test_own_problems():
    body = refuse(wrong_body("/_status", "no"), None, "v1").body
    assert body["_error"] == "invalid_body"
    assert body["_details"] == [{"_path": "/_status", "_code": "invalid_body", "_message": "no"}]
    many = Wrong("invalid_parameter", [Detail("query/x", "invalid_parameter", "no")] * 500)
    assert len(refuse(many, None, "v1").body["_details"]) == errors.MAX_DETAILS


def test_namespaces_that_are_closed_are_refused_alike():
    one = refuse(domain.Forbidden("a", ["b"], code="namespace_forbidden"), None, "v1").body
    other = refuse(domain.Forbidden("c", code="namespace_forbidden"), None, "v1").body
    assert one == other and one["_error"] == "namespace_forbidden"


def test_problems_of_a_part_of_the_body_are_located():
    cause = domain.Invalid("bad", ["/a/b: too small", "/: is missing", "no place"])
    body = refuse(located(cause, "/_inputParams", "invalid_body"), None, "v1").body
    assert [(one["_path"], one["_message"]) for one in body["_details"]] == [
        ("/_inputParams/a/b", "too small"), ("/_inputParams", "is missing"), ("/_inputParams", "no place"),
    ]  # fmt: skip
    alone = located(domain.Invalid("bad", code="invalid_user_input"), "/_userInput", "invalid_body")
    assert refuse(alone, None, "v1").body["_details"][0]["_path"] == "/_userInput"
    assert alone.code == "invalid_user_input"
    other = domain.Malformed("x")
    assert located(other, "/x", "invalid_body") is other


def test_a_bad_request_always_has_a_detail():
    assert refuse(domain.Invalid("x"), None, "v1").body["_details"] == [
        {"_path": "", "_code": "invalid_body", "_message": "x"},
    ]  # fmt: skip
    assert refuse(domain.NotFound("x"), None, "v1").body["_details"] == []
