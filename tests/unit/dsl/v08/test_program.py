"""A whole document."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from weft.dsl.document.context import ChildRef, CompileContext
from weft.dsl.v08 import compile_states

INJECT = {"name": "s", "type": "inject", "data": {}, "end": True}


def test_the_program(compiled: Callable[..., Any]) -> None:
    program, problems = compiled(
        [{"name": "first", "type": "inject", "data": {}, "transition": "s"}, INJECT],
        start="s",
        constants={"a": 1},
        secrets=["k"],
    )
    assert {p.code for p in problems} == {"unreachable"}
    assert (program.dialect, program.digest, program.root) == ("v08", "digest", 1)
    assert (program.constants, program.secrets) == ({"a": 1}, ("k",))
    assert program.positions == {"/states/0": 0, "/states/1": 1}
    assert [way.index for way in program.tables["exits"]] == [0, 1]
    assert program.tables["id"] == "a"


@pytest.mark.parametrize(
    ("dialect", "parts", "identity"),
    [
        ("v08", {"id": "i", "name": "n"}, ("i", "1.0.0")),
        ("v08", {"id": None, "key": "k"}, ("k", "1.0.0")),
        ("v09", {"id": "i", "name": "n", "version": None}, ("n", "latest")),
        ("cwm", {"id": "i", "name": "Some Name", "version": "1.0"}, ("Some Name", "1.0")),
    ],
)
def test_identity(compiled: Callable[..., Any], dialect: str, parts: dict[str, Any], identity: tuple[str, str]) -> None:
    program, problems = compiled([INJECT], dialect, **parts)
    assert program is not None, problems
    assert (program.identity.name, program.identity.version) == identity


@pytest.mark.parametrize(
    ("dialect", "limit", "interrupt"),
    [
        ("v08", "PT1H", False),
        ("v08", {"duration": "PT1H", "interrupt": True}, True),
        ("cwm", "PT1H", True),
        ("cwm", {"duration": "PT1H", "interrupt": False}, False),
    ],
)
def test_the_limit_of_the_run(compiled: Callable[..., Any], dialect: str, limit: Any, interrupt: bool) -> None:
    program, _ = compiled([INJECT], dialect, timeouts={"workflowExecTimeout": limit})
    assert (program.run.timeout.fixed.ms, program.run.interrupt) == (3_600_000, interrupt)


def test_standing_events(compiled: Callable[..., Any]) -> None:
    events = [
        {"name": "e", "type": "t"},
        {"name": "unused", "type": "u"},
        {"name": "form", "type": "f", "source": "system.internal.cwm"},
    ]
    states = [
        {"name": "s", "type": "event", "onEvents": [{"eventRefs": ["e"]}], "transition": "c"},
        {"name": "c", "type": "callback", "action": {"functionRef": "f"}, "eventRef": "form", "end": True},
    ]
    assert [e.name for e in compiled(states, "cwm", events=events)[0].run.standing] == ["e"]
    assert compiled(states, "v08", events=events)[0].run.standing == ()
    assert [e.name for e in compiled(states, "v08", events=events, keepActive=True)[0].run.standing] == ["e"]


def children(asked: list[ChildRef], stored: set[str]) -> dict[str, Any]:
    def exists(child: ChildRef) -> bool:
        asked.append(child)
        return child.name in stored

    return {"children": exists}


def test_cwm_row_36(compiled: Callable[..., Any]) -> None:
    """A parent is refused while its child is not stored, and accepted once it is."""
    states = [
        {
            "name": "s",
            "type": "operation",
            "actions": [{"subFlowRef": {"workflowId": "Child", "version": "1.0"}}],
            "end": True,
        }
    ]
    asked: list[ChildRef] = []
    program, problems = compiled(states, "cwm", context=children(asked, set()))
    assert program is None
    assert [(p.code, p.severity, p.pointer) for p in problems] == [
        ("ref-subflow", "error", "/states/0/actions/0/subFlowRef/workflowId")
    ]
    program, problems = compiled(states, "cwm", context=children(asked, {"Child"}))
    assert program is not None
    assert asked[-1] == ChildRef("Child", "1.0", dialect="cwm")


def test_elsewhere_a_child_may_come_later(compiled: Callable[..., Any]) -> None:
    states = [{"name": "s", "type": "operation", "actions": [{"subFlowRef": "c"}], "end": True}]
    program, problems = compiled(states, context=children([], set()))
    assert program is not None
    assert [(p.code, p.severity) for p in problems] == [("ref-subflow", "warning")]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 5)
    | st.sampled_from(["s", "f", "e", "PT1S", "${ .a }", "${ .a", "$.", "event", "foreach"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "type",
                    "actions",
                    "functionRef",
                    "end",
                    "transition",
                    "onErrors",
                    "eventRefs",
                    "onEvents",
                    "refName",
                    "data",
                    "timeouts",
                    "retryRef",
                    "then",
                    "when",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=25,
)
KINDS = st.sampled_from(["operation", "switch", "sleep", "inject", "parallel", "foreach", "event", "callback"])
PARTS = st.sampled_from(
    [
        "actions",
        "branches",
        "onEvents",
        "dataConditions",
        "eventConditions",
        "defaultCondition",
        "stateDataFilter",
        "timeouts",
        "onErrors",
        "end",
        "action",
        "metadata",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.builds(
            lambda kind, parts: {"name": "s", "type": kind, **parts}, KINDS, st.dictionaries(PARTS, JSON, max_size=4)
        ),
        max_size=3,
    ),
    st.dictionaries(
        st.sampled_from(
            ["functions", "events", "errors", "retries", "auth", "start", "timeouts", "constants", "dataInputSchema"]
        ),
        JSON,
        max_size=4,
    ),
    st.sampled_from(["v08", "v09", "cwm"]),
)
def test_never_raises(states: list[Any], parts: dict[str, Any], dialect: Any) -> None:
    program, problems = compile_states(
        {"name": "a", "version": "1", "states": states, **parts}, dialect, CompileContext("d", dialect)
    )
    assert (program is None) == (not states or any(p.severity == "error" for p in problems)) or program is None
