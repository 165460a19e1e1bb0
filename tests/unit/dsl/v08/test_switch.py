"""Switch states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def switch(**parts: Any) -> list[dict[str, Any]]:
    return [{"name": "s", "type": "switch", "defaultCondition": {"end": True}, **parts}]


def test_data_conditions(spec: Callable[..., Any]) -> None:
    work = spec(
        switch(
            dataConditions=[
                {"name": "a", "condition": ".n > 1", "transition": "s"},
                {"condition": "${ true }", "end": True},
            ]
        )
    ).work
    assert [(case.name, case.exit.target, case.event) for case in work.cases] == [("a", 0, -1), ("", -1, -1)]
    assert work.events == ()


def test_event_conditions(spec: Callable[..., Any]) -> None:
    conditions = [{"eventRef": "e", "end": True, "eventDataFilter": {"toStateData": ".x"}}]
    work = spec(switch(eventConditions=conditions, timeouts={"eventTimeout": "PT1H"})).work
    assert [(case.event, case.place.path) for case in work.cases] == [(0, ("x",))]
    assert (work.timeout.ms, work.default_timeout) == (3_600_000, False)


def test_a_condition_that_does_not_compile(
    codes: Callable[..., set[tuple[str, str]]], compiled: Callable[..., Any]
) -> None:
    states = switch(dataConditions=[{"condition": ".a ==", "end": True}])
    assert codes(states) == {("expression-syntax", "/states/0/dataConditions/0/condition")}
    program, problems = compiled(states, "cwm")
    assert program is not None
    assert {(p.code, p.severity) for p in problems} == {("expression-syntax", "warning")}
