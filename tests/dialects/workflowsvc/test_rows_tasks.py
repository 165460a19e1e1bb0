"""Rows 42 to 48: tasks alone, the tasks of loops, and answers of people."""

from __future__ import annotations

import asyncio

import pytest

pytestmark = pytest.mark.anyio
FORM = {"_userInput": {"decision": {"type": "string", "enum": ["ok", "reject"], "required": True},
                       "note": {"type": "string"}}}  # fmt: skip


async def test_row_42_before_and_after_a_task_starts(space, play):
    run = await space.start(
        await space.define(play.task("HUMAN", "ask"), play.inline("after", ".a", a="${ask.output}"))
    )
    begun = await space.waiting(run["_id"], "ask")
    fresh = next(one for one in (await space.run(run["_id"]))["_tasks"] if one["_name"] == "after")
    body = (await space.call("GET", f"/workflows/{run['_id']}/tasks/{fresh['_id']}", 200)).json()
    assert set(body) == {"_id", "_name", "_type", "_sequenceno", "_status", "_inputParams"}
    assert body["_inputParams"] == {"_evaluatorType": "jq", "expression": ".a", "a": "${ask.output}"}
    for path in ("workflows", "workflow"):
        for part in ("tasks", "task"):
            found = (await space.call("GET", f"/{path}/{run['_id']}/{part}/{begun['_id'].upper()}", 200)).json()
            assert set(found) == {*body, "_output", "_reason", "_attempt", "_startedAt", "_updatedAt", "_endedAt"}
    assert found["_output"] is None and found["_endedAt"] is None and found["_attempt"] == 1
    await space.refused("GET", f"/workflows/{run['_id']}/tasks/unknown", 404, "not_found")
    await space.refused("GET", f"/workflows/{run['_id']}/tasks/{begun['_id']}", 404, "not_found", ns=space.m)


async def test_row_43_the_tasks_of_a_loop(space, play):
    loop = play.task("DO_WHILE", "poll", loopCondition="$.poll.iteration < 3", loopOver=[play.inline("probe", "1")])
    run = await space.finish(await space.define(loop, play.inline("after")))
    ids = {one["_name"]: one["_id"] for one in (await space.run(run["_id"]))["_tasks"]}
    path = f"/workflow/{run['_id']}/task/{ids['poll']}/loopovertasks"
    page = (await space.call("GET", f"{path}?_pageSize=1", 200)).json()
    assert page["_total"] == 3 and page["_pageSize"] == 1 and len(page["_list"]) == 1
    assert set(page["_list"][0]) == {
        "_id", "_name", "_sequenceno", "_type", "_status", "_iteration", "_inputParams", "_output",
    }  # fmt: skip
    every = (await space.call("GET", path, 200)).json()["_list"]
    assert [(one["_name"], one["_iteration"]) for one in every] == [("probe__1", 1), ("probe__2", 2), ("probe__3", 3)]
    assert every[0]["_output"] == {"result": 1}
    other = f"/workflow/{run['_id']}/task/{ids['after']}/loopovertasks"
    await space.refused("GET", other, 409, "illegal_state")
    alone = (await space.call("GET", f"/workflows/{run['_id']}/tasks/{every[1]['_id']}", 200)).json()
    assert alone["_iteration"] == 2


async def asking(space, play, **more):
    """A run that waits for an answer, and the path of that answer."""
    ask = play.task("USER_INPUT", "ask", inputs=FORM, **more)
    run = await space.start(await space.define(ask, play.inline("after", ".a", a="${ask._output._userInput.decision}")))
    task = await space.waiting(run["_id"], "ask")
    return run, f"/workflow/{run['_id']}/userinput/{task['_id']}"


async def test_row_44_45_an_answer_is_taken_once(space, play):
    for prefix in ("/workflow/", "/workflows/"):
        run, path = await asking(space, play)
        path = path.replace("/workflow/", prefix)
        body = {"_userInput": {"decision": "ok"}}
        answer = await space.call("POST", path, 200, body=body)
        assert answer.json() == {"message": "Task updated successfully"}
        ended = await space.ended(run["_id"])
        assert (await space.task(ended, "ask"))["_output"] == {"_userInput": {"decision": "ok"}}
        assert ended["_output"] == {"result": "ok"}
        # row 45
        await space.refused("POST", path, 409, "illegal_state", body=body)


async def test_row_46_answers_that_do_not_fit(space, play):
    run, path = await asking(space, play)
    for body in ({"_userInput": {"decision": "maybe"}}, {"_userInput": {"decision": "ok", "other": 1}}, {},
                 {"_userInput": {}}, {"_userInput": []}):  # fmt: skip
        found = await space.refused("POST", path, 400, "invalid_user_input", body=body)
        assert all(detail["_path"].startswith("/_userInput") for detail in found["_details"])
    assert play.states(await space.run(run["_id"]))["ask"] == "RUNNING"


async def test_row_47_others_may_not_answer(space, play):
    await space.caller("second", n="all")
    first = (await space.run((await asking(space, play))[0]["_id"]))["_createdBy"]
    permissions = [{"_userType": "user", "_id": first}]
    run, path = await asking(space, play, userInputPermissions=permissions)
    body = {"_userInput": {"decision": "ok"}}
    await space.refused("POST", path, 403, "not_assignee", body=body, who="second")
    await space.call("POST", path, 200, body=body)
    await space.ended(run["_id"])


async def test_row_48_an_answer_while_the_run_is_paused(space, play):
    run, path = await asking(space, play)
    await space.command(run["_id"], "PAUSED")
    await space.call("POST", path, 200, body={"_userInput": {"decision": "ok"}})
    await space.server.idle()
    held = await space.run(run["_id"])
    assert held["_status"] == "PAUSED" and play.states(held) == {"ask": "COMPLETED", "after": "PAUSED"}
    await space.command(run["_id"], "RESUMED")
    await space.ended(run["_id"])


async def test_an_answer_may_fail_the_task(space, play):
    run, path = await asking(space, play)
    body = {"_userInput": {}, "_status": "FAILED", "_reason": "not today"}
    await space.call("POST", path, 200, body=body)
    failed = await space.ended(run["_id"], "FAILED")
    assert failed["_output"]["_reason"] == "not today"
    assert (await space.task(failed, "ask"))["_reason"] == "not today"


async def test_of_two_answers_at_once_one_is_taken(space, play):
    _, path = await asking(space, play)
    body = {"_userInput": {"decision": "ok"}}
    answers = await asyncio.gather(*(space.call("POST", path, (200, 409), body=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


async def test_tasks_that_no_answer_ends(space, play):
    run = await space.finish(await space.define(play.inline("a")))
    path = f"/workflow/{run['_id']}/userinput/{run['_tasks'][0]['_id']}"
    await space.refused("POST", path, 409, "illegal_state", body={"_userInput": {}})


async def test_calls_that_a_person_confirms(space, play):
    run = await space.start(await space.define(space.rest(asyncComplete=True)))
    task = await space.waiting(run["_id"], "fetch")
    await space.until(run["_id"], lambda _: space.target.asked("/data") == 1, "the call")
    await space.server.idle()
    deadline = 200
    while deadline:
        answer = await space.call(
            "POST", f"/workflow/{run['_id']}/userinput/{task['_id']}", (200, 409), body={"_userInput": {"a": 1}}
        )
        if answer.status_code == 200:
            break
        deadline -= 1
        await asyncio.sleep(0.02)
    ended = await space.ended(run["_id"])
    assert (await space.task(ended, "fetch"))["_output"] == {"_userInput": {"a": 1}}


async def test_results_that_are_stored_as_files(space, play):
    space.target.answer = lambda asked: (200, {"rows": [1, 2, 3]})
    run = await space.finish(await space.define(space.rest(inputs={"_to": "file"})))
    task = await space.task(run, "fetch")
    about = task["_output"]["_payload"]
    assert about["_contentType"] == "application/json" and about["_size"] > 0
    path = f"/workflows/{run['_id']}/tasks/{task['_id']}/payload"
    answer = await space.call("GET", path, 200)
    assert answer.json() == {"rows": [1, 2, 3]} and len(answer.content) == about["_size"]
    assert answer.headers["content-security-policy"].startswith("sandbox")
    await space.refused("GET", path, 404, "not_found", ns=space.m)
    other = await space.finish(await space.define(space.rest()))
    path = f"/workflows/{other['_id']}/tasks/{other['_tasks'][0]['_id']}/payload"
    await space.refused("GET", path, 404, "not_found")
