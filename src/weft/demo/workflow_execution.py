"""The demo of the WorkflowExecution API: a graph with a diamond, a busy device, one that refuses, and an event."""

from __future__ import annotations

from typing import Any

from weft.demo.customer import Caller, Customer, set_up
from weft.demo.device import BUSY, REFUSES, TOKEN
from weft.demo.processes import Lab, Server
from weft.demo.stage import Ending, Stage, definition, until

CWM = "/crosswork/cwm/v2"
NTP = ["192.0.2.1", "192.0.2.2"]
EVENT = "acme.device.configured"
NAMES = {
    "a0000000-0000-4000-8000-00000000000a": "inventory",
    "b0000000-0000-4000-8000-00000000000b": "routers",
    "c0000000-0000-4000-8000-00000000000c": "address",
    "d0000000-0000-4000-8000-00000000000d": "config",
    "e0000000-0000-4000-8000-00000000000e": "r2",
    "f0000000-0000-4000-8000-00000000000f": "sw2",
    "00000000-0000-4000-8000-0000000000ff": "event",
}
"""What the tasks of the graph do, by id."""


class BringUp:
    """One execution by a client of the customer."""

    def __init__(self, stage: Stage, api: Caller) -> None:
        self.step = stage.step
        self.api = api
        self.shown = ""
        self.queues: list[list[str]] = []

    def look(self, path: str) -> dict[str, Any]:
        """The execution as it is now; its queue is told when it has changed."""
        found = self.api.call("GET", path)
        self.tell(found)
        return found

    def tell(self, found: dict[str, Any]) -> None:
        info = found["meta"]["info"]
        queue = [NAMES[entry["taskId"]] for entry in found["data"]["executionQueue"]]
        if not self.queues or self.queues[-1] != queue:
            self.queues.append(queue)
        states = "  ".join(f"{NAMES[task]} {status}" for task, status in info["tasks"].items())
        line = f"  {info['status']:<9} executionQueue [b]{', '.join(queue) or '(empty)'}[/b]  [dim]{states}[/dim]"
        if line != self.shown:
            self.shown = line
            self.step(line)

    def run(self, workflow: str) -> dict[str, Any]:
        """Start an execution and follow it to its end."""
        body = {"data": {"workflowId": workflow, "input": {"ntp": NTP}}}
        started = self.api.ask("POST", f"/workflow/{workflow}/WorkflowExecution", json=body)
        accepted = started.json()
        self.step(f"execution [b]{accepted['data']['id']}[/b] accepted ({started.status_code})")
        self.tell(accepted)
        path = f"/workflow/{workflow}/WorkflowExecution/{accepted['data']['id']}"
        return until(lambda: ended(self.look(path)), "the execution ends")


def ended(found: dict[str, Any]) -> dict[str, Any] | None:
    return found if found["data"]["finished"] else None


def prepare(stage: Stage, server: Server, lab: Lab, customer: Customer) -> None:
    """Where events of the customer go: a secret, a resource and an event type."""
    api = Caller(server.url, customer.token, CWM)
    api.call("POST", "/secret", json={"secretId": "LabToken", "secretType": "token", "secret": {"token": TOKEN}})
    api.call("POST", "/resource", json={
        "resourceId": "LabEvents", "resourceTypeId": "system.event.http.v1.0.0", "secretId": "LabToken",
        "resource": {"scheme": "http", "host": "127.0.0.1", "port": lab.port}})  # fmt: skip
    api.call("POST", "/eventType", json={
        "name": "configured", "type": EVENT, "kind": "produced", "source": "acme/plant", "resourceId": "LabEvents",
        "endpoint": "inventory/events"})  # fmt: skip
    stage.step(f"event type [b]{EVENT}[/b] leaves over HTTP to the lab")


def expected(state: dict[str, Any], found: dict[str, Any], queues: list[list[str]]) -> list[str]:
    """What is wrong with the lab and the execution in the end: empty when all is as it should be."""
    wrong: list[str] = []
    address = state["addresses"].get("r2")
    wanted = {"address": address, "ntp": NTP}
    if address is None or state["configs"].get("r2") != wanted:
        wrong.append(f"r2 holds {state['configs'].get('r2')}, expected {wanted}")
    for name in REFUSES:
        if name in state["configs"]:
            wrong.append(f"{name} refused and must hold nothing, but holds {state['configs'][name]}")
    writes = {"r2": BUSY["r2"] + 1, "sw2": 1}
    if state["writes"] != writes:
        wrong.append(f"the devices were written {state['writes']} times, expected {writes}")
    data = {"device": "r2", "routers": ["r1", "r2"], "address": address, "sw2": "completed_with_errors"}
    events = [(event.get("type"), event.get("data")) for event in state["events"]]
    if events != [(EVENT, data)]:
        wrong.append(f"the lab got the events {events}, expected one {EVENT} with {data}")
    info = found["meta"]["info"]
    states = {NAMES[task]: status for task, status in info["tasks"].items()}
    good = {name: "completed_with_errors" if name == "sw2" else "completed" for name in NAMES.values()}
    if info["status"] != "completed" or states != good:
        wrong.append(f"the execution is {info['status']} with {states}, expected completed with {good}")
    if queues[:1] != [["inventory"]] or queues[-1:] != [[]] or not any(len(queue) > 1 for queue in queues):
        wrong.append(f"the executionQueue was {queues}: it begins with inventory, holds several, and ends empty")
    return wrong


def show(stage: Stage, server: Server, lab: Lab) -> Ending:
    """From an empty file to a configured device and an event that has arrived."""
    customer = set_up(stage, server)
    prepare(stage, server, lab, customer)
    base = f"/api/workflow/v1.0/customer/{customer.uuid}"
    api = Caller(server.url, customer.token, base)
    made = api.call("POST", "/workflow", json={"data": definition("bring-up", lab)})
    workflow = made["data"]["id"]
    stage.step(f"graph [b]{made['data']['name']}[/b] saved: {len(made['data']['tasks'])} tasks, "
               f"{len(made['data']['tasksHierarchy'])} edges")  # fmt: skip
    demo = BringUp(stage, api)
    found = demo.run(workflow)
    until(lambda: lab.state()["events"] or None, "the event arrives in the lab")
    stage.step(f"execution finished: [b]{found['meta']['info']['status']}[/b]; the event has arrived")
    wrong = expected(lab.state(), found, demo.queues)
    here = f"{server.url}{base}/workflow"
    auth = '-H "Authorization: Bearer $TOKEN"'
    body = '{"data":{"input":{"ntp":[]}}}'
    return Ending(
        wrong,
        "the devices hold the expected configuration, and the event has arrived",
        (
            f"every operation, in a browser:  {server.url}/api/workflow/v1.0/docs",
            f"the executions so far:  export TOKEN={customer.token}\n"
            f"     curl {auth} {here}/{workflow}/WorkflowExecution",
            f"another one:  curl {auth} -H 'Content-Type: application/json' -d '{body}' "
            f"{here}/{workflow}/WorkflowExecution",
        ),
    )
