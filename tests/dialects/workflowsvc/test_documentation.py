"""The dialect's OpenAPI document and page."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
PATHS = {
    "/workflows", "/workflows/{workflowid}", "/workflows/{workflowid}/status", "/workflows{workflowid}/status",
    "/workflows/{workflowid}/tasks/{taskid}", "/workflows/{workflowid}/tasks/{taskid}/payload",
    "/workflows/{workflowid}/tasks/{taskid}/loopovertasks", "/workflow/{workflowid}/userinput/{userinputid}",
    "/workflowdefs", "/workflowdefs/{defid}", "/workflowdefs/{defid}/schedules",
    "/workflowdefs/{defid}/schedules/{scheduleid}", "/workflowdefs/{defid}/jobs",
    "/workflowdefs/{defid}/jobs/{jobid}/triggers/{scheduleid}",
}  # fmt: skip


async def test_every_endpoint_is_documented(server):
    answer = await server.http.get("/workflowsvc/api/v1/openapi.json")
    document = answer.json()
    assert answer.status_code == 200 and set(document["paths"]) == PATHS
    for path in document["paths"].values():
        for operation in path.values():
            assert "nsfilter" in {parameter["name"] for parameter in operation["parameters"]}
            assert {"400", "401", "403", "500"} <= set(operation["responses"])
    older = (await server.http.get("/workflowsvc/api/v1/openapi.json?openapi=3.0")).json()
    assert older["openapi"] == "3.0.3"


async def test_there_is_a_page(server):
    answer = await server.http.get("/workflowsvc/api/v1/docs")
    assert answer.status_code == 200 and "Workflow service API" in answer.text
