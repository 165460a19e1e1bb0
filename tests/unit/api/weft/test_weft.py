from __future__ import annotations

import pytest

from weft.api.weft import MOUNT, refuse
from weft.domain.errors import NotFound, Unauthenticated

pytestmark = pytest.mark.anyio


def test_error_form():
    answer = refuse(NotFound("gone"), None, "v1")
    assert (answer.status, answer.body["error"]["code"]) == (404, "not_found")
    assert refuse(Unauthenticated("x", code="too_many_attempts", retry_after=3), None, "v1").status == 429


async def test_routes_of_nobody_have_the_same_form(http):
    reply = await http.get("/nothing")
    assert MOUNT in str(reply.url)
    assert (reply.status_code, reply.json()["error"]["code"]) == (404, "not_found")
