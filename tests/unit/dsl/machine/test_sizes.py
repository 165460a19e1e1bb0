from __future__ import annotations

from typing import Any

from weft.dsl.machine.sizes import larger_than


def test_small_values_fit() -> None:
    for value in (None, True, 1, 1.5, "x", [], {}, {"a": [1, 2]}):
        assert larger_than(value, 100) == 0


def test_texts_and_members_count() -> None:
    assert larger_than("x" * 101, 100) == 101
    assert larger_than({"k" * 101: 1}, 100) > 100
    assert larger_than([0] * 20, 100) > 100


def test_shared_parts_are_counted_every_time_without_walking_them_all() -> None:
    value: Any = ["x"]
    for _ in range(60):
        value = [value, value]
    assert larger_than(value, 1_000_000) > 1_000_000
