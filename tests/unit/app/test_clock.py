from __future__ import annotations

from weft.app.clock import SystemClock


def test_times_move_forward_and_are_of_this_century():
    clock = SystemClock()
    assert 1_700_000_000_000 < clock.now_ms() < 4_100_000_000_000
    assert clock.monotonic() <= clock.monotonic()
