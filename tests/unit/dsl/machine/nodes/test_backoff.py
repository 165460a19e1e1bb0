from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from weft.dsl.machine.durations import MAX_MS, Duration
from weft.dsl.machine.nodes.backoff import retry_delay
from weft.dsl.machine.program import Delay, RetrySpec


@pytest.fixture
def place(told: Callable[..., Any], turn_of: Callable[..., Any]) -> Any:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    return turn, next(iter(turn.tokens.values()))


@pytest.mark.parametrize(
    ("backoff", "delays"), [("constant", [2, 2, 2, 2]), ("linear", [2, 4, 6, 8]), ("exponential", [2, 4, 8, 16])]
)
def test_growth(place: Any, backoff: Any, delays: list[int]) -> None:
    spec = RetrySpec(delay=Delay(Duration(2)), backoff=backoff)
    assert [retry_delay(*place, spec, k) for k in range(1, 5)] == delays


def test_jitter_is_added_between_its_ends(place: Any) -> None:
    spec = RetrySpec(delay=Delay(Duration(100)), jitter_from=Delay(Duration(10)), jitter_to=Delay(Duration(20)))
    found = {retry_delay(*place, spec, 1) for _ in range(300)}
    assert min(found) >= 110 and max(found) <= 120 and len(found) == 11


def test_delays_are_bounded(place: Any) -> None:
    spec = RetrySpec(delay=Delay(Duration(10_000)), backoff="exponential")
    assert retry_delay(*place, spec, 5_000) == MAX_MS


def test_no_delay(place: Any) -> None:
    assert retry_delay(*place, RetrySpec(), 3) == 0
