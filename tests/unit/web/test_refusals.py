from __future__ import annotations

import pytest

from weft.domain import errors
from weft.web.fallback import FALLBACK
from weft.web.refusals import Internal, MethodNotAllowed, NoRoute, status_of


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (errors.Invalid("x"), 400), (errors.Malformed("x"), 400), (errors.NotFound("x"), 404),
        (errors.Conflict("x"), 409), (errors.InUse("x"), 409), (errors.Unauthenticated("x"), 401),
        (errors.Forbidden("x"), 403), (errors.TooLarge("x"), 413), (errors.Busy("x"), 429),
        (errors.Unavailable("x"), 503), (errors.Unsupported("x"), 501), (NoRoute("x"), 404),
        (MethodNotAllowed("x", ("GET",)), 405), (Internal("ref"), 500),
    ],
)  # fmt: skip
def test_every_kind_has_a_status(refusal, status):
    assert status_of(refusal) == status


def test_every_kind_of_the_domain_is_known():
    from weft.web.refusals import STATUS_OF_KIND

    kinds = {each.kind for each in vars(errors).values() if isinstance(each, type) and issubclass(each, errors.Refusal)}
    assert kinds <= set(STATUS_OF_KIND)


def test_a_defect_tells_its_reference_only():
    answer = FALLBACK.refuse(Internal("r-1"), None, "")
    assert answer.status == 500
    assert answer.body["error"] == {"code": "internal", "message": "internal error, reference r-1", "details": []}
