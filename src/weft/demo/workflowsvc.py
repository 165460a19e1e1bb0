"""The demo of the workflowsvc API: a list of tasks with a person, branches, a loop, retries and a schedule."""

from __future__ import annotations

from typing import Any

from rich.table import Table

from weft.demo.customer import NAMESPACE, TENANT, Caller, set_up
from weft.demo.device import BUSY, DEVICES, REFUSES, SETTLED_AT
from weft.demo.processes import DemoError, Lab, Server
from weft.demo.stage import Ending, Stage, definition, until

BASE = "/workflowsvc/api/v1"
NTP = ["192.0.2.1", "192.0.2.2"]
CLOSED = frozenset({"COMPLETED", "FAILED", "TIMED_OUT", "TERMINATED"})
BEATS = 2
EVERY_SECOND = "* * * * * ?"


class RollOut:
    """One roll-out by a client of the customer."""

    def __init__(self, stage: Stage, api: Caller) -> None:
        self.stage = stage
        self.step = stage.step
        self.api = api
        self.shown: dict[str, str] = {}

    def save(self, name: str, lab: Lab) -> str:
        """Store a definition; its id."""
        made = self.api.call("POST", "/workflowdefs", json=definition(name, lab))
        kept = self.api.call("GET", f"/workflowdefs/{made['_id']}")
        hidden = str(kept).count("'***'")
        self.step(f"definition [b]{kept['_name']}[/b] saved, {hidden} inline secrets shown as ***")
        return made["_id"]

    def start_twice(self, definition_id: str) -> tuple[str, list[str]]:
        """The run of two starts with one key, and what is wrong about it."""
        body = {"_workflowDefId": definition_id, "_inputParams": {"site": "lab", "ntp": NTP}}
        headers = {"Idempotency-Key": "demo-roll-out"}
        first = self.api.ask("POST", "/workflows", json=body, headers=headers)
        again = self.api.ask("POST", "/workflows", json=body, headers=headers)
        run = first.json()["_id"]
        self.step(f"run [b]{run}[/b] started: {first.json()['_status']}")
        wrong: list[str] = []
        if again.json() != first.json() or again.headers.get("Idempotent-Replayed") != "true":
            wrong.append("the second start with the same Idempotency-Key did not repeat the first answer")
        total = self.api.call("GET", "/workflows", params={"_defId": definition_id})["_total"]
        if total != 1:
            wrong.append(f"two starts with one Idempotency-Key made {total} runs")
        if not wrong:
            self.step("started again with the same Idempotency-Key: the same answer, still one run")
        return run, wrong

    def look(self, run: str) -> dict[str, Any]:
        """The run as it is now; what has changed since the last look is told."""
        found = self.api.call("GET", f"/workflows/{run}", params={"_includeLoopOverTasks": "true"})
        for task in found["_tasks"]:
            if self.shown.get(task["_name"]) != task["_status"]:
                self.shown[task["_name"]] = task["_status"]
                self.step(f"  {task['_type']:<15} {task['_name']:<11} {task['_status']}")
        return found

    def task(self, run: str, name: str) -> dict[str, Any]:
        """A task record of a run with all its facts."""
        found = next((task for task in self.look(run)["_tasks"] if task["_name"] == name), None)
        if found is None:
            raise DemoError(f"the run has no task {name}")
        return self.api.call("GET", f"/workflows/{run}/tasks/{found['_id']}")

    def status_of(self, run: str, name: str) -> str:
        self.look(run)
        return self.shown.get(name, "")

    def approve(self, run: str) -> list[str]:
        """Pause, answer for the person meanwhile, resume; what is wrong about it."""
        until(lambda: True if self.status_of(run, "approve") == "RUNNING" else None, "the run asks for approval")
        self.api.call("PUT", f"/workflows/{run}/status", json={"_status": "PAUSED", "_reason": "lunch"})
        self.step("PUT status PAUSED")
        task = self.task(run, "approve")["_id"]
        answer = {"_userInput": {"decision": "ok"}}
        said = self.api.call("POST", f"/workflow/{run}/userinput/{task}", json=answer)
        self.step(f"user input while it is paused: {said['message']}")
        found = until(lambda: run_if(self.look(run), approve="COMPLETED"), "the approval is taken")
        wrong = [] if found["_status"] == "PAUSED" else [f"the run is {found['_status']}, expected PAUSED"]
        if self.shown["decide"] != "PAUSED":
            wrong.append(f"the task behind the approval is {self.shown['decide']}, expected PAUSED")
        self.api.call("PUT", f"/workflows/{run}/status", json={"_status": "RESUMED"})
        self.step("PUT status RESUMED")
        return wrong

    def follow(self, run: str) -> dict[str, Any]:
        """The run once it has ended."""
        return until(lambda: closed(self.look(run)), "the run ends")

    def beat(self, definition_id: str, lab: Lab) -> list[str]:
        """A schedule at work; what is wrong about it."""
        path = f"/workflowdefs/{definition_id}/schedules"
        times = {"_runInterval": EVERY_SECOND, "_timeZone": "Europe/Berlin"}
        made = self.api.call("POST", path, json={"_schedule": times, "_inputParams": {"plant": 7}})
        self.step(f"schedule '{EVERY_SECOND}' (Europe/Berlin), next at {made['_nextRunAt']}")

        def all_ended() -> list[dict[str, Any]] | None:
            query = {"_defId": definition_id, "_pageSize": "100"}
            found = self.api.call("GET", "/workflows", params=query)["_list"]
            return found if all(closed(run) for run in found) else None

        until(lambda: True if lab.state()["beats"] >= BEATS else None, f"{BEATS} scheduled runs")
        self.api.call("DELETE", f"{path}/{made['_id']}")
        if self.api.call("GET", f"/workflowdefs/{definition_id}/jobs")["_list"]:
            return ["the scheduling job is still there after its last schedule"]
        ended = until(all_ended, "the scheduled runs end")
        self.step(f"{len(ended)} runs by the schedule, which is deleted; the scheduling job went with it")
        beats = lab.state()["beats"]
        return [] if beats == len(ended) else [f"the lab counts {beats} beats of {len(ended)} scheduled runs"]


def closed(run: dict[str, Any]) -> dict[str, Any] | None:
    return run if run["_status"] in CLOSED else None


def run_if(run: dict[str, Any], **wanted: str) -> dict[str, Any] | None:
    """The run when tasks of these names have these states."""
    states = {task["_name"]: task["_status"] for task in run["_tasks"]}
    return run if all(states.get(name) == status for name, status in wanted.items()) else None


def expected(state: dict[str, Any], run: dict[str, Any], busy_attempts: int) -> list[str]:
    """What is wrong with the lab and the run in the end: empty when all is as it should be."""
    wrong: list[str] = []
    for device in DEVICES:
        name = device["name"]
        wanted = None if name in REFUSES else {"ntp": NTP}
        held = state["configs"].get(name)
        if held != wanted:
            wrong.append(f"{name} holds {held}, expected {wanted}")
        writes = BUSY.get(name, 0) + 1
        if state["writes"].get(name) != writes:
            wrong.append(f"{name} was written {state['writes'].get(name)} times, expected {writes}")
    report = {
        "site": "lab", "devices": [device["name"] for device in DEVICES], "decision": "ok", "busy": 200,
        "refused": "COMPLETED_WITH_ERRORS", "settled_after": SETTLED_AT,
    }  # fmt: skip
    if state["reports"] != [report]:
        wrong.append(f"the inventory got the reports {state['reports']}, expected one: {report}")
    output = {"report": 1, "settled_after": SETTLED_AT}
    if (run["_status"], run["_output"]) != ("COMPLETED", output):
        wrong.append(f"the run is {run['_status']} with {run['_output']}, expected COMPLETED with {output}")
    if busy_attempts != BUSY["r2"] + 1:
        wrong.append(f"r2 took {busy_attempts} attempts, expected {BUSY['r2'] + 1}")
    return wrong


def show(stage: Stage, server: Server, lab: Lab) -> Ending:
    """From an empty file to a rolled-out site and a schedule that has worked."""
    customer = set_up(stage, server)
    api = Caller(server.url, customer.token, BASE, {"nsfilter": NAMESPACE})
    demo = RollOut(stage, api)
    roll_out, heartbeat = demo.save("roll_out_ntp", lab), demo.save("heartbeat", lab)
    run, wrong = demo.start_twice(roll_out)
    wrong += demo.approve(run)
    ended = demo.follow(run)
    stage.step(f"run ended: [b]{ended['_status']}[/b]")
    busy = demo.task(run, "r2")
    table = Table(title="the busy device and the one that refuses", title_justify="left")
    for heading in ("task", "status", "attempts", "reason"):
        table.add_column(heading)
    for task in (busy, demo.task(run, "sw2")):
        table.add_row(task["_name"], task["_status"], str(task["_attempt"]), (task["_reason"] or "")[:60])
    stage.console.print(table)
    wrong += expected(lab.state(), ended, busy["_attempt"])
    wrong += demo.beat(heartbeat, lab)
    here = f"{server.url}{BASE}"
    auth = '-H "Authorization: Bearer $TOKEN"'
    body = f'{{"_workflowDefId":"{heartbeat}"}}'
    return Ending(
        wrong,
        "the devices hold the expected configuration, and the schedule has worked",
        (
            f"every operation, in a browser:  {server.url}{BASE}/docs",
            f"the runs so far:  export TOKEN={customer.token}\n"
            f"     curl {auth} '{here}/workflows?nsfilter={NAMESPACE}'",
            f"another run:  curl {auth} -H 'Content-Type: application/json' -d '{body}' "
            f"'{here}/workflows?nsfilter={NAMESPACE}'   (tenant {TENANT})",
        ),
    )
