from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

from weft.dsl.machine.chance import between, draw, fraction, identifier


def test_values_are_the_seeds(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    first, second = draw(turn), draw(turn)
    assert first == blake2b((0).to_bytes(8, "big"), key=b"s" * 32, digest_size=16).digest()
    assert first != second
    assert turn.state.next_random == 2


def test_ranges(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    assert all(0 <= fraction(turn) < 1 for _ in range(200))
    drawn = {between(turn, 3, 5) for _ in range(200)}
    assert drawn == {3, 4, 5}
    assert between(turn, 7, 7) == 7
    assert between(turn, 7, 3) == 7


def test_identifiers_are_uuids(told: Callable[..., Any], turn_of: Callable[..., Any]) -> None:
    import uuid

    turn = turn_of(told([{"w": {"wait": "PT1S"}}]))
    made = [identifier(turn) for _ in range(20)]
    assert len(set(made)) == 20
    assert all(uuid.UUID(text).version == 4 for text in made)
