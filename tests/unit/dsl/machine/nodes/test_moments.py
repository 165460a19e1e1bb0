"""Durations and moments as tasks write them."""

from __future__ import annotations

from typing import Any

import pytest

from weft.dsl.machine.nodes.moments import length_ms, moment_ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("10m20s", 620_000),
        ("2 hours 30 minutes", 9_000_000),
        ("PT30S", 30_000),
        ("1d", 86_400_000),
        ("3 Days", 259_200_000),
        (2, 2_000),
        (0.5, 500),
        ("", None),
        ("soon", None),
        ("10 parsecs", None),
        (-1, None),
        (True, None),
        (None, None),
        ("9" * 13 + "s", None),
        (1e300, None),
    ],
)
def test_lengths(text: Any, ms: int | None) -> None:
    assert length_ms(text, 0) == ms


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1970-01-02", 86_400_000),
        ("1970-01-01 01:00", 3_600_000),
        ("1970-01-01 01:00 GMT+1", 0),
        ("1970-01-01T01:00:00+01:00", 0),
        ("1970-01-01T00:00:01.250Z", 1_250),
        ("1970-01-01 00:00 UTC", 0),
        ("1969-12-31 23:00 -01:00", 0),
        ("2023-02-29", None),
        ("2023-13-01", None),
        ("2023-01-01 25:00", None),
        ("2023-01-01 10:00 +19:00", None),
        ("2023-01-01 10:00 Mars/Base", None),
        ("2023-01-01 10:00 Europe/Berlin", 1_672_563_600_000),
        ("2023-07-01 [Europe/Berlin]", 1_688_162_400_000),
        ("2023-01-01 10:00 +01:00 Europe/Berlin", None),
        ("2023-02-30 Europe/Berlin", None),
        (5, None),
        ("", None),
    ],
)
def test_moments(text: Any, ms: int | None) -> None:
    assert moment_ms(text) == ms
