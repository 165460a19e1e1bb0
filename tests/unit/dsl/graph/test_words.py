"""The built-in words of graphs."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("word", "parameters", "kind"),
    [
        ("http", {"url": "u"}, "task-activity"),
        ("http", {"$resourceId": "r"}, "task-activity"),
        ("mqtt", {"$resourceId": "r", "topic": "t", "messages": ["m"]}, "task-activity"),
        ("haystack", {"action": "read"}, "task-activity"),
        ("ai", {"resourceId": "r", "userPrompt": "p"}, "task-activity"),
        ("set", {"a": 1}, "task-value"),
        ("noop", {}, "task-value"),
        ("jq", {"expression": "."}, "task-value"),
        ("wait", {"duration": "1s"}, "task-wait"),
        ("User Input", {}, "task-person"),
        ("event", {"type": "a.b"}, "task-event"),
        ("workflow", {"workflowId": "w"}, "task-child"),
        ("start_workflow", {"workflowId": "w"}, "task-child"),
    ],
)
def test_words(graph: Any, word: str, parameters: dict[str, Any], kind: str) -> None:
    compiled = graph([{"id": "a", "name": word, "parameters": parameters}])
    assert compiled.program is not None, compiled.problems
    assert compiled.program.nodes[1].kind == kind


@pytest.mark.parametrize(
    ("word", "parameters", "code"),
    [
        ("http", {}, "property-missing"),
        ("jq", {}, "property-missing"),
        ("jq", {"expression": ".a ["}, "expression-syntax"),
        ("wait", {}, "property-missing"),
        ("wait", {"duration": "1s", "until": "2099-01-01"}, "property-missing"),
        ("workflow", {}, "property-missing"),
        ("event", {}, "property-missing"),
        ("userInput", {"permissions": [{"userType": "robot", "id": "x"}]}, "type"),
        ("script", {"userType": "a", "scriptName": "b"}, "task-type-disabled"),
        ("set", {"x": "${workflow.secrets.k}"}, "secret-leak"),
        ("http", {"url": "u", "method": "FETCH"}, "enum"),
        ("http", {"url": 5}, "type"),
        ("mqtt", {"topic": "t", "messages": ["m"]}, "property-missing"),
        ("mqtt", {"$resourceId": "r", "topic": "t/#", "messages": ["m"]}, "pattern"),
        ("mqtt", {"$resourceId": "r", "topic": "t", "messages": []}, "count"),
        ("haystack", {"$resourceId": "r", "action": "eval"}, "enum"),
        ("haystack", {"$resourceId": "r", "action": "pointhistory"}, "property-missing"),
        ("ai", {"userPrompt": "p"}, "property-missing"),
        ("ai", {"$resourceId": "r", "userPrompt": "${workflow.secrets.k}"}, "secret-leak"),
        ("userInput", {"form": 5}, "type"),
        ("userInput", {"form": {f"f{number}": {} for number in range(201)}}, "count"),
    ],
)
def test_what_is_refused(graph: Any, word: str, parameters: dict[str, Any], code: str) -> None:
    compiled = graph([{"id": "a", "name": word, "parameters": parameters}])
    assert compiled.program is None
    assert code in [problem.code for problem in compiled.problems]


def test_a_subject_may_be_the_resource_of_a_call(graph: Any) -> None:
    task = {"id": "a", "name": "ai", "subjectId": "r", "parameters": {"userPrompt": "p"}}
    assert graph([task]).program is not None


def test_a_script_where_it_is_allowed(graph: Any, scripts: dict[str, Any]) -> None:
    task = {"id": "a", "name": "script", "parameters": {"userType": "a", "scriptName": "b", "arg": 1}}
    program = graph([task], given=scripts).program
    assert program.nodes[1].spec.work.target == "graph:script"


def test_only_a_script_gives_its_value_as_it_is(graph: Any, scripts: Any) -> None:
    script = {"id": "a", "name": "script", "parameters": {"userType": "u", "scriptName": "s"}}
    call = {"id": "b", "name": "http", "parameters": {"url": "https://h"}}
    program = graph([script, call], given=scripts).program
    assert [program.nodes[program.positions[f"/tasks/{at}"]].spec.work.wraps for at in (0, 1)] == [False, True]
