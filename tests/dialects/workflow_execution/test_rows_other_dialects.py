"""Acceptance rows 47 and 48: what other dialects do shows here, and what they made can be used here."""

from __future__ import annotations

import pytest

from weft.domain.access import SYSTEM

pytestmark = pytest.mark.anyio
SVC = "/workflowsvc/api/v1"


async def command(world, execution, word, **more):
    answer = await world.http.put(
        f"{SVC}/workflows/{execution}/status", params={"nsfilter": "acme"}, json={"_status": word, **more}
    )
    assert answer.status_code == 200, answer.text


async def test_row_47_paused_then_terminated(world, play):
    flow = await world.save(play.example())
    ident = await world.started(flow)
    taken = await world.take()
    await command(world, ident, "PAUSED")
    assert (await world.state(flow, ident))[2:] == ("paused", False)
    await world.done(taken[play.A])
    assert await world.take() == {}
    assert await world.state(flow, ident) == (
        [play.B, play.C], ["completed", "queued", "queued", "pending", "pending"], "paused", False,
    )  # fmt: skip
    await command(world, ident, "TERMINATED", _reason="enough")
    body = await world.read(flow, ident)
    info = body["meta"]["info"]
    assert (info["status"], info["failedTaskId"], body["data"]["executionQueue"]) == ("terminated", None, [])
    assert body["data"]["finished"] is not None
    assert [info["tasks"][each] for each in (play.A, play.B, play.C, play.D, play.E)] == [
        "completed", "canceled", "canceled", "canceled", "canceled",
    ]  # fmt: skip


async def test_row_47_resumed_and_retried(world, play):
    flow = await world.save(play.example())
    ident = await world.started(flow)
    await command(world, ident, "PAUSED")
    await command(world, ident, "RESUMED")
    await world.done((await world.take())[play.A])
    taken = await world.take()
    await world.done(taken[play.B])
    await world.fail(taken[play.C])
    assert (await world.state(flow, ident))[2:] == ("failed", True)
    await command(world, ident, "RETRIED")
    queue, statuses, status, finished = await world.state(flow, ident)
    assert (queue, statuses) == ([play.C], ["completed", "completed", "queued", "pending", "pending"])
    assert (status in ("queued", "running"), finished) == (True, False)
    assert await world.run_all() == 3
    assert (await world.state(flow, ident))[1:] == (["completed"] * 5, "completed", True)


async def cwm_definition(world, name):
    """A definition of states in the customer's default namespace."""
    from weft.services.definitions import Definition

    states = [
        {"name": "first", "type": "inject", "data": {"a": 1}, "transition": "second"},
        {"name": "second", "type": "inject", "data": {"b": 2}, "end": True},
    ]
    document = {"name": name, "version": "1.0", "specVersion": "0.9", "states": states}
    inside = SYSTEM.within("acme")
    return (await world.parts.running.workflows.create(inside, Definition(document, hint="cwm"))).id


async def test_row_48_a_definition_of_another_dialect(world, play):
    flow = await cwm_definition(world, "states of another dialect")
    answer = await world.http.get(world.path(flow))
    assert answer.status_code == 200
    data = answer.json()["data"]
    assert [(task["name"], task["isTrigger"], task["parameters"]) for task in data["tasks"]] == [
        ("first", True, {}), ("second", False, {}),
    ]  # fmt: skip
    first, second = (task["id"] for task in data["tasks"])
    assert data["tasksHierarchy"] == [{"parent": first, "child": second}]
    assert (await world.http.get(world.path(flow))).json()["data"] == data
    refused = await world.http.put(world.path(flow), json=play.graph(play.task(play.A)))
    assert (refused.status_code, refused.json()["meta"]["errors"][0]["code"]) == (409, "read_only_definition")
    started = await world.start(flow)
    assert started.status_code == 202, started.text
    shown = started.json()["data"]
    assert shown["tasks"] == data["tasks"]
    assert [entry["taskId"] for entry in shown["executionQueue"]] == [first]
    assert started.json()["meta"]["info"]["tasks"] == {first: "queued", second: "pending"}
    body = await world.read(flow, shown["id"])
    assert body["meta"]["info"]["status"] == "completed"
    assert body["meta"]["info"]["tasks"] == {first: "completed", second: "completed"}
    listed = (await world.http.get(world.path(flow, ""))).json()
    assert [each["id"] for each in listed["data"]] == [shown["id"]]
    assert (await world.http.delete(world.path(flow))).status_code == 204


async def test_row_48_a_task_list(world, play):
    body = {
        "_name": "a-list", "_namespaces": ["acme"],
        "_taskDefs": [
            {"_name": "one", "_taskReferenceName": "one", "_type": "SET_VARIABLE", "_inputParams": {"x": 1}},
            {"_name": "two", "_taskReferenceName": "two", "_type": "SET_VARIABLE", "_inputParams": {"y": 1}},
        ],
    }  # fmt: skip
    made = await world.http.post(f"{SVC}/workflowdefs", params={"nsfilter": "acme"}, json=body)
    assert made.status_code in (200, 201), made.text
    flow = made.json()["_id"]
    data = (await world.http.get(world.path(flow))).json()["data"]
    assert [task["name"] for task in data["tasks"]] == ["one", "two"]
    ident = await world.started(flow)
    info = (await world.read(flow, ident))["meta"]["info"]
    assert (info["status"], set(info["tasks"].values())) == ("completed", {"completed"})
    name = {"data": {"name": "a-list", "tasks": [{"name": "noop"}]}}
    taken = await world.http.post(world.path(), json=name)
    assert (taken.status_code, taken.json()["meta"]["errors"][0]["code"]) == (409, "name_taken")


async def test_a_graph_is_a_run_of_workflowsvc(world, play):
    flow = await world.save(play.example())
    ident = await world.started(flow)
    shown = await world.http.get(f"{SVC}/workflows/{ident}", params={"nsfilter": "acme"})
    assert shown.status_code == 200, shown.text
    subject = (await world.read(flow, ident))["data"]["executionQueue"][0]["jobSubjectId"]
    assert subject in shown.text
    await world.run_all()
