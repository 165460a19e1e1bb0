"""Days of a month."""

import pytest

from weft.domain.cron_days import read_month_days, read_weekdays
from weft.domain.errors import Invalid


@pytest.mark.parametrize(
    ("text", "year", "month", "days"),
    [
        ("31", 2026, 4, ()),
        ("29", 2028, 2, (29,)),
        ("L", 2028, 2, (29,)),
        ("L-28", 2026, 2, ()),
        ("1W", 2026, 8, (3,)),  # the first is a Saturday: not into the month before
        ("31W", 2026, 5, (29,)),  # the last is a Sunday: not into the month after
        ("30W", 2026, 8, (31,)),
        ("1,15W,L", 2026, 8, (1, 14, 31)),
        ("28-3", 2026, 2, (1, 2, 3, 28)),
    ],
)
def test_days_by_number(text, year, month, days):
    assert read_month_days(text).of(year, month) == days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1", (5, 12, 19, 26)),
        ("SUN", (5, 12, 19, 26)),
        ("L", (4, 11, 18, 25)),
        ("5L", (30,)),
        ("WEDL", (29,)),
        ("4#5", (29,)),
        ("2#5", ()),
        ("2#1,FRIL", (6, 24)),
    ],
)
def test_days_by_weekday(text, days):
    assert read_weekdays(text).of(2026, 4) == days


@pytest.mark.parametrize("text", ["8L", "XXXL", "9#1", "2#9", "L-2", "3W"])
def test_wrong_weekdays(text):
    with pytest.raises(Invalid, match="day-of-week"):
        read_weekdays(text)


@pytest.mark.parametrize("text", ["0W", "L-99", "LL", "L-", "W", "1#2"])
def test_wrong_days(text):
    with pytest.raises(Invalid, match="day-of-month"):
        read_month_days(text)
