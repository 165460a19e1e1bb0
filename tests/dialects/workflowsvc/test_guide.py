"""Every request line of the API guide, as it is written there; only the namespace and the ids are put in."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
EXAMPLE_KEYS = {
    "_id", "_workflowDefId", "_name", "_namespaces", "_userType", "_tasks", "_timeoutSeconds", "_timeoutPolicy",
    "_status", "_createdAt", "_updatedAt", "_createdBy", "_updatedBy", "_inputParams", "_output",
}  # fmt: skip


class Guide:
    """Sends request lines of the guide."""

    def __init__(self, space) -> None:
        self.space = space

    async def send(self, method: str, line: str, status: int, body: bytes | None = None) -> dict:
        url = line.replace("{{nsfilter}}", self.space.n)
        headers = {"authorization": f"Bearer {self.space.keys['full']}"}
        if body is not None:
            headers["content-type"] = "application/json"
        answer = await self.space.server.http.request(method, url, content=body, headers=headers)
        self.space.check(answer)
        assert answer.status_code == status, answer.text
        return answer.json()


@pytest.fixture
def guide(space) -> Guide:
    return Guide(space)


async def test_the_list(guide):
    line = (
        "/workflowsvc/api/v1/workflows?nsfilter={{nsfilter}}&_pageSize=10&_offset=0&_name=ActiveMQ"
        "&_defId=824beec4-4a58-4bf8-b9df-b86172a2d5d5&_status=FAILED&startDate=2026-02-01&endDate=2026-02-29"
        "&sort=%7B%22_updatedAt%22%3A-1%2C%22_name%22%3A1%7D"
    )
    assert await guide.send("GET", line, 200) == {"_offset": 0, "_pageSize": 10, "_total": 0, "_list": []}


async def test_start_look_and_pause(guide, space):
    definition = await space.define(
        space.rest("REST_CONNECTOR", startDelay=3600), name="rest_connector_workflow", userType="iaq_realtime_setup"
    )
    url = space.url("/v1/artists/0TnOYISbd1XYRBk9myaseg")
    body = '{{  "_workflowDefId": "{}",  "_inputParams": {{    "_url": "{}"  }}}}'.format(definition["_id"], url)
    line = "/workflowsvc/api/v1/workflows?nsfilter={{nsfilter}}"
    made = await guide.send("POST", line, 201, body.encode())
    assert set(made) == EXAMPLE_KEYS
    assert made["_tasks"] == [
        {"_id": made["_tasks"][0]["_id"], "_name": "REST_CONNECTOR", "_sequenceno": 1, "_type": "REST_CONNECTOR",
         "_status": "QUEUED"},
    ]  # fmt: skip
    assert (made["_name"], made["_userType"], made["_namespaces"]) == (
        "rest_connector_workflow", "iaq_realtime_setup", [space.n],
    )  # fmt: skip
    assert made["_timeoutSeconds"] is None and made["_timeoutPolicy"] is None and made["_output"] is None
    assert made["_status"] == "QUEUED" and made["_inputParams"] == {"_url": url}

    one = f"/workflowsvc/api/v1/workflows/{made['_id']}?nsfilter={{{{nsfilter}}}}&_includeLoopOverTasks=false"
    assert await guide.send("GET", one, 200) == made

    command = f"/workflowsvc/api/v1/workflows/{made['_id']}/status?nsfilter={{{{nsfilter}}}}"
    paused = await guide.send("PUT", command, 200, b'{  "_status": "PAUSED"}')
    assert paused["_status"] == "PAUSED" and [task["_status"] for task in paused["_tasks"]] == ["PAUSED"]
    for word in ("RESUMED", "TERMINATED", "RETRIED"):
        await guide.send("PUT", command, 200, b'{  "_status": "%s"}' % word.encode())

    joined = f"/workflowsvc/api/v1/workflows{made['_id']}/status?nsfilter={{{{nsfilter}}}}"
    await guide.send("PUT", joined, 200, b'{  "_status": "PAUSED"}')
