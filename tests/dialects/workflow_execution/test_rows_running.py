"""Acceptance rows 18 to 26: what an execution goes through, as it is read after each step."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio
P, Q, R, OK = "pending", "queued", "running", "completed"


async def test_row_18_the_example_step_by_step(world, play):
    a, b, c, d, e = play.A, play.B, play.C, play.D, play.E
    flow = await world.save(play.example())
    ident = await world.started(flow)

    async def state():
        return await world.state(flow, ident)

    assert await state() == ([a], [Q, P, P, P, P], Q, False)
    taken = await world.take()
    assert await state() == ([a], [R, P, P, P, P], R, False)
    await world.done(taken[a])
    assert await state() == ([b, c], [OK, Q, Q, P, P], R, False)
    taken = await world.take()
    assert await state() == ([b, c], [OK, R, R, P, P], R, False)
    await world.done(taken[b])
    assert await state() == ([c], [OK, OK, R, P, P], R, False)
    await world.done(taken[c])
    assert await state() == ([d], [OK, OK, OK, Q, P], R, False)
    await world.done((await world.take())[d])
    assert await state() == ([e], [OK, OK, OK, OK, Q], R, False)
    await world.done((await world.take())[e])
    assert await state() == ([], [OK] * 5, OK, True)


async def test_row_19_a_child_waits_for_all_parents_and_runs_once(world, play):
    flow = await world.save(play.example())
    ident = await world.started(flow)
    await world.done((await world.take())[play.A])
    taken = await world.take()
    await world.done(taken[play.B])
    assert await world.take() == {}
    await world.done(taken[play.C])
    assert list(await world.take()) == [play.D]
    assert await world.take() == {}
    body = await world.read(flow, ident)
    assert body["meta"]["info"]["tasks"][play.D] == "running"


async def test_row_20_a_task_fails_for_good(world, play):
    flow = await world.save(play.example())
    ident = await world.started(flow)
    await world.done((await world.take())[play.A])
    taken = await world.take()
    await world.done(taken[play.B])
    await world.fail(taken[play.C])
    body = await world.read(flow, ident)
    info, data = body["meta"]["info"], body["data"]
    assert [info["tasks"][each] for each in (play.A, play.B, play.C, play.D, play.E)] == [
        OK, OK, "failed", "canceled", "canceled",
    ]  # fmt: skip
    assert (info["status"], info["failedTaskId"]) == ("failed", play.C)
    assert info["reason"]
    assert data["executionQueue"] == []
    assert data["finished"] is not None


async def test_row_20_a_time_limit_is_a_status_of_its_own(world, play):
    flow = await world.save(play.example(timeoutSeconds=1))
    ident = await world.started(flow)
    await world.done((await world.take())[play.A])
    taken = await world.take()
    await world.done(taken[play.B])

    async def status():
        return (await world.read(flow, ident))["meta"]["info"]["status"]

    await world.until(status, "timed_out")
    info = (await world.read(flow, ident))["meta"]["info"]
    assert info["tasks"][play.C] == "timed_out"
    assert info["failedTaskId"] == play.C
    assert info["reason"]


async def test_row_21_an_optional_task_fails(world, play):
    flow = await world.save(play.example(optional=True))
    ident = await world.started(flow)
    await world.done((await world.take())[play.A])
    taken = await world.take()
    await world.done(taken[play.B])
    await world.fail(taken[play.C])
    assert await world.run_all() == 2
    queue, statuses, status, finished = await world.state(flow, ident)
    assert (queue, statuses, status, finished) == ([], [OK, OK, "completed_with_errors", OK, OK], OK, True)


async def test_row_22_retries_are_one_unit_of_work(world, play):
    flow = await world.save(play.example(retryCount=2, retryDelaySeconds=0))
    ident = await world.started(flow)
    await world.done((await world.take())[play.A])

    async def subject():
        data = (await world.read(flow, ident))["data"]
        return next(entry["jobSubjectId"] for entry in data["executionQueue"] if entry["taskId"] == play.C)

    taken = await world.take()
    await world.done(taken[play.B])
    subjects = {await subject()}
    for _ in range(2):
        await world.fail(taken[play.C])
        subjects.add(await subject())
        world.engine.tick()
        taken = await world.take()
        subjects.add(await subject())
    assert len(subjects) == 1
    await world.done(taken[play.C])
    assert await world.run_all() == 2
    assert (await world.state(flow, ident))[2:] == (OK, True)


async def test_row_23_unconnected_parts_go_on(world, play):
    a, b, c, d = play.A, play.B, play.C, play.D
    flow = await world.save(
        play.graph(play.task(a), play.task(b), play.task(c), play.task(d), hierarchy=((a, c), (b, d)))
    )
    ident = await world.started(flow)
    taken = await world.take()
    await world.fail(taken[a])
    assert (await world.state(flow, ident, a, b, c, d))[:2] == ([b], ["failed", R, "canceled", P])
    await world.done(taken[b])
    assert await world.run_all() == 1
    queue, statuses, status, finished = await world.state(flow, ident, a, b, c, d)
    assert (queue, statuses, status, finished) == ([], ["failed", OK, "canceled", OK], "failed", True)


async def test_row_24_two_triggers(world, play):
    flow = await world.save(play.graph(play.task(play.C), play.task(play.A)))
    answer = await world.start(flow)
    data = answer.json()["data"]
    assert [entry["taskId"] for entry in data["executionQueue"]] == [play.C, play.A]
    assert (await world.read(flow, data["id"]))["data"]["executionQueue"] == data["executionQueue"]
    await world.run_all()


async def test_row_25_the_polling_hint(world, play):
    flow = await world.save(play.graph(play.task(play.A)))
    ident = await world.started(flow)
    answer = await world.http.get(world.path(flow, ident))
    assert (answer.status_code, answer.headers["retry-after"]) == (200, "2")
    await world.run_all()
    answer = await world.http.get(world.path(flow, ident))
    assert (answer.status_code, "retry-after" in answer.headers) == (200, False)
    assert answer.json()["data"]["executionQueue"] == []


async def test_row_26_below_another_workflow(world, play):
    flow, other = await world.save(play.graph(play.task(play.A))), await world.save(play.graph(play.task(play.A)))
    ident = await world.started(flow)
    await world.run_all()
    for path in (world.path(other, ident), world.path(flow, play.NOBODY)):
        answer = await world.http.get(path)
        assert (answer.status_code, answer.json()["meta"]["errors"][0]["code"]) == (404, "execution_not_found")


async def test_a_task_that_starts_an_execution_shows_that_one_as_its_unit_of_work(world, play):
    inner = await world.save(play.graph(play.task(play.A)))
    outer = await world.save(play.graph({"id": play.B, "name": "workflow", "parameters": {"workflowId": inner}}))
    ident = await world.started(outer)
    taken = await world.take()
    (entry,) = (await world.read(outer, ident))["data"]["executionQueue"]
    assert entry["taskId"] == play.B
    child = await world.read(inner, entry["jobSubjectId"])
    assert (child["data"]["id"], child["meta"]["info"]["status"]) == (entry["jobSubjectId"], "running")
    await world.done(taken[play.A])
    assert (await world.state(outer, ident, play.B)) == ([], [OK], OK, True)


async def test_an_event_of_an_unknown_type_fails_its_task_alone(world, play):
    event = play.task(play.A, "event", parameters={"type": "${workflow.input.type}", "data": {}})
    body = play.graph(event, play.task(play.B, "noop"), play.task(play.C, "noop"), hierarchy=((play.A, play.B),))
    flow = await world.save(body)
    ident = await world.started(flow, {"data": {"input": {"type": "nobody"}}})

    async def status():
        return (await world.read(flow, ident))["meta"]["info"]["status"]

    await world.until(status, "failed")
    info = (await world.read(flow, ident))["meta"]["info"]
    assert [info["tasks"][each] for each in (play.A, play.B, play.C)] == ["failed", "canceled", OK]
    assert (info["failedTaskId"], info["reason"]) == (play.A, "no produced event type has type nobody")
