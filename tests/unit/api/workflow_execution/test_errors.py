from __future__ import annotations

import pytest

from weft.api.workflow_execution.errors import refuse, refuse_version
from weft.api.workflow_execution.problems import bad
from weft.domain import errors
from weft.dsl.problems import error
from weft.web.refusals import Internal, MethodNotAllowed, NoRoute, UnsupportedMedia
from weft.web.routing import BadName


@pytest.mark.parametrize(
    ("refusal", "status", "code"),
    [
        (errors.Unauthenticated("x"), 401, "unauthorized"),
        (errors.Forbidden("x"), 403, "forbidden"),
        (NoRoute("x"), 404, "route_not_found"),
        (errors.NotFound("x", code="workflow_not_found"), 404, "workflow_not_found"),
        (errors.NotFound("x", code="customer_not_found"), 404, "customer_not_found"),
        (errors.NotFound("x", code="execution_not_found"), 404, "execution_not_found"),
        (MethodNotAllowed("x", ("GET",)), 405, "method_not_allowed"),
        (errors.TooLarge("x"), 413, "payload_too_large"),
        (UnsupportedMedia("x"), 415, "unsupported_media_type"),
        (errors.Conflict("x", code="name_taken"), 409, "name_taken"),
        (errors.Conflict("x", code="read_only_definition"), 409, "read_only_definition"),
        (errors.Conflict("x", code="task_type_disabled"), 409, "task_type_disabled"),
        (errors.InUse("x", code="idempotency_in_progress"), 409, "idempotency_in_progress"),
        (errors.PreconditionFailed("x"), 412, "precondition_failed"),
        (errors.Mismatch("x"), 422, "idempotency_mismatch"),
        (errors.QuotaExceeded("x"), 429, "quota_exceeded"),
        (errors.Unavailable("x"), 503, "unavailable"),
        (Internal("ref"), 500, "internal_error"),
    ],
)
def test_every_refusal_has_status_and_code(refusal, status, code):
    answer = refuse(refusal, None, "v1.0")
    assert answer.status == status
    assert [each["code"] for each in answer.body["meta"]["errors"]] == [code]
    assert (answer.body["meta"]["validation"], answer.body["meta"]["info"], answer.body["data"]) == ([], {}, None)
    assert ("Retry-After" in answer.headers) == (status in (429, 503))


def test_every_kind_of_the_domain_is_worded():
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.Refusal)]
    for kind in kinds:
        assert refuse(kind("x"), None, "").status in (400, 401, 403, 404, 409, 412, 413, 422, 429, 503)


@pytest.mark.parametrize(
    ("refusal", "property"),
    [
        (bad("take", "x"), "take"),
        (errors.Malformed("x"), "$"),
        (errors.Invalid("x", ("/a: b",)), "data"),
        (errors.Invalid("x", problems=(error("schema", "c", "/tasks/1/name", "m"),)), "data.tasks[1].name"),
        (BadName("x", None, "id"), "id"),
    ],
)
def test_a_400_has_entries_only(refusal, property):
    answer = refuse(refusal, None, "v1.0")
    assert answer.status == 400
    assert [each["property"] for each in answer.body["meta"]["validation"]] == [property]
    assert answer.body["meta"]["errors"] == []


def test_below_another_version():
    answer = refuse_version(NoRoute("x"), None, "")
    assert (answer.status, answer.body["meta"]["errors"][0]["code"]) == (404, "unsupported_version")
    assert refuse_version(errors.Unavailable("x"), None, "").status == 503


def test_a_retry_hint_is_passed_on():
    assert refuse(errors.InUse("x", code="idempotency_in_progress", retry_after=1), None, "").headers == {
        "Retry-After": "1"
    }
