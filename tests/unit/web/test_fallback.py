from __future__ import annotations

from weft.domain.errors import Invalid
from weft.web.fallback import FALLBACK, refuse


def test_code_message_and_details():
    answer = refuse(Invalid("wrong", ["a"], code="bad_name"), None, "")
    assert (answer.status, answer.body) == (
        400,
        {"error": {"code": "bad_name", "message": "wrong", "details": ["a"]}},
    )


def test_the_kind_stands_in_for_a_missing_code():
    assert FALLBACK.refuse(Invalid("wrong"), None, "").body["error"]["code"] == "invalid"
