from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.program import DONE, END


def test_cases_in_order_and_the_default_apart(node: Callable[..., Any]) -> None:
    made = node(
        {
            "switch": [
                {"d": {"then": "end"}},
                {"a": {"when": ".a", "then": "exit"}},
                {"b": {"when": ".b", "then": "continue"}},
            ]
        }
    )
    assert [case.next for case in made.spec.cases] == [DONE, DONE]
    assert made.spec.default.next == END


def test_targets_and_counts(codes: Callable[..., Any]) -> None:
    found = codes([{"x": {"switch": [{"a": {"then": "zz"}}, {"b": {"then": "exit"}}]}}])
    assert ("scope-target", "/do/0/x/switch/0/a/then") in found
    assert ("switch-default-count", "/do/0/x/switch/1/b") in found
