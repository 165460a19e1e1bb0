"""Acceptance rows 31 to 43: definitions."""

from __future__ import annotations

import copy

import pytest

pytestmark = pytest.mark.anyio
MEMBERS = {"id", "name", "description", "created", "updated", "tasks", "tasksHierarchy"}


async def refused(world, body, path=None):
    """The properties of a refused definition, with their messages."""
    answer = await world.http.post(world.path(), json=body)
    assert answer.status_code == 400, answer.text
    meta = answer.json()["meta"]
    assert meta["errors"] == []
    return {entry["property"]: entry["message"] for entry in meta["validation"]}


def code(answer):
    return answer.status_code, [error["code"] for error in answer.json()["meta"]["errors"]]


async def test_row_31_the_definition_of_the_reference(world, play):
    body = {"data": {"name": "churn-refresh", "description": None,
        "tasks": [
            {"id": play.A, "name": "http", "subjectId": None, "isTrigger": True,
             "parameters": {"url": "https://crm.example.net/export"}},
            {"id": play.B, "name": "jq", "parameters": {"input": "${parent.output.body}", "expression": ".rows"}}],
        "tasksHierarchy": [{"parent": play.A, "child": play.B}]}}  # fmt: skip
    answer = await world.http.post(world.path(), json=body)
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    assert set(data) == MEMBERS
    assert answer.headers["location"] == world.path(data["id"])
    assert answer.headers["etag"] == '"1"'
    assert answer.json()["meta"]["info"] == {"revision": 1}
    assert [task["isTrigger"] for task in data["tasks"]] == [True, False]
    assert data["tasks"][1] == {
        "id": play.B, "subjectId": None, "name": "jq", "isTrigger": False,
        "parameters": {"input": "${parent.output.body}", "expression": ".rows"},
    }  # fmt: skip
    assert data["tasksHierarchy"] == body["data"]["tasksHierarchy"]
    assert data["description"] is None
    again = await world.http.get(world.path(data["id"]))
    assert (again.status_code, again.headers["etag"], again.json()) == (200, '"1"', answer.json())


async def test_row_32_the_root_becomes_the_trigger(world, play):
    body = play.graph(play.task(play.A), play.task(play.B), hierarchy=((play.A, play.B),))
    data = (await world.http.post(world.path(), json=body)).json()["data"]
    assert [task["isTrigger"] for task in data["tasks"]] == [True, False]


async def test_row_33_a_cycle(world, play):
    found = await refused(
        world, play.graph(play.task(play.A), play.task(play.B), hierarchy=((play.A, play.B), (play.B, play.A)))
    )
    assert list(found) == ["data.tasksHierarchy"]
    assert play.A in found["data.tasksHierarchy"] and play.B in found["data.tasksHierarchy"]


async def test_row_34_edges(world, play):
    tasks = play.task(play.A), play.task(play.B)
    found = await refused(world, play.graph(*tasks, hierarchy=((play.A, play.C), (play.C, play.B))))
    assert set(found) == {"data.tasksHierarchy[0].child", "data.tasksHierarchy[1].parent"}
    found = await refused(world, play.graph(*tasks, hierarchy=((play.A, play.B), (play.A, play.B))))
    assert set(found) == {"data.tasksHierarchy[1]"}
    found = await refused(world, play.graph(*tasks, hierarchy=((play.A, play.A),)))
    assert set(found) == {"data.tasksHierarchy[0]"}


async def test_row_35_triggers(world, play):
    a, b = play.task(play.A, isTrigger=True), play.task(play.B, isTrigger=True)
    assert set(await refused(world, play.graph(a, b, hierarchy=((play.A, play.B),)))) == {"data.tasks[1].isTrigger"}
    lonely = play.graph(a, play.task(play.B))
    assert set(await refused(world, lonely)) == {"data.tasks[1].isTrigger"}


async def test_row_36_numbers_of_tasks(world, play):
    assert set(await refused(world, play.graph())) == {"data.tasks"}
    many = [{"name": "noop"} for _ in range(501)]
    assert set(await refused(world, play.graph(*many))) == {"data.tasks"}
    assert set(await refused(world, play.graph(play.task(play.A), play.task(play.A.upper())))) == {"data.tasks[1].id"}
    answer = await world.http.post(world.path(), json=play.graph(*many[:500]))
    assert answer.status_code == 201
    assert len({task["id"] for task in answer.json()["data"]["tasks"]}) == 500


async def test_row_37_names_that_say_nothing(world, play):
    strange = play.task(play.A, "nothing like it")
    assert set(await refused(world, play.graph(strange))) == {"data.tasks[0].name"}
    strange["parameters"] = {"$activity": "http", "url": "http://198.51.100.7/x"}
    data = (await world.http.post(world.path(), json=play.graph(strange))).json()["data"]
    assert data["tasks"][0]["name"] == "nothing like it"
    for word in ("HTTP", "User Input", "user_input", "no-op"):
        assert (await world.http.post(world.path(), json=play.graph(
            {"id": play.A, "name": word, "parameters": {"url": "http://x.test"}}
        ))).status_code == 201, word  # fmt: skip


async def test_row_38_a_siblings_output(world, play):
    reading = play.task(play.B, parameters={"body": {"deep": ["${" + play.C + ".output.x}"]}})
    body = play.graph(
        play.task(play.A), reading, play.task(play.C), hierarchy=((play.A, play.B), (play.A, play.C))
    )  # fmt: skip
    assert set(await refused(world, body)) == {"data.tasks[1].parameters.body.deep[0]"}
    two = play.graph(
        play.task(play.A), play.task(play.B), play.task(play.C, parameters={"body": "${parent.output}"}),
        hierarchy=((play.A, play.C), (play.B, play.C)),
    )  # fmt: skip
    assert set(await refused(world, two)) == {"data.tasks[2].parameters.body"}


async def test_row_39_two_problems_in_one_body(world, play):
    body = play.graph(play.task("x"), play.task(play.B, "nothing like it"))
    assert set(await refused(world, body)) == {"data.tasks[0].id", "data.tasks[1].name"}
    assert set(await refused(world, {"data": {"tasks": []}})) == {"data.name", "data.tasks"}


async def test_row_40_a_name_that_is_taken(world, play):
    body = play.graph(play.task(play.A))
    first = await world.save(body)
    assert code(await world.http.post(world.path(), json=body)) == (409, ["name_taken"])
    second = await world.save(play.graph(play.task(play.A)))
    assert code(await world.http.put(world.path(second), json=body)) == (409, ["name_taken"])
    assert (await world.http.put(world.path(first), json=body)).status_code == 200


async def test_row_41_a_new_revision_while_an_execution_runs(world, play):
    body = play.graph(play.task(play.A), play.task(play.B), hierarchy=((play.A, play.B),))
    flow = await world.save(body)
    ident = await world.started(flow)
    body["data"]["tasks"] = [play.task(play.C)]
    body["data"]["tasksHierarchy"] = []
    answer = await world.http.put(world.path(flow), json=body)
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')
    assert answer.json()["meta"]["info"] == {"revision": 2}
    later = await world.started(flow)
    assert await world.run_all() == 3
    old, new = await world.read(flow, ident), await world.read(flow, later)
    assert list(old["meta"]["info"]["tasks"].items()) == [(play.A, "completed"), (play.B, "completed")]
    assert [task["id"] for task in old["data"]["tasks"]] == [play.A, play.B]
    assert list(new["meta"]["info"]["tasks"].items()) == [(play.C, "completed")]


async def test_row_42_a_stale_precondition(world, play):
    body = play.graph(play.task(play.A))
    flow = await world.save(body)
    for tag in ('"1"', "*", '"7", "3"'):
        answer = await world.http.put(world.path(flow), json=body, headers={"if-match": tag})
        assert answer.status_code == 200, tag
    for tag in ('"1"', 'W/"4"', '"x"', '"1", "2"'):
        answer = await world.http.put(world.path(flow), json=body, headers={"if-match": tag})
        assert code(answer) == (412, ["precondition_failed"]), tag
    nameless = {"data": {**body["data"], "name": ""}}
    answer = await world.http.put(world.path(flow), json=nameless, headers={"if-match": '"1"'})
    assert answer.status_code == 400, "the body is looked at before the state"
    assert code(await world.http.delete(world.path(flow), headers={"if-match": '"3"'})) == (
        412,
        ["precondition_failed"],
    )
    assert (await world.http.delete(world.path(flow), headers={"if-match": '"4"'})).status_code == 204


async def test_row_43_a_deleted_definition(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    ident = await world.started(flow)
    answer = await world.http.delete(world.path(flow))
    assert (answer.status_code, answer.content) == (204, b"")
    assert code(await world.start(flow)) == (404, ["workflow_not_found"])
    assert code(await world.http.get(world.path(flow))) == (404, ["workflow_not_found"])
    assert code(await world.http.get(world.path(flow, ""))) == (404, ["workflow_not_found"])
    assert code(await world.http.delete(world.path(flow))) == (404, ["workflow_not_found"])
    assert code(await world.http.put(world.path(flow), json=play.graph(play.task(play.A)))) == (
        404,
        ["workflow_not_found"],
    )
    assert await world.run_all() == 1
    assert (await world.read(flow, ident))["meta"]["info"]["status"] == "completed"


@pytest.mark.parametrize(
    ("change", "properties"),
    [
        ({"parameters": []}, {"data.tasks[0].parameters"}),
        ({"parameters": {"url": "http://x.test", "$other": 1}}, {"data.tasks[0].parameters.$other"}),
        ({"parameters": {"url": "http://x.test", "$options": {"retryCount": 11, "extra": 1}}},
         {"data.tasks[0].parameters.$options.retryCount", "data.tasks[0].parameters.$options.extra"}),
        ({"parameters": {"url": "http://x.test", "$options": 5}}, {"data.tasks[0].parameters.$options"}),
        ({"parameters": {}}, {"data.tasks[0].parameters"}),
        ({"subjectId": "x"}, {"data.tasks[0].subjectId"}),
        ({"isTrigger": "yes"}, {"data.tasks[0].isTrigger"}),
        ({"name": ""}, {"data.tasks[0].name"}),
        ({"name": None}, {"data.tasks[0].name"}),
        ({"name": "x" * 256}, {"data.tasks[0].name"}),
    ],
)  # fmt: skip
async def test_rules_of_tasks(world, play, change, properties):
    assert set(await refused(world, play.graph({**play.task(play.A), **change}))) == properties


async def test_rules_of_the_whole(world, play):
    good = play.graph(play.task(play.A))
    for change, properties in (
        ({"name": None}, {"data.name"}),
        ({"name": "x" * 256}, {"data.name"}),
        ({"description": 5}, {"data.description"}),
        ({"tasks": {}}, {"data.tasks"}),
        ({"tasks": [5]}, {"data.tasks"}),
        ({"tasksHierarchy": {}}, {"data.tasksHierarchy"}),
        ({"tasksHierarchy": [5]}, {"data.tasksHierarchy[0].parent", "data.tasksHierarchy[0].child"}),
    ):
        body = copy.deepcopy(good)
        body["data"].update(change)
        assert set(await refused(world, body)) == properties, change
    for body in ({}, {"data": None}, []):
        assert set(await refused(world, body)) == {"data"}


async def test_an_id_in_the_body(world, play):
    body = play.graph(play.task(play.A), id=play.NOBODY, created="never", updated=5)
    flow = await world.save(body)
    assert flow != play.NOBODY
    answer = await world.http.put(world.path(flow), json=body)
    assert [entry["property"] for entry in answer.json()["meta"]["validation"]] == ["data.id"]
    body["data"]["id"] = flow.upper()
    assert (await world.http.put(world.path(flow), json=body)).status_code == 200


async def test_secret_values_are_never_shown(world, play):
    body = play.graph(play.task(play.A, parameters={"headers": {"Authorization": "Bearer hush-hush"}}))
    answer = await world.http.post(world.path(), json=body)
    flow = answer.json()["data"]["id"]
    assert answer.json()["data"]["tasks"][0]["parameters"]["headers"] == {"Authorization": "***"}
    started = await world.start(flow)
    shown = (await world.http.get(world.path(flow))).json()
    again = await world.http.put(world.path(flow), json={"data": {**shown["data"], "description": "kept"}})
    assert again.status_code == 200, again.text
    await world.run_all()
    read = await world.http.get(world.path(flow, started.json()["data"]["id"]))
    for each in (answer, started, again, read):
        assert "hush-hush" not in each.text


async def test_members_in_any_case(world, play):
    body = {"DATA": {"NAME": "in any case", "TASKS": [{"ID": play.A.upper(), "NAME": "noop", "more": 1}]}}
    data = (await world.http.post(world.path(), json=body)).json()["data"]
    assert data["tasks"] == [{"id": play.A, "subjectId": None, "name": "noop", "parameters": {}, "isTrigger": True}]
