"""Foreach states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.document.context import CompileOptions


def foreach(**parts: Any) -> list[dict[str, Any]]:
    return [
        {
            "name": "s",
            "type": "foreach",
            "inputCollection": ".xs",
            "actions": [{"functionRef": "f"}],
            "end": True,
            **parts,
        }
    ]


@pytest.mark.parametrize(
    ("dialect", "parts", "wave"),
    [
        ("v08", {}, 50),
        ("v08", {"batchSize": 2}, 2),
        ("v08", {"batchSize": "3"}, 3),
        ("v08", {"mode": "sequential"}, 1),
        ("cwm", {}, 1),
        ("cwm", {"mode": "parallel", "batchSize": 500}, 50),
    ],
)
def test_waves(spec: Callable[..., Any], dialect: str, parts: dict[str, Any], wave: int) -> None:
    assert spec(foreach(**parts), dialect).work.wave == wave


def test_a_setting_caps_waves(compiled: Callable[..., Any]) -> None:
    program, _ = compiled(foreach(batchSize=9), context={"options": CompileOptions(max_parallel=4)})
    assert program.nodes[0].spec.work.wave == 4


@pytest.mark.parametrize("name", ["tx", ".tx", "${ .tx }", "$tx"])
def test_the_name_of_the_element(compiled: Callable[..., Any], name: str) -> None:
    action = {"functionRef": "f", "condition": "${ $tx > 1 }"}
    program, problems = compiled(foreach(iterationParam=name, actions=[action]))
    assert program is not None, problems
    assert program.nodes[program.nodes[0].spec.work.line].spec.param == "tx"


def test_refused(codes: Callable[..., Any]) -> None:
    assert codes(foreach(iterationParam="a b")) == {("expression-path", "/states/0/iterationParam")}
    assert codes(foreach(iterationParam="CONST")) == {("expression-path", "/states/0/iterationParam")}
    assert codes(foreach(batchSize="all")) == {("number-text", "/states/0/batchSize")}
    assert codes(foreach(outputCollection=".a + 1")) == {("expression-path", "/states/0/outputCollection")}
    # the element's name is known to the actions only
    assert codes(foreach(stateDataFilter={"output": "${ $item }"})) == {
        ("expression-variable", "/states/0/stateDataFilter/output")
    }


def test_in_cwm_any_key_may_name_the_element(compiled: Callable[..., Any], codes: Callable[..., Any]) -> None:
    action = {"functionRef": "f", "condition": '${ .["dev-1 x"] > 1 }'}
    program, problems = compiled(foreach(iterationParam="dev-1 x", actions=[action]), "cwm")
    assert program is not None, problems
    assert program.nodes[program.nodes[0].spec.work.line].spec.param == "dev-1 x"
    assert codes(foreach(iterationParam="CONST"), "cwm") == {("expression-path", "/states/0/iterationParam")}
    assert codes(foreach(iterationParam="a\tb"), "cwm") == {("expression-path", "/states/0/iterationParam")}
