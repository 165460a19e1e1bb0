"""Tasks whose type comes from data."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.commands import ScheduleActivity


def dynamic(**more: Any) -> dict[str, Any]:
    inputs = {"what": "${workflow.input.what}", "uri": "u"}
    return {"_name": "d", "_type": "DYNAMIC", "_dynamicTaskNameParam": "what", "_inputParams": inputs, **more}


def test_a_type_word(listed: Any) -> None:
    run = listed([dynamic()], {"what": "http"})
    command = run.out[0]
    assert isinstance(command, ScheduleActivity)
    assert (command.target, command.arguments) == (
        "tasklist:HTTP",
        {"input": {"uri": "u"}, "config": {"task": "d"}},
    )
    run.done({"n": 1})
    assert run.live.output == {"n": 1}


def test_a_wait(listed: Any) -> None:
    inputs = {"what": "WAIT", "duration": "5s"}
    run = listed([dynamic(_inputParams=inputs)])
    run.fired("work")
    assert run.live.phase == "completed"


def test_what_is_unknown_fails_without_retry(listed: Any) -> None:
    for what in ("nonsense", 5, None, ""):
        run = listed([dynamic()], {"what": what})
        assert (run.live.phase, run.live.fault.code) == ("faulted", "INPUT_INVALID")


def test_retries_are_the_task_s(listed: Any) -> None:
    run = listed([dynamic(_retryCount=1, _retryDelaySeconds=1)], {"what": "acme.x.v1.0.0.f.A"})
    run.failed("X").fired("retry").failed("X")
    assert run.live.phase == "faulted"


def test_a_branch_that_is_a_child(listed: Any) -> None:
    inputs = {"forkTaskWorkflow": "w", "forkTaskInputs": [{"a": 1}]}
    run = listed([{"_name": "f", "_type": "FORK_JOIN_DYNAMIC", "_inputParams": inputs}])
    assert run.wait("child").command.input == {"a": 1, "__index": 0}
    run.child_started("job-3")
    run.child({"b": 2})
    assert run.live.output == {"_f_0": {"b": 2, "subWorkflowId": "job-3"}}


def test_data_are_never_compiled(listed: Any) -> None:
    inputs = {"forkTaskType": "HTTP", "forkTaskInputs": "${workflow.input.list}"}
    task = {"_name": "f", "_type": "FORK_JOIN_DYNAMIC", "_inputParams": inputs}
    run = listed([task], {"list": [{"uri": "${workflow.secrets.k}"}]})
    assert run.out[0].arguments["input"]["uri"] == "${workflow.secrets.k}"


def test_delays_are_the_task_s(listed: Any) -> None:
    run = listed([dynamic(_retryDelaySeconds=7)], {"what": "http"})
    at = run.now
    run.failed("X")
    assert run.wait("timer", purpose="retry").due_at == at + 7_000


def test_a_job_of_another_definition(listed: Any) -> None:
    inputs = {"what": "SUB_WORKFLOW", "subWorkflowParam": {"name": "w", "version": 2}, "a": 1}
    run = listed([dynamic(_inputParams=inputs)])
    assert run.wait("child").command.identity.name == "w"
    run.child_started("job-2")
    run.child({"b": 2})
    assert run.live.output == {"b": 2, "subWorkflowId": "job-2"}


def test_variables_and_the_end(listed: Any) -> None:
    run = listed([dynamic(_inputParams={"what": "set_variable", "a": 1})], _outputParams={"v": "${workflow.variables}"})
    assert run.live.output == {"v": {"a": 1}}
    inputs = {"what": "TERMINATE", "terminationStatus": "COMPLETED", "workflowOutput": {"z": 1}}
    run = listed([dynamic(_inputParams=inputs), {"_name": "w", "_type": "WAIT"}])
    assert (run.live.phase, run.live.output) == ("completed", {"z": 1})


def test_a_branch_has_the_limits_that_it_says(listed: Any) -> None:
    task = {"name": "a", "type": "HTTP", "retryCount": 1, "retryDelaySeconds": 3, "timeoutSeconds": 9, "optional": True}
    fork = {
        "_name": "f",
        "_type": "FORK_JOIN_DYNAMIC",
        "_dynamicForkTasksParam": "ts",
        "_dynamicForkTasksInputParamName": "is",
        "_inputParams": {"ts": [task], "is": {}},
    }
    run = listed([fork])
    assert run.wait("activity").command.start_to_close_ms == 9_000
    at = run.now
    run.failed("X")
    assert run.wait("timer", purpose="retry").due_at == at + 3_000
    run.fired("retry").failed("X")
    assert (run.live.phase, run.facts("f")["status"]) == ("completed", "completed_with_errors")
