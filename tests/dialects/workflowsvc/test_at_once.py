"""Many clients at the same moment: one name, one revision, one scheduling job, one answer, one run per key."""

from __future__ import annotations

import asyncio

import pytest

pytestmark = pytest.mark.anyio
CRON = {"_schedule": {"_runInterval": "0 0 12 * * ?"}}


async def codes(count: int, call) -> list[int]:
    return sorted(answer.status_code for answer in await asyncio.gather(*(call(at) for at in range(count))))


async def test_one_name_and_one_revision(space, play):
    body = {"_name": f"one{space.n}", "_taskDefs": [play.task("HUMAN", "h")]}
    assert await codes(8, lambda _: space.call("POST", "/workflowdefs", body=body)) == [201] + [409] * 7
    (found,) = (await space.call("GET", "/workflowdefs", 200)).json()["_list"]
    path = f"/workflowdefs/{found['_id']}"
    matching = {"if-match": '"1"'}
    assert await codes(8, lambda _: space.call("PUT", path, body=body, headers=matching)) == [200] + [412] * 7
    answers = await asyncio.gather(*(space.call("PUT", path, 200, body=body) for _ in range(6)))
    assert sorted(answer.headers["etag"] for answer in answers) == [f'"{number}"' for number in range(3, 9)]
    assert await codes(6, lambda _: space.call("DELETE", path)) == [204] + [404] * 5


async def test_one_scheduling_job(space, play):
    definition = await space.define(play.task("HUMAN", "h"))
    path = f"/workflowdefs/{definition['_id']}/schedules"
    made = [answer.json() for answer in await asyncio.gather(*(
        space.call("POST", path, 201, body=CRON) for _ in range(8)))]  # fmt: skip
    assert len({one["_jobId"] for one in made}) == 1
    (job,) = (await space.call("GET", f"/workflowdefs/{definition['_id']}/jobs", 200)).json()["_list"]
    assert sorted(job["_triggers"]) == sorted(one["_id"] for one in made)
    assert await codes(5, lambda _: space.call("DELETE", f"{path}/{made[0]['_id']}")) == [204] + [404] * 4


async def test_one_answer_of_a_person(space, play):
    run = await space.start(await space.define(play.task("HUMAN", "h")))
    task = await space.waiting(run["_id"], "h")
    word = ("workflow", "workflows")
    found = await codes(8, lambda at: space.call(
        "POST", f"/{word[at % 2]}/{run['_id']}/userinput/{task['_id']}", body={"_userInput": {"by": at}}))  # fmt: skip
    assert found == [200] + [409] * 7
    await space.ended(run["_id"])


@pytest.mark.parametrize("kind", ["start", "command", "answer", "definition", "schedule"])
async def test_one_change_per_key(space, play, kind):
    """Section 4: while the first is in progress 409, afterwards its answer; one change in all."""
    definition = await space.define(play.task("HUMAN", "h"))
    run = await space.start(definition)
    task = await space.waiting(run["_id"], "h")
    method, path, body = {
        "start": ("POST", "/workflows", {"_workflowDefId": definition["_id"]}),
        "command": ("PUT", f"/workflows/{run['_id']}/status", {"_status": "PAUSED"}),
        "answer": ("POST", f"/workflow/{run['_id']}/userinput/{task['_id']}", {"_userInput": {}}),
        "definition": ("POST", "/workflowdefs", {"_name": f"k{space.n}", "_taskDefs": [play.task("HUMAN", "h")]}),
        "schedule": ("POST", f"/workflowdefs/{definition['_id']}/schedules", CRON),
    }[kind]  # fmt: skip
    key = {"idempotency-key": f"key-{kind}"}
    answers = await asyncio.gather(*(space.call(method, path, body=body, headers=key) for _ in range(12)))
    good = [one for one in answers if one.status_code < 300]
    for refused in (one for one in answers if one.status_code >= 300):
        found = refused.json()
        assert refused.status_code == 409 and found["_error"] == "idempotency_in_progress" and found["_retryable"]
        assert refused.headers["retry-after"]
    again = await space.call(method, path, good[0].status_code, body=body, headers={
        "idempotency-key": f'"key-{kind}"',
    })  # fmt: skip
    assert again.headers["idempotent-replayed"] == "true" and "idempotent-replayed" not in good[0].headers
    assert {one.content for one in good} == {again.content}
    for name in ("location", "etag"):
        assert again.headers.get(name) == good[0].headers.get(name)
    await space.refused(method, path, 422, "idempotency_mismatch", body={**body, "other": 1}, headers=key)
    assert (await space.call("GET", "/workflows", 200)).json()["_total"] == (2 if kind == "start" else 1)


async def test_after_an_error_a_key_may_be_used_again(space, play):
    definition = await space.define(play.task("HUMAN", "h"))
    key = {"idempotency-key": "again"}
    await space.refused("POST", "/workflows", 400, "invalid_body", body={}, headers=key)
    await space.refused("POST", "/workflows", 404, "not_found", body={"_workflowDefId": "none"}, headers=key)
    await space.call("POST", "/workflows", 201, body={"_workflowDefId": definition["_id"]}, headers=key)
    for text in ("", "a b", "x" * 256, '"', '""'):
        await space.refused(
            "POST", "/workflows", 400, "invalid_parameter", body={"_workflowDefId": definition["_id"]},
            headers={"idempotency-key": text},
        )  # fmt: skip


async def test_commands_at_once_leave_one_state(space, play):
    run = await space.start(await space.define(play.task("HUMAN", "h")))
    await space.waiting(run["_id"], "h")
    words = ["PAUSED", "RESUMED"] * 6 + ["TERMINATED"]
    path = f"/workflows/{run['_id']}/status"
    found = await codes(len(words), lambda at: space.call("PUT", path, body={"_status": words[at]}))
    assert set(found) <= {200, 409}
    assert (await space.run(run["_id"]))["_status"] == "TERMINATED"
