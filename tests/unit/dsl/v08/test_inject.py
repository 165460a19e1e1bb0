"""Inject states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_data_are_literal(compiled: Callable[..., Any]) -> None:
    data = {"a": 1, "list": [{"t": "${ .x }"}]}
    program, problems = compiled([{"name": "s", "type": "inject", "data": data, "end": True}])
    assert program.nodes[0].spec.work.data == data
    assert [(p.code, p.severity, p.pointer) for p in problems] == [
        ("expression-in-static-data", "warning", "/states/0/data/list/0/t")
    ]
