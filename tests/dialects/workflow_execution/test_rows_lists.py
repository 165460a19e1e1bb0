"""Acceptance rows 27 to 30: lists."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


def properties(answer):
    assert answer.status_code == 400, answer.text
    return [entry["property"] for entry in answer.json()["meta"]["validation"]]


@pytest.fixture(scope="module")
async def three(world, play):
    """A workflow and its three executions, the newest first."""
    flow = await world.save(play.graph(play.task(play.A)))
    found = [await world.started(flow) for _ in range(3)]
    await world.run_all()
    listed = (await world.http.get(world.path(flow, ""))).json()
    assert {each["id"] for each in listed["data"]} == set(found)
    return flow, listed["data"]


async def test_row_27_a_page(world, three):
    flow, all_three = three
    answer = await world.http.get(world.path(flow, ""), params={"take": 2, "skip": 2})
    body = answer.json()
    assert answer.status_code == 200
    assert [each["id"] for each in body["data"]] == [all_three[2]["id"]]
    assert body["totalItemsCount"] == 3
    assert body["meta"]["info"] == {"statuses": {all_three[2]["id"]: "completed"}}
    order = [(-int("".join(filter(str.isdigit, each["created"]))), each["id"]) for each in all_three]
    assert order == sorted(order)


async def test_row_28_take_and_skip(world, three):
    flow, _ = three
    none = (await world.http.get(world.path(flow, ""), params={"take": 0})).json()
    assert (none["data"], none["totalItemsCount"]) == ([], 3)
    beyond = (await world.http.get(world.path(flow, ""), params={"skip": 50})).json()
    assert (beyond["data"], beyond["totalItemsCount"]) == ([], 3)
    many = await world.http.get(world.path(flow, ""), params={"TAKE": 9999})
    assert (many.status_code, len(many.json()["data"])) == (200, 3)
    assert properties(await world.http.get(world.path(flow, ""), params={"take": -1, "skip": "x"})) == ["take", "skip"]


async def test_row_29_bounds_are_strict(world, three):
    flow, listed = three
    created = sorted(each["created"] for each in listed)
    after = (await world.http.get(world.path(flow, ""), params={"createdGreater": created[0]})).json()
    assert [each["created"] for each in after["data"]] == [each for each in reversed(created) if each > created[0]]
    assert after["totalItemsCount"] == len(after["data"])
    before = (await world.http.get(world.path(flow, ""), params={"createdless": created[-1]})).json()
    assert [each["created"] for each in before["data"]] == [each for each in reversed(created) if each < created[-1]]
    past = (await world.http.get(world.path(flow, ""), params={"createdLess": "2020-01-01"})).json()
    assert (past["data"], past["totalItemsCount"]) == ([], 0)


async def test_row_30_dates_that_are_none(world, three):
    flow, _ = three
    assert properties(await world.http.get(world.path(flow, ""), params={"createdLess": "2026-02-29"})) == [
        "createdLess"
    ]
    params = {"createdGreater": "2026-03-02", "createdLess": "2026-03-01"}
    assert properties(await world.http.get(world.path(flow, ""), params=params)) == ["createdGreater"]


async def test_the_list_shows_open_executions_as_they_are(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    first, second = await world.started(flow), await world.started(flow)
    await world.take_all()
    third = await world.started(flow)

    async def statuses():
        return (await world.http.get(world.path(flow, ""))).json()["meta"]["info"]["statuses"]

    await world.until(statuses, {first: "running", second: "running", third: "queued"}, 2)
    body = (await world.http.get(world.path(flow, ""))).json()
    assert all([entry["taskId"] for entry in each["executionQueue"]] == [play.A] for each in body["data"])
    single = (await world.read(flow, third))["data"]
    assert next(each for each in body["data"] if each["id"] == third) == single


async def test_the_list_of_an_unknown_workflow(world, play):
    answer = await world.http.get(world.path(play.NOBODY, ""))
    assert (answer.status_code, answer.json()["meta"]["errors"][0]["code"]) == (404, "workflow_not_found")


async def test_definitions_are_listed_alike(world, play):
    ids = [await world.save(play.graph(play.task(play.A))) for _ in range(3)]
    body = (await world.http.get(world.path(), params={"take": 500})).json()
    assert set(ids) <= {each["id"] for each in body["data"]}
    assert body["totalItemsCount"] == len(body["data"])
    assert body["meta"]["info"] == {}
    created = [each["created"] for each in body["data"]]
    assert created == sorted(created, reverse=True)
    some = (await world.http.get(world.path(), params={"take": 1, "skip": 1, "createdLess": "2100-01-01"})).json()
    assert some["data"] == body["data"][1:2]
    assert (await world.http.get(world.path(), params={"createdGreater": "2100-01-01"})).json()["data"] == []
    assert properties(await world.http.get(world.path(), params={"skip": "-1"})) == ["skip"]
