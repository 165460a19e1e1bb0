from __future__ import annotations

import gc
import weakref

import pytest

from weft.app.garbage import calm_collector


class Knot:
    """Refers to itself: only the collector frees it."""

    def __init__(self) -> None:
        self.me = self


@pytest.fixture(autouse=True)
def _as_before():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


def test_what_lives_at_the_start_is_walked_no_more():
    kept = [Knot() for _ in range(100)]
    calm_collector()
    assert gc.get_freeze_count() >= len(kept)
    assert not any(entry is kept[0] for entry in gc.get_objects())


def test_cycles_that_come_later_are_still_freed():
    calm_collector()
    seen = weakref.ref(Knot())
    assert seen() is not None
    for _ in range(gc.get_threshold()[0] + 1):
        if seen() is None:
            break
        Knot()
    assert seen() is None


def test_it_runs_less_often_than_by_default():
    before = gc.get_threshold()
    calm_collector()
    assert gc.get_threshold()[0] > before[0]
