"""The demo of the CWM API: an adapter built and deployed, a roll-out with a sub-flow for each device."""

from __future__ import annotations

import json
import shutil
import time
from importlib import resources
from pathlib import Path
from typing import Any

from rich.table import Table

from weft.demo.api import Api, decoded
from weft.demo.device import BUSY, DEVICES, PASSWORD, REFUSES, TOKEN, USER
from weft.demo.processes import DemoError, Lab, Server
from weft.demo.stage import Ending, Stage
from weft_adapter import author

NTP = ["192.0.2.1", "192.0.2.2"]
JOB_LIMIT_S = 120.0
CLOSED = {"Completed", "Failed", "Canceled", "Terminated", "TimedOut"}


class Demo:
    """One roll-out on a stage."""

    def __init__(self, stage: Stage) -> None:
        self.folder = stage.folder
        self.console = stage.console
        self.step = stage.step

    def prepare(self, api: Api, lab: Lab) -> None:
        target = {"scheme": "http", "host": "127.0.0.1", "port": lab.port, "timeout": 10}
        api.call("POST", "/secret", json={
            "secretId": "DemoToken", "secretType": "token", "secret": {"token": TOKEN}})  # fmt: skip
        api.call("POST", "/secret", json={
            "secretId": "DemoLogin", "secretType": "basicAuth", "secret": {"username": USER, "password": PASSWORD},
        })  # fmt: skip
        self.step("secrets [b]DemoToken[/b], [b]DemoLogin[/b] stored (encrypted, write-only)")
        archive = self.build_adapter()
        adapter = api.upload(archive)
        api.call("POST", f"/adapter/{adapter}/deploy", json={"createWorker": True})
        self.step(f"adapter [b]{adapter}[/b] built with the SDK, uploaded, deployed into its own environment")
        api.call("POST", "/resource", json={
            "resourceId": "DemoInventory", "resourceTypeId": "acme.inventory.resource.v1.0.0", "secretId": "DemoToken",
            "resource": target})  # fmt: skip
        api.call("POST", "/resource", json={
            "resourceId": "DemoDevices", "resourceTypeId": "cisco.nso.resource.v1.0.0", "secretId": "DemoLogin",
            "resource": target})  # fmt: skip
        self.step("resources [b]DemoInventory[/b], [b]DemoDevices[/b] point at the lab")
        for name in ("configure-device", "roll-out"):
            definition = json.loads(resources.files("weft.demo").joinpath(f"definitions/{name}.json").read_text())
            api.call("POST", "/workflow", json={"definition": definition, "wfTags": ["demo"]})
            self.step(f"definition [b]{definition['name']}[/b] {definition['version']} saved")

    def build_adapter(self) -> Path:
        source = self.folder / "acme-inventory"
        with resources.as_file(resources.files("weft.demo").joinpath("adapter")) as folder:
            shutil.copytree(folder, source, ignore=shutil.ignore_patterns("__pycache__"))
        return Path(author.build(source, self.folder))

    def run_job(self, api: Api) -> tuple[str, str, str]:
        """(job id, run id, closing status) of one roll-out, followed live."""
        started = api.call("POST", "/job", json={
            "workflowName": "RollOutNtp", "workflowVersion": "1.0", "jobName": "demo roll-out", "tags": ["demo"],
            "data": {"site": "lab", "ntp": NTP}})  # fmt: skip
        job, run = started["jobId"], started["runId"]
        self.step(f"job [b]{job}[/b] started")
        deadline, seen, status = time.monotonic() + JOB_LIMIT_S, 0, "Running"
        with self.console.status("running") as live:
            while status not in CLOSED:
                if time.monotonic() > deadline:
                    raise DemoError(f"the job did not end within {JOB_LIMIT_S:.0f} s")
                status = short(api.call("GET", f"/job/{job}/runs/{run}")["workflowExecutionInfo"]["status"])
                events = api.events(job, run)
                for event in events[seen:]:
                    self.progress(event)
                seen = len(events)
                live.update(f"running, {seen} events")
                time.sleep(0.1)
        return job, run, status

    def progress(self, event: dict[str, Any]) -> None:
        kind = short(event["eventType"])
        if kind.startswith("WorkflowTask"):
            return
        attributes = next((v for k, v in event.items() if k.endswith("EventAttributes")), {})
        name = attributes.get("activityType", {}).get("name") or attributes.get("workflowId") or ""
        self.step(f"  event {event['eventId']:>3} {kind} [dim]{name.removeprefix('system.function.')}[/dim]")

    def show_children(self, api: Api, job: str) -> None:
        children = api.call("GET", "/job", params={"query": f"ParentWorkflowId = '{job}' ORDER BY StartTime"})
        table = Table(title="sub-flows", title_justify="left")
        for heading in ("job", "status", "events", "attempts of the configuration"):
            table.add_column(heading)
        for child in children["executions"]:
            execution = child["execution"]
            events = api.events(execution["workflowId"], execution["runId"])
            device = decoded(child["memo"]["fields"]["inputData"])["device"]["name"]
            attempts = [
                event["activityTaskStartedEventAttributes"]["attempt"]
                for event in events
                if "activityTaskStartedEventAttributes" in event
            ]
            table.add_row(device, short(child["status"]), str(len(events)), str(max(attempts, default=0)))
        self.console.print(table)


def short(word: str) -> str:
    """`WORKFLOW_EXECUTION_STATUS_TIMED_OUT` and `TimedOut` both as `TimedOut`."""
    for prefix in ("WORKFLOW_EXECUTION_STATUS_", "EVENT_TYPE_"):
        if word.startswith(prefix):
            return "".join(part.capitalize() for part in word.removeprefix(prefix).split("_"))
    return word


def expected(state: dict[str, Any]) -> list[str]:
    """What is wrong with the lab after the roll-out: empty when every device holds what it should."""
    wrong: list[str] = []
    for device in DEVICES:
        name, router = device["name"], device["kind"] == "router"
        held = state["configs"].get(name)
        if name in REFUSES:
            if held is not None:
                wrong.append(f"{name} refused and must hold nothing, but holds {held}")
            if name in state["addresses"]:
                wrong.append(f"the address of {name} was not given back")
            continue
        wanted = {
            "interface": "Loopback0" if router else "Vlan1",
            "profile": "core" if router else "access",
            "ntp": NTP,
            "address": state["addresses"].get(name),
        }
        if held != wanted or wanted["address"] is None:
            wrong.append(f"{name} holds {held}, expected {wanted}")
        if state["writes"].get(name) != BUSY.get(name, 0) + 1:
            wrong.append(f"{name} was written {state['writes'].get(name)} times, expected {BUSY.get(name, 0) + 1}")
    return wrong


def result_of(events: list[dict[str, Any]]) -> Any:
    closing = events[-1].get("workflowExecutionCompletedEventAttributes")
    if closing is None:
        raise DemoError(f"the job did not complete; its last event is {json.dumps(events[-1])}")
    return decoded(closing["result"]["payloads"][0])["Data"]


def check(demo: Demo, api: Api, lab: Lab, job: str, run: str) -> list[str]:
    """What is wrong in the end."""
    events = api.events(job, run)
    demo.show_children(api, job)
    result = result_of(events)
    demo.console.print("result", result)
    wrong = expected(lab.state())
    wanted = {
        "site": "lab",
        "configured": [d["name"] for d in DEVICES if d["name"] not in REFUSES],
        "refused": sorted(REFUSES),
    }
    if result != wanted:
        wrong.append(f"the job's result is {result}, expected {wanted}")
    return wrong


def show(stage: Stage, server: Server, lab: Lab) -> Ending:
    """From an empty file to configured devices."""
    api = Api(server.url, server.user, server.password)
    stage.step(f"logged in as {server.user} (ticket, then bearer token)")
    demo = Demo(stage)
    demo.prepare(api, lab)
    job, run, status = demo.run_job(api)
    stage.step(f"job closed: [b]{status}[/b]")
    wrong = check(demo, api, lab, job, run)
    auth = f"-u {server.user}:{server.password}"
    body = '{"workflowName":"RollOutNtp","data":{"site":"nowhere","ntp":[]}}'
    return Ending(
        wrong,
        "the devices hold the expected configuration",
        (
            f"every operation, in a browser:  {server.url}/crosswork/cwm/v2/docs",
            f"the jobs so far:  curl {auth} {server.url}/crosswork/cwm/v2/job",
            f"a job that fails: curl {auth} -d '{body}' {server.url}/crosswork/cwm/v2/job",
        ),
    )
