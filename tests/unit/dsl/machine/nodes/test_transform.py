from __future__ import annotations

from collections.abc import Callable
from typing import Any


def test_the_result_is_the_output(told: Callable[..., Any]) -> None:
    run = told([{"s": {"set": {"a": "${ .x }", "b": ["n ${ .x }", "${ .x }"], "c": 1}}}], {"x": 2, "gone": 1})
    assert run.told().output == {"a": 2, "b": ["n 2", 2], "c": 1}


def test_input_values_are_shared_and_not_changed(told: Callable[..., Any]) -> None:
    given = {"x": {"y": [1]}}
    run = told([{"s": {"set": "${ .x.y += [2] }"}}], given)
    assert (run.told().output, given) == ({"x": {"y": [1, 2]}}, {"x": {"y": [1]}})
