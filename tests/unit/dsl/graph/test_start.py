"""What whoever starts a run has to know of the definition."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.compile import Compiled, compile_document
from weft.dsl.document.context import CompileOptions
from weft.dsl.graph.start import ListStart, failure_input, failure_name, run_labels, start_of

WAIT = {"_type": "WAIT"}


def test_what_a_list_says_of_itself(compiled: Callable[..., Compiled]) -> None:
    found = compiled(
        [WAIT], _userType="u", _timeoutSeconds=0, _timeoutPolicy="ALERT_ONLY", _inputTemplate={"a": 1}, _description="d"
    )
    assert start_of(found.program) == ListStart(  # type: ignore[arg-type]
        {"a": 1}, description="d", label="u", timeout_s=0, timeout_policy="ALERT_ONLY"
    )
    assert start_of(compiled([WAIT]).program) == ListStart()  # type: ignore[arg-type]


def test_what_must_be_switched_on(graph: Callable[..., Compiled]) -> None:
    options = CompileOptions(allow=frozenset({"script"}))
    script = {"_type": "SCRIPT_EXECUTION", "_inputParams": {"_userType": "u", "_scriptName": "s"}}
    listed = compile_document({"_name": "n", "_taskDefs": [script]}, options=options)
    assert start_of(listed.program).features == ("script",)  # type: ignore[union-attr, arg-type]
    task = {"id": "t", "name": "script", "parameters": {"userType": "u", "scriptName": "s"}}
    made = graph([task], given={"options": options})
    assert start_of(made.program).features == ("script",)  # type: ignore[union-attr, arg-type]


def test_a_graph_says_what_it_is_for(graph: Callable[..., Compiled]) -> None:
    task = {"id": "t", "name": "noop"}
    assert start_of(graph([task], description="why").program).description == "why"  # type: ignore[union-attr, arg-type]
    assert start_of(graph([task], description=None).program).description == ""  # type: ignore[union-attr, arg-type]


def test_other_languages_say_nothing() -> None:
    text = "{document: {dsl: '1.0.0', namespace: n, name: a, version: '1.0.0'}, do: [{one: {set: {x: 1}}}]}"
    assert start_of(compile_document(text).program) is None  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name"),
    [("rescue", "rescue"), ("${workflow.input.on}", "other"), ("x-${workflow.input.on}", "x-other"),
     ("${workflow.input.none}", "")],
)  # fmt: skip
def test_the_name_of_the_failure_workflow(compiled: Callable[..., Compiled], text: str, name: str) -> None:
    start = start_of(compiled([WAIT], _failureWorkflow=text).program)  # type: ignore[arg-type]
    assert failure_name(start, {"input": {"on": "other"}}) == name  # type: ignore[arg-type]


def test_a_failure_workflow_is_not_named_by_tasks(codes: Callable[..., Any]) -> None:
    assert codes([{"_name": "w", "_type": "WAIT"}], _failureWorkflow="${workflow.variables.x}") == [
        ("expression-path", "/_failureWorkflow")
    ]


def test_what_a_failure_workflow_and_references_are_told() -> None:
    assert failure_input("timed_out", "j", "why", None) == {
        "workflowId": "j", "reason": "why", "failureStatus": "TIMED_OUT", "failureTaskId": None
    }  # fmt: skip
    assert run_labels("w", "c", "u") == {"workflowId": "w", "customerId": "c", "createdBy": "u"}
