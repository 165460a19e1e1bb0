"""The documents that describe this API, as they are served."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("mount", ["v1.0", "v1"])
async def test_every_endpoint_is_described(world, mount):
    answer = await world.http.get(f"/api/workflow/{mount}/openapi.json", headers={"authorization": ""})
    assert answer.status_code == 200
    document = answer.json()
    called = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    base = "/customer/{customerId}/workflow"
    assert called == {
        ("GET", base), ("POST", base), ("GET", f"{base}/{{workflowId}}"), ("PUT", f"{base}/{{workflowId}}"),
        ("DELETE", f"{base}/{{workflowId}}"), ("GET", f"{base}/{{workflowId}}/WorkflowExecution"),
        ("POST", f"{base}/{{workflowId}}/WorkflowExecution"),
        ("GET", f"{base}/{{workflowId}}/WorkflowExecution/{{id}}"),
    }  # fmt: skip
    execution = document["components"]["schemas"]["Execution"]
    assert execution["additionalProperties"] is False
    assert len(execution["required"]) == 7


async def test_the_page_is_there(world):
    assert (await world.http.get("/api/workflow/v1.0/docs", headers={"authorization": ""})).status_code == 200
