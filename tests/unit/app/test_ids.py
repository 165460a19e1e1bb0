from __future__ import annotations

import uuid

from weft.app.ids import SystemIds


class Clock:
    ms = 1_770_000_000_000

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return 0.0


def test_uuid4_is_one():
    ids = SystemIds(Clock())
    made = {ids.uuid4() for _ in range(100)}
    assert len(made) == 100
    for text in made:
        value = uuid.UUID(text)
        assert (str(value), value.version, value.variant) == (text, 4, uuid.RFC_4122)


def test_uuid7_carries_the_time_and_only_grows():
    clock = Clock()
    ids = SystemIds(clock)
    made = [ids.uuid7() for _ in range(10_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)
    first = uuid.UUID(made[0])
    assert (first.int >> 80, first.int >> 76 & 0xF, first.variant) == (clock.ms, 7, uuid.RFC_4122)


def test_uuid7_grows_while_the_clock_steps_back():
    clock = Clock()
    ids = SystemIds(clock)
    before = ids.uuid7()
    clock.ms -= 60_000
    assert ids.uuid7() > before


def test_tokens_are_random_bytes():
    ids = SystemIds(Clock())
    assert len(ids.token(32)) == 32
    assert ids.token(32) != ids.token(32)
