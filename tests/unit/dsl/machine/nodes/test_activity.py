from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.commands import ScheduleActivity
from weft.dsl.machine.faults import fault
from weft.dsl.machine.inputs import ActivityCompleted, ActivityFailed


def test_command_and_result(told: Callable[..., Any]) -> None:
    run = told(
        [
            {
                "c": {
                    "call": "acme.net.@latest.dev.Get",
                    "with": {"input": {"h": "${ .host }"}, "config": {"resourceId": "r"}},
                }
            }
        ],
        {"host": "x"},
    )
    (command,) = run.acts
    assert isinstance(command, ScheduleActivity)
    assert (command.kind, command.target, command.attempt) == ("adapter", "acme.net.@latest.dev.Get", 1)
    assert command.arguments == {"input": {"h": "x"}, "config": {"resourceId": "r"}}
    assert (command.position, command.address, command.name) == ("/do/0/c", "/do/0/c", "c")
    run.tell(ActivityCompleted, ref=command.ref, attempt=1, result={"a": 1})
    assert run.told().output == {"a": 1}


def test_fault(told: Callable[..., Any], call: Any) -> None:
    run = told([{"c": call}]).tell(
        ActivityFailed, ref="a3", attempt=1, fault=fault("communication", "d", code="HTTP_STATUS_404", status=404)
    )
    found = run.told().fault
    assert (found.code, found.status, found.instance) == ("HTTP_STATUS_404", 404, "/do/0/c")
