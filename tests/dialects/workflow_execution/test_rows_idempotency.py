"""Acceptance rows 44 and 45: requests that are made once."""

from __future__ import annotations

import asyncio

import pytest

pytestmark = pytest.mark.anyio


def code(answer):
    return answer.status_code, [error["code"] for error in answer.json()["meta"]["errors"]]


async def total(world, flow):
    return (await world.http.get(world.path(flow, ""))).json()["totalItemsCount"]


async def test_row_44_the_same_start_twice(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    key = {"Idempotency-Key": "row-44"}
    first = await world.start(flow, {"data": {"workflowId": flow}}, headers=key)
    await world.run_all()
    folded = world.path(flow.upper(), "").replace("WorkflowExecution", "workflowexecution")
    again = await world.http.post(
        folded, content=f'{{"data": {{ "workflowId":"{flow}" }} }}',
        headers={"Idempotency-Key": '"row-44"', "content-type": "text/json"},
    )  # fmt: skip
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert "idempotent-replayed" not in first.headers
    assert await total(world, flow) == 1


async def test_row_44_a_definition_twice(world, play):
    body = play.graph(play.task(play.A))
    key = {"Idempotency-Key": "row-44-definition"}
    first = await world.http.post(world.path(), json=body, headers=key)
    again = await world.http.post(world.path(), json=body, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert (again.headers["etag"], again.headers["idempotent-replayed"]) == ('"1"', "true")


async def test_row_45_another_body_with_the_key(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    key = {"Idempotency-Key": "row-45"}
    assert (await world.start(flow, headers=key)).status_code == 202
    answer = await world.start(flow, {"data": {"input": {"x": 1}}}, headers=key)
    assert code(answer) == (422, ["idempotency_mismatch"])
    await world.run_all()


async def test_row_45_at_the_same_moment(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    key = {"Idempotency-Key": "row-45-moment"}
    answers = await asyncio.gather(*(world.start(flow, headers=key) for _ in range(8)))
    accepted = [each for each in answers if each.status_code == 202]
    assert len({each.json()["data"]["id"] for each in accepted}) == 1
    assert len(accepted) < len(answers)
    for each in answers:
        if each.status_code != 202:
            assert code(each) == (409, ["idempotency_in_progress"])
            assert each.headers["retry-after"] == "1"
    assert await total(world, flow) == 1
    await world.run_all()


async def test_errors_are_not_kept(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    key = {"Idempotency-Key": "after-an-error"}
    assert (await world.start(flow, {"data": None}, headers=key)).status_code == 400
    assert (await world.start(flow, headers=key)).status_code == 202
    await world.run_all()


async def test_keys_of_others_are_others(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    await world.client("acme", "second", "operator")
    key = {"Idempotency-Key": "shared"}
    mine = await world.start(flow, headers=key)
    theirs = await world.start(flow, headers={**key, **await world.bearer("second")})
    assert mine.json()["data"]["id"] != theirs.json()["data"]["id"]
    await world.run_all()


@pytest.mark.parametrize("key", ["", " ", "x" * 256, "a b", "ä"])
async def test_a_key_that_is_none(world, play, key):
    flow = await world.save(play.graph(play.task(play.A)))
    headers = {"Idempotency-Key": key.encode("latin-1")}
    answer = await world.start(flow, headers=headers)
    assert answer.status_code == 400
    assert [entry["property"] for entry in answer.json()["meta"]["validation"]] == ["Idempotency-Key"]


async def test_without_a_key_every_start_is_a_new_one(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    assert await world.started(flow) != await world.started(flow)
    await world.run_all()
