from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.machine.durations import Duration


def test_lengths(node: Callable[..., Any]) -> None:
    assert node({"wait": {"minutes": 1, "seconds": 2}}).spec.delay.fixed == Duration(62_000)
    assert node({"wait": "P1M"}).spec.delay.fixed == Duration(0, 1)
    assert node({"wait": "${ .d }"}).spec.delay.source is not None
