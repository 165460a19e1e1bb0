"""Sections 5, 7 and 11: what is shown of a run is the same alone, in lists, by filters and in answers to commands."""

from __future__ import annotations

import asyncio

import pytest

pytestmark = pytest.mark.anyio
TABLE = {
    "QUEUED": ("PAUSED", 409, 409, "TERMINATED"),
    "RUNNING": ("PAUSED", 409, 409, "TERMINATED"),
    "PAUSED": ("same", "RUNNING", 409, "TERMINATED"),
    "PAUSED before its first task": ("same", "QUEUED", 409, "TERMINATED"),
    "COMPLETED": (409, 409, 409, 409),
    "FAILED": (409, 409, "RUNNING", "TERMINATED"),
    "TIMED_OUT": (409, 409, "RUNNING", "TERMINATED"),
    "TERMINATED": (409, 409, "RUNNING", "same"),
    "TERMINATED before its first task": (409, 409, "QUEUED", "same"),
}
COMMANDS = ("PAUSED", "RESUMED", "RETRIED", "TERMINATED")


async def brought(space, play, state: str) -> str:
    """The id of a run in a state."""
    if state == "COMPLETED":
        return (await space.finish(await space.define(play.inline("a"))))["_id"]
    if state == "FAILED":
        definition = await space.define(play.inline("a"), space.rest("bad", "/no"), play.inline("never"))
        return (await space.finish(definition, status="FAILED"))["_id"]
    if state == "TIMED_OUT":
        run = await space.start(await space.define(play.inline("a"), play.task("HUMAN", "h"), timeoutSeconds=2))
        await space.pushed(3)
        return (await space.ended(run["_id"], "TIMED_OUT"))["_id"]
    if state in ("QUEUED", "PAUSED before its first task", "TERMINATED before its first task"):
        run = await space.start(await space.define(space.rest("later", startDelay=3600), play.inline("b")))
    else:
        run = await space.start(await space.define(play.task("HUMAN", "h"), play.inline("b")))
        await space.waiting(run["_id"], "h")
    word = state.partition(" ")[0]
    if word in COMMANDS:
        await space.command(run["_id"], word)
    return run["_id"]


async def set_back(space) -> None:
    """The next change is at a later millisecond."""
    space.server.clock.push_ms += 5


@pytest.mark.parametrize("word", COMMANDS)
@pytest.mark.parametrize("state", list(TABLE))
async def test_every_state_with_every_command(space, play, target, state, word):
    target.answer = lambda asked: (404 if asked["path"] == "/no" else 200, {})
    await space.caller("second", n="all")
    wanted = TABLE[state][COMMANDS.index(word)]
    ident = await brought(space, play, state)
    before = await space.run(ident)
    await set_back(space)
    path, body = f"/workflows/{ident}/status", {"_status": word.title()}
    if wanted == 409:
        await space.refused("PUT", path, 409, "illegal_state", body=body, who="second")
        assert await space.run(ident) == before
        return
    found = (await space.call("PUT", path, 200, body=body, who="second")).json()
    if wanted == "same":
        assert found == before == await space.run(ident)
        return
    assert found["_status"] == wanted
    assert found["_updatedAt"] > before["_updatedAt"] and found["_updatedBy"] != before["_updatedBy"]
    for key in ("_id", "_createdAt", "_createdBy", "_inputParams", "_workflowDefId"):
        assert found[key] == before[key]
    assert [one["_id"] for one in found["_tasks"]] == [one["_id"] for one in before["_tasks"]]
    states = {one["_status"] for one in found["_tasks"]}
    if word == "TERMINATED":
        assert not states & {"QUEUED", "RUNNING", "PAUSED"}
        by_command = {"_reason": "Terminated by command", "_failedTaskId": None}
        assert found["_output"] == (before["_output"] if before["_output"] is not None else by_command)
    elif word == "PAUSED":
        assert "QUEUED" not in states
    else:
        assert found["_output"] is None and "PAUSED" not in states


async def test_as_soon_as_a_run_is_shown_running_it_is_so_everywhere(space, play, target):
    """Also within the moment in which that is known in memory only."""
    target.hold()
    definition = await space.define(space.rest("slow"), play.inline("after"))
    made = await space.start(definition)
    await set_back(space)
    lists = f"/workflows?_defId={definition['_id']}"
    while not target.seen:
        await asyncio.sleep(0.01)
    (listed,) = (await space.call("GET", lists, 200)).json()["_list"]
    assert listed["_status"] == "RUNNING" and listed["_updatedAt"] > made["_updatedAt"]
    assert listed == await space.run(made["_id"])
    for word, total in (("RUNNING", 1), ("QUEUED", 0), ("running,queued", 1)):
        assert (await space.call("GET", f"{lists}&_status={word}", 200)).json()["_total"] == total
    second = await space.start(definition)
    await space.waiting(second["_id"], "slow")
    alone = await space.run(second["_id"])
    assert alone["_status"] == "RUNNING"
    assert [one for one in (await space.call("GET", lists, 200)).json()["_list"] if one["_id"] == second["_id"]] == [
        alone
    ]
    target.release()
    for run in (made, second):
        await space.ended(run["_id"])


async def test_a_task_that_ends_changes_the_run(space, play, target):
    target.hold()
    run = await space.start(await space.define(space.rest("slow"), play.task("HUMAN", "h")))
    await space.waiting(run["_id"], "slow")
    first = await space.run(run["_id"])
    await set_back(space)
    target.release()
    await space.waiting(run["_id"], "h")
    second = await space.run(run["_id"])
    assert second["_updatedAt"] > first["_updatedAt"] and second["_updatedBy"] == run["_createdBy"]


async def test_the_policy_is_that_of_the_start(space, play):
    """`_timeoutPolicy` and the like are copied at the start, whatever becomes of the definition."""
    human = play.task("HUMAN", "h")
    definition = await space.define(human, timeoutPolicy="ALERT_ONLY", timeoutSeconds=5, userType="a")
    run = await space.start(definition)
    body = {"_name": definition["_name"], "_taskDefs": [human], "_userType": "b"}
    await space.call("PUT", f"/workflowdefs/{definition['_id']}", 200, body=body)
    kept = await space.run(run["_id"])
    assert (kept["_timeoutPolicy"], kept["_timeoutSeconds"], kept["_userType"]) == ("ALERT_ONLY", 5, "a")
    later = await space.start(definition)
    assert (later["_timeoutPolicy"], later["_timeoutSeconds"], later["_userType"]) == (None, None, "b")


async def test_so_many_passes_of_a_loop_and_no_more(play, target, tmp_path):
    """Setting `loops.max_iterations`."""
    async with play.served(tmp_path, target, loops_max_iterations=3) as server:
        space = await server.space()
        for passes, status in ((3, "COMPLETED"), (4, "FAILED")):
            loop = play.task(
                "DO_WHILE", "loop", loopCondition=f"$.loop.iteration < {passes}", loopOver=[play.inline("in")]
            )
            run = await space.finish(await space.define(loop), status=status)
            assert (await space.task(run, "loop"))["_attempt"] == 1
