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


async def cwm_definition(world, name, *between):
    """A definition of states in the customer's default namespace; `between` stand between its first and last."""
    from weft.services.definitions import Definition

    after = [*(state["name"] for state in between), "second"]
    states = [
        {"name": "first", "type": "inject", "data": {"a": 1}, "transition": after[0]},
        *({**state, "transition": name} for state, name in zip(between, after[1:], strict=True)),
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


async def test_a_retried_job_of_another_dialect_keeps_what_was_done(world, play):
    """Its runs are one job: the tasks of an earlier run stay done, also in the answer to the command."""
    flow = await cwm_definition(world, "with a nap", {"name": "nap", "type": "sleep", "duration": "PT1H"})
    ident = await world.started(flow)
    for word, status in (("TERMINATED", "CANCELED"), ("RETRIED", "RUNNING"), ("TERMINATED", "CANCELED")):
        answer = await world.http.put(
            f"{SVC}/workflows/{ident}/status", params={"nsfilter": "acme"}, json={"_status": word}
        )
        assert answer.status_code == 200, answer.text
        shown = [(task["_name"], task["_status"]) for task in answer.json()["_tasks"]]
        assert shown == [("first", "COMPLETED"), ("nap", status)]
    await command(world, ident, "RETRIED")
    body = await world.read(flow, ident)
    assert list(body["meta"]["info"]["tasks"].values()) == ["completed", "running", "pending"]
    assert [entry["taskId"] for entry in body["data"]["executionQueue"]] == [body["data"]["tasks"][1]["id"]]
    listed = (await world.http.get(world.path(flow, ""))).json()
    assert (listed["totalItemsCount"], listed["data"]) == (1, [body["data"]])


async def test_a_task_list_is_queued_one_task_after_the_other(world, play):
    """Its tasks are all queued for those who see it as a list; here a task waits for the one before."""
    calls = [
        {"_name": name, "_type": "REST_CONNECTOR", "_inputParams": {"_url": f"http://198.51.100.7/{name}"}}
        for name in ("one", "two")
    ]
    body = {"_name": "two-calls", "_taskDefs": calls}
    made = await world.http.post(f"{SVC}/workflowdefs", params={"nsfilter": "acme"}, json=body)
    flow = made.json()["_id"]
    shown = (await world.start(flow)).json()
    ident, (one, two) = shown["data"]["id"], (task["id"] for task in shown["data"]["tasks"])
    assert shown["meta"]["info"]["tasks"] == {one: "queued", two: "pending"}
    assert [entry["taskId"] for entry in shown["data"]["executionQueue"]] == [one]
    (call,) = await world.take_all()
    assert await world.state(flow, ident, one, two) == ([one], ["running", "pending"], "running", False)
    await command(world, ident, "PAUSED")
    await world.done(call)
    assert await world.state(flow, ident, one, two) == ([two], ["completed", "queued"], "paused", False)
    await command(world, ident, "RESUMED")
    assert await world.run_all() == 1
    assert (await world.state(flow, ident, one, two))[1:] == (["completed", "completed"], "completed", True)


async def test_a_graph_is_a_run_of_workflowsvc(world, play):
    flow = await world.save(play.example())
    ident = await world.started(flow)
    shown = await world.http.get(f"{SVC}/workflows/{ident}", params={"nsfilter": "acme"})
    assert shown.status_code == 200, shown.text
    subject = (await world.read(flow, ident))["data"]["executionQueue"][0]["jobSubjectId"]
    assert subject in shown.text
    await world.run_all()
