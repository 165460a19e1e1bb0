from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.api.workflowsvc.times import DAY_MS, BadDate, after, lower_bound, shown, shown_or_null, upper_bound


def ms(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp() * 1000)


def test_shown_with_six_digits():
    assert shown(ms(2026, 4, 7, 9, 15, 2) + 104) == "2026-04-07T09:15:02.104000Z"
    assert shown(0) == "1970-01-01T00:00:00.000000Z"
    assert shown_or_null(0) is None


@given(st.integers(0, 4_000_000_000_000))
def test_what_is_shown_can_be_asked_for(at: int):
    assert lower_bound(shown(at)) == at
    assert upper_bound(shown(at)) == at + 1


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("2026-02-01", ms(2026, 2, 1), ms(2026, 2, 2)),
        ("2026-02-29", ms(2026, 2, 28), ms(2026, 3, 1)),
        ("2024-02-30", ms(2024, 2, 29), ms(2024, 3, 1)),
        ("2026-04-31", ms(2026, 4, 30), ms(2026, 5, 1)),
        ("2026-03-01T12:00", ms(2026, 3, 1, 12), ms(2026, 3, 1, 12) + 1),
        ("2026-03-01T12:00:00+02:00", ms(2026, 3, 1, 10), ms(2026, 3, 1, 10) + 1),
        ("2026-03-01T12:00:00 02:00", ms(2026, 3, 1, 10), ms(2026, 3, 1, 10) + 1),
        ("2026-03-01T12:00:00-0130", ms(2026, 3, 1, 13, 30), ms(2026, 3, 1, 13, 30) + 1),
        ("2026-02-30T23:59:59.9Z", ms(2026, 2, 28, 23, 59, 59) + 900, ms(2026, 2, 28, 23, 59, 59) + 901),
        ("2026-03-01T00:00:00.000000001Z", ms(2026, 3, 1) + 1, ms(2026, 3, 1) + 1),
        ("9999-12-31", ms(9999, 12, 31), ms(9999, 12, 31) + DAY_MS),
    ],
)
def test_bounds(text: str, low: int, high: int):
    assert lower_bound(text) == low
    assert upper_bound(text) == high


@pytest.mark.parametrize(
    "text",
    ["2026-13-01", "2026-00-01", "2026-02-32", "2026-02-00", "0000-01-01", "26-01-01", "2026-1-1", "today",
     "2026-03-01T24:00", "2026-03-01T12", "2026-03-01T12:60", "2026-03-01T12:00:60", "2026-03-01T12:00+25:00",
     "2026-03-01T12:00+02:60", "2026-03-01 12:00", "٢٠٢٦-01-01", "2026-03-01T12:00:00.1234567890Z"],
)  # fmt: skip
def test_other_texts_are_no_dates(text: str):
    with pytest.raises(BadDate):
        lower_bound(text)


@given(st.text(max_size=40))
def test_any_text_is_a_date_or_is_refused(text: str):
    with contextlib.suppress(BadDate):
        assert lower_bound(text) <= upper_bound(text)


def test_which_bound_is_later_is_told_to_the_last_digit():
    assert not after("2026-03-01T10:00:00.0005Z", "2026-03-01T10:00:00.0005Z")
    assert after("2026-03-01T10:00:00.0006Z", "2026-03-01T10:00:00.0005Z")
    assert not after("2026-03-01T23:59:59.999999999", "2026-03-01") and after("2026-03-02", "2026-03-01")
    assert not after("2026-02-31", "2026-02-28")
