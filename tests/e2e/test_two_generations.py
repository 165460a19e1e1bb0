"""Clients that were written for the original product, as their users write them: request sequences over both
generations of the API, with only the base URL changed.

The bodies are those of the product's API guide, letter by letter, where it shows any.
"""

from __future__ import annotations

import base64
import http.client
import io
import json
import ssl
import tarfile
import threading
import time
import urllib.parse
import urllib.request
from typing import Any

import httpx
import pytest
import requests

GUIDE_SECRET = """{
  "secret": {
    "username": "admin",
    "password": "admin"
  },
  "secretId": "NSOSecret",
  "secretType": "basicAuth"
}"""
GUIDE_RESOURCE = """{
  "resource": {
    "scheme": "http",
    "host": "127.0.0.1",
    "port": 8080
  },
  "resourceId": "NSOLocal",
  "resourceType": "cisco.nso.resource.v1.0.0",
  "secretId": "NSOSecret"
}"""
GUIDE_JOB = """{
  "data": {},
  "jobName": "test API job",
  "tags": [
    "test", "API"
  ],
  "workflowName": "Test cisco workflow",
  "workflowVersion": "1.1"
}"""
GUIDE_EVENT_TYPE = {
    "correlation": [{"contextAttributeName": "string", "contextAttributeValue": "string"}],
    "createWorkflow": False,
    "dataOnly": True,
    "endpoint": "string",
    "kind": "string",
    "name": "string",
    "resourceId": "string",
    "source": "string",
    "type": "string",
    "workflowName": "string",
    "workflowVersion": "string",
}
YANG = {"Content-Type": "application/yang-data+json", "Accept": "application/yang-data+json"}
ADAPTER = """
author: acme
vendor: acme
product: ipam
version: {version}
description: addresses
module: acme_ipam
cwmsdk: "2.1"
cwmversion: "2.1"
resourceTypes:
  - id: acme.ipam.resource.v1.0.0
    description: the system
    schema: {{type: object, required: [host], properties: {{host: {{type: string}}}}}}
"""
ACTIVITY = """
from weft_adapter import ActivityContext, activity

@activity(name="Allocate", description="the next address")
def allocate(input: dict, ctx: ActivityContext) -> dict:
    return {"prefix": input["pool"] + "/24"}
"""
FLOW = {
    "id": "Test-1.1",
    "name": "Test cisco workflow",
    "version": "1.1",
    "specVersion": "0.9",
    "start": "First",
    "functions": [
        {"name": "nothing", "operation": "system.function.v1.0.0.common.NoOp", "metadata": {"worker": "default"}}
    ],
    "states": [
        {"name": "First", "type": "operation", "actions": [{"name": "one", "functionRef": {"refName": "nothing"}}],
         "transition": {"nextState": "Last"}},
        {"name": "Last", "type": "inject", "data": {"done": True}, "end": True},
    ],
}  # fmt: skip


def ticket_by_body(play, live) -> str:
    """As scripts with `curl` and `requests` log in: the ticket is the body of the first answer."""
    login = requests.post(
        f"{live.url}/crosswork/sso/v1/tickets?username={play.ADMIN}&password={play.PASSWORD}",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/plain", "Cache-Control": "none"},
        verify=False, timeout=30,
    )  # fmt: skip
    assert login.status_code == 201
    service = f"{live.url}/app-dashboard"
    token = requests.post(
        f"{live.url}/crosswork/sso/v1/tickets/{login.text}", data=f"service={urllib.parse.quote(service)}",
        headers={"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/plain"}, verify=False, timeout=30,
    )  # fmt: skip
    assert token.status_code == 200
    return token.text


def ticket_by_location(play, live) -> str:
    """As CAS clients do: the ticket's address is in `Location`."""
    form = {"username": play.ADMIN, "password": play.PASSWORD}
    login = httpx.post(f"{live.url}/crosswork/sso/v1/tickets", data=form, verify=False)
    assert login.status_code == 201
    token = httpx.post(login.headers["Location"], data={"service": "https://anywhere/app-dashboard"}, verify=False)
    assert token.status_code == 200
    return token.text


def ticket_by_standard_library(play, live) -> str:
    """As old scripts do, without any library."""
    form = urllib.parse.urlencode({"username": play.ADMIN, "password": play.PASSWORD}).encode()
    context = ssl._create_unverified_context()
    with urllib.request.urlopen(f"{live.url}/crosswork/sso/v1/tickets", form, 30, context=context) as login:
        address = login.headers["Location"]
    with urllib.request.urlopen(address, b"service=x", 30, context=context) as answer:
        return answer.read().decode()


def ticket_of_the_second_generation(play, live) -> str:
    form = {"username": play.ADMIN, "password": play.PASSWORD}
    ticket = httpx.post(f"{live.url}/crosswork/sso/v1/tickets", data=form).text
    return httpx.post(f"{live.url}/crosswork/sso/v2/tickets/jwt", data={"tgt": ticket, "service": live.url}).text


LOGINS = [ticket_by_body, ticket_by_location, ticket_by_standard_library, ticket_of_the_second_generation]


class Client:
    """A client as users write it; `base` is all that they change."""

    def __init__(self, live, base: str, token: str, headers: dict[str, str] | None = None) -> None:
        self.base = base
        self.http = httpx.Client(base_url=live.url + base, verify=False, timeout=60)
        self.http.headers.update({"Authorization": f"Bearer {token}", **(headers or {})})

    def ask(self, method: str, path: str, status: int, **sent: Any) -> Any:
        reply = self.http.request(method, path, **sent)
        assert reply.status_code == status, (method, path, reply.status_code, reply.text)
        if reply.status_code != 204:
            assert reply.headers["content-type"].startswith("application/json")
        return reply.json() if reply.content else None


@pytest.fixture(scope="module")
def server(live):
    return live


@pytest.fixture(scope="module")
def token(play, server):
    return ticket_by_location(play, server)


@pytest.fixture(scope="module", params=["v1", "v2"])
def client(request, play, server, token):
    return Client(server, f"/crosswork/cwm/{request.param}", token)


@pytest.mark.parametrize("login", LOGINS, ids=lambda login: login.__name__)
def test_every_way_to_log_in_gives_a_token_that_counts(play, server, login):
    token = login(play, server)
    assert token.count(".") == 2
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims["exp"] > time.time() + 900
    assert claims["sub"] == play.ADMIN
    reply = httpx.get(f"{server.url}{play.B1}/job", headers={"Authorization": f"Bearer {token}"})
    assert reply.status_code == 200


def test_the_examples_of_the_guide_word_for_word(client):
    assert client.ask("POST", "/secret", 201, content=GUIDE_SECRET, headers=YANG) == "secret NSOSecret created"
    created = 201 if client.base.endswith("v1") else 200
    assert client.ask("POST", "/resource", created, content=GUIDE_RESOURCE, headers=YANG) == "resource NSOLocal created"
    assert client.ask("GET", "/secretType/basicAuth", 200)["secrets"] == [
        {"secretId": "NSOSecret", "secretType": "basicAuth"}
    ]
    assert client.ask("PATCH", "/secret/NSOSecret", 200, json={"secret": {"username": "a", "password": "b"}})
    held = client.ask("GET", "/resource/NSOLocal", 200)
    held["resource"]["port"] = 8888
    client.ask("PATCH", "/resource/NSOLocal", 200, json=held)
    assert client.ask("GET", "/resource", 200)[0]["resource"]["port"] == 8888
    assert "NSOLocal" in client.ask("DELETE", "/secret/NSOSecret", 400)
    client.ask("DELETE", "/resource/NSOLocal", 200)
    client.ask("DELETE", "/secret/NSOSecret", 200)
    assert client.ask("GET", "/secret", 200) == {"secrets": []}
    assert client.ask("POST", "/eventType", 400, json=GUIDE_EVENT_TYPE)["code"] == 400
    client.ask("POST", "/resource", created, json={"resourceId": "string", "resourceType": "system.event.http.v1.0.0",
                                                   "resource": {}})  # fmt: skip
    given = {**GUIDE_EVENT_TYPE, "kind": "consumed"}
    client.ask("POST", "/eventType", 201, json=given)
    assert client.ask("GET", "/eventType/string", 200)["state"] is False
    client.ask("POST", "/eventType/string/start", 200)
    assert client.ask("GET", "/eventType/string", 200)["state"] is True
    client.ask("POST", "/eventType/string/stop", 200)
    client.ask("PUT", "/eventType/string", 200, json={**given, "endpoint": "other"})
    client.ask("DELETE", "/eventType/string", 200)
    client.ask("DELETE", "/resource/string", 200)


def test_a_workflow_and_the_guides_job_followed_by_polling(client):
    made = client.ask("POST", "/workflow", 200, json={"definition": FLOW, "wfTags": ["guide"]})
    assert client.ask("GET", f"/workflow/{made}", 200)["workflow"]["definition"] == FLOW
    by_name = "/workflow/name/Test%20cisco%20workflow/version/1.1"
    assert client.ask("GET", by_name, 200)["workflow"]["workflowId"] == made
    started = client.ask("POST", "/job", 200, content=GUIDE_JOB)
    path = f"/job/{started['jobId']}/runs/{started['runId']}"
    short = client.base.endswith("v1")
    wanted = "WorkflowExecutionCompleted" if short else "EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED"
    deadline = time.monotonic() + 20
    events: list[dict[str, Any]] = []
    while not events or events[-1]["eventType"] != wanted:
        assert time.monotonic() < deadline, events
        events = client.ask("GET", f"{path}/events", 200)
    result = events[-1]["workflowExecutionCompletedEventAttributes"]["result"]["payloads"][0]
    assert base64.b64decode(result["metadata"]["encoding"]) == b"json/plain"
    assert json.loads(base64.b64decode(result["data"])) == {"Data": {"done": True}}
    described = client.ask("GET", path, 200)["workflowExecutionInfo"]
    assert described["execution"] == {"workflowId": started["jobId"], "runId": started["runId"]}
    assert described["closeTime"] >= described["startTime"]
    assert described["status"] == ("Completed" if short else "WORKFLOW_EXECUTION_STATUS_COMPLETED")
    assert client.ask("POST", f"{path}/cancel", 400)["code"] == 400
    query = {"query": 'JobTags = "test" and JobTags = "API"'}
    # The guide sends its readers to this path for the filter, with any ids.
    for where in ("/job", path, "/job/x/runs/y"):
        listed = client.ask("GET", where, 200, params=query)["executions"]
        assert started["jobId"] in [one["execution"]["workflowId"] for one in listed], where
    client.ask("PUT", f"/workflow/{made}", 200, json={"definition": FLOW, "wfTags": ["other"]})
    exported = client.ask("GET", "/workflowExport", 200, params={"ids": made})
    client.ask("DELETE", by_name, 200)
    assert client.ask("POST", "/workflowImport", 200, json=exported) == "1 workflows imported"
    client.ask("DELETE", by_name, 200)


def test_an_adapter_from_upload_to_delete(play, client):
    def package(version: str) -> bytes:
        whole = io.BytesIO()
        with tarfile.open(fileobj=whole, mode="w:gz") as tar:
            for name, text in (
                ("ipam/adapter.yaml", ADAPTER.format(version=version)),
                ("ipam/src/acme_ipam/__init__.py", ""),
                ("ipam/src/acme_ipam/prefix.py", ACTIVITY),
            ):
                info = tarfile.TarInfo(name)
                info.size = len(text)
                tar.addfile(info, io.BytesIO(text.encode()))
        return whole.getvalue()

    one, two = package("1.2.0"), package("1.3.0")
    upload = {"file": ("cwm.v2.1.acme.ipam.v1.2.0.tar.gz", one)}
    assert client.ask("POST", "/adapter", 201, files=upload) == "acme.ipam.v1.2.0"
    ids = [each["id"] for each in client.ask("GET", "/adapter", 200)]
    assert "acme.ipam.v1.2.0" in ids
    client.ask("POST", "/adapter/acme.ipam.v1.2.0/deploy", 201, json={"createWorker": True})
    listed = client.ask("GET", "/adapter/acme.ipam.v1.2.0", 200)
    assert [each["id"] for each in listed["activities"]] == ["acme.ipam.v1.2.0.prefix.Allocate"]
    client.ask("PATCH", "/adapter/acme.ipam.v1.2.0", 200, json={"defaultStatus": True})
    assert client.ask("PUT", "/adapter/acme.ipam.v1.2.0", 200, content=two) == "acme.ipam.v1.3.0"
    types = [each["resourceTypeId"] for each in client.ask("GET", "/resourceType", 200)]
    assert "acme.ipam.resource.v1.0.0" in types
    body = {"activities": ["acme.ipam.v1.2.0"], "startWorker": True, "workerName": "mine"}
    assert client.ask("POST", "/worker", 201, json=body)["workerUUID"]
    assert client.ask("GET", "/worker/mine", 200)["status"] in (2, 6)
    again = client.ask("POST", "/worker/mine/start", 200, json={"forceReload": False})
    assert again["errorCode"] in (0, 8)
    action = {"name": "take", "functionRef": {"refName": "take", "arguments": {"input": {"pool": "${ .pool }"}}}}
    flow = play.flow("Allocate", {"name": "a", "type": "operation", "actions": [action], "end": True})
    flow["functions"] = [
        {"name": "take", "operation": "acme.ipam.@latest.prefix.Allocate", "metadata": {"worker": "mine"}}
    ]
    made = client.ask("POST", "/workflow", 200, json={"definition": flow})
    started = client.ask("POST", "/job", 200, json={"workflowName": "Allocate", "data": {"pool": "10.0.0.0"}})
    path = f"/job/{started['jobId']}/runs/{started['runId']}/events"
    last = client.ask("GET", path, 200, params={"isLongPoll": True, "filterType": "close_event"})[-1]
    result = last["workflowExecutionCompletedEventAttributes"]["result"]["payloads"][0]
    assert json.loads(base64.b64decode(result["data"]))["Data"] == {"pool": "10.0.0.0", "prefix": "10.0.0.0/24"}
    assert "mine" in client.ask("DELETE", "/adapter/acme.ipam.v1.2.0", 400)["detail"]
    assert client.ask("POST", "/worker/mine/stop", 200, params={"forceStop": "true"})["errorCode"] == 0
    assert client.ask("POST", "/worker/mine/stop", 200, json={})["errorCode"] == 9
    client.ask("DELETE", "/worker/mine", 200)
    client.ask("DELETE", "/adapter/acme.ipam.v1.2.0", 200)
    client.ask("DELETE", "/adapter/acme.ipam.v1.3.0", 200)
    client.ask("GET", "/adapter/acme.ipam.v1.2.0", 204)
    client.ask("DELETE", f"/workflow/{made}", 200)


def test_a_long_poll_answers_when_the_job_closes(client):
    wait = {"name": "w", "type": "sleep", "duration": "PT30S", "end": True}
    client.ask("POST", "/workflow", 200, json={"definition": {**FLOW, "name": "Wait", "start": "w", "states": [wait]}})
    started = client.ask("POST", "/job", 200, json={"workflowName": "Wait"})
    path = f"/job/{started['jobId']}/runs/{started['runId']}"
    client.ask("GET", f"{path}/events", 400, params={"filterType": "close_event"})
    found: list[Any] = []

    def poll() -> None:
        found.append(
            client.ask("GET", f"{path}/events", 200, params={"isLongPoll": "true", "filterType": "close_event"})
        )

    thread = threading.Thread(target=poll)
    thread.start()
    thread.join(0.3)
    assert thread.is_alive(), found
    client.ask("POST", f"{path}/terminate", 200, params={"reason": "enough"})
    thread.join(20)
    assert [event["eventType"] for event in found[0]] == [
        "WorkflowExecutionTerminated" if client.base.endswith("v1") else "EVENT_TYPE_WORKFLOW_EXECUTION_TERMINATED"
    ]
    client.ask("DELETE", "/workflow/name/Wait/version/1.1", 200)


def test_a_client_that_spells_keys_its_own_way(client):
    """Keys in any case, numbers and booleans as texts, no content type, an empty body where one is declared."""
    flow = {**FLOW, "name": "Spelled"}
    made = client.ask("POST", "/workflow", 200, json={"Definition": flow, "WFTAGS": "one"})
    body = json.dumps({"WorkflowName": "Spelled", "workflowversion": 1.1, "TAGS": ["a"], "extra": {"kept": "out"}})
    connection = http.client.HTTPConnection(client.http.base_url.host, client.http.base_url.port, timeout=30)
    headers = {"Authorization": client.http.headers["Authorization"]}
    connection.request("POST", f"{client.base}/job/", body, headers)
    reply = connection.getresponse()
    assert reply.status == 200
    started = json.loads(reply.read())
    connection.close()
    events = client.ask(
        "GET", f"/job/{started['jobId']}/runs/{started['runId']}/events", 200, params={"isLongPoll": "T"}
    )
    first = events[0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"][0]
    assert json.loads(base64.b64decode(first["data"]))["workflowVersion"] == "1.1"
    client.ask("POST", "/worker/generic.rest.v2.0.0/start", 200)
    client.ask("DELETE", f"/workflow/{made}", 200)


def test_what_this_release_has_not_says_so(client):
    for path in ("/schedule", "/form", "/task"):
        assert "not part of this release" in client.ask("GET", path, 501)["message"]
    assert client.ask("PUT", "/job", 405)["code"] == 405
