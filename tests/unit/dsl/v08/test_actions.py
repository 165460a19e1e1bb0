"""Actions and what they call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.document.context import CompileOptions
from weft.dsl.machine.program import DONE
from weft.dsl.machine.states import ActivityCall, ChildCall, EmitCall, ExpressionCall, LogCall

FUNCTIONS = [
    {"name": "f", "operation": "dev.Do", "metadata": {"worker": "w"}},
    {"name": "x", "type": "expression", "operation": ".a"},
    {"name": "log", "type": "custom", "operation": "sysout"},
    {"name": "h", "operation": "u#op"},
]


def state(*actions: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    return [{"name": "s", "type": "operation", "actions": list(actions), "end": True, **more}]


@pytest.fixture
def lowered(compiled: Callable[..., Any]) -> Callable[..., Any]:
    def run(action: dict[str, Any], dialect: str = "v08", **more: Any) -> Any:
        program, problems = compiled(state(action, **more), dialect, functions=FUNCTIONS)
        assert program is not None, problems
        return program.nodes[program.nodes[0].spec.work.branches[0].body]

    return run


def test_calls(lowered: Callable[..., Any]) -> None:
    def call(action: dict[str, Any], dialect: str = "v08") -> Any:
        return lowered(action, dialect).spec.call

    assert isinstance(call({"functionRef": "x"}), ExpressionCall)
    assert isinstance(call({"functionRef": "log"}), LogCall)
    activity = call({"functionRef": "f"})
    assert isinstance(activity, ActivityCall)
    assert (activity.kind, activity.target, activity.queue, activity.whole) == ("adapter", "dev.Do", "w", False)
    assert call({"functionRef": {"refName": "f", "arguments": {"input": 1}}}).whole
    assert not call({"functionRef": {"refName": "f", "arguments": {"host": 1}}}).whole
    assert call({"functionRef": "h"}).kind == "http"
    child = call({"subFlowRef": {"workflowId": "c", "version": "2", "onParentComplete": "continue"}})
    assert isinstance(child, ChildCall)
    assert (child.identity.name, child.identity.version, child.on_parent_close) == ("c", "2", "abandon")
    both = call({"eventRef": {"triggerEventRef": "e", "resultEventRef": "e", "resultEventTimeout": "PT1S"}})
    assert isinstance(both, EmitCall)
    assert (both.event is None, both.result is None, both.timeout.ms) == (False, False, 1000)
    only = call({"name": "p", "publish": {"event": "e"}}, "v09")
    assert (only.event is None, only.result) == (False, None)
    wait = call({"name": "w", "subscribe": {"event": "e"}}, "v09")
    assert (wait.event, wait.result is None) == (None, False)


def test_names_of_results(lowered: Callable[..., Any]) -> None:
    assert lowered({"name": "ask", "functionRef": "f"}).spec.place.name == "ask-output"
    assert lowered({"functionRef": "f"}).spec.place.name == "f-output"
    assert lowered({"functionRef": "f"}, "cwm").spec.place.name == "action-output"


def test_limits(lowered: Callable[..., Any]) -> None:
    limits = {"timeouts": {"actionExecTimeout": "PT9S"}}
    assert lowered({"functionRef": "f"}, **limits).spec.limit.ms == 9000
    assert lowered({"subFlowRef": "c"}, **limits).spec.limit.ms == 9000
    assert lowered({"subFlowRef": "c"}, "cwm", **limits).spec.limit is None
    assert lowered({"functionRef": "f"}, "cwm").spec.default_limit
    assert not lowered({"subFlowRef": "c"}, "cwm").spec.default_limit


def test_actions_are_linked(compiled: Callable[..., Any]) -> None:
    program, _ = compiled(state({"functionRef": "f"}, {"functionRef": "f", "invoke": "x"}))
    first = program.nodes[program.nodes[0].spec.work.branches[0].body]
    assert program.nodes[first.next].next == DONE
    assert (first.position, first.parent, first.name) == ("/states/0/actions/0", 0, "f")


def test_detached(lowered: Callable[..., Any]) -> None:
    assert lowered({"functionRef": {"refName": "f", "invoke": "async"}}).spec.detached
    assert not lowered({"functionRef": "f"}).spec.detached


def test_problems(codes: Callable[..., set[tuple[str, str]]]) -> None:
    assert codes(state({"functionRef": "no"})) == {("ref-function", "/states/0/actions/0/functionRef")}
    assert codes(state({"functionRef": {"refName": "no"}})) == {
        ("ref-function", "/states/0/actions/0/functionRef/refName")
    }
    assert codes(state({"name": "x"})) == {("property-missing", "/states/0/actions/0")}
    leak = {"functionRef": "f", "condition": "${ $SECRETS.k == 1 }"}
    assert codes(state(leak)) == {("secret-leak", "/states/0/actions/0/condition")}
    assert codes(state({"functionRef": "f", "sleep": {"before": "1s"}})) == {
        ("duration", "/states/0/actions/0/sleep/before")
    }
    undo = {"name": "a", "functionRef": "f", "onErrors": [{"then": {"compensate": "s"}}]}
    assert codes(state(undo), "v09") == {("unsupported-action-compensation", "/states/0/actions/0/onErrors")}


def test_an_adapter_that_is_not_there(compiled: Callable[..., Any]) -> None:
    options = CompileOptions(adapters=lambda name: name != "dev.Do")
    program, problems = compiled(state({"functionRef": "f"}), context={"options": options})
    assert program is not None
    assert [(p.code, p.severity, p.pointer) for p in problems] == [("ref-adapter", "warning", "/functions/0/operation")]


def test_everything_wrong_with_an_action_is_told_at_once(codes: Callable[..., Any]) -> None:
    action = {"functionRef": "nope", "retryRef": "never", "condition": "${ . ==", "sleep": {"before": "5"}}
    state = {"name": "s", "type": "operation", "actions": [action], "end": True}
    assert {code for code, _ in codes([state])} == {"ref-function", "ref-retry", "expression-syntax", "duration"}
