"""The calendar: broken-down time and seconds since 1970, always in UTC.

Broken-down time is `[year, month 0-11, day, hours, minutes, seconds, weekday, yearday]`, weekday 0 Sunday, yearday 0.
Years 1 to 9999. No platform calls: the same answers on every machine. Error texts are jq 1.8's.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from typing import Final

Number = int | float
Broken = list[Number]

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST: Final = -62_135_596_800  # 0001-01-01
_LAST: Final = 253_402_300_799  # 9999-12-31T23:59:59
_DAYS_BEFORE_EPOCH: Final = 719_162
_MONTH_STARTS: Final = (0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334)


class DateError(Exception):
    """A value or text that is no date; `message` is the text of the jq error."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_of(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 of a date; `month` 0-11, `day` may lie outside its month."""
    before = year - 1
    days = before * 365 + before // 4 - before // 100 + before // 400
    days += _MONTH_STARTS[month] + (1 if month > 1 and is_leap(year) else 0)
    return days - _DAYS_BEFORE_EPOCH + day - 1


def year_day(year: int, month: int, day: int) -> int:
    """The day of the year, from 0; -1 for day 0 of January."""
    return _MONTH_STARTS[month] + (1 if month > 1 and is_leap(year) else 0) + day - 1


def week_day(year: int, month: int, day: int) -> int:
    """0 Sunday to 6 Saturday."""
    return (days_of(year, month, day) + 4) % 7


def gmtime(seconds: object) -> Broken:
    """Broken-down time of seconds since 1970; a fraction stays in the seconds."""
    if not is_number(seconds):
        raise DateError("gmtime() requires numeric inputs")
    assert isinstance(seconds, int | float)
    if not _FIRST <= seconds < _LAST + 1:
        raise DateError("error converting number of seconds since epoch to datetime")
    whole = math.floor(seconds)
    fraction = seconds - whole
    at = _EPOCH + timedelta(seconds=whole)
    second: Number = at.second + fraction if fraction else at.second
    weekday = at.isoweekday() % 7
    return [at.year, at.month - 1, at.day, at.hour, at.minute, second, weekday, year_day(at.year, at.month - 1, at.day)]


def timegm(broken: object) -> int:
    """Seconds since 1970 of broken-down time; parts may overflow (February 30), missing ones are 0.

    Weekday and yearday are not looked at; fractions are dropped.
    """
    return _seconds(broken, "mktime requires array inputs", "mktime requires parsed datetime inputs")


def _seconds(broken: object, no_array: str, no_numbers: str) -> int:
    if not isinstance(broken, list):
        raise DateError(no_array)
    parts = broken[:6] + [0] * (6 - len(broken))
    if not all(is_number(part) and math.isfinite(part) and abs(part) < 1e15 for part in parts):
        raise DateError(no_numbers)
    year, month, day, hours, minutes, seconds = (math.trunc(part) for part in parts)
    year += month // 12
    if not 0 <= year <= 10_000:
        raise DateError("invalid gmtime representation")
    total = days_of(year, month % 12, day) * 86_400 + hours * 3_600 + minutes * 60 + seconds
    if not _FIRST <= total <= _LAST:
        raise DateError("invalid gmtime representation")
    return total


def normalised(value: object, name: str) -> Broken:
    """Broken-down time of seconds or of broken-down time, with every part in its range."""
    if is_number(value):
        return gmtime(value)
    message = f"{name} requires parsed datetime inputs"
    return gmtime(_seconds(value, message, message))
