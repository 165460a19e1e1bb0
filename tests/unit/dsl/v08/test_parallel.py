"""Parallel states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

BRANCHES = [
    {
        "name": "A",
        "actions": [{"functionRef": "f"}],
        "timeouts": {"branchExecTimeout": "PT1S", "actionExecTimeout": "PT2S"},
    },
    {"name": "B", "actions": [{"functionRef": "f"}]},
]


def parallel(**parts: Any) -> list[dict[str, Any]]:
    return [{"name": "s", "type": "parallel", "branches": BRANCHES, "end": True, **parts}]


def test_limits_of_branches(compiled: Callable[..., Any]) -> None:
    program, _ = compiled(parallel(timeouts={"branchExecTimeout": "PT9S"}))
    lines = [program.nodes[branch.line] for branch in program.nodes[0].spec.work.branches]
    assert [line.spec.limit.ms for line in lines] == [1000, 9000]
    limits = [program.nodes[line.spec.body].spec.limit for line in lines]
    assert [limit and limit.ms for limit in limits] == [2000, None]
    assert lines[0].name == "A"


@pytest.mark.parametrize(("number", "need"), [(1, 1), ("2", 2), (9, 2), (0, 1)])
def test_how_many(spec: Callable[..., Any], number: Any, need: int) -> None:
    assert spec(parallel(completionType="atLeast", numCompleted=number)).work.need == need


def test_all(spec: Callable[..., Any], codes: Callable[..., Any]) -> None:
    assert spec(parallel(numCompleted=1)).work.need == 0
    assert codes(parallel(completionType="atLeast", numCompleted="two")) == {("number-text", "/states/0/numCompleted")}
