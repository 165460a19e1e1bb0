"""The documents and commands of tutorials and guides do what their pages say."""

from __future__ import annotations

import base64
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from weft.cli.root import run as run_weft

DOCS = Path(__file__).parents[2] / "docs"
CWM = "/crosswork/cwm/v2"
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


def test_a_first_workflow(live, play):
    texts = re.findall(r"<<'END'\n(.*?)^END", (DOCS / "tutorial.md").read_text(), re.MULTILINE | re.DOTALL)
    hello, nap = (json.loads(text) for text in texts)
    live.call("POST", f"{CWM}/workflow", 200, json=hello)
    wrong = json.loads(texts[0].replace('"end": true', '"transition": "Nowhere"').replace('"Hello"', '"Other"'))
    refused = live.call("POST", f"{CWM}/workflow", 400, json=wrong).text
    assert "/states/0/transition" in refused
    job = live.call("POST", f"{CWM}/job", 200, json={"workflowName": "Hello", "data": {"name": "Ann"}}).json()
    events = f"{CWM}/job/{job['jobId']}/runs/{job['runId']}/events?isLongPoll=true"

    def result():
        last = live.call("GET", events, 200).json()[-1]
        return last.get("workflowExecutionCompletedEventAttributes")

    payload = play.wait_for(result, "the job completes")["result"]["payloads"][0]
    assert json.loads(base64.b64decode(payload["data"])) == {"Data": {"greeting": "Hello, Ann"}}
    live.call("POST", f"{CWM}/workflow", 200, json=nap)
    live.call("POST", f"{CWM}/job", 200, json={"workflowName": "Nap"})


def test_the_example_of_task_lists(live, play):
    given = document("reference/task-lists.md")
    made = live.call("POST", f"{LISTS}/workflowdefs", 201, json=given, params=HERE).json()
    started = live.call("POST", f"{LISTS}/workflows", 201, json={"_workflowDefId": made["_id"]}, params=HERE)
    path = started.headers["location"].partition("?")[0]

    def ended():
        found = live.call("GET", path, 200, params=HERE).json()
        return found if found["_status"] not in ("QUEUED", "RUNNING") else None

    run = play.wait_for(ended, "the run ends")
    assert (run["_status"], run["_output"]) == ("COMPLETED", {"rounds": 2, "rows": [1, 2]})


@pytest.fixture
def follow(live, play, tmp_path, monkeypatch, capsys):
    """Does what a guide says: writes its files, runs its `weft` commands in order; gives what they print."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    for name, value in (("SERVER", live.url), ("USER", play.ADMIN), ("PASSWORD", play.PASSWORD)):
        monkeypatch.setenv(f"WEFT_{name}", value)

    def follow(page: str) -> str:
        told = ""
        for file, text, line in re.findall(
            r"^\$ (?:cat > (\S+) <<'END'\n(.*?)^END$|weft ([^\n]*))",
            (DOCS / page).read_text(),
            re.MULTILINE | re.DOTALL,
        ):
            if file:
                (tmp_path / file).write_text(text)
                continue
            code = run_weft(shlex.split(line, comments=True))
            said = capsys.readouterr()
            assert (code, said.err) == (0, ""), (line, said.err)
            told += said.out
        return told

    return follow


def test_the_guide_to_adapters(follow):
    told = follow("how-to/write-an-adapter.md")
    assert "activity acme.ipam.v0.1.0.things.Look" in told
    assert re.search(r"^acme\.ipam\.v0\.1\.0 +Running", told, re.MULTILINE)
    assert "adapter acme.ipam.v0.1.0 deleted" in told


def test_the_guide_to_resources_and_tasks_that_use_them(follow, live):
    assert re.search(
        r"^meters +generic\.rest\.resource\.v1\.0\.0 +meters$", follow("how-to/call-other-systems.md"), re.M
    )
    for page in ("call-other-systems", "read-haystack", "publish-to-mqtt"):
        body = {"_name": page, "_taskDefs": [document(f"how-to/{page}.md")]}
        live.call("POST", f"{LISTS}/workflowdefs", 201, json=body, params=HERE)
