"""Nothing of one tenant or namespace is seen from another, by any operation."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


@pytest.fixture
async def objects(space, play):
    """One object of each kind in N."""
    loop = play.task("DO_WHILE", "loop", loopCondition="$.loop.iteration < 2", loopOver=[play.inline("in")])
    definition = await space.define(loop, play.task("HUMAN", "ask"))
    run = await space.start(definition)
    asked = await space.waiting(run["_id"], "ask")
    path = f"/workflowdefs/{definition['_id']}/schedules"
    cron = {"_schedule": {"_runInterval": "0 0 12 * * ?"}}
    schedule = (await space.call("POST", path, 201, body=cron)).json()
    tasks = {one["_name"]: one["_id"] for one in run["_tasks"]}
    return {
        "run": run["_id"], "ask": asked["_id"], "loop": tasks["loop"], "definition": definition["_id"],
        "schedule": schedule["_id"], "job": schedule["_jobId"], "name": definition["_name"],
    }  # fmt: skip


def calls(objects, play):
    run, definition, schedule = objects["run"], objects["definition"], objects["schedule"]
    ask = objects["ask"]
    cron = {"_schedule": {"_runInterval": "0 0 12 * * ?"}}
    whole = {"_name": "x", "_taskDefs": [play.task("HUMAN")]}
    return [
        ("GET", f"/workflows/{run}", None), ("PUT", f"/workflows/{run}/status", {"_status": "PAUSED"}),
        ("PUT", f"/workflows{run}/status", {"_status": "PAUSED"}), ("GET", f"/workflows/{run}/tasks/{ask}", None),
        ("GET", f"/workflows/{run}/tasks/{ask}/payload", None),
        ("GET", f"/workflow/{run}/task/{objects['loop']}/loopovertasks", None),
        ("POST", f"/workflow/{run}/userinput/{ask}", {"_userInput": {}}),
        ("GET", f"/workflowdefs/{definition}", None), ("PUT", f"/workflowdefs/{definition}", whole),
        ("DELETE", f"/workflowdefs/{definition}", None), ("POST", "/workflows", {"_workflowDefId": definition}),
        ("GET", f"/workflowdefs/{definition}/schedules", None), ("POST", f"/workflowdefs/{definition}/schedules", cron),
        ("GET", f"/workflowdefs/{definition}/schedules/{schedule}", None),
        ("PUT", f"/workflowdefs/{definition}/schedules/{schedule}", cron),
        ("DELETE", f"/workflowdefs/{definition}/schedules/{schedule}", None),
        ("GET", f"/workflowdefs/{definition}/jobs", None),
        ("DELETE", f"/workflowdefs/{definition}/jobs/{objects['job']}/triggers/{schedule}", None),
    ]  # fmt: skip


async def test_from_another_namespace_nothing_is_there(space, objects, play):
    for method, path, body in calls(objects, play):
        await space.refused(method, path, 404, "not_found", body=body, ns=space.m)
    for path in ("/workflows", "/workflowdefs"):
        assert (await space.call("GET", path, 200, ns=space.m)).json()["_total"] == 0


async def test_from_another_tenant_nothing_is_there(space, objects, play):
    access = space.server.parts.access
    grants = [play.WantedGrant("rival", ("all",), None)]
    _, space.keys["rival"] = await access.keys.create(space.server.inside("rival"), space.o, [], grants=grants)
    for method, path, body in calls(objects, play):
        await space.refused(method, path, 404, "not_found", body=body, who="rival", ns=space.o)
        await space.refused(method, path, 403, "namespace_forbidden", body=body, who="rival")
    run = await space.run(objects["run"])
    assert run["_status"] == "RUNNING"


async def test_a_key_of_another_caller_repeats_nothing(space, objects, play):
    body = {"_workflowDefId": objects["definition"]}
    first = await space.call("POST", "/workflows", 201, body=body, headers={"idempotency-key": "same"})
    await space.caller("second", n="all")
    other = await space.call("POST", "/workflows", 201, body=body, who="second", headers={"idempotency-key": "same"})
    assert first.json()["_id"] != other.json()["_id"]


async def test_access_tokens_of_clients(space, play):
    """A token opens what its client may, and nothing from the moment at which the client is disabled."""
    access, acme = space.server.parts.access, space.server.inside("acme")
    grants = [play.WantedGrant("acme", ("viewer",), space.n)]
    client, secret = await access.clients.create(acme, play.ClientDraft(id=f"c_{space.n}", grants=grants))
    space.keys["client"] = (await access.clients.token(client.id, secret)).text
    await space.call("GET", "/workflows", 200, who="client")
    await space.refused("POST", "/workflows", 403, "permission_denied", who="client", body={"_workflowDefId": "x"})
    await space.refused("GET", "/workflows", 403, "namespace_forbidden", who="client", ns=space.m)
    await access.clients.change(acme, client.id, play.ClientChange(disabled=True))
    await space.refused("GET", "/workflows", 401, "unauthenticated", who="client")
