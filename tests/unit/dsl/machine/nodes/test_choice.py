from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

CASES = [
    {"big": {"when": ".n > 10", "then": "big"}},
    {"other": {"then": "other"}},
    {"one": {"when": ".n == 1", "then": "exit"}},
    {"two": {"when": ".n == 2", "then": "end"}},
    {"on": {"when": ".n == 3", "then": "continue"}},
]
TASKS = [
    {
        "d": {
            "do": [
                {"s": {"switch": CASES}},
                {"next": {"set": {"at": "next"}, "then": "exit"}},
                {"big": {"set": {"at": "big"}, "then": "exit"}},
                {"other": {"set": {"at": "other"}}},
            ]
        }
    },
    {"after": {"set": "${ {after: .} }"}},
]


@pytest.mark.parametrize(
    ("n", "output"),
    [
        (11, {"after": {"at": "big"}}),
        (5, {"after": {"at": "other"}}),
        (1, {"after": {"n": 1}}),
        (2, {"n": 2}),
        (3, {"after": {"at": "next"}}),
    ],
)
def test_cases(told: Callable[..., Any], n: int, output: Any) -> None:
    assert told(TASKS, {"n": n}).told().output == output


def test_no_match_follows_the_tasks_own_then(told: Callable[..., Any]) -> None:
    tasks = [
        {"s": {"switch": [{"a": {"when": "false", "then": "b"}}], "then": "c"}},
        {"b": {"set": {"b": 1}}},
        {"c": {"set": {"c": 1}}},
    ]
    assert told(tasks).told().output == {"c": 1}
