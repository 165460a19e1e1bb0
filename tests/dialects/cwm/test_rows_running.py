"""Acceptance rows 29, 79 to 81 and 88 to 95, and what definitions rely on, on a real engine."""

from __future__ import annotations

import pytest

from weft.domain.manual_tasks import ManualTask

pytestmark = pytest.mark.anyio
B1, B2 = "/crosswork/cwm/v1", "/crosswork/cwm/v2"
GET = {"name": "Get", "operation": "generic.rest.@latest.request.Get"}


def call(path="x", **action):
    arguments = {"input": {"path": path}, "config": {"resourceId": "LabApi"}}
    return {"name": "get", "functionRef": {"refName": "Get", "arguments": arguments}, **action}


def operation(name, *actions, **more):
    return {"name": name, "type": "operation", "actions": list(actions), **({"end": True} | more)}


@pytest.fixture
async def rest(world):
    await world.rest()
    return world


async def run(world, play, *states, data=None, rounds=1, **more):
    """The result of a definition with these states, every activity answered at once."""
    await world.save(play.flow("Flow", *states, functions=[GET], **more))
    job = await world.start("Flow", data)
    await world.work(rounds)
    return job


async def http_event_type(world, name, **more):
    resource = {"resourceId": "Ingress", "resourceTypeId": "system.event.http.v1.0.0", "resource": {}}
    await world.http.post(f"{B2}/resource", json=resource)
    body = {"name": name, "type": name, "source": "", "kind": "consumed", "resourceId": "Ingress", **more}
    answer = await world.http.post(f"{B1}/eventType", json=body)
    assert answer.status_code == 201, answer.text
    answer = await world.http.post(f"{B1}/eventType/{name}/start")
    assert answer.status_code == 200, answer.text


def event(kind, number, data=None, **attributes):
    return {"specversion": "1.0", "id": f"e-{number}", "type": kind, "source": "s", "data": data or {}, **attributes}


async def send(world, sent):
    answer = await world.http.post(f"{B1}/event/http", json=sent)
    await world.engine.idle()
    return answer


def waiting(play, **timeouts):
    return play.flow(
        "Waits",
        {"name": "W", "type": "event", "onEvents": [{"eventRefs": ["down"], "actions": []}], "end": True, **timeouts},
        events=[{"name": "down", "type": "net.down", "source": "", "kind": "consumed",
                 "correlation": [{"contextAttributeName": "device", "contextAttributeValue": "${ .device }"}]}],
    )  # fmt: skip


async def test_row_79_an_event_starts_a_job(rest, play):
    await rest.save(play.flow("HandleDown", operation("S")))
    await http_event_type(rest, "net.down", createWorkflow=True, workflowName="HandleDown", workflowVersion="1.0")
    answer = await send(rest, event("net.down", 1, {"port": "Gi0"}))
    assert answer.status_code == 200 and answer.json() == "event e-1 received"
    listed = (await rest.http.get(f"{B1}/job")).json()["executions"]
    assert len(listed) == 1
    assert play.decoded(listed[0]["memo"]["fields"]["inputData"]) == {"port": "Gi0"}
    assert play.decoded(listed[0]["searchAttributes"]["indexedFields"]["JobName"]) == "net.down-e-1"
    assert (await send(rest, event("net.down", 1))).status_code == 200
    assert len((await rest.http.get(f"{B1}/job")).json()["executions"]) == 1


async def test_row_80_no_listener_no_event(rest):
    await http_event_type(rest, "net.down")
    await rest.http.post(f"{B1}/eventType/net.down/stop")
    assert (await send(rest, event("net.down", 1))).status_code == 404
    assert (await rest.http.post(f"{B1}/event/http", json={"id": "1"})).status_code == 400


async def test_row_81_only_the_correlated_job_goes_on(rest, play):
    await rest.save(waiting(play))
    await http_event_type(
        rest, "net.down", correlation=[{"contextAttributeName": "device", "contextAttributeValue": ""}]
    )
    one, two = await rest.start("Waits", {"device": "r1"}), await rest.start("Waits", {"device": "r2"})
    assert (await send(rest, event("net.down", 1, {"seen": 1}, device="r1"))).status_code == 200
    assert await rest.status(one) == "Completed" and await rest.status(two) == "Running"
    assert await rest.result(one) == {"device": "r1", "seen": 1}
    kinds = [e["eventType"] for e in await rest.events(one)]
    assert "WorkflowExecutionSignaled" in kinds


async def test_an_event_time_out_goes_on_without_data(rest, play):
    await rest.save(waiting(play, timeouts={"eventTimeout": "PT5S"}))
    job = await rest.start("Waits", {"device": "r1"})
    await rest.later(6)
    assert await rest.result(job) == {"device": "r1"}


async def test_row_88_texts_and_expressions(rest, play):
    rest.answers["request.Get"] = lambda task: {"status": 200, "data": task.input}
    texts = {"whole": "${ .n }", "mixed": "n=${ .n }", "object": "${ {a: .n} } "}
    action = call()
    action["functionRef"]["arguments"]["input"] = texts
    action["actionDataFilter"] = {"results": "${ .data }", "toStateData": "${ .got }"}
    job = await run(rest, play, operation("S", action), data={"n": 3})
    assert (await rest.result(job))["got"] == {"whole": 3, "mixed": "n=3", "object": {"a": 3}}


async def test_row_89_results_merge_at_the_top(rest, play):
    rest.answers["request.Get"] = {"x": {"b": 2}, "l": [2]}
    job = await run(rest, play, operation("S", call()), data={"x": {"a": 1}, "l": [1]})
    assert await rest.result(job) == {"x": {"a": 1, "b": 2}, "l": [2]}


async def test_row_90_partial_results_are_compensated(rest, play):
    def answer(task):
        if task.input["path"] == "undo":
            return {"undone": True}
        return (
            play.failed("HTTP_STATUS_400", retryable=False) if task.input["path"] == "2" else {"ok": task.input["path"]}
        )

    rest.answers["request.Get"] = answer
    job = await run(
        rest, play,
        {"name": "Each", "type": "foreach", "inputCollection": "${ .items }", "iterationParam": "item",
         "outputCollection": "${ .done }", "actions": [call("${ .item }")], "compensatedBy": "Undo",
         "onErrors": [{"errorRef": "HTTP_STATUS_400", "end": {"compensate": True}}], "end": True},
        operation("Undo", call("undo"), usedForCompensation=True),
        data={"items": ["1", "2", "3"]}, rounds=5,
    )  # fmt: skip
    result = await rest.result(job)
    assert result["done"] == [{"ok": "1"}] and result["undone"] is True
    assert [task.input["path"] for task in rest.taken] == ["1", "2", "undo"]


async def test_row_91_the_exact_code_wins(rest, play):
    rest.answers["request.Get"] = play.failed("HTTP_STATUS_404", retryable=False)
    handlers = [{"errorRef": "any", "transition": "Any"}, {"errorRef": "gone", "transition": "Gone"}]
    job = await run(
        rest, play, operation("S", call(), onErrors=handlers),
        {"name": "Any", "type": "inject", "data": {"by": "any"}, "end": True},
        {"name": "Gone", "type": "inject", "data": {"by": "gone"}, "end": True},
        errors=[{"name": "any", "code": "DEFAULT"}, {"name": "gone", "code": "HTTP_STATUS_404"}],
    )  # fmt: skip
    assert await rest.result(job) == {"by": "gone"}


@pytest.mark.parametrize(("attempts", "expected"), [(1, 1), (3, 3), (None, 5)])
async def test_row_92_attempts(rest, play, attempts, expected):
    rest.answers["request.Get"] = play.failed("HTTP_STATUS_500")
    action = call() if attempts is None else call(retryRef="r")
    more = {} if attempts is None else {"retries": [{"name": "r", "delay": "PT1S", "maxAttempts": attempts}]}
    job = await run(rest, play, operation("S", action), **more)
    for _ in range(8):
        await rest.later(60)
        await rest.work()
    assert await rest.status(job) == "Failed"
    assert len(rest.taken) == expected
    last = (await rest.events(job))[-1]["workflowExecutionFailedEventAttributes"]["failure"]
    assert last["cause"]["applicationFailureInfo"]["type"] == "HTTP_STATUS_500"
    assert last["activityFailureInfo"]["retryState"] == "MaximumAttemptsReached"


async def test_row_93_a_child_is_a_job_of_its_own(rest, play):
    await rest.save(play.flow("C", {"name": "I", "type": "inject", "data": {"child": 1}, "end": True}))
    await rest.save(play.flow("P", operation("S", {"subFlowRef": {"workflowId": "C", "version": "1.0"}})))
    parent = await rest.start("P", {"in": 1}, jobName="night")
    assert await rest.result(parent) == {"in": 1, "child": 1}
    query = {"query": f"ParentWorkflowId = '{parent[0]}'"}
    [child] = (await rest.http.get(f"{B1}/job", params=query)).json()["executions"]
    assert play.decoded(child["searchAttributes"]["indexedFields"]["JobName"]) == "night.C.1.0"
    assert child["parentExecution"] == {"workflowId": parent[0], "runId": parent[1]}
    kinds = [e["eventType"] for e in await rest.events(parent) if "Child" in e["eventType"]]
    assert kinds == ["StartChildWorkflowExecutionInitiated", "ChildWorkflowExecutionStarted",
                     "ChildWorkflowExecutionCompleted"]  # fmt: skip


async def test_row_95_latest_is_the_default_version_else_the_highest(world, play):
    await world.records.deployed("1.2.0", worker=True)
    await world.records.deployed("1.3.0", worker=True)
    world.answers["prefix.Allocate"] = {}
    functions = [{"name": "A", "operation": "acme.ipam.@latest.prefix.Allocate"}]
    await world.save(play.flow("L", operation("S", {"functionRef": "A"}), functions=functions))
    await world.start("L")
    await world.work()
    assert world.taken[-1].activity == "acme.ipam.v1.3.0.prefix.Allocate"
    await world.http.patch(f"{B1}/adapter/acme.ipam.v1.2.0", json={"defaultStatus": True})
    await world.start("L")
    await world.work()
    assert world.taken[-1].activity == "acme.ipam.v1.2.0.prefix.Allocate"


async def test_a_missing_resource_fails_without_retry(rest, play):
    action = call()
    action["functionRef"]["arguments"]["config"] = {"resourceId": "Nowhere"}
    job = await run(rest, play, operation("S", action))
    assert await rest.status(job) == "Failed"
    cause = (await rest.events(job))[-1]["workflowExecutionFailedEventAttributes"]["failure"]["cause"]
    assert cause["applicationFailureInfo"]["type"] == "RESOURCE_NOT_FOUND"


async def test_system_functions(world, play):
    functions = [
        {"name": "fail", "operation": "system.function.@latest.common.FailJob", "metadata": {"worker": "default"}}
    ]
    action = {"functionRef": {"refName": "fail", "arguments": {"input": {"message": "enough", "code": "STOP"}}}}
    await world.save(play.flow("F", operation("S", action), functions=functions))
    job = await world.start("F")
    assert await world.status(job) == "Failed"
    failure = (await world.events(job))[-1]["workflowExecutionFailedEventAttributes"]["failure"]
    assert failure["cause"]["message"] == "enough" and failure["cause"]["applicationFailureInfo"]["type"] == "STOP"


async def test_a_sleep_shows_its_timer(world, play):
    sleep = {"name": "Z", "type": "sleep", "duration": "PT30S", "end": True}
    await world.save(play.flow("Sleeps", sleep))
    job = await world.start("Sleeps")
    await world.later(31)
    assert await world.status(job) == "Completed"
    timers = [e for e in await world.events(job) if e["eventType"].startswith("Timer")]
    assert [e["eventType"] for e in timers] == ["TimerStarted", "TimerFired"]
    assert timers[0]["timerStartedEventAttributes"]["startToFireTimeout"] == "30s"
    assert timers[1]["timerFiredEventAttributes"]["startedEventId"] == timers[0]["eventId"]


async def test_a_job_over_its_limit_is_timed_out(world, play):
    sleep = {"name": "Z", "type": "sleep", "duration": "PT2H", "end": True}
    await world.save(play.flow("Long", sleep, timeouts={"workflowExecTimeout": "PT10M"}))
    job = await world.start("Long")
    assert (await world.describe(job))["executionConfig"]["workflowRunTimeout"] == "600s"
    await world.later(601)
    assert await world.status(job) == "TimedOut"
    assert (await world.events(job))[-1]["eventType"] == "WorkflowExecutionTimedOut"


async def test_history_length_is_the_number_of_events(rest, play):
    rest.answers["request.Get"] = play.failed("HTTP_STATUS_500")
    retries = [{"name": "r", "delay": "PT1S", "maxAttempts": 3}]
    job = await run(rest, play, operation("S", call(retryRef="r")), retries=retries)
    for _ in range(3):
        await rest.later(5)
        await rest.work()
    info = (await rest.describe(job))["workflowExecutionInfo"]
    assert int(info["historyLength"]) == len(await rest.events(job))


async def test_retries_keep_the_version_that_was_chosen_first(world, play):
    await world.records.deployed("1.2.0", worker=True)
    world.answers["prefix.Allocate"] = play.failed("BUSY")
    functions = [{"name": "A", "operation": "acme.ipam.@latest.prefix.Allocate"}]
    retries = [{"name": "r", "delay": "PT5S", "maxAttempts": 2}]
    action = {"functionRef": "A", "retryRef": "r"}
    await world.save(play.flow("L", operation("S", action), functions=functions, retries=retries))
    await world.start("L")
    await world.work()
    await world.records.deployed("1.3.0", worker=True)
    await world.later(5)
    await world.work()
    assert [task.activity for task in world.taken] == ["acme.ipam.v1.2.0.prefix.Allocate"] * 2


async def test_a_form_waits_for_a_person(world, play):
    events = [{"name": "approve", "type": "cwm.forms.Approve", "kind": "consumed", "source": "system.internal.cwm"}]
    functions = [
        {"name": "noop", "operation": "system.function.@latest.common.NoOp", "metadata": {"worker": "default"}}
    ]
    ask = {
        "name": "Ask", "type": "callback", "eventRef": "approve", "action": {"functionRef": {"refName": "noop"}},
        "metadata": {"taskName": "Approve", "formData": "${ {a: 1} }"},
    }  # fmt: skip
    await world.save(play.flow("Form", ask | {"end": True}, events=events, functions=functions))
    job = await world.start("Form")
    assert await world.status(job) == "Running"
    store, engine = world.records.store, world.engine
    (task,) = store.read_now(lambda tx: tx.of(ManualTask).find())
    assert (task.job, task.run, task.title) == (*job, "Approve")
    await store.write(lambda tx: engine.listed.answer(tx, task.run, task.ref, {"ok": True}, "ann"))
    await engine.idle()
    assert await world.status(job) == "Completed"
    assert await world.result(job) == {"ok": True}
