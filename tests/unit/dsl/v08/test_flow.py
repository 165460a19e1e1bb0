"""Checks of names and flow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.v08.draft import Draft
from weft.dsl.v08.flow import check_flow

END = {"type": "inject", "data": {}, "end": True}
RUN_BEFORE = {"workflowExecTimeout": {"duration": "PT1H", "runBefore": "r"}}

CASES: list[tuple[str, list[dict[str, Any]], dict[str, Any], set[tuple[str, str]]]] = [
    ("start", [{"name": "s", **END}], {"start": "x"}, {("ref-state", "/start")}),
    ("kind", [{"name": "s", "type": "loop", "end": True}], {}, {("enum", "/states/0/type")}),
    ("no exit", [{"name": "s", "type": "inject", "data": {}}], {}, {("exit-missing", "/states/0")}),
    (
        "a switch does not end itself",
        [{"name": "s", "type": "switch", "dataConditions": [], "defaultCondition": {"end": True}, "end": True}],
        {},
        {("exit-conflict", "/states/0/end")},
    ),
    (
        "flag",
        [{"name": "s", **END, "compensatedBy": "u"}, {"name": "u", "type": "inject", "data": {}, "end": True}],
        {},
        {("compensation-flag", "/states/0/compensatedBy")},
    ),
    (
        "nested, event, leaving the chain",
        [
            {"name": "s", **END, "compensatedBy": "u"},
            {
                "name": "u",
                "type": "event",
                "onEvents": [],
                "usedForCompensation": True,
                "compensatedBy": "v",
                "transition": "s",
            },
            {"name": "v", "type": "inject", "data": {}, "usedForCompensation": True},
        ],
        {},
        {
            ("compensation-event-state", "/states/1/type"),
            ("compensation-nested", "/states/1/compensatedBy"),
            ("compensation-flag", "/states/1/transition"),
        },
    ),
    (
        "run before is entered from the flow",
        [{"name": "s", "type": "inject", "data": {}, "transition": "r"}, {"name": "r", **END}],
        {"timeouts": RUN_BEFORE},
        {("runbefore-incoming", "/states/0/transition")},
    ),
    (
        "run before that never ends",
        [{"name": "s", **END}, {"name": "r", "type": "inject", "data": {}, "transition": "r"}],
        {"timeouts": RUN_BEFORE},
        {("runbefore-no-end", "/timeouts/workflowExecTimeout/runBefore")},
    ),
    (
        "no such run before",
        [{"name": "s", **END}],
        {"timeouts": RUN_BEFORE},
        {("ref-state", "/timeouts/workflowExecTimeout/runBefore")},
    ),
]


@pytest.mark.parametrize(("states", "parts", "expected"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_errors(
    codes: Callable[..., set[tuple[str, str]]],
    states: list[dict[str, Any]],
    parts: dict[str, Any],
    expected: set[tuple[str, str]],
) -> None:
    assert codes(states, **parts) == expected


def test_unreachable_is_a_warning() -> None:
    draft = Draft({"states": [{"name": "s", **END}, {"name": "lost", **END}]}, "v08")
    check_flow(draft)
    assert [(p.code, p.severity, p.pointer) for p in draft.problems] == [("unreachable", "warning", "/states/1")]


def test_cwm_checks_names_only() -> None:
    states = [
        {"name": "s", "type": "inject", "data": {}, "transition": "u"},
        {"name": "u", "type": "inject", "usedForCompensation": True},
    ]
    draft = Draft({"states": states}, "cwm")
    check_flow(draft)
    assert {p.severity for p in draft.problems} == {"warning"}
    draft = Draft({"states": [{"name": "s", "type": "switch", "dataConditions": []}]}, "cwm")
    check_flow(draft)
    assert [(p.code, p.severity) for p in draft.problems] == [("property-missing", "error")]


def test_names_of_0_9() -> None:
    draft = Draft({"states": [{"name": "Not Kebab", **END}]}, "v09")
    check_flow(draft)
    assert [p.code for p in draft.problems] == ["name-pattern"]
