"""What all kinds of states share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_filters_handlers_and_compensation(spec: Callable[..., Any]) -> None:
    states = [
        {
            "name": "s",
            "type": "inject",
            "data": {},
            "stateDataFilter": {"input": ".a", "output": "${ .b }"},
            "onErrors": [{"errorRef": "DEFAULT", "transition": "t"}],
            "compensatedBy": "u",
            "timeouts": {"stateExecTimeout": "PT5S"},
            "transition": "t",
        },
        {"name": "t", "type": "inject", "data": {}, "end": True},
        {"name": "u", "type": "inject", "data": {}, "usedForCompensation": True},
    ]
    found = spec(states)
    assert (found.input.text, found.output.text.strip()) == (".a", ".b")
    assert (found.exit.target, found.undo, found.limit.ms) == (1, 2, 5000)
    assert [handler.exit.target for handler in found.handlers] == [1]


def test_a_secret_in_the_output_of_the_run(codes: Callable[..., set[tuple[str, str]]]) -> None:
    state = {"name": "s", "type": "inject", "data": {}, "stateDataFilter": {"output": "${ $SECRETS }"}, "end": True}
    assert codes([state]) == {("secret-leak", "/states/0/stateDataFilter/output")}


def test_a_state_without_work_leaves_no_program(compiled: Callable[..., Any]) -> None:
    program, problems = compiled([{"name": "s", "type": "foreach", "actions": [], "end": True}])
    assert program is None
    assert [p.code for p in problems] == ["property-missing"]
