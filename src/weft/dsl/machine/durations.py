"""Durations: ISO 8601 text and the object form of 1.0, added to a moment on the UTC calendar.

Weeks, days and smaller units are fixed lengths; years and months are added to the calendar date of the moment the
duration starts (the day is cut to the length of the month). Resolution is one millisecond.
"""

from __future__ import annotations

import calendar
import re
from typing import Any

import msgspec

_ISO = re.compile(
    r"P(?:(\d{1,9})Y)?(?:(\d{1,9})M)?(?:(\d{1,9})W)?(?:(\d{1,9})D)?"
    r"(T(?:(\d{1,12})H)?(?:(\d{1,12})M)?(?:(\d{1,15})(?:[.,](\d{1,9}))?S)?)?"
)
_FRACTION = re.compile(r"(.*\D)?(\d{1,15})[.,](\d{1,9})([WDHM])")
_PARTS = {"W": 604_800_000, "D": 86_400_000, "H": 3_600_000, "M": 60_000}
_UNITS_MS = {"days": 86_400_000, "hours": 3_600_000, "minutes": 60_000, "seconds": 1_000, "milliseconds": 1}
_DAY_MS = 86_400_000
MAX_MS = 1_000 * 366 * _DAY_MS  # a thousand years: beyond any sensible duration, and far inside 64 bits
MAX_MONTHS = 12_000


class Duration(msgspec.Struct, frozen=True):
    """A length of time: `months` on the calendar, then `ms` milliseconds."""

    ms: int = 0
    months: int = 0

    def after(self, at: int) -> int:
        """The moment (UTC ms) that lies this duration after `at`."""
        if self.months:
            at = add_months(at, self.months)
        return at + self.ms


def add_months(at: int, months: int) -> int:
    """`at` (UTC ms) moved by calendar months, the day cut to the length of the month it lands in."""
    days, in_day = divmod(at, _DAY_MS)
    year, month, day = civil_of(days)
    index = year * 12 + month - 1 + months
    year, month = divmod(index, 12)
    month += 1
    day = min(day, calendar.monthrange(year, month)[1] if 1 <= year <= 9999 else 28)
    return _days(year, month, day) * _DAY_MS + in_day


def civil_of(days: int) -> tuple[int, int, int]:
    """Days since 1970-01-01 as (year, month, day) in the proleptic Gregorian calendar, by eras of 400 years."""
    shifted = days + 719_468
    era, day_of_era = divmod(shifted, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month_index = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month_index + 2) // 5 + 1
    month = month_index + 3 if month_index < 10 else month_index - 9
    return year_of_era + era * 400 + (1 if month <= 2 else 0), month, day


def _days(year: int, month: int, day: int) -> int:
    if month <= 2:
        year -= 1
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def parse_iso(text: str) -> Duration | None:
    """The duration an ISO 8601 text names, or None if it names none (negative ones and empty ones included).

    The last part may have a fraction; that of a year or a month is refused, for it has no fixed length.
    """
    found = _ISO.fullmatch(text)
    if found is None:
        return _with_fraction(text)
    if found.group(5) == "T" or len(text) < 3:
        return None
    years, months, weeks, days, _, hours, minutes, seconds, fraction = found.groups()
    ms = int(weeks or 0) * 7 * _DAY_MS + int(days or 0) * _DAY_MS
    ms += int(hours or 0) * 3_600_000 + int(minutes or 0) * 60_000 + int(seconds or 0) * 1_000
    if fraction:
        ms += int(fraction[:3].ljust(3, "0"))
    return _bounded(ms, int(years or 0) * 12 + int(months or 0))


def _with_fraction(text: str) -> Duration | None:
    found = _FRACTION.fullmatch(text)
    if found is None or (found.group(4) == "M" and "T" not in text):
        return None
    before, whole, fraction, unit = found.groups()
    plain = parse_iso(f"{before or ''}{whole}{unit}")
    if plain is None:
        return None
    return _bounded(plain.ms + int(fraction.ljust(9, "0")) * _PARTS[unit] // 10**9, plain.months)


def parse_value(value: Any) -> Duration | None:
    """A duration as text or as an object of `days … milliseconds` with whole non-negative numbers, or None."""
    if isinstance(value, str):
        return parse_iso(value.strip())
    if not isinstance(value, dict) or not value:
        return None
    total = 0
    for key, amount in value.items():
        unit = _UNITS_MS.get(key)
        if unit is None or isinstance(amount, bool) or not isinstance(amount, int) or not 0 <= amount <= MAX_MS:
            return None
        total += unit * amount
    return _bounded(total, 0)


def _bounded(ms: int, months: int) -> Duration | None:
    if ms > MAX_MS or months > MAX_MONTHS:
        return None
    return Duration(ms, months)
