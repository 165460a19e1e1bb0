from __future__ import annotations

from weft.api.weft.declaring import TENANT, declare
from weft.api.weft.shapes import ErrorView, UserCreate


async def handler(call):
    raise NotImplementedError


def test_every_operation_documents_its_errors():
    one = declare("GET", "a/{x}", "getA", "administration.read", "One", handler, "g", {200: None})
    assert set(one.responses) == {200, 401, 403, 404}
    two = declare("POST", "a", "newA", "administration.write", "New", handler, "g", {201: None}, UserCreate)
    assert set(two.responses) == {201, 400, 401, 403, 404}
    assert two.responses[400] is ErrorView
    assert two.parameters == (TENANT,)
    three = declare("GET", "a", "getA", "administration.read", "One", handler, "g", {200: None}, of_tenant=False)
    assert (set(three.responses), three.parameters) == ({200, 401, 403}, ())
