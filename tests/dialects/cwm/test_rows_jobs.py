"""Acceptance rows 8, 37 and 65 to 78: jobs."""

from __future__ import annotations

import asyncio

import pytest

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"
REACHABLE = {"status": 200, "data": {"reachable": True}}


@pytest.fixture
async def probing(world, made):
    await world.rest()
    await world.save(made.definition(), wfTags=["lab"])
    world.answers["request.Get"] = REACHABLE
    return world


async def started(world, **more):
    return await world.start("CheckReachability", {"device": "r1"}, workflowVersion="1.0", **more)


async def finished(world, **more):
    job = await started(world, **more)
    await world.work()
    return job


async def test_row_08_keys_in_any_case(probing):
    body = {"WORKFLOWNAME": "CheckReachability", "workflowversion": "1.0", "Data": {"device": "r1"}}
    assert (await probing.http.post(f"{B2}/job", json=body)).status_code == 200


async def test_row_09_method_not_served(world):
    answer = await world.http.put(f"{B1}/job", json={})
    assert answer.status_code == 405 and "GET" in answer.headers["allow"] and "POST" in answer.headers["allow"]


async def test_row_37_a_condition_that_does_not_compile_never_matches(world, play):
    states = [
        {"name": "S", "type": "switch",
         "dataConditions": [{"condition": "${ .x == 1 then true end }", "end": True}],
         "defaultCondition": {"transition": "D"}},
        {"name": "D", "type": "inject", "data": {"default": True}, "end": True},
    ]  # fmt: skip
    await world.save(play.flow("Broken", *states))
    assert await world.result(await world.start("Broken", {"x": 1})) == {"x": 1, "default": True}


async def test_row_65_start_answers_both_ids(probing):
    job, run = await started(probing, jobName="probe r1", tags=["lab"])
    assert job.count("-") == 4 and run.count("-") == 4


async def test_row_66_refused_starts(probing):
    body = {"workflowName": "CheckReachability", "workflowVersion": "9", "data": {"device": "r1"}}
    answer = await probing.http.post(f"{B2}/job", json=body)
    assert answer.status_code == 400 and answer.json()["message"]
    answer = await probing.http.post(f"{B2}/job", json={"workflowName": "CheckReachability", "data": {}})
    assert answer.status_code == 400
    assert answer.json()["message"] == "input data invalid" and "device" in answer.json()["detail"]


@pytest.fixture
async def tagged(probing):
    for tags in (["a", "b"], ["a"], ["b"]):
        await finished(probing, tags=tags)
    return probing


async def listed(world, base=B1, path="/job", **query):
    answer = await world.http.get(f"{base}{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_row_67_tags(tagged):
    both = await listed(tagged, query='JobTags = "a" and JobTags = "b"')
    assert len(both["executions"]) == 1 and both["nextPageToken"] == ""
    assert len((await listed(tagged, query="JobTags IN ('a','b')"))["executions"]) == 3


async def test_row_68_the_tag_filter_at_the_path_of_one_job(tagged):
    query = 'JobTags = "a" and JobTags = "b"'
    assert await listed(tagged, path="/job/x/runs/y", query=query) == await listed(tagged, query=query)


async def test_row_69_pages(tagged):
    first = await listed(tagged, B2, pageSize="2")
    assert len(first["executions"]) == 2 and first["nextPageToken"]
    second = await listed(tagged, B2, pageSize="2", nextPageToken=first["nextPageToken"])
    assert len(second["executions"]) == 1 and second["nextPageToken"] == ""
    params = {"nextPageToken": first["nextPageToken"], "query": "JobTags = 'a'"}
    assert (await tagged.http.get(f"{B2}/job", params=params)).status_code == 400


async def test_row_70_queries_that_cannot_be(world):
    for query, status in (
        ("Foo = 1", 400), ("JobTags > 'a'", 400), ("ExecutionStatus = 'Failed' ORDER BY StartTime", 200),
    ):  # fmt: skip
        answer = await world.http.get(f"{B1}/job", params={"query": query})
        assert answer.status_code == status, answer.text
        if status == 400:
            assert "position" in answer.json()["detail"] or "keywords" in answer.json()["detail"]


async def test_row_71_count_and_tags(probing):
    await finished(probing, tags=["lab", "b"])
    await started(probing, tags=["audit"])
    assert await listed(probing, B2, "/job/count", query="ExecutionStatus='Running'") == "1"
    assert await listed(probing, B2, "/job/tags") == ["audit", "b", "lab"]


async def test_row_72_describe_in_both_words(probing, play):
    job = await finished(probing)
    long, short = await probing.describe(job, B2), await probing.describe(job, B1)
    info = long["workflowExecutionInfo"]
    assert info["status"] == "WORKFLOW_EXECUTION_STATUS_COMPLETED"
    assert short["workflowExecutionInfo"]["status"] == "Completed"
    assert info["execution"] == {"workflowId": job[0], "runId": job[1]}
    assert play.decoded(info["memo"]["fields"]["inputData"]) == {"device": "r1"}
    assert info["historyLength"] == "15"
    assert long["executionConfig"]["workflowExecutionTimeout"] == "3600s"


async def test_row_73_the_fifteen_events(probing):
    job = await finished(probing)
    events = await probing.events(job)
    assert [event["eventType"] for event in events] == [
        "WorkflowExecutionStarted", "WorkflowTaskScheduled", "WorkflowTaskStarted", "WorkflowTaskCompleted",
        "MarkerRecorded", "UpsertWorkflowSearchAttributes", "WorkflowPropertiesModified", "MarkerRecorded",
        "ActivityTaskScheduled", "ActivityTaskStarted", "ActivityTaskCompleted", "WorkflowTaskScheduled",
        "WorkflowTaskStarted", "WorkflowTaskCompleted", "WorkflowExecutionCompleted",
    ]  # fmt: skip
    assert [event["eventId"] for event in events] == [str(n) for n in range(1, 16)]
    assert await probing.result(job) == {"device": "r1", "probe": {"reachable": True}}
    scheduled = events[8]["activityTaskScheduledEventAttributes"]
    assert scheduled["retryPolicy"] == {
        "initialInterval": "5s", "backoffCoefficient": 2, "maximumInterval": "300s", "maximumAttempts": 2,
        "nonRetryableErrorTypes": ["HTTP_STATUS_404"],
    }  # fmt: skip
    assert scheduled["startToCloseTimeout"] == "60s"


async def test_row_74_close_event(probing):
    job = await finished(probing)
    events = await probing.events(job, filterType="close_event")
    assert [event["eventType"] for event in events] == ["WorkflowExecutionCompleted"]


async def test_row_75_close_event_of_a_running_job(probing):
    job = await started(probing)
    path = f"{B1}/job/{job[0]}/runs/{job[1]}/events"
    answer = await probing.http.get(path, params={"filterType": "close_event"})
    assert answer.status_code == 400 and answer.json()["code"] == 400
    waiting = asyncio.create_task(probing.http.get(path, params={"filterType": "close_event", "isLongPoll": "true"}))
    await asyncio.sleep(0)
    await probing.work()
    answer = await waiting
    assert [event["eventType"] for event in answer.json()] == ["WorkflowExecutionCompleted"]
    assert (await probing.http.get(path, params={"filterType": "some"})).status_code == 400


def two_actions(play):
    get = {"refName": "Get", "arguments": {"input": {"path": "x"}, "config": {"resourceId": "LabApi"}}}
    return play.flow(
        "Two",
        {"name": "S", "type": "operation", "end": True,
         "actions": [{"name": "one", "functionRef": get}, {"name": "two", "functionRef": get}]},
        functions=[{"name": "Get", "operation": "generic.rest.@latest.request.Get"}],
    )  # fmt: skip


async def test_row_76_cancel_lets_the_action_end(probing, play):
    await probing.save(two_actions(play))
    job = await probing.start("Two")
    [task] = probing.engine.poll("generic.rest.v2.0.0", 5, ["generic.rest.v2.0.0"])
    answer = await probing.http.post(f"{B1}/job/{job[0]}/runs/{job[1]}/cancel", json={})
    assert answer.status_code == 200 and answer.json() == f"job {job[0]} cancel requested"
    assert (await probing.describe(job))["workflowExtendedInfo"]["cancelRequested"] is True
    assert await probing.status(job) == "Running"
    await probing.engine.complete([probing._result(task)])
    await probing.engine.idle()
    assert await probing.status(job) == "Canceled"
    assert await probing.work() == 0
    kinds = [event["eventType"] for event in await probing.events(job)]
    assert kinds.count("ActivityTaskScheduled") == 1 and "ActivityTaskCompleted" in kinds
    assert "WorkflowExecutionCancelRequested" in kinds and kinds[-1] == "WorkflowExecutionCanceled"


async def test_row_77_terminate(probing):
    first, second = await started(probing), await started(probing)
    path = "{}/job/{}/runs/{}/terminate"
    assert (await probing.http.post(path.format(B2, *first))).status_code == 400
    assert (await probing.http.post(path.format(B2, *first), params={"reason": "stuck"})).status_code == 200
    last = (await probing.events(first))[-1]
    assert last["eventType"] == "WorkflowExecutionTerminated"
    assert last["workflowExecutionTerminatedEventAttributes"]["reason"] == "stuck"
    assert (await probing.http.post(path.format(B1, *second))).status_code == 200
    assert await probing.status(second) == "Terminated"


async def test_row_78_control_of_closed_and_unknown_jobs(probing):
    job = await finished(probing)
    for verb in ("cancel", "terminate?reason=x"):
        assert (await probing.http.post(f"{B1}/job/{job[0]}/runs/{job[1]}/{verb}")).status_code == 400
        assert (await probing.http.post(f"{B1}/job/no/runs/no/{verb}")).status_code == 404
    assert (await probing.http.get(f"{B1}/job/{job[0]}/runs/no")).status_code == 404
    assert (await probing.http.get(f"{B1}/job/no/runs/{job[1]}/events")).status_code == 404


async def test_a_waiting_activity_is_pending(probing):
    job = await started(probing)
    [pending] = (await probing.describe(job, B2))["pendingActivities"]
    assert pending["activityType"] == {"name": "generic.rest.v2.0.0.request.Get"}
    assert pending["state"] == "PENDING_ACTIVITY_STATE_SCHEDULED" and pending["attempt"] == 1


async def test_the_example_takes_the_specific_handler_without_retry(probing, play):
    probing.answers["request.Get"] = play.failed("HTTP_STATUS_404")
    job = await finished(probing)
    assert await probing.result(job) == {"device": "r1"}
    assert len(probing.taken) == 1


async def test_the_example_ends_in_down_after_two_failures(probing, play):
    probing.answers["request.Get"] = play.failed("HTTP_STATUS_500")
    job = await finished(probing)
    assert await probing.status(job) == "Running"
    await probing.later(5)
    await probing.work()
    assert await probing.result(job) == {"device": "r1", "probe": {"reachable": False, "error": True}}
    starts = [e for e in await probing.events(job) if e["eventType"] == "ActivityTaskStarted"]
    assert [e["activityTaskStartedEventAttributes"]["attempt"] for e in starts] == [2]


@pytest.mark.parametrize(
    "body",
    [{"workflowName": 5.5, "data": []}, {"workflowName": "CheckReachability", "data": "x"}, {"workflowName": ""},
     {"workflowName": "CheckReachability", "tags": ["x"] * 51}, {"workflowName": "CheckReachability", "tags": 3}, {}],
)  # fmt: skip
async def test_wrong_bodies(probing, body):
    answer = await probing.http.post(f"{B1}/job", json=body)
    assert answer.status_code == 400 and set(answer.json()) == {"code", "message", "detail"}


async def test_a_malformed_body(probing):
    for raw in (b"{", b"[" * 200, b'{"a":1,"a":2}', b"\xff"):
        answer = await probing.http.post(f"{B1}/job", content=raw)
        assert answer.status_code == 400, raw
