"""Facts of the run as references see them."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.nodes.facts import task_id


def test_facts_of_the_run(listed: Any) -> None:
    run = listed(
        [
            {
                "_name": "s",
                "_type": "SET_VARIABLE",
                "_inputParams": {"me": "${CPEWF_TASK_ID}", "env": "${workflow.env.x}"},
            }
        ],
        {"a": 1},
        _outputParams={
            "id": "${workflow.workflowId}",
            "type": "${workflow._name}",
            "status": "${workflow.status}",
            "created": "${workflow._createdAt}",
            "ms": "${workflow.createTime}",
            "parent": "${workflow.parentWorkflowId}",
            "input": "${workflow._inputParams.a}",
            "me": "${workflow.variables.me}",
            "env": "${workflow.variables.env}",
            "task": "${s._id}",
            "of": "${s.taskType}",
            "number": "${s._sequenceno}",
        },
    )
    assert run.live.output == {
        "id": "j",
        "type": "unit",
        "status": "RUNNING",
        "created": "2023-11-14T22:13:20.000000Z",
        "ms": 1_700_000_000_000,
        "parent": None,
        "input": 1,
        "me": task_id("j", "s"),
        "env": None,
        "task": task_id("j", "s"),
        "of": "SET_VARIABLE",
        "number": 1,
    }


def test_values_of_the_operator(listed: Any, graphed: Any) -> None:
    run = graphed({"s": {"name": "set", "parameters": {"x": "${workflow.env.region}"}}})
    assert run.live.output == {"s": {"x": None}}
