from __future__ import annotations

import pytest

from weft.domain.access import Principal

pytestmark = pytest.mark.anyio
SET = {"_name": "s", "_type": "SET_VARIABLE", "_inputParams": {"v": "${workflow.input.v}"}}


def sub(name="child", param=None, **inputs):
    return {"_name": name, "_type": "SUB_WORKFLOW", "_subWorkflowParam": param or {}, "_inputParams": inputs}


async def output_of(lists, *tasks, data=None, **root):
    made = await lists.save("parent", *tasks, **root)
    return lists.latest((await lists.start(made, data)).id)


async def test_by_name_id_and_number(lists):
    child = await lists.save("c", SET, _outputParams={"v": "${workflow.variables.v}", "rev": "${workflow.version}"})
    from weft.services.listed_definitions import ListedDefinition

    document = {"_name": "c", "_taskDefs": [SET], "_outputParams": {"rev": "${workflow.version}"}}
    root = Principal(name="root", superuser=True)
    await lists.listed.replace(root, child.id, ListedDefinition(document=document, hint="tasklist"), scope="")
    job = await output_of(
        lists,
        sub("latest", {"name": "c"}, v=1),
        sub("first", {"_workflowDefId": child.id, "version": 1}, v=2),
        _outputParams={"latest": "${latest.output}", "first": "${first.output}"},
    )
    assert job.status == "completed", job.fault
    assert job.output["latest"]["rev"] == 2
    assert {key: job.output["first"][key] for key in ("v", "rev")} == {"v": 2, "rev": 1}
    started = lists.latest(job.output["first"]["subWorkflowId"])
    assert (started.parent_job, started.workflow_id, started.namespace) == (job.id, child.id, "")


async def test_another_namespace_is_not_looked_into(lists):
    await lists.save("c", SET, scopes=("n",))
    job = await output_of(lists, sub(param={"name": "c"}))
    assert (job.status, job.fault["code"]) == ("faulted", "WORKFLOW_NOT_FOUND")


async def test_a_number_that_never_was(lists):
    await lists.save("c", SET)
    job = await output_of(lists, sub(param={"name": "c", "version": 9}))
    assert job.fault["code"] == "WORKFLOW_NOT_FOUND"


async def test_a_definition_that_the_run_brings_along(lists):
    inner = {"_name": "inner", "_taskDefs": [SET], "_outputParams": {"v": "$${workflow.variables.v}"}}
    job = await output_of(lists, sub(param={"workflowDefinition": "${workflow.input.d}"}, v=5), data={"d": inner})
    assert job.status == "completed", job.fault
    started = lists.latest(job.output["subWorkflowId"])
    assert (started.workflow_name, started.input, started.dialect) == ("inner", {"v": 5}, "tasklist")


@pytest.mark.parametrize(
    "definition",
    [
        {"_name": "x"},
        {"_name": "x", "_taskDefs": [{"_type": "NOOP"}]},
        {"_name": "x", "_taskDefs": [{"_type": "SIMPLE", "_activity": "no.such.v1.0.0.f.A"}]},
        {"name": "g", "tasks": [{"id": "t", "name": "noop"}]},
        {"_name": "x", "_taskDefs": [SET], "_inputTemplate": {"password": "p"}},
    ],
)
async def test_what_is_no_definition_fails_the_task(lists, definition):
    job = await output_of(lists, sub(param={"workflowDefinition": "${workflow.input.d}"}), data={"d": definition})
    assert (job.status, job.fault["code"]) == ("faulted", "INVALID_DEFINITION")


async def test_a_definition_that_starts_itself_comes_to_an_end(lists):
    job = await output_of(lists, sub(param={"name": "parent"}))
    for _ in range(40):
        await lists.engine.idle()
    job = lists.latest(job.id)
    assert (job.status, job.fault["code"]) == ("faulted", "LIMIT")


async def test_who_may_start_is_asked_again(lists):
    await lists.save("c", SET)
    lists.rights = lambda *_: None
    job = await output_of(lists, sub(param={"name": "c"}))
    assert job.fault["code"] == "START_FORBIDDEN"


async def test_a_child_s_end_is_its_task_s(lists):
    await lists.save("c", {"_type": "TERMINATE", "_inputParams": {"terminationStatus": "TERMINATED"}})
    job = await output_of(lists, sub(param={"name": "c"}))
    assert job.status == "terminated"


async def test_one_key_starts_one_job(lists):
    await lists.save("c", SET, _outputParams={"k": "${workflow.correlationId}"})
    twice = [
        {"_name": f"t{at}", "_type": "START_WORKFLOW",
         "_inputParams": {"startWorkflow": {"name": "c", "idempotencyKey": "once", "correlationId": "k-7"}}}
        for at in (1, 2)
    ]  # fmt: skip
    job = await output_of(lists, *twice, _outputParams={"ids": ["${t1.output.workflowId}", "${t2.output.workflowId}"]})
    assert job.status == "completed", job.fault
    one, two = job.output["ids"]
    assert one == two and lists.latest(one).output == {"k": "k-7"}


async def test_a_failed_list_starts_its_failure_workflow(lists):
    rescue = await lists.save("rescue", SET)
    fail = {"_name": "f", "_type": "TERMINATE",
            "_inputParams": {"terminationStatus": "FAILED", "terminationReason": "broken"}}  # fmt: skip
    job = await output_of(lists, fail, data={"v": 1, "on": "rescue"}, _failureWorkflow="${workflow.input.on}")
    assert job.status == "faulted"
    started = lists.job_of(rescue)
    assert started.id == job.fault["failureJob"]
    told = {"workflowId": job.id, "reason": "broken", "failureStatus": "FAILED", "failureTaskId": job.fault["taskId"]}
    assert started.input == {"v": 1, "on": "rescue", **told}


async def test_failure_workflows_do_not_call_each_other_for_ever(lists):
    fail = {"_name": "f", "_type": "TERMINATE", "_inputParams": {"terminationStatus": "FAILED"}}
    job = await output_of(lists, fail, _failureWorkflow="parent")
    second = lists.latest(job.fault["failureJob"])
    assert second.status == "faulted" and "failureJob" not in second.fault


async def test_a_command_starts_no_failure_workflow(lists):
    rescue = await lists.save("rescue", SET)
    made = await lists.save("a", {"_name": "w", "_type": "WAIT"}, _failureWorkflow="rescue")
    job = await lists.start(made)
    await lists.jobs.terminate(Principal(name="root", superuser=True), job.id, job.run)
    await lists.engine.idle()
    assert lists.latest(job.id).status == "terminated"
    with pytest.raises(ValueError, match="unpack"):
        lists.job_of(rescue)
