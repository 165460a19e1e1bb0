"""What describe shows of open work: ids are those of the history, retries wait visibly, children that outlive."""

import pytest

pytestmark = pytest.mark.anyio
B1 = "/crosswork/cwm/v1"
FUNCTIONS = [{"name": "Get", "operation": "generic.rest.@latest.request.Get"}]
RETRIES = [{"name": "slowly", "delay": "PT60S", "multiplier": 1, "maxAttempts": 3}]


@pytest.fixture
async def rest(world):
    await world.rest()
    return world


def calling(play):
    action = {"functionRef": {"refName": "Get", "arguments": {"input": {"path": "x"}}}, "retryRef": "slowly"}
    state = {"name": "S", "type": "operation", "actions": [action], "end": True}
    return play.flow("Retry", state, functions=FUNCTIONS, retries=RETRIES)


async def test_an_activity_between_two_attempts_is_pending(rest, play):
    await rest.save(calling(play))
    job = await rest.start("Retry")
    [waiting] = (await rest.describe(job))["pendingActivities"]
    assert (waiting["activityId"], waiting["attempt"], "nextAttemptScheduleTime" in waiting) == ("9", 1, False)

    rest.answers["request.Get"] = play.failed("HTTP_STATUS_503", "busy")
    await rest.work()
    [waiting] = (await rest.describe(job))["pendingActivities"]
    assert (waiting["activityId"], waiting["state"], waiting["attempt"]) == ("9", "Scheduled", 2)
    assert waiting["lastFailure"]["message"] == "busy" and waiting["maximumAttempts"] == 3
    assert waiting["nextAttemptScheduleTime"] > waiting["scheduledTime"]

    rest.answers["request.Get"] = {"status": 200}
    await rest.later(61)
    await rest.work()
    [started] = [e for e in await rest.events(job) if e["eventType"] == "ActivityTaskStarted"]
    attributes = started["activityTaskStartedEventAttributes"]
    assert attributes["attempt"] == 2 and attributes["lastFailure"]["message"] == "busy"


@pytest.mark.parametrize("verb", ["cancel", "terminate"])
@pytest.mark.parametrize(("policy", "left"), [("continue", "Running"), ("terminate", None)])
async def test_a_child_goes_on_if_it_is_to_continue(world, play, verb, policy, left):
    await world.save(play.flow("Kid", {"name": "S", "type": "sleep", "duration": "PT30M", "end": True}))
    ref = {"workflowId": "Kid", "version": "1.0", "onParentComplete": policy}
    await world.save(play.flow("P", {"name": "S", "type": "operation", "actions": [{"subFlowRef": ref}], "end": True}))
    job = await world.start("P")
    [pending] = (await world.describe(job))["pendingChildren"]
    initiated = next(e for e in await world.events(job) if e["eventType"] == "StartChildWorkflowExecutionInitiated")
    assert pending["initiatedId"] == initiated["eventId"]

    assert (await world.http.post(f"{B1}/job/{job[0]}/runs/{job[1]}/{verb}")).status_code == 200
    await world.engine.idle()
    ended = {"cancel": "Canceled", "terminate": "Terminated"}[verb]
    assert await world.status(job) == ended
    assert await world.status((pending["workflowId"], pending["runId"])) == (left or ended)
    if left:
        await world.later(1801)
        assert await world.status((pending["workflowId"], pending["runId"])) == "Completed"
