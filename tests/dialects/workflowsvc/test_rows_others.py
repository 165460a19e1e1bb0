"""Rows 86 and 87: definitions and jobs of other dialects; and what the others see of this one's."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
CWM = "/crosswork/cwm/v1"
STATES = {
    "version": "1.0", "specVersion": "0.9", "start": "first",
    "states": [
        {"name": "first", "type": "inject", "data": {"a": 1}, "transition": "rest"},
        {"name": "rest", "type": "sleep", "duration": "PT1H", "end": True},
    ],
}  # fmt: skip


@pytest.fixture
async def other(space):
    """Calls of the other dialect in the default tenant, as its administrator."""

    async def call(method: str, path: str, **more):
        headers = {"authorization": f"Bearer {space.server.admin}"}
        answer = await space.server.http.request(method, CWM + path, headers=headers, **more)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()

    return call


async def test_row_86_a_job_of_another_dialect(space, other, play):
    name = f"states_{space.n}"
    ident = await other("POST", "/workflow", json={"definition": {"name": name, **STATES}})
    job = (await other("POST", "/job", json={"workflowName": name, "data": {"x": 1}}))["jobId"]
    await space.server.idle()
    found = (await space.call("GET", f"/workflows?_defId={ident}", 200, ns="default", who="admin")).json()
    assert [run["_id"] for run in found["_list"]] == [job]
    run = found["_list"][0]
    assert len(run) == 15 and run["_workflowDefId"] == ident and run["_inputParams"] == {"x": 1}
    alone = await space.run(job, ns="default", who="admin")
    assert [(task["_name"], task["_sequenceno"]) for task in alone["_tasks"]] == [("first", 1), ("rest", 2)]
    assert play.states(alone) == {"first": "COMPLETED", "rest": "RUNNING"}
    path = f"/workflows/{job}/status"
    for word, state in (("PAUSED", "PAUSED"), ("RESUMED", "RUNNING"), ("TERMINATED", "TERMINATED")):
        body = {"_status": word}
        answer = await space.call("PUT", path, 200, body=body, ns="default", who="admin")
        assert answer.json()["_status"] == state
    first = alone["_tasks"][0]["_id"]
    body = (await space.call("GET", f"/workflows/{job}/tasks/{first}", 200, ns="default", who="admin")).json()
    assert body["_name"] == "first" and len(body) == 12


async def test_a_form_of_another_dialect_is_answered_here(space, other):
    ask = {
        "name": "Ask", "type": "callback", "eventRef": "approve", "action": {"functionRef": {"refName": "noop"}},
        "metadata": {"taskName": "Approve", "formData": "${ {a: 1} }"}, "end": True,
    }  # fmt: skip
    awaited = {"name": "approve", "type": "cwm.forms.Approve", "kind": "consumed", "source": "system.internal.cwm"}
    form = {
        "name": f"form_{space.n}", "version": "1.0", "specVersion": "0.9", "states": [ask], "events": [awaited],
        "functions": [{"name": "noop", "operation": "system.function.@latest.common.NoOp"}],
    }  # fmt: skip
    await other("POST", "/workflow", json={"definition": form})
    job = (await other("POST", "/job", json={"workflowName": form["name"], "data": {}}))["jobId"]
    await space.server.idle()
    (task,) = (await space.run(job, ns="default", who="admin"))["_tasks"]
    path, body = f"/workflow/{job}/userinput/{task['_id']}", {"_userInput": {"ok": True}}
    answer = await space.call("POST", path, 200, body=body, ns="default", who="admin")
    assert answer.json() == {"message": "Task updated successfully"}
    await space.server.idle()
    run = await space.run(job, ns="default", who="admin")
    assert (run["_status"], run["_output"]) == ("COMPLETED", {"ok": True})


async def test_row_87_definitions_of_others_are_read_only(space, other, play):
    name = f"foreign_{space.n}"
    ident = await other("POST", "/workflow", json={"definition": {"name": name, **STATES}})
    path = f"/workflowdefs/{ident}"
    shown = (await space.call("GET", path, 200, ns="default", who="admin")).json()
    assert shown["_name"] == name and shown["_namespaces"] == ["default"]
    assert [(task["_name"], task["_sequenceno"], task["_inputParams"]) for task in shown["_taskDefs"]] == [
        ("first", 1, {}), ("rest", 2, {}),
    ]  # fmt: skip
    body = {"_name": name, "_taskDefs": [play.task("HUMAN")]}
    await space.refused("PUT", path, 409, "read_only_definition", body=body, ns="default", who="admin")
    await space.refused("POST", "/workflowdefs", 409, "name_taken", body=body, ns="default", who="admin")
    run = await space.start(ident, ns="default", who="admin")
    assert run["_workflowDefId"] == ident
    cron = {"_schedule": {"_runInterval": "0 0 12 * * ?"}}
    await space.call("POST", f"{path}/schedules", 201, body=cron, ns="default", who="admin")
    await space.refused("GET", path, 404, "not_found")
    await space.call("DELETE", path, 204, ns="default", who="admin")


async def test_others_see_the_definitions_of_this_one(space, other, play):
    body = {"_name": f"listed_{space.n}", "_taskDefs": [play.inline("a", ".a", a="${workflow.input.n}")]}
    made = (await space.call("POST", "/workflowdefs", 201, body=body, ns="default", who="admin")).json()
    seen = [one for one in await other("GET", "/workflow") if one["workflowId"] == made["_id"]]
    assert [(one["name"], one["version"]) for one in seen] == [(made["_name"], "1.0.0")]
    job = await other("POST", "/job", json={"workflowName": made["_name"], "data": {"n": 5}})
    await space.server.idle()
    run = await space.run(job["jobId"], ns="default", who="admin")
    assert run["_status"] == "COMPLETED" and run["_output"] == {"result": 5}


async def test_graphs_are_lists_of_tasks_here(space, play):
    """Parents first, under their names, a name that comes again with a number."""
    document = {
        "name": f"graph_{space.n}",
        "tasks": [
            {"id": "c", "name": "noop"}, {"id": "a", "name": "set", "parameters": {"x": 1}},
            {"id": "b", "name": "noop"}, {"id": "ask", "name": "userinput"},
        ],
        "edges": [{"parent": "a", "child": "b"}, {"parent": "b", "child": "c"}, {"parent": "c", "child": "ask"}],
    }  # fmt: skip
    parts, principal = space.server.parts, space.server.inside("acme")
    scope = parts.access.tenants.namespace(space.n).scope
    given = play.ListedDefinition(document=document, hint="graph", scopes=(scope,))
    made = await parts.running.listed.create(principal, given)
    shown = (await space.call("GET", f"/workflowdefs/{made.id}", 200)).json()
    tasks = [(one["_name"], one["_type"], one["_sequenceno"]) for one in shown["_taskDefs"]]
    assert tasks == [("set", "SET_VARIABLE", 1), ("noop", "SIMPLE", 2), ("noop_2", "SIMPLE", 3),
                     ("userinput", "USER_INPUT", 4)]  # fmt: skip
    run = await space.start(made.id)
    assert [one["_status"] for one in run["_tasks"]] == ["QUEUED"] * 4
    found = await space.waiting(run["_id"], "userinput")
    assert [one["_name"] for one in (await space.run(run["_id"]))["_tasks"]] == ["set", "noop", "noop_2", "userinput"]
    alone = (await space.call("GET", f"/workflows/{run['_id']}/tasks/{found['_id']}", 200)).json()
    assert alone["_name"] == "userinput" and alone["_type"] == "USER_INPUT"
    await space.call("POST", f"/workflow/{run['_id']}/userinput/{found['_id']}", 200, body={"_userInput": {}})
    await space.ended(run["_id"])
    listed = (await space.call("GET", "/workflows", 200)).json()["_list"]
    assert [one["_name"] for one in listed[0]["_tasks"]] == ["set", "noop", "noop_2", "userinput"]
