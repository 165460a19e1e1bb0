"""What tasks share when they are lowered."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.expr import Budget


def test_programs_are_not_substituted_but_shown(spec: Any) -> None:
    given = {"x": "$${a}", "expression": '"${x}"'}
    made = spec({"_type": "INLINE", "_inputParams": given})
    assert made.input.evaluate(None, (), Budget()) == {"x": "${a}", "expression": '"${x}"'}


@pytest.mark.parametrize("word", ["HTTP", "EVENT", "SUB_WORKFLOW"])
def test_only_workers_activities_have_heartbeats(spec: Any, word: str) -> None:
    task = {"_type": word, "_inputParams": {"uri": "u", "method": "GET"}, "_subWorkflowParam": {"name": "x"}}
    assert spec(task).response_ms == 0
    assert spec({"_type": "SIMPLE", "_name": "acme.x.v1.0.0.f.A", "_taskReferenceName": "a"}).response_ms == 3_600_000


def test_inputs_are_an_object(codes: Any) -> None:
    assert codes([{"_type": "WAIT", "_inputParams": [1]}]) == [("type", "/_taskDefs/0/_inputParams")]


def test_a_join_needs_its_fork(codes: Any) -> None:
    assert codes([{"_type": "WAIT"}, {"_type": "JOIN"}]) == [("ref-task", "/_taskDefs/1")]


def test_secrets_only_where_calls_are(codes: Any) -> None:
    where = {"x": "${workflow.secrets.k}"}
    assert codes([{"_type": "EVENT", "_inputParams": where}]) == [("secret-leak", "/_taskDefs/0/_inputParams/x")]
    assert codes([{"_name": "a", "_type": "SIMPLE", "_inputParams": where}]) == []
