"""Rows 20 to 29: runs, how they are started, and requests that are sent again."""

from __future__ import annotations

import asyncio
import base64

import pytest

pytestmark = pytest.mark.anyio
RUN_KEYS = {
    "_id", "_workflowDefId", "_name", "_namespaces", "_userType", "_tasks", "_timeoutSeconds", "_timeoutPolicy",
    "_status", "_createdAt", "_updatedAt", "_createdBy", "_updatedBy", "_inputParams", "_output",
}  # fmt: skip
TASK_KEYS = {"_id", "_name", "_sequenceno", "_type", "_status"}


async def test_row_20_a_run_has_15_keys_and_each_task_5(space, play):
    run = await space.start(await space.define(space.rest(), play.task("HUMAN", "ask")))
    for path in ("workflows", "workflow"):
        found = (await space.call("GET", f"/{path}/{run['_id']}", 200)).json()
        assert set(found) == RUN_KEYS
        assert [set(task) for task in found["_tasks"]] == [TASK_KEYS, TASK_KEYS]
    upper = (await space.call("GET", f"/workflows/{run['_id'].upper()}/", 200)).json()
    assert upper["_id"] == run["_id"]


async def test_row_21_a_run_of_another_namespace_is_unknown(space, play):
    run = await space.start(await space.define(play.task("HUMAN")))
    await space.refused("GET", f"/workflows/{run['_id']}", 404, "not_found", ns=space.m)
    for name in ("nonsense", "%01", "a" * 300):
        await space.refused("GET", f"/workflows/{name}", 404, "not_found")


async def test_row_22_the_tasks_of_iterations(space, play):
    loop = play.task("DO_WHILE", "poll", loopCondition="$.poll.iteration < 2", loopOver=[play.inline("probe", "1")])
    run = await space.finish(await space.define(loop))
    hidden = await space.run(run["_id"])
    shown = await space.run(run["_id"], loops=True)
    assert [task["_name"] for task in hidden["_tasks"]] == ["poll"]
    assert [task["_name"] for task in shown["_tasks"]] == ["poll", "probe__1", "probe__2"]
    await space.refused("GET", f"/workflows/{run['_id']}?_includeLoopOverTasks=maybe", 400, "invalid_parameter")
    listed = (await space.call("GET", "/workflows", 200)).json()["_list"]
    assert [task["_name"] for task in listed[0]["_tasks"]] == ["poll"]


async def test_row_23_runs_are_not_deleted(space, play):
    run = await space.start(await space.define(play.task("HUMAN")))
    answer = await space.call("DELETE", f"/workflows/{run['_id']}", 405)
    assert "GET" in answer.headers["allow"] and answer.json()["_error"] == "method_not_allowed"


async def test_row_24_a_start_shows_the_run_as_it_was_created(space, play):
    definition = await space.define(space.rest(), userType="metering", timeoutSeconds=60)
    answer = await space.call("POST", "/workflows", 201, body={"_workflowDefId": definition["_id"]})
    run = answer.json()
    assert answer.headers["location"] == f"/workflowsvc/api/v1/workflows/{run['_id']}?nsfilter={space.n}"
    assert run["_status"] == "QUEUED" and [task["_status"] for task in run["_tasks"]] == ["QUEUED"]
    assert run["_inputParams"] == {} and run["_output"] is None and run["_namespaces"] == [space.n]
    assert run["_userType"] == "metering" and run["_timeoutSeconds"] == 60 and run["_timeoutPolicy"] is None
    ended = await space.ended(run["_id"])
    assert ended["_tasks"][0]["_id"] == run["_tasks"][0]["_id"] and ended["_createdAt"] == run["_createdAt"]
    found = await space.server.http.get(answer.headers["location"], headers={
        "authorization": f"Bearer {space.keys['full']}",
    })  # fmt: skip
    assert found.status_code == 200


def auth(space) -> dict:
    return {"_auth": {"_type": "Basic", "_params": {"username": "meter", "password": "pw-of-meter"}},
            "_args": {"headers": {"X-Own": "1"}}}  # fmt: skip


async def test_row_25_an_address_of_the_same_origin(space):
    definition = await space.define(space.rest(inputs=auth(space)))
    await space.finish(definition, {"_url": space.url("/chosen")})
    assert [asked["path"] for asked in space.target.seen] == ["/chosen"]
    headers = space.target.seen[0]["headers"]
    assert headers["authorization"] == "Basic " + base64.b64encode(b"meter:pw-of-meter").decode()
    assert headers["x-own"] == "1"


async def test_row_26_an_address_of_another_origin(space):
    definition = await space.define(space.rest(inputs=auth(space)))
    other = space.url("/chosen").replace("127.0.0.1", "localhost")
    run = await space.finish(definition, {"_url": other})
    assert [asked["path"] for asked in space.target.seen] == ["/chosen"], run
    headers = space.target.seen[0]["headers"]
    assert "authorization" not in headers and "x-own" not in headers


async def test_row_27_what_is_no_start(space, play):
    definition = await space.define(play.task("HUMAN"))
    ident = definition["_id"]
    await space.refused("POST", "/workflows", 400, "invalid_body", body={})
    await space.refused("POST", "/workflows", 400, "invalid_body", body={"_workflowDefId": ident, "_inputParams": []})
    await space.refused("POST", "/workflows", 404, "not_found", body={"_workflowDefId": "unknown"})
    await space.refused("POST", "/workflows", 404, "not_found", body={"_workflowDefId": ident}, ns=space.m)
    text = {"content-type": "text/plain"}
    await space.refused("POST", "/workflows", 415, "unsupported_media_type", content=b"{}", headers=text)
    await space.refused("POST", "/workflows", 415, "unsupported_media_type", content=b"{}")
    typed = {"content-type": "application/json"}
    await space.refused("POST", "/workflows", 400, "malformed_json", content=b'{"_workflowDefId":', headers=typed)


async def test_inputs_are_bounded(space, play):
    definition = await space.define(play.task("HUMAN"))
    body = {"_workflowDefId": definition["_id"], "_inputParams": {"a": "x" * (256 * 1024)}}
    await space.refused("POST", "/workflows", 413, "payload_too_large", body=body)


async def test_the_template_fills_what_the_input_leaves_out(space, play):
    definition = await space.define(play.task("HUMAN"), inputTemplate={"a": 1, "b": 2})
    run = await space.start(definition, {"b": 3})
    assert run["_inputParams"] == {"a": 1, "b": 3}
    assert (await space.run(run["_id"]))["_inputParams"] == {"a": 1, "b": 3}


async def test_row_28_one_key_starts_one_run(play, target, tmp_path):
    answers = []
    async with play.served(tmp_path, target) as server:
        space = await server.space()
        definition = await space.define(play.task("HUMAN"))
        body, key = {"_workflowDefId": definition["_id"]}, {"idempotency-key": "k-28"}
        answers += [await space.call("POST", "/workflows", 201, body=body, headers=key) for _ in range(2)]
    async with play.served(tmp_path, target) as server:
        space.server = server
        answers.append(await space.call("POST", "/workflows", 201, body=body, headers=key))
        assert (await space.call("GET", "/workflows", 200)).json()["_total"] == 1
    assert len({answer.text for answer in answers}) == 1
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true", "true"]


async def test_row_29_keys(space, play):
    definition = await space.define(play.task("HUMAN"))
    body = {"_workflowDefId": definition["_id"]}
    first = await space.call("POST", "/workflows", 201, body=body, headers={"idempotency-key": '"k1"'})
    again = await space.call("POST", "/workflows", 201, body=body, headers={"idempotency-key": "k1"})
    assert again.json() == first.json() and again.headers["idempotent-replayed"] == "true"
    other = {**body, "_inputParams": {"a": 1}}
    await space.refused(
        "POST", "/workflows", 422, "idempotency_mismatch", body=other, headers={"idempotency-key": "k1"}
    )
    await space.refused("POST", "/workflows", 400, "invalid_parameter", body=body, headers={"idempotency-key": ""})
    # keys of other callers are their own, and white space in the body does not count
    await space.caller("second", n="all")
    await space.call("POST", "/workflows", 201, body=other, who="second", headers={"idempotency-key": "k1"})
    spaced = b' { "_workflowDefId" : "%s" } ' % definition["_id"].encode()
    again = await space.call("POST", "/workflows", 201, content=spaced, headers={
        "idempotency-key": "k1", "content-type": "application/json",
    })  # fmt: skip
    assert again.json() == first.json()
    # while the first is under way
    at_once = await asyncio.gather(*(
        space.call("POST", "/workflows", (201, 409), body=body, headers={"idempotency-key": "k2"}) for _ in range(8)
    ))  # fmt: skip
    made = [answer for answer in at_once if answer.status_code == 201]
    under_way = [answer for answer in at_once if answer.status_code == 409]
    assert len({answer.text for answer in made}) == 1 and under_way
    assert all(answer.json()["_error"] == "idempotency_in_progress" for answer in under_way)
    assert all(answer.json()["_retryable"] and answer.headers["retry-after"] for answer in under_way)
    assert (await space.call("GET", "/workflows", 200)).json()["_total"] == 3


async def test_a_key_can_be_used_again_after_an_error(space, play):
    key = {"idempotency-key": "again"}
    await space.refused("POST", "/workflows", 404, "not_found", body={"_workflowDefId": "none"}, headers=key)
    definition = await space.define(play.task("HUMAN"))
    await space.call("POST", "/workflows", 201, body={"_workflowDefId": definition["_id"]}, headers=key)


async def test_keys_of_the_other_operations(space, play):
    body = {"_name": "once", "_taskDefs": [play.task("HUMAN")]}
    key = {"idempotency-key": "x"}
    first = await space.call("POST", "/workflowdefs", 201, body=body, headers=key)
    again = await space.call("POST", "/workflowdefs", 201, body=body, headers=key)
    assert again.json() == first.json() and again.headers["etag"] == first.headers["etag"] == '"1"'
    assert again.headers["location"] == first.headers["location"]
    run = await space.start(first.json())
    task = await space.waiting(run["_id"], "HUMAN")
    path = f"/workflow/{run['_id']}/userinput/{task['_id']}"
    for _ in range(2):
        await space.call("POST", path, 200, body={"_userInput": {}}, headers=key)
    held = await space.start(await space.define(play.task("HUMAN")))
    for _ in range(2):
        await space.call("PUT", f"/workflows/{held['_id']}/status", 200, body={"_status": "PAUSED"}, headers=key)
    path = f"/workflowdefs/{first.json()['_id']}/schedules"
    cron = {"_schedule": {"_runInterval": "0 0 12 * * ?"}}
    made = [(await space.call("POST", path, 201, body=cron, headers=key)).json() for _ in range(2)]
    assert made[0] == made[1]
    assert (await space.call("GET", path, 200)).json()["_total"] == 1
