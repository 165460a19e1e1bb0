"""Acceptance rows 5 to 17: starting an execution, and who may."""

from __future__ import annotations

import json

import pytest

from weft.domain.access import SYSTEM

pytestmark = pytest.mark.anyio
MEMBERS = {"id", "workflowId", "executionQueue", "created", "finished", "tasks", "tasksHierarchy"}


def errors(answer):
    body = answer.json()
    assert (body["meta"]["validation"], body["meta"]["info"], body["data"]) == ([], {}, None)
    return [error["code"] for error in body["meta"]["errors"]]


def properties(answer):
    assert answer.status_code == 400, answer.text
    body = answer.json()
    assert (body["meta"]["errors"], body["meta"]["info"], body["data"]) == ([], {}, None)
    return [entry["property"] for entry in body["meta"]["validation"]]


@pytest.fixture(scope="module")
async def flow(world, play):
    return await world.save(play.example())


async def test_row_5_a_start(world, play, flow):
    answer = await world.start(flow, {"data": {"workflowId": flow}})
    assert answer.status_code == 202
    data, meta = answer.json()["data"], answer.json()["meta"]
    assert set(data) == MEMBERS
    assert answer.headers["location"].endswith(f"/WorkflowExecution/{data['id']}")
    assert (await world.http.get(answer.headers["location"])).status_code == 200
    assert [entry["taskId"] for entry in data["executionQueue"]] == [play.A]
    assert data["workflowId"] == flow
    assert data["finished"] is None
    assert (meta["errors"], meta["validation"]) == ([], [])
    assert set(meta["info"]) == {"status", "reason", "failedTaskId", "tasks"}
    assert (meta["info"]["status"], meta["info"]["reason"], meta["info"]["failedTaskId"]) == ("queued", None, None)
    assert meta["info"]["tasks"] == {
        play.A: "queued", play.B: "pending", play.C: "pending", play.D: "pending", play.E: "pending",
    }  # fmt: skip
    assert data["created"].endswith("000Z") and len(data["created"]) == 27
    await world.run_all()
    later = await world.read(flow, data["id"])
    assert later["data"]["created"] == data["created"]
    assert (later["meta"]["info"]["status"], later["data"]["executionQueue"]) == ("completed", [])


async def test_row_5_the_record_of_the_queue_is_the_one_that_is_read(world, play, flow):
    accepted = (await world.start(flow)).json()["data"]
    assert (await world.read(flow, accepted["id"]))["data"]["executionQueue"] == accepted["executionQueue"]
    await world.run_all()


async def test_row_6_case_and_version(world, play, flow):
    path = f"/API/Workflow/v1/CUSTOMER/{play.CUSTOMER.upper()}/WORKFLOW/{flow.upper()}/workflowexecution"
    answer = await world.http.post(path, json={"data": {"workflowId": flow.upper()}})
    assert answer.status_code == 202, answer.text
    data = answer.json()["data"]
    assert data["workflowId"] == flow
    assert answer.headers["location"] == world.path(flow, data["id"])
    shouted = answer.headers["location"].upper().replace("V1.0", "v1.0") + "/"
    assert (await world.http.get(shouted)).json()["data"]["id"] == data["id"]
    await world.run_all()


async def test_row_7_another_version(world, play, flow):
    for version in ("v2.0", "v2", "v1.1", "1.0"):
        answer = await world.http.post(world.path(flow, "").replace("v1.0", version), json={"data": {}})
        assert (answer.status_code, errors(answer)) == (404, ["unsupported_version"])


async def test_an_unknown_path_below_the_version(world, play):
    answer = await world.http.get("/api/workflow/v1.0/customers")
    assert (answer.status_code, errors(answer)) == (404, ["route_not_found"])
    answer = await world.http.patch(world.path())
    assert (answer.status_code, errors(answer)) == (405, ["method_not_allowed"])
    assert answer.headers["allow"]


async def test_row_8_content_types(world, play, flow):
    async def ask(kind, data=b'{"data":{}}'):
        headers = {"content-type": kind} if kind else {}
        return await world.http.post(world.path(flow, ""), content=data, headers=headers)

    for kind in ("text/json", "application/vnd.x+json", "application/json; charset=utf-8"):
        assert (await ask(kind)).status_code == 202
    for kind in ("text/plain", None):
        answer = await ask(kind)
        assert (answer.status_code, errors(answer)) == (415, ["unsupported_media_type"])
    await world.run_all()


async def test_row_9_accept_is_ignored(world, play, flow):
    answer = await world.start(flow, headers={"accept": "text/plain"})
    assert (answer.status_code, answer.headers["content-type"]) == (202, "application/json; charset=utf-8")
    await world.run_all()


async def test_row_10_the_path_decides(world, play, flow):
    for body in ({"data": {}}, {"Data": {"WorkflowId": flow}}, {"data": {"workflowId": None}}):
        assert (await world.start(flow, body)).status_code == 202
    await world.run_all()


async def test_row_11_without_data(world, play, flow):
    for body in ({}, {"data": None}, {"data": []}, []):
        assert properties(await world.start(flow, body)) == ["data"]
    empty = await world.http.post(world.path(flow, ""), content=b"", headers={"content-type": "application/json"})
    assert properties(empty) == ["data"]
    assert properties(await world.http.post(world.path(flow, ""))) == ["data"]


async def test_row_12_another_workflow(world, play, flow):
    for given in (play.NOBODY, "x", 7):
        assert properties(await world.start(flow, {"data": {"workflowId": given}})) == ["data.workflowId"]


async def test_row_13_no_json(world, play, flow):
    deep = b'{"data":' + b"[" * 70 + b"]" * 70 + b"}"
    for data in (b'{"data":', b"\xff", b'{"data":{},"data":{}}', deep, b'{"data":NaN}'):
        answer = await world.http.post(world.path(flow, ""), content=data, headers={"content-type": "application/json"})
        assert properties(answer) == ["$"]


async def test_run_input_is_an_object(world, play, flow):
    assert properties(await world.start(flow, {"data": {"input": [1]}})) == ["data.input"]
    both = await world.start(flow, {"data": {"input": 5, "workflowId": "x"}})
    assert properties(both) == ["data.workflowId", "data.input"]


async def test_a_body_that_is_too_large(world, play, flow):
    answer = await world.start(flow, {"data": {"input": {"x": "y" * (1 << 20)}}})
    assert (answer.status_code, errors(answer)) == (413, ["payload_too_large"])


async def test_row_14_malformed_ids(world, play, flow):
    path = world.path(flow, "").replace(play.CUSTOMER, "abc")
    assert properties(await world.http.post(path, json={"data": {}})) == ["customerId"]
    assert properties(await world.http.get(world.path("x", "y"))) == ["workflowId", "id"]
    assert properties(await world.http.get(world.path(flow, "%00"))) == ["id"]


async def test_row_15_another_customer(world, play, flow):
    bodies = []
    for customer in (play.OTHER, play.NOBODY):
        answer = await world.http.post(world.path(flow, "", customer=customer), json={"data": {}})
        assert (answer.status_code, errors(answer)) == (404, ["customer_not_found"])
        bodies.append(answer.content)
    assert bodies[0] == bodies[1]
    stranger = await world.bearer("stranger")
    answer = await world.http.get(world.path(flow), headers=stranger)
    assert (answer.status_code, errors(answer)) == (404, ["customer_not_found"])
    answer = await world.http.get(world.path(flow, customer=play.OTHER), headers=stranger)
    assert (answer.status_code, errors(answer)) == (404, ["workflow_not_found"])


async def test_row_16_an_unknown_workflow(world, play):
    for body in ({"data": {}}, {}):
        answer = await world.start(play.NOBODY, body)
        assert (answer.status_code, errors(answer)) == (404, ["workflow_not_found"])


async def test_row_17_no_token_and_no_right(world, play, flow):
    answer = await world.start(flow, headers={"authorization": ""})
    assert (answer.status_code, errors(answer)) == (401, ["unauthorized"])
    assert answer.headers.get_list("www-authenticate") == ["Bearer"]
    answer = await world.start(flow, headers={"authorization": "Bearer nonsense"})
    assert answer.status_code == 401
    reader = await world.bearer("reader")
    answer = await world.start(flow, headers=reader)
    assert (answer.status_code, errors(answer)) == (403, ["forbidden"])
    assert (await world.http.get(world.path(flow, ""), headers=reader)).status_code == 200
    assert (await world.http.delete(world.path(flow), headers=reader)).status_code == 403


async def test_the_order_of_the_checks(world, play, flow):
    """Each request has every later fault as well; the first one is told."""
    wrong = {"content-type": "text/plain", "Idempotency-Key": "", "authorization": ""}
    path = world.path(play.NOBODY, "") + "?take=x"
    other = (await world.bearer("reader"))["authorization"]
    mine = world.http.headers["authorization"]

    async def ask(path, **headers):
        return await world.http.post(path, content=b"{", headers={**wrong, **headers})

    malformed = path.replace(play.CUSTOMER, "abc")
    assert (await ask(path.replace("v1.0", "v9"))).status_code == 404
    assert (await ask(malformed)).status_code == 401
    assert (await ask(malformed, authorization=other)).status_code == 400
    assert (await ask(path.replace(play.CUSTOMER, play.OTHER), authorization=other)).status_code == 404
    assert (await ask(path, authorization=other)).status_code == 403
    assert (await ask(path, authorization=mine)).status_code == 415
    assert properties(await ask(path, authorization=mine, **{"content-type": "text/json"})) == ["$"]
    good = {"authorization": mine, "content-type": "text/json"}
    answer = await world.http.post(path, content=b"{}", headers={**wrong, **good})
    assert properties(answer) == ["Idempotency-Key"]
    answer = await world.http.post(path, content=b"{}", headers=good)
    assert errors(answer) == ["workflow_not_found"]


async def test_input_reaches_the_tasks(world, play):
    reading = play.task(play.A, parameters={"url": "http://198.51.100.7/${workflow.input.place}"})
    flow = await world.save(play.graph(reading))
    accepted = await world.start(flow, {"data": {"Input": {"place": "here"}}})
    assert accepted.json()["data"]["tasks"][0]["parameters"] == {"url": "http://198.51.100.7/${workflow.input.place}"}
    assert set(await world.take()) == {"here"}
    assert json.loads(accepted.content)["data"]["id"]


async def test_rights_stand_alone(world, play, flow):
    """Who may start executions, or read them, need not be able to read definitions."""
    inside = SYSTEM.within("acme")
    await world.parts.access.roles.create(inside, "starter", ["job.start"])
    await world.parts.access.roles.create(inside, "watcher", ["job.read"])
    await world.client("acme", "starter", "starter")
    await world.client("acme", "watcher", "watcher")
    starter, watcher = await world.bearer("starter"), await world.bearer("watcher")
    accepted = await world.start(flow, headers=starter)
    assert accepted.status_code == 202, accepted.text
    where = accepted.headers["location"]
    assert (await world.http.get(where, headers=starter)).status_code == 403
    assert (await world.http.get(where, headers=watcher)).status_code == 200
    assert (await world.http.get(world.path(flow, ""), headers=watcher)).status_code == 200
    assert (await world.http.get(world.path(flow), headers=watcher)).status_code == 403
    assert (await world.start(flow, headers=watcher)).status_code == 403
    await world.run_all()
