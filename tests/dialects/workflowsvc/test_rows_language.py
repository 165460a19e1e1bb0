"""Rows 60 to 64, 67, 68 and 76 to 79: what definitions do when they run."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_row_60_an_optional_task_that_fails(space, play):
    space.target.answer = lambda asked: (404, "no")
    run = await space.finish(await space.define(space.rest(optional=True), play.inline("after")))
    assert play.states(run) == {"fetch": "COMPLETED_WITH_ERRORS", "after": "COMPLETED"}


async def answered(space, definition, decision: str) -> dict:
    run = await space.start(definition)
    task = await space.waiting(run["_id"], "ask")
    body = {"_userInput": {"decision": decision}}
    await space.call("POST", f"/workflow/{run['_id']}/userinput/{task['_id']}", 200, body=body)
    return await space.ended(run["_id"])


async def test_row_61_a_switch_on_an_answer(space, play):
    choice = play.task(
        "SWITCH", "choose", inputs={"_switchCaseValue": "${ask._output._userInput.decision}"},
        decisionCases={"ok": [play.inline("took_ok")], "reject": [play.inline("took_reject")],
                       "defaultCase": [play.inline("took_default")]},
    )  # fmt: skip
    definition = await space.define(play.task("USER_INPUT", "ask"), choice)
    for decision, taken in (("ok", "took_ok"), ("reject", "took_reject"), ("else", "took_default")):
        run = await answered(space, definition, decision)
        assert play.states(run) == {"ask": "COMPLETED", "choose": "COMPLETED", taken: "COMPLETED"}
        output = (await space.task(run, "choose"))["_output"]
        assert output == {"evaluationResult": [decision], "selectedCase": decision}


async def test_row_62_forks_with_and_without_a_join(space, play):
    def branches():
        return [[play.inline("a", "1")], [play.inline("b", "2"), play.inline("c", "3")]]

    run = await space.finish(await space.define(play.task("FORK_JOIN", "fork", forkTasks=branches())))
    assert (await space.task(run, "fork"))["_output"] == {"a": {"result": 1}, "c": {"result": 3}}
    assert [one["_name"] for one in run["_tasks"]] == ["fork", "a", "b", "c"]
    joined = await space.define(
        play.task("FORK_JOIN", "fork", forkTasks=branches()), play.task("JOIN", "join", joinOn=["a", "b"])
    )
    run = await space.finish(joined)
    assert (await space.task(run, "fork"))["_output"] == {}
    assert (await space.task(run, "join"))["_output"] == {"a": {"result": 1}, "b": {"result": 2}}


async def test_row_63_a_branch_that_fails(space, play):
    space.target.answer = lambda asked: (404, "no")
    plain = play.task("FORK_JOIN", "fork", forkTasks=[[space.rest("bad")], [play.task("HUMAN", "slow")]])
    run = await space.finish(await space.define(plain), status="FAILED")
    assert play.states(run) == {"fork": "FAILED", "bad": "FAILED", "slow": "CANCELED"}
    patient = play.task(
        "FORK_JOIN", "fork", forkTasks=[[space.rest("bad", permissive=True)], [play.task("HUMAN", "slow")]]
    )
    run = await space.start(await space.define(patient))
    task = await space.waiting(run["_id"], "slow")
    await space.waiting(run["_id"], "bad", "FAILED")
    assert (await space.run(run["_id"]))["_status"] == "RUNNING"
    await space.call("POST", f"/workflow/{run['_id']}/userinput/{task['_id']}", 200, body={"_userInput": {}})
    ended = await space.ended(run["_id"], "FAILED")
    assert play.states(ended) == {"fork": "FAILED", "bad": "FAILED", "slow": "COMPLETED"}


@pytest.mark.parametrize(
    "condition", ["$.poll.iteration < $.max", "if ($.poll['iteration'] < 3) { true; } else { false; }"]
)
async def test_row_64_conditions_of_loops(space, play, condition):
    loop = play.task(
        "DO_WHILE", "poll", inputs={"max": 3}, loopCondition=condition, loopOver=[play.inline("probe", "1")]
    )
    run = await space.finish(await space.define(loop))
    output = (await space.task(run, "poll"))["_output"]
    assert output["iteration"] == 3 and output["3"] == {"probe": {"result": 1}}


async def test_row_67_expressions(space, play):
    outputs = {
        "whole": "${workflow.input.n}", "text": "n=${workflow.input.n}", "gone": "${workflow.input.x}",
        "inside": "[${workflow.input.x}]", "literal": "$${a}",
    }  # fmt: skip
    run = await space.finish(await space.define(play.inline("a"), outputParams=outputs), {"n": 5})
    assert run["_output"] == {"whole": 5, "text": "n=5", "gone": None, "inside": "[null]", "literal": "${a}"}


async def test_row_68_data_are_never_expressions(space, play):
    definition = await space.define(
        play.task("SET_VARIABLE", "keep", inputs={"x": "${workflow.input.x}"}),
        outputParams={"x": "${workflow.variables.x}"},
    )
    run = await space.finish(definition, {"x": "${workflow.secrets.k}"})
    assert run["_output"] == {"x": "${workflow.secrets.k}"}


async def test_row_76_waiting(space, play):
    run = await space.start(await space.define(play.task("WAIT", "w", inputs={"duration": "2s"})))
    await space.waiting(run["_id"], "w")
    await space.pushed(2.1)
    ended = await space.ended(run["_id"])
    assert (await space.task(ended, "w"))["_output"] == {}
    both = play.task("WAIT", "w", inputs={"duration": "2s", "until": "2026-01-01"})
    failed = await space.finish(await space.define(both), status="FAILED")
    assert (await space.task(failed, "w"))["_attempt"] == 1
    run = await space.start(await space.define(play.task("WAIT", "w")))
    task = await space.waiting(run["_id"], "w")
    await space.pushed(3600)
    assert (await space.run(run["_id"]))["_status"] == "RUNNING"
    await space.call("POST", f"/workflow/{run['_id']}/userinput/{task['_id']}", 200, body={"_userInput": {"a": 1}})
    await space.ended(run["_id"])


async def children(space, play):
    """A parent that waits for its child, which waits for a person; and the child's run."""
    child = await space.define(play.task("HUMAN", "ask"))
    parent = await space.define(play.task("SUB_WORKFLOW", "sub", subWorkflowParam={"_workflowDefId": child["_id"]}))
    run = await space.start(parent)
    await space.waiting(run["_id"], "sub")
    await space.server.idle()
    found = (await space.call("GET", f"/workflows?_defId={child['_id']}", 200)).json()["_list"]
    assert len(found) == 1 and found[0]["_namespaces"] == [space.n]
    return run["_id"], found[0]["_id"]


async def test_row_77_terminating_children_and_parents(space, play):
    parent, child = await children(space, play)
    await space.command(child, "TERMINATED")
    ended = await space.ended(parent, "TERMINATED")
    assert play.states(ended) == {"sub": "CANCELED"}
    parent, child = await children(space, play)
    await space.command(parent, "TERMINATED")
    await space.ended(child, "TERMINATED")


async def test_a_childs_output_is_that_of_its_task(space, play):
    child = await space.define(play.inline("a", ".a", a="${workflow.input.n}"))
    sub = play.task("SUB_WORKFLOW", "sub", subWorkflowParam={"name": child["_name"]}, inputs={"n": 7})
    run = await space.finish(await space.define(sub))
    output = (await space.task(run, "sub"))["_output"]
    assert output["result"] == 7 and (await space.run(output["subWorkflowId"]))["_status"] == "COMPLETED"


async def test_row_78_a_task_that_ends_the_run(space, play):
    inputs = {"terminationStatus": "COMPLETED", "workflowOutput": {"a": 1}}
    definition = await space.define(
        play.inline("one"), play.task("TERMINATE", "end", inputs=inputs), play.inline("three")
    )
    run = await space.finish(definition)
    assert run["_output"] == {"a": 1}
    assert play.states(run) == {"one": "COMPLETED", "end": "COMPLETED", "three": "SKIPPED"}


async def test_row_79_branches_made_from_data(space, play):
    def fork(inputs):
        return play.task("FORK_JOIN_DYNAMIC", "fork", inputs={"forkTaskType": "HTTP", "forkTaskInputs": inputs})

    calls = [{"uri": space.url(f"/{index}"), "method": "GET"} for index in range(3)]
    run = await space.finish(await space.define(fork(calls), play.task("JOIN", "join")))
    assert {name: state for name, state in play.states(run).items() if name.startswith("_HTTP")} == {
        "_HTTP_0": "COMPLETED", "_HTTP_1": "COMPLETED", "_HTTP_2": "COMPLETED",
    }  # fmt: skip
    assert {asked["path"] for asked in space.target.seen} == {"/0", "/1", "/2"}
    run = await space.finish(await space.define(fork([]), play.task("JOIN", "join")))
    assert [one["_name"] for one in run["_tasks"]] == ["fork", "join"]


async def test_the_failure_workflow(space, play):
    rescue = await space.define(play.inline("note", ".", r="${workflow.input.reason}"), name=f"rescue{space.n}")
    inputs = {"terminationStatus": "FAILED", "terminationReason": "broken"}
    definition = await space.define(play.task("TERMINATE", "end", inputs=inputs), failureWorkflow=rescue["_name"])
    run = await space.finish(definition, {"k": 1}, status="FAILED")
    other = await space.ended(run["_output"]["_failureWorkflowId"])
    given = other["_inputParams"]
    assert other["_workflowDefId"] == rescue["_id"] and given["k"] == 1 and given["workflowId"] == run["_id"]
    assert given["failureStatus"] == "FAILED" and given["failureTaskId"] == run["_output"]["_failedTaskId"]
