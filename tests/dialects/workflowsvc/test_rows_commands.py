"""Rows 30 to 41: commands, and the table of states and commands."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_row_30_31_a_queued_run_is_paused(space, play):
    run = await space.start(await space.define(space.rest(startDelay=1000)))
    await space.server.idle()
    assert (await space.run(run["_id"]))["_status"] == "QUEUED"
    paused = await space.command(run["_id"], "PAUSED")
    assert paused["_status"] == "PAUSED" and play.states(paused) == {"fetch": "PAUSED"}
    assert paused["_updatedAt"] > run["_updatedAt"]
    # row 31
    again = await space.command(run["_id"], "PAUSED")
    lower = await space.command(run["_id"], "paused")
    path = f"/workflows{run['_id']}/status"
    joined = (await space.call("PUT", path, 200, body={"_status": "PAUSED"})).json()
    assert again == lower == joined == paused
    upper = f"/workflow{run['_id'].upper()}/status"
    assert (await space.call("PUT", upper, 200, body={"_status": "PAUSED"})).json() == paused
    await space.refused("PUT", "/workflowsnonsense/status", 404, "not_found", body={"_status": "PAUSED"})


async def test_row_32_33_pause_while_a_task_runs(space, play):
    space.target.hold()
    run = await space.start(await space.define(space.rest("one"), space.rest("two", "/second")))
    await space.waiting(run["_id"], "one")
    paused = await space.command(run["_id"], "PAUSED")
    assert play.states(paused) == {"one": "RUNNING", "two": "PAUSED"}
    space.target.release()
    held = await space.until(run["_id"], lambda found: play.states(found)["one"] == "COMPLETED", "one ends")
    assert held["_status"] == "PAUSED" and play.states(held) == {"one": "COMPLETED", "two": "PAUSED"}
    assert space.target.asked("/second") == 0
    # row 33
    resumed = await space.command(run["_id"], "RESUMED")
    assert resumed["_status"] == "RUNNING"
    ended = await space.ended(run["_id"])
    assert play.states(ended) == {"one": "COMPLETED", "two": "COMPLETED"} and space.target.asked("/second") == 1


async def in_state(space, play, state: str) -> str:
    """The id of a run in a state."""
    if state == "QUEUED":
        run = await space.start(await space.define(space.rest(startDelay=1000)))
        await space.server.idle()
        return run["_id"]
    if state in ("COMPLETED", "FAILED"):
        space.target.release()
        space.target.answer = lambda asked: (200 if state == "COMPLETED" else 404, "said so")
        run = await space.start(await space.define(space.rest()))
        await space.ended(run["_id"], state)
        space.target.hold()
        return run["_id"]
    run = await space.start(await space.define(play.task("HUMAN", "ask"), timeoutSeconds=5))
    await space.waiting(run["_id"], "ask")
    if state == "TIMED_OUT":
        await space.pushed(6)
        await space.ended(run["_id"], state)
    elif state != "RUNNING":
        await space.command(run["_id"], {"PAUSED": "PAUSED", "TERMINATED": "TERMINATED"}[state])
    return run["_id"]


TABLE = {
    "QUEUED": {"PAUSED": "PAUSED", "TERMINATED": "TERMINATED"},
    "RUNNING": {"PAUSED": "PAUSED", "TERMINATED": "TERMINATED"},
    "PAUSED": {"PAUSED": "PAUSED", "RESUMED": "RUNNING", "TERMINATED": "TERMINATED"},
    "COMPLETED": {},
    "FAILED": {"RETRIED": "RUNNING", "TERMINATED": "TERMINATED"},
    "TIMED_OUT": {"RETRIED": "RUNNING", "TERMINATED": "TERMINATED"},
    "TERMINATED": {"RETRIED": "RUNNING", "TERMINATED": "TERMINATED"},
}


@pytest.mark.parametrize("state", list(TABLE))
@pytest.mark.parametrize("word", ["PAUSED", "RESUMED", "RETRIED", "TERMINATED"])
async def test_row_34_every_state_and_command(space, play, state, word):
    run = await in_state(space, play, state)
    before = await space.run(run)
    assert before["_status"] == state
    after = TABLE[state].get(word)
    if after is None:
        body = await space.refused("PUT", f"/workflows/{run}/status", 409, "illegal_state", body={"_status": word})
        assert body["_message"] == f"The workflow is {state} and cannot be {word}."
        assert await space.run(run) == before
        return
    answer = await space.command(run, word)
    assert answer["_status"] == after
    if after == state:
        assert answer == before
    else:
        assert answer["_updatedAt"] > before["_updatedAt"]


async def test_a_run_of_which_nothing_began_is_queued_again(space, play):
    for word in ("PAUSED", "TERMINATED"):
        run = await in_state(space, play, "QUEUED")
        await space.command(run, word)
        back = await space.command(run, "RESUMED" if word == "PAUSED" else "RETRIED")
        assert back["_status"] == "QUEUED" and play.states(back) == {"fetch": "QUEUED"}


async def test_row_35_what_is_no_command(space, play):
    run = await in_state(space, play, "RUNNING")
    path = f"/workflows/{run}/status"
    for body in ({"_status": "STOPPED"}, {}, {"_status": 1}, {"_status": "PAUSED", "_reason": "x" * 1001}):
        await space.refused("PUT", path, 400, "invalid_body", body=body)
    await space.refused("PUT", "/workflows/unknown/status", 404, "not_found", body={"_status": "PAUSED"})


async def test_row_36_terminated_with_a_reason(space, play):
    run = await in_state(space, play, "RUNNING")
    ended = await space.command(run, "TERMINATED", reason="x")
    assert ended["_output"] == {"_reason": "x", "_failedTaskId": None}
    assert play.states(ended) == {"ask": "CANCELED"}
    other = await in_state(space, play, "RUNNING")
    ended = await space.command(other, "TERMINATED")
    assert ended["_output"] == {"_reason": "Terminated by command", "_failedTaskId": None}


async def test_row_37_terminated_on_what_has_ended(space, play):
    failed = await in_state(space, play, "FAILED")
    before = await space.run(failed)
    ended = await space.command(failed, "TERMINATED")
    assert ended["_status"] == "TERMINATED" and ended["_output"] == before["_output"]
    other = await in_state(space, play, "FAILED")
    assert (await space.command(other, "TERMINATED", reason="over"))["_output"]["_reason"] == "over"
    stopped = await in_state(space, play, "TERMINATED")
    before = await space.run(stopped)
    assert await space.command(stopped, "TERMINATED") == before
    done = await in_state(space, play, "COMPLETED")
    body = {"_status": "TERMINATED"}
    await space.refused("PUT", f"/workflows/{done}/status", 409, "illegal_state", body=body)


async def test_row_38_retried_after_one_branch_failed(space, play):
    broken = {"on": True}
    space.target.answer = lambda asked: (500, "no") if asked["path"] == "/b" and broken["on"] else (200, {"ok": 1})
    fork = play.task("FORK_JOIN", "fork", forkTasks=[[space.rest("a", "/a")], [space.rest("b", "/b", permissive=True)]])
    run = await space.start(await space.define(fork))
    failed = await space.ended(run["_id"], "FAILED")
    assert play.states(failed) == {"fork": "FAILED", "a": "COMPLETED", "b": "FAILED"}
    before = await space.task(failed, "b")
    untouched = await space.task(failed, "a")
    assert failed["_output"]["_failedTaskId"] == before["_id"] and before["_attempt"] == 1
    broken["on"] = False
    retried = await space.command(run["_id"], "RETRIED")
    assert retried["_id"] == run["_id"] and retried["_output"] is None and retried["_status"] in ("RUNNING", "QUEUED")
    ended = await space.ended(run["_id"])
    after = await space.task(ended, "b")
    assert after["_id"] == before["_id"] and after["_attempt"] == 2 and after["_status"] == "COMPLETED"
    assert await space.task(ended, "a") == untouched
    assert space.target.asked("/a") == 1 and space.target.asked("/b") == 2
    assert (await space.call("GET", "/workflows", 200)).json()["_total"] == 1


async def test_row_39_a_child_whose_parent_has_ended(space, play):
    inputs = {"terminationStatus": "FAILED", "terminationReason": "broken"}
    child = await space.define(play.task("TERMINATE", "end", inputs=inputs))
    parent = await space.define(
        play.task("SUB_WORKFLOW", "sub", subWorkflowParam={"_workflowDefId": child["_id"]}, retryCount=0)
    )
    run = await space.finish(parent, status="FAILED")
    found = (await space.call("GET", f"/workflows?_defId={child['_id']}", 200)).json()["_list"]
    assert len(found) == 1 and found[0]["_status"] == "FAILED" and run["_id"] != found[0]["_id"]
    path = f"/workflows/{found[0]['_id']}/status"
    await space.refused("PUT", path, 409, "retry_parent", body={"_status": "RETRIED"})


async def test_row_40_time_limits_of_runs(space, play):
    wait = play.task("WAIT", inputs={"duration": "10s"})
    ending = await space.start(await space.define(wait, timeoutSeconds=2))
    alerting = await space.start(await space.define(wait, timeoutSeconds=2, timeoutPolicy="ALERT_ONLY"))
    for run in (ending, alerting):
        await space.waiting(run["_id"], "WAIT")
    await space.pushed(2.1)
    timed_out = await space.ended(ending["_id"], "TIMED_OUT")
    assert play.states(timed_out) == {"WAIT": "CANCELED"} and timed_out["_output"]["_failedTaskId"] is None
    running = await space.run(alerting["_id"])
    assert running["_status"] == "RUNNING" and running["_timeoutPolicy"] == "ALERT_ONLY"
    await space.pushed(8)
    await space.ended(alerting["_id"])


async def test_row_41_paused_time_does_not_count(space, play):
    run = await space.start(await space.define(play.task("HUMAN"), timeoutSeconds=60))
    await space.waiting(run["_id"], "HUMAN")
    await space.command(run["_id"], "PAUSED")
    await space.pushed(3600)
    assert (await space.run(run["_id"]))["_status"] == "PAUSED"
    await space.command(run["_id"], "RESUMED")
    await space.server.idle()
    assert (await space.run(run["_id"]))["_status"] == "RUNNING"
    await space.pushed(65)
    await space.ended(run["_id"], "TIMED_OUT")


async def test_who_gave_the_last_command_is_shown(space, play):
    await space.caller("second", n="all")
    run = await in_state(space, play, "RUNNING")
    before = await space.run(run)
    body = {"_status": "PAUSED"}
    paused = (await space.call("PUT", f"/workflows/{run}/status", 200, who="second", body=body)).json()
    assert paused["_createdBy"] == before["_createdBy"] == before["_updatedBy"] != paused["_updatedBy"]
