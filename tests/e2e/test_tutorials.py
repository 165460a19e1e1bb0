"""The documents of the tutorials do what their pages say."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

DOCS = Path(__file__).parents[2] / "docs"
LISTS = "/workflowsvc/api/v1"
HERE = {"nsfilter": "default"}


def document(page: str) -> Any:
    """The one JSON block of a page."""
    (block,) = re.findall(r"^```json\n(.*?)^```", (DOCS / page).read_text(), re.MULTILINE | re.DOTALL)
    return json.loads(block)


def test_a_first_run_and_its_schedule(live, play):
    made = live.call("POST", f"{LISTS}/workflowdefs", 201, json=document("tutorial-workflowsvc.md"), params=HERE).json()
    body = {"_workflowDefId": made["_id"], "_inputParams": {"who": "Ann"}}
    path = live.call("POST", f"{LISTS}/workflows", 201, json=body, params=HERE).headers["location"].partition("?")[0]

    def run():
        return live.call("GET", path, 200, params=HERE).json()

    def command(word):
        live.call("PUT", f"{path}/status", 200, json={"_status": word}, params=HERE)

    play.wait_for(lambda: run()["_tasks"][0]["_status"] == "RUNNING", "the person is asked")
    command("PAUSED")
    task = run()["_tasks"][0]["_id"]
    answer = {"_userInput": {"decision": "ok"}}
    live.call("POST", f"{path}/userinput/{task}".replace("/workflows/", "/workflow/"), 200, json=answer, params=HERE)
    assert run()["_status"] == "PAUSED"
    command("RESUMED")
    play.wait_for(lambda: run()["_status"] == "COMPLETED", "the run ends")
    assert run()["_output"] == {"greeting": "Hello, Ann"}
    schedules = f"{LISTS}/workflowdefs/{made['_id']}/schedules"
    given = document("how-to/schedule-jobs.md")
    shown = live.call("POST", schedules, 201, json=given, params=HERE).json()
    assert (shown["_status"], shown["_schedule"]["_timeZone"]) == ("ACTIVE", "Europe/Berlin")


def test_a_first_execution(live, play):
    (tenant,) = live.call("GET", "/api/weft/v1/tenants", 200).json()["items"]
    base = f"/api/workflow/v1.0/customer/{tenant['uuid']}/workflow"
    made = live.call("POST", base, 201, json=document("tutorial-workflow-execution.md")).json()["data"]
    executions = f"{base}/{made['id']}/WorkflowExecution"
    body = {"data": {"workflowId": made["id"], "input": {"n": 21}}}
    accepted = live.call("POST", executions, 202, json=body).json()
    assert [entry["taskId"][0] for entry in accepted["data"]["executionQueue"]] == ["a"]

    def execution():
        return live.call("GET", f"{executions}/{accepted['data']['id']}", 200).json()

    play.wait_for(lambda: execution()["data"]["finished"], "the execution ends")
    assert set(execution()["meta"]["info"]["tasks"].values()) == {"completed"}
    run = live.call("GET", f"{LISTS}/workflows/{accepted['data']['id']}", 200, params=HERE).json()
    assert list(run["_output"].values()) == [{"both": [42, 121]}]
