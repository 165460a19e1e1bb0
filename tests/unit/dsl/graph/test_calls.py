"""Calls, activities, children, people: what is checked when a definition is saved."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.document.context import CompileOptions
from weft.dsl.graph.calls import ACTIVITY, computed

URL = {"_url": "https://h"}


@pytest.mark.parametrize(
    ("task", "code"),
    [
        ({"_type": "REST_CONNECTOR"}, "property-missing"),
        ({"_type": "REST_CONNECTOR", "_inputParams": {**URL, "_method": "BREW"}}, "enum"),
        ({"_type": "REST_CONNECTOR", "_inputParams": {**URL, "_auth": {"_type": "Magic"}}}, "enum"),
        ({"_type": "HTTP", "_inputParams": {"uri": "u"}}, "property-missing"),
        ({"_type": "HTTP", "_inputParams": {"http_request": {"method": "GET"}}}, "property-missing"),
        ({"_type": "HAYSTACK", "_inputParams": {"_action": "write"}}, "enum"),
        ({"_type": "HAYSTACK", "_inputParams": {"_action": "pointhistory"}}, "property-missing"),
        ({"_type": "MQTT_PUBLISH", "_inputParams": {"_topic": "a/#", "_messages": [1], "_resourceId": "r"}}, "pattern"),
        ({"_type": "MQTT_PUBLISH", "_inputParams": {"_topic": "a", "_messages": [], "_resourceId": "r"}}, "count"),
        ({"_type": "MQTT_PUBLISH", "_inputParams": {"_topic": "a", "_messages": [1]}}, "property-missing"),
        ({"_type": "AI_CONVERSE", "_inputParams": {"_userPrompt": "p"}}, "property-missing"),
        (
            {"_type": "AI_CONVERSE", "_inputParams": {"_teamId": "t", "_userPrompt": "${workflow.secrets.k}"}},
            "secret-leak",
        ),
        ({"_type": "SIMPLE", "_activity": "a.b"}, "ref-adapter"),
        ({"_type": "DYNAMIC"}, "property-missing"),
        ({"_type": "SUB_WORKFLOW"}, "property-missing"),
        ({"_type": "SUB_WORKFLOW", "_subWorkflowParam": {"version": 1}}, "property-missing"),
        ({"_type": "SUB_WORKFLOW", "_subWorkflowParam": {"name": "x", "version": True}}, "type"),
        ({"_type": "START_WORKFLOW"}, "property-missing"),
        ({"_type": "USER_INPUT", "_userInputPermissions": [{"_userType": "robot", "_id": "x"}]}, "type"),
        ({"_type": "USER_INPUT", "_sendNotification": "maybe"}, "enum"),
        ({"_type": "USER_INPUT", "_inputParams": {"_userInput": []}}, "type"),
        ({"_type": "USER_INPUT", "_inputParams": {"_userInput": {f"f{number}": {} for number in range(201)}}}, "count"),
    ],
)
def test_what_is_refused(codes: Any, task: dict[str, Any], code: str) -> None:
    assert code in [found for found, _ in codes([task])]


@pytest.mark.parametrize(
    "task",
    [
        {"_type": "REST_CONNECTOR", "_inputParams": {"url": "https://h", "_auth": {"_type": "Bearer Token"}}},
        {
            "_type": "REST_CONNECTOR",
            "_inputParams": {"_resourceId": "r", "_auth": {"_type": "OAuth2ClientCredentials"}},
        },
        {"_type": "REST_CONNECTOR", "_inputParams": {"_url": "${workflow.input.u}", "_method": "${workflow.input.m}"}},
        {"_type": "HTTP", "_inputParams": {"http_request": {"uri": "u", "method": "GET"}}},
        {"_type": "HAYSTACK", "_inputParams": {"_action": "About"}},
        {
            "_type": "MQTT_PUBLISH",
            "_inputParams": {"_topic": "a", "_messages": "${workflow.input.m}", "_resourceId": "r"},
        },
        {"_type": "SIMPLE", "_name": "alias"},
        {"_type": "SUB_WORKFLOW", "_subWorkflowParam": {"workflowDefinition": {"name": "x", "tasks": []}}},
        {"_type": "START_WORKFLOW", "_startWorkflow": {"name": "x"}},
        {"_type": "HUMAN"},
    ],
)
def test_what_is_accepted(codes: Any, task: dict[str, Any]) -> None:
    assert codes([task]) == []


def test_scripts(codes: Any, scripts: dict[str, Any]) -> None:
    task = {"_type": "SCRIPT_EXECUTION", "_inputParams": {"_userType": "a", "_scriptName": "b"}}
    assert codes([task]) == [("task-type-disabled", "/_taskDefs/0/_type")]
    assert codes([task], given=scripts) == []
    inline = {"_type": "SCRIPT_EXECUTION", "_inputParams": {"_script": "1", "_language": "cobol"}}
    assert [code for code, _ in codes([inline], given=scripts)] == ["enum"]
    assert [code for code, _ in codes([{"_type": "SCRIPT_EXECUTION"}], given=scripts)] == ["property-missing"] * 2


def test_activities_that_are_known(codes: Any) -> None:
    given = {"options": CompileOptions(adapters=lambda name: name == "alias")}
    assert codes([{"_type": "SIMPLE", "_activity": "alias", "_name": "x"}], given=given) == []
    found = codes([{"_type": "SIMPLE", "_activity": "acme.x.v1.0.0.f.A", "_name": "x"}], given=given)
    assert found == [("ref-adapter", "/_taskDefs/0/_activity")]


def test_a_queue_of_its_own(spec: Any) -> None:
    work = spec({"_type": "SIMPLE", "_name": "alias", "_worker": "fast"}).work
    assert (work.kind, work.target, work.queue) == ("adapter", "alias", "fast")


def test_a_wait_that_cannot_be_read_is_a_warning(codes: Any) -> None:
    assert codes([{"_type": "WAIT", "_inputParams": {"duration": "soon"}}]) == [
        ("duration", "/_taskDefs/0/_inputParams/duration")
    ]


def test_names_of_activities() -> None:
    for name in ("acme.geo.@latest.lookup.Batch", "acme.geo.v1.0.0.a.b.C", "system.function.v1.0.0.common.NoOp"):
        assert ACTIVITY.fullmatch(name)
    for name in ("a.b.c", "acme.geo.1.0.f.A", "acme.geo.v1.0.0.A", "a/b.c.v1.d.E"):
        assert not ACTIVITY.fullmatch(name)
    assert computed("${x}")
    assert not computed(5)


def test_a_request_may_be_computed_as_a_whole(codes: Any) -> None:
    assert codes([{"_type": "HTTP", "_inputParams": {"http_request": "${workflow.input.r}"}}]) == []
    assert codes([{"_type": "HTTP", "_inputParams": {"http_request": {"uri": "https://h"}}}]) == [
        ("property-missing", "/_taskDefs/0/_inputParams/http_request")
    ]
