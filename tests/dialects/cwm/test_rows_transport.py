"""Acceptance rows 9, 87 (system functions), and what is not part of this release."""

from __future__ import annotations

import pytest

from weft.api.cwm.unsupported import unsupported_operations

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"


async def test_row_09_method_not_allowed(records):
    for path in ("policy/x", "workflowImport"):
        answer = await records.http.delete(f"{B1}/{path}")
        assert answer.status_code == 405
        assert answer.json()["code"] == 405
        assert "POST" in answer.headers["allow"]


async def test_row_87_system_functions(records):
    (entry,) = (await records.http.get(f"{B2}/systemFunction")).json()
    assert (entry["id"], entry["name"], entry["worker"]) == ("system.function.v1.0.0", "system.function", "default")
    assert [one["name"] for one in entry["activities"]] == ["NoOp", "FailJob"]
    assert entry["activities"][0]["id"] == "system.function.v1.0.0.common.NoOp"


async def test_path_not_served(records):
    answer = await records.http.get(f"{B2}/nonsense/at/all/of/it")
    assert answer.status_code == 404
    assert answer.json() == {"code": 404, "message": "path not served", "detail": ""}


@pytest.mark.parametrize("operation", unsupported_operations(), ids=lambda one: f"{one.method}{one.path}")
async def test_not_in_this_release(records, operation):
    path = operation.path.replace("{", "").replace("}", "")
    answer = await records.http.request(operation.method, f"{B2}{path}")
    assert answer.status_code == 501
    assert "not part of this release" in answer.text
    async with records.client("nobody") as client:
        assert (await client.request(operation.method, f"{B1}{path}")).status_code == 403


async def test_every_operation_names_a_known_permission(records):
    known = set(records.every_permission())
    assert {operation.permission for operation in records.dialect.operations} <= known


async def test_malformed_json(records):
    for path, family in (("workflow", str), ("resource", dict), ("worker", dict)):
        answer = await records.http.post(f"{B1}/{path}", content=b'{"a": 1, "a": 2}')
        assert answer.status_code == 400
        assert isinstance(answer.json(), family)


async def test_openapi_is_made(records):
    from weft.web.openapi import openapi_document

    document = openapi_document(records.dialect, "v1", "1")
    assert "/schedule" not in document["paths"]
    assert set(document["paths"]["/adapter"]) == {"get", "post"}
    names = [one["operationId"] for path in document["paths"].values() for one in path.values()]
    assert len(names) == len(set(names))
