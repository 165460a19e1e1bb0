from __future__ import annotations

import calendar
import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.dsl.machine.durations import MAX_MS, Duration, add_months, civil_of, parse_iso, parse_value

DAY = 86_400_000


@pytest.mark.parametrize(
    ("text", "ms", "months"),
    [
        ("PT15S", 15_000, 0),
        ("P2DT3H", 2 * DAY + 3 * 3_600_000, 0),
        ("P1W", 7 * DAY, 0),
        ("PT0S", 0, 0),
        ("PT0.0015S", 1, 0),
        ("PT1,5S", 1_500, 0),
        ("P1Y2M", 0, 14),
        ("PT0.5H", 1_800_000, 0),
        ("PT1,5M", 90_000, 0),
        ("P1Y1.5D", DAY * 3 // 2, 12),
        ("P0.5W", DAY * 7 // 2, 0),
    ],
)
def test_iso(text: str, ms: int, months: int) -> None:
    assert parse_iso(text) == Duration(ms, months)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "P",
        "PT",
        "15S",
        "-PT1S",
        "PT-1S",
        "P1S",
        "PT1",
        "P1DT",
        "PT1S ",
        "P99999999999D",
        "P1.5M",
        "P1,5Y",
        "PT1.5H30M",
        "P1.5DT1H",
        "PT.5H",
        "PT0.5",
    ],
)
def test_no_duration(text: str) -> None:
    assert parse_iso(text) is None


@pytest.mark.parametrize(
    ("value", "ms"),
    [
        ({"seconds": 1, "milliseconds": 5}, 1_005),
        ({"days": 1, "hours": 1, "minutes": 1}, DAY + 3_660_000),
        (" PT1S ", 1000),
    ],
)
def test_objects(value: Any, ms: int) -> None:
    assert parse_value(value) == Duration(ms)


@pytest.mark.parametrize(
    "value", [{}, {"weeks": 1}, {"seconds": -1}, {"seconds": True}, {"seconds": 1.5}, None, 3, [1]]
)
def test_no_objects(value: Any) -> None:
    assert parse_value(value) is None


def test_too_long() -> None:
    assert parse_value({"milliseconds": MAX_MS}) is not None
    assert parse_value({"days": MAX_MS}) is None


def test_months_are_cut_to_the_month() -> None:
    at = int(dt.datetime(2024, 1, 31, 12, tzinfo=dt.UTC).timestamp() * 1000)
    assert add_months(at, 1) == int(dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC).timestamp() * 1000)
    assert Duration(1000, 13).after(at) == int(dt.datetime(2025, 2, 28, 12, 0, 1, tzinfo=dt.UTC).timestamp() * 1000)


@given(st.dates(dt.date(1800, 1, 1), dt.date(9000, 1, 1)), st.integers(0, 2000))
def test_calendar_agrees_with_the_library(date: dt.date, months: int) -> None:
    days = (date - dt.date(1970, 1, 1)).days
    assert civil_of(days) == (date.year, date.month, date.day)
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    day = min(date.day, calendar.monthrange(year, month + 1)[1])
    assert civil_of(add_months(days * DAY, months) // DAY) == (year, month + 1, day)
