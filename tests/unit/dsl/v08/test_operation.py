"""Operation states."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ACTIONS = [{"functionRef": "f"}, {"functionRef": "f"}]


def test_in_order(spec: Callable[..., Any]) -> None:
    work = spec([{"name": "s", "type": "operation", "actions": ACTIONS, "end": True}]).work
    assert [branch.line for branch in work.branches] == [-1]


def test_together(compiled: Callable[..., Any]) -> None:
    program, _ = compiled(
        [{"name": "s", "type": "operation", "actionMode": "parallel", "actions": ACTIONS, "end": True}]
    )
    lines = [program.nodes[branch.line] for branch in program.nodes[0].spec.work.branches]
    assert [line.kind for line in lines] == ["line", "line"]
    assert [program.nodes[line.spec.body].next for line in lines] == [-1, -1]


def test_without_actions(spec: Callable[..., Any]) -> None:
    assert spec([{"name": "s", "type": "operation", "actions": [], "end": True}]).work.branches == ()
    assert spec([{"name": "s", "type": "operation", "end": True}], "cwm").work.branches == ()
