"""Sentences of the language that no acceptance row shows, run on the whole product."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio

INNER = {"name": "inner", "tasks": [
    {"name": "double", "taskReferenceName": "double", "type": "INLINE",
     "inputParameters": {"evaluatorType": "jq", "expression": ".n * 2", "n": "${workflow.input.n}"}},
    {"name": "again", "taskReferenceName": "again", "type": "INLINE",
     "inputParameters": {"evaluatorType": "jq", "expression": ".n * 2", "n": "${double.output.result}"}},
]}  # fmt: skip


async def test_a_definition_written_inside_another_one_speaks_of_its_own_run(space, play):
    child = play.task(
        "SUB_WORKFLOW", "child", inputs={"n": "${first.output.result}"}, subWorkflowParam={"workflowDefinition": INNER}
    )
    run = await space.finish(await space.define(play.inline("first", "7"), child))
    assert run["_output"]["result"] == 28


async def test_a_failed_sub_workflow_is_started_again_as_often_as_is_said(space, play):
    codes = iter((404, 404, 200))
    space.target.answer = lambda asked: (next(codes), {"n": 1})
    child = await space.define(space.rest())
    more = {"subWorkflowParam": {"_workflowDefId": child["_id"]}, "retryCount": 2, "retryDelaySeconds": 0}
    run = await space.finish(await space.define(play.task("SUB_WORKFLOW", "sub", **more)))
    found = await space.task(run, "sub")
    assert (found["_attempt"], found["_reason"], found["_output"]["_body"]) == (3, None, {"n": 1})


async def test_an_event_of_an_unknown_type_fails_its_task_alone(space, play):
    sink = {"inputs": {"a": 1}, "sink": "event:${workflow.input.type}"}
    fork = play.task(
        "FORK_JOIN", "fork",
        forkTasks=[[play.task("EVENT", "tell", optional=True, **sink)], [play.inline("other", "1")]],
    )  # fmt: skip
    definition = await space.define(fork, play.task("JOIN", "join"), play.task("EVENT", "last", **sink))
    run = await space.finish(definition, {"type": "nobody"}, status="FAILED")
    assert play.states(run) == {
        "fork": "COMPLETED", "tell": "COMPLETED_WITH_ERRORS", "other": "COMPLETED", "join": "COMPLETED_WITH_ERRORS",
        "last": "FAILED",
    }  # fmt: skip
    last = await space.task(run, "last")
    assert run["_output"] == {"_reason": "no produced event type has type nobody", "_failedTaskId": last["_id"]}
    assert last["_attempt"] == 1


async def test_an_event_that_has_to_be_confirmed(space, play):
    definition = await space.define(play.task("EVENT", "tell", sink="conductor", asyncComplete=True))
    run = await space.start(definition)
    task = await space.waiting(run["_id"], "tell")
    await space.call("POST", f"/workflow/{run['_id']}/userinput/{task['_id']}", 200, body={"_userInput": {"ok": True}})
    assert (await space.ended(run["_id"]))["_output"] == {"_userInput": {"ok": True}}


async def test_what_was_at_work_when_a_task_ends_the_run_is_canceled(space, play):
    end = play.task("TERMINATE", "end", inputs={"terminationStatus": "COMPLETED"})
    fork = play.task("FORK_JOIN", "fork", forkTasks=[[play.task("WAIT", "wait"), play.inline("never", "1")], [end]])
    run = await space.finish(await space.define(fork, play.inline("after", "1")))
    assert play.states(run) == {
        "fork": "CANCELED", "wait": "CANCELED", "never": "SKIPPED", "end": "COMPLETED", "after": "SKIPPED",
    }  # fmt: skip


async def test_tasks_made_while_running_say_what_written_ones_say(space, play):
    codes = iter((503, 200))
    space.target.answer = lambda asked: (next(codes), {"n": 1})
    call = {"uri": space.url(), "method": "GET"}
    made = [
        {"name": "x", "taskReferenceName": "call", "type": "HTTP", "retryCount": 1, "retryDelaySeconds": 0,
         "inputParameters": call},
        {"name": "x", "taskReferenceName": "set", "type": "SET_VARIABLE", "inputParameters": {"v": 5}},
    ]  # fmt: skip
    fork = play.task(
        "FORK_JOIN_DYNAMIC", "fork", inputs={"tasks": "${workflow.input.made}", "given": {}},
        dynamicForkTasksParam="tasks", dynamicForkTasksInputParamName="given",
    )  # fmt: skip
    run = await space.finish(await space.define(fork, outputParams={"v": "${workflow.variables.v}"}), {"made": made})
    assert run["_output"] == {"v": 5}
    assert (await space.task(run, "call"))["_attempt"] == 2


@pytest.mark.parametrize(
    ("inputs", "output"),
    [
        ({"what": "SET_VARIABLE", "a": 1}, {}),
        ({"what": "TERMINATE", "terminationStatus": "COMPLETED", "workflowOutput": {"z": 1}}, {"z": 1}),
    ],
)
async def test_a_dynamic_task_of_a_core_type(space, play, inputs, output):
    run = await space.finish(await space.define(play.task("DYNAMIC", "d", inputs=inputs, dynamicTaskNameParam="what")))
    assert run["_output"] == output


async def test_requests_and_starts_may_be_computed_as_a_whole(space, play):
    child = await space.define(play.inline("one", "1"))
    tasks = [
        play.task("HTTP", "call", inputs={"http_request": "${workflow.input.request}"}),
        play.task("SUB_WORKFLOW", "sub", subWorkflowParam="${workflow.input.start}"),
        play.task("START_WORKFLOW", "start", inputs={"startWorkflow": "${workflow.input.start}"}),
    ]
    given = {"request": {"uri": space.url(), "method": "GET"}, "start": {"name": child["_name"], "version": 1}}
    run = await space.finish(await space.define(*tasks), given)
    assert set(play.states(run).values()) == {"COMPLETED"} and "workflowId" in run["_output"]


async def test_facts_of_the_run_in_the_forms_that_runs_are_shown_with(space, play):
    keys = ("version", "_userType", "_timeoutSeconds", "_workflowDefId", "_createdAt")
    wanted = {key: f"${{workflow.{key}}}" for key in keys}
    definition = await space.define(play.inline("a", "1"), userType="u", timeoutSeconds=99, outputParams=wanted)
    run = await space.finish(definition)
    assert run["_output"] == {
        "version": 1, "_userType": "u", "_timeoutSeconds": 99, "_workflowDefId": definition["_id"],
        "_createdAt": run["_createdAt"],
    }  # fmt: skip


async def test_a_form_that_nobody_could_answer_is_refused(space, play):
    ask = play.task("USER_INPUT", "ask", inputs={"_userInput": {"day": {"type": "date"}}})
    body = await space.refused(
        "POST", "/workflowdefs", 400, "invalid_definition", body={"_name": "d", "_taskDefs": [ask]}
    )
    assert [detail["_path"] for detail in body["_details"]] == ["/_taskDefs/0/_inputParams/_userInput/day/type"]


async def test_formats_of_a_form_are_checked(space, play):
    ask = play.task("USER_INPUT", "ask", inputs={"_userInput": {"day": {"type": "string", "format": "date"}}})
    run = await space.start(await space.define(ask))
    task = await space.waiting(run["_id"], "ask")
    path = f"/workflow/{run['_id']}/userinput/{task['_id']}"
    await space.refused("POST", path, 400, "invalid_user_input", body={"_userInput": {"day": "2026-02-30"}})
    await space.call("POST", path, 200, body={"_userInput": {"day": "2026-02-28"}})
    await space.ended(run["_id"])


async def test_a_dynamic_fork_as_exported_definitions_have_it(space, play):
    call = {"http_request": {"uri": space.url(), "method": "GET"}}
    for given in ({"forkTaskType": "HTTP"}, {"forkTaskName": "HTTP"}):
        fork = play.task(
            "FORK_JOIN_DYNAMIC", "fork", inputs={**given, "forkTaskInputs": [call, call]},
            dynamicForkTasksParam="dynamicTasks", dynamicForkTasksInputParamName="dynamicTasksInput",
        )  # fmt: skip
        run = await space.finish(await space.define(fork, play.task("JOIN", "join"), outputParams={}))
        assert list(run["_output"]) == ["_HTTP_0", "_HTTP_1"]
