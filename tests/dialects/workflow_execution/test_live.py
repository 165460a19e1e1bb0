"""A real server: the request of the API reference as it is printed, sent by curl; restarts; rows 44 and 46."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

A, B, C, D = (f"{letter}0000000-0000-4000-8000-00000000000{letter}" for letter in "abcd")
CUSTOMER = "6f1e0d52-9a43-4b7e-8f0d-2c5b7a9e1d04"
PRINTED = """curl --request POST \\
--url https://api.example.com/api/workflow/v1.0/customer/{customerId}/workflow/{workflowId}/WorkflowExecution \\
--header 'Authorization: Bearer <token>' \\
--header 'Content-Type: application/json' \\
--data '
{
"data": {
"workflowId": "3c90c3cc-0d44-4b50-8888-8dd25736052a"
}
}
'"""
"""The request as the API reference prints it."""


@pytest.fixture(scope="module")
def target(live_play: Any) -> Iterator[Any]:
    found = live_play.Target()
    yield found
    found.close()


@pytest.fixture(scope="module")
def server(live_play: Any, target: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    home = tmp_path_factory.mktemp("workflow-execution")
    with live_play.served(home, allow=f"127.0.0.1:{target.port}") as found:
        found.call("POST", "/api/weft/v1/tenants", 201, json={"id": "acme", "uuid": CUSTOMER})
        client = {"id": "importer", "secret": "s3cr3t", "grants": [{"tenant": "acme", "roles": ["author"]}]}
        found.call("POST", "/api/weft/v1/clients", 201, json=client)
        yield found


def token(server: Any) -> str:
    fields = {
        "client_id": "importer", "client_secret": "s3cr3t", "grant_type": "client_credentials", "scope": "workflow_api",
    }  # fmt: skip
    answer = httpx.post(f"{server.url}/api/authentication/connect/token", data=fields)
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"]


class Caller:
    """A client of one customer, with a token of its own."""

    def __init__(self, server: Any) -> None:
        self.base = f"{server.url}/api/workflow/v1.0/customer/{CUSTOMER}/workflow"
        self.http = httpx.Client(headers={"Authorization": f"Bearer {token(server)}"}, timeout=30)

    def save(self, body: dict[str, Any]) -> str:
        answer = self.http.post(self.base, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    def start(self, workflow: str, **headers: str) -> httpx.Response:
        answer = self.http.post(f"{self.base}/{workflow}/WorkflowExecution", json={"data": {}}, headers=headers)
        assert answer.status_code == 202, answer.text
        return answer

    def read(self, workflow: str, execution: str) -> dict[str, Any]:
        return self.http.get(f"{self.base}/{workflow}/WorkflowExecution/{execution}").json()

    def statuses(self, workflow: str, execution: str) -> tuple[str, list[str]]:
        info = self.read(workflow, execution)["meta"]["info"]
        return info["status"], list(info["tasks"].values())


@pytest.fixture
def caller(server: Any) -> Iterator[Caller]:
    found = Caller(server)
    yield found
    found.http.close()


def diamond(target: Any, name: str) -> dict[str, Any]:
    """A to B and C, both to D, each a call of the target under its own path."""
    tasks = [
        {"id": ident, "name": "http", "parameters": {"url": f"http://127.0.0.1:{target.port}/{name}/{ident}"}}
        for ident in (A, B, C, D)
    ]
    pairs = ((A, B), (A, C), (B, D), (C, D))
    edges = [{"parent": parent, "child": child} for parent, child in pairs]
    return {"data": {"name": name, "tasks": tasks, "tasksHierarchy": edges}}


def test_the_request_of_the_reference_sent_by_curl(server: Any, target: Any, caller: Caller, live_play: Any) -> None:
    flow = caller.save(diamond(target, "printed"))
    text = (
        PRINTED.replace("https://api.example.com", server.url).replace("{customerId}", CUSTOMER)
        .replace("{workflowId}", flow).replace("<token>", token(server))
        .replace("3c90c3cc-0d44-4b50-8888-8dd25736052a", flow)
    )  # fmt: skip
    script = text + " --silent --show-error --write-out '\n%{http_code}'"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, timeout=60, check=True)
    body, _, status = done.stdout.rpartition("\n")
    assert status == "202", done.stdout
    answer = json.loads(body)
    assert list(answer) == ["meta", "data"]
    assert list(answer["meta"]) == ["errors", "validation", "info"]
    assert list(answer["data"]) == [
        "id", "workflowId", "executionQueue", "created", "finished", "tasks", "tasksHierarchy",
    ]  # fmt: skip
    assert list(answer["data"]["executionQueue"][0]) == ["taskId", "jobSubjectId"]
    assert set(answer["data"]["tasks"][0]) == {"id", "subjectId", "name", "parameters", "isTrigger"}
    assert list(answer["data"]["tasksHierarchy"][0]) == ["parent", "child"]
    ident = answer["data"]["id"]
    live_play.wait_for(lambda: caller.statuses(flow, ident)[0] == "completed", "the execution to end")


def test_row_44_the_same_start_after_a_restart(server: Any, target: Any, caller: Caller) -> None:
    flow = caller.save(diamond(target, "once"))
    first = caller.start(flow, **{"Idempotency-Key": "after-a-restart"})
    server.kill()
    server.start()
    again = caller.start(flow, **{"Idempotency-Key": "after-a-restart"})
    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    listed = caller.http.get(f"{caller.base}/{flow}/WorkflowExecution").json()
    assert listed["totalItemsCount"] == 1


def test_row_46_killed_between_a_task_and_its_children(
    server: Any, target: Any, caller: Caller, live_play: Any
) -> None:
    flow = caller.save(diamond(target, "killed"))
    target.hold()
    ident = caller.start(flow).json()["data"]["id"]
    live_play.wait_for(lambda: target.asked(f"/killed/{A}"), "A to begin")
    run = f"{server.url}/workflowsvc/api/v1/workflows/{ident}/status"
    space = {"nsfilter": "acme"}
    paused = caller.http.put(run, params=space, json={"_status": "PAUSED"})
    assert paused.status_code == 200, paused.text
    target.release()
    between = ("paused", ["completed", "queued", "queued", "pending"])
    live_play.wait_for(lambda: caller.statuses(flow, ident) == between, "A to have ended")
    server.kill()
    server.start()
    assert caller.statuses(flow, ident) == between
    assert [target.asked(f"/killed/{each}") for each in (A, B, C, D)] == [1, 0, 0, 0]
    resumed = caller.http.put(run, params=space, json={"_status": "RESUMED"})
    assert resumed.status_code == 200, resumed.text
    live_play.wait_for(lambda: caller.statuses(flow, ident) == ("completed", ["completed"] * 4), "the execution to end")
    assert [target.asked(f"/killed/{each}") for each in (A, B, C, D)] == [1, 1, 1, 1]


def test_row_46_killed_while_the_children_run(server: Any, target: Any, caller: Caller, live_play: Any) -> None:
    flow = caller.save(diamond(target, "midway"))
    ident = caller.start(flow).json()["data"]["id"]
    live_play.wait_for(lambda: caller.statuses(flow, ident)[0] == "completed", "a run in peace")
    target.hold()
    ident = caller.start(flow).json()["data"]["id"]
    live_play.wait_for(lambda: target.asked(f"/midway/{A}") == 2, "A to begin")
    server.kill()
    target.release()
    server.start()
    live_play.wait_for(lambda: caller.statuses(flow, ident) == ("completed", ["completed"] * 4), "the execution to end")
    assert target.asked(f"/midway/{D}") == 2


def test_a_disabled_client_is_out_at_once(server: Any, caller: Caller) -> None:
    assert caller.http.get(caller.base).status_code == 200
    server.call("PATCH", "/api/weft/v1/clients/importer", 200, json={"disabled": True})
    try:
        assert caller.http.get(caller.base).status_code == 401
    finally:
        server.call("PATCH", "/api/weft/v1/clients/importer", 200, json={"disabled": False})


def test_the_how_to_runs_as_it_stands(server: Any, live_play: Any) -> None:
    text = (Path(__file__).parents[3] / "docs" / "how-to" / "run-task-graphs.md").read_text()
    blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(blocks) == 4
    given = {"WEFT": server.url, "CUSTOMER": CUSTOMER, "CLIENT": "importer", "SECRET": "s3cr3t"}
    script = "set -e\n" + "".join(blocks)
    done = subprocess.run(
        ["/bin/sh", "-c", script], capture_output=True, text=True, timeout=60, check=False, env={**os.environ, **given}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer = json.loads(done.stdout)
    assert (answer["totalItemsCount"], list(answer["meta"]["info"]["statuses"].values())) == (1, ["completed"])
