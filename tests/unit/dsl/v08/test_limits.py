"""Time limits and their levels."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.v08.draft import Draft
from weft.dsl.v08.limits import branch_limit, limits_of
from weft.dsl.v08.lowering import Lowering

Make = Callable[..., Lowering]


def limits(made: Lowering, state: dict[str, Any], top: dict[str, Any]) -> Any:
    draft = Draft({"states": [{"name": "s", "type": "operation", **state}], "timeouts": top}, made.draft.dialect)
    made.draft = draft
    return limits_of(draft.states[0], made)


def test_lower_levels_win(lowering: Make) -> None:
    found = limits(
        lowering(), {"timeouts": {"actionExecTimeout": "PT1S"}}, {"actionExecTimeout": "PT9S", "eventTimeout": "PT5S"}
    )
    assert (found.action.ms, found.event.ms, found.branch, found.state) == (1000, 5000, None, None)


@pytest.mark.parametrize(
    ("dialect", "value", "ms"),
    [
        ("v08", "PT7S", 7000),
        ("v08", {"single": "PT2S", "total": "PT5S"}, 2000),
        ("cwm", {"single": "PT2S", "total": "PT5S"}, 5000),
    ],
)
def test_of_states(lowering: Make, dialect: str, value: Any, ms: int) -> None:
    assert limits(lowering(dialect), {"timeouts": {"stateExecTimeout": value}}, {}).state.ms == ms


@pytest.mark.parametrize(
    ("action", "applies"),
    [
        ({"functionRef": "f"}, True),
        ({"functionRef": "f", "retryRef": "r"}, False),
        ({"functionRef": "f", "sleep": {}}, False),
        ({"subFlowRef": "c"}, False),
    ],
)
def test_server_default_of_states(lowering: Make, action: dict[str, Any], applies: bool) -> None:
    assert limits(lowering("cwm"), {"actions": [action]}, {}).default_state is applies
    assert not limits(lowering(), {"actions": [action]}, {}).default_state


def test_written_limits_switch_defaults_off(lowering: Make) -> None:
    found = limits(
        lowering("cwm"), {"actions": [{"functionRef": "f"}]}, {"stateExecTimeout": "PT0S", "eventTimeout": "PT0S"}
    )
    assert (found.default_state, found.default_event, found.default_action) == (False, False, True)
    assert (found.state, found.event) == (None, None)


def test_branches(lowering: Make) -> None:
    made = lowering("cwm")
    outer = limits(made, {}, {})
    inner = branch_limit({"timeouts": {"actionExecTimeout": "PT1S"}}, "/b", outer, made)
    assert (inner.action and inner.action.ms, inner.default_action, outer.default_action) == (1000, False, True)
    assert branch_limit({}, "/b", outer, made) is outer
