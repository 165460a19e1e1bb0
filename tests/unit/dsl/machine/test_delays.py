from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest


@pytest.mark.parametrize(
    ("wait", "ms"),
    [
        ({"seconds": 2}, 2000),
        ("PT3S", 3000),
        ("${ .d }", 4000),
        ("${ {seconds: 5} }", 5000),
        (r'${ "PT\(.n)S" }', 6000),
    ],
)
def test_lengths(told: Callable[..., Any], wait: Any, ms: int) -> None:
    run = told([{"w": {"wait": wait}}], {"d": "PT4S", "n": 6})
    assert [c.due_at - run.at for c in run.acts] == [ms]


@pytest.mark.parametrize("wait", ["${ 5 }", "${ .nothing }", '${ "-PT1S" }'])
def test_no_duration_at_run_time(told: Callable[..., Any], wait: str) -> None:
    fault = told([{"w": {"wait": wait}}], {}).told().fault
    assert (fault.kind, fault.status, fault.instance) == ("validation", 400, "/do/0/w")
