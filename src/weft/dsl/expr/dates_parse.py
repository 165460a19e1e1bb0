"""Text to dates: `strptime` in the C locale.

Blanks in the format take any blanks of the text, names are matched without regard to case and may be short, numbers may
have fewer digits than their greatest value. Parts that the format does not name are 1900, month 0, day 0, midnight;
weekday and yearday follow from the date. A time zone is read and not applied, as in jq. What is left of the text must
begin with a blank and becomes a ninth element, as in jq.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Final

from weft.dsl.expr.dates_calendar import Broken, DateError, gmtime, is_leap, week_day, year_day
from weft.dsl.expr.dates_format import COMPOSED, DAYS, MAX_FORMAT, MONTHS

_ZONE: Final = re.compile(r"\s*(?:Z|[+-]\d\d(?::?\d\d)?)", re.ASCII)
_ZONE_NAME: Final = re.compile(r"\s*\S*")
_ISO_YEAR: Final = re.compile(r"\d+", re.ASCII)
_SHOWN: Final = 200
_BLANKS: Final = " \t\n\v\f\r"
_ALIASES: Final = {"e": "d", "k": "H", "l": "I", "A": "a", "B": "b", "h": "b"}


class _Mismatch(Exception):
    pass


class _Reader:
    """The text, the place in it, and what has been read."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.parts: dict[str, int] = {}
        self.dated = False
        self.afternoon: bool | None = None
        self.twelve_hours = False

    def blanks(self) -> None:
        while self.at < len(self.text) and self.text[self.at] in _BLANKS:
            self.at += 1

    def number(self, low: int, high: int, digits: int) -> int:
        """A number from `low` to `high`; another digit is only read while the number can still fit."""
        self.blanks()
        start, value = self.at, 0
        while self.at < len(self.text) and self.text[self.at] in "0123456789":
            value = value * 10 + int(self.text[self.at])
            self.at += 1
            if self.at - start >= digits or value * 10 > high:
                break
        if self.at == start or not low <= value <= high:
            raise _Mismatch
        return value

    def name(self, names: tuple[str, ...]) -> int:
        rest = self.text[self.at : self.at + 12].lower()
        for index, name in enumerate(names):
            for form in (name.lower(), name[:3].lower()):
                if rest.startswith(form):
                    self.at += len(form)
                    return index
        raise _Mismatch

    def skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found is None:
            raise _Mismatch
        self.at = found.end()

    def literal(self, char: str) -> None:
        if not self.text.startswith(char, self.at):
            raise _Mismatch
        self.at += 1

    def meridiem(self) -> None:
        half = self.text[self.at : self.at + 2].upper()
        if half not in ("AM", "PM"):
            raise _Mismatch
        self.at += 2
        self.afternoon = half == "PM"

    def epoch(self) -> None:
        """`%s`: everything at once."""
        negative = self.text.startswith("-", self.at)
        self.at += int(negative)
        seconds = self.number(0, 10**12, 13)
        broken = gmtime(-seconds if negative else seconds)
        names = ("year", "month", "day", "hour", "minute", "second", "week_day", "year_day")
        self.parts.update(zip(names, (math.floor(part) for part in broken), strict=True))


# directive: part, lowest, highest, digits, subtracted, whether it belongs to a date
_NUMBERS: Final[dict[str, tuple[str, int, int, int, int, bool]]] = {
    "C": ("century", 0, 99, 2, 0, True),
    "d": ("day", 1, 31, 2, 0, True),
    "g": ("ignored", 0, 99, 2, 0, False),
    "H": ("hour", 0, 23, 2, 0, False),
    "I": ("hour", 1, 12, 2, 0, False),
    "j": ("year_day", 1, 366, 3, 1, False),
    "m": ("month", 1, 12, 2, 1, True),
    "M": ("minute", 0, 59, 2, 0, False),
    "S": ("second", 0, 61, 2, 0, False),
    "u": ("week_day", 1, 7, 1, 0, False),
    "U": ("sunday_week", 0, 53, 2, 0, False),
    "V": ("ignored", 0, 53, 2, 0, False),
    "w": ("week_day", 0, 6, 1, 0, False),
    "W": ("monday_week", 0, 53, 2, 0, False),
    "y": ("short_year", 0, 99, 2, 0, True),
    "Y": ("year", 0, 9999, 4, 0, True),
}


def _names(reader: _Reader, part: str, names: tuple[str, ...]) -> None:
    reader.parts[part] = reader.name(names)
    reader.dated = reader.dated or part == "month"


_OTHERS: Final[dict[str, Callable[[_Reader], None]]] = {
    "a": lambda reader: _names(reader, "week_day", DAYS),
    "b": lambda reader: _names(reader, "month", MONTHS),
    "G": lambda reader: reader.skip(_ISO_YEAR),
    "n": lambda reader: reader.blanks(),
    "p": lambda reader: reader.meridiem(),
    "s": lambda reader: reader.epoch(),
    "t": lambda reader: reader.blanks(),
    "z": lambda reader: reader.skip(_ZONE),
    "Z": lambda reader: reader.skip(_ZONE_NAME),
    "%": lambda reader: reader.literal("%"),
}


def strptime(text: object, form: object) -> list[object]:
    """Broken-down time of a text; DateError if it does not match `form`.

    Knows the directives of `strftime` but `%c %x %X`.
    """
    if not isinstance(text, str) or not isinstance(form, str):
        raise DateError("strptime/1 requires string inputs and arguments")
    reader = _Reader(text)
    try:
        if len(form) > MAX_FORMAT:
            raise _Mismatch
        _read(reader, form)
        rest = text[reader.at :]
        if rest and rest[0] not in _BLANKS:
            raise _Mismatch
        broken: list[object] = [*_completed(reader)]
    except _Mismatch:
        shown, wanted = (value if len(value) <= _SHOWN else value[:_SHOWN] + "..." for value in (text, form))
        raise DateError(f'date "{shown}" does not match format "{wanted}"') from None
    return [*broken, rest] if rest else broken


def _read(reader: _Reader, form: str) -> None:
    at = 0
    while at < len(form):
        char = form[at]
        at += 1
        if char in _BLANKS:
            reader.blanks()
        elif char != "%":
            reader.literal(char)
        else:
            _directive(reader, form[at : at + 1])
            at += 1


def _directive(reader: _Reader, letter: str) -> None:
    composed = COMPOSED.get(letter) if letter not in ("c", "x", "X") else None
    if composed is not None:
        _read(reader, composed)
        return
    letter = _ALIASES.get(letter, letter)
    row = _NUMBERS.get(letter)
    if row is not None:
        part, low, high, digits, less, dated = row
        reader.parts[part] = reader.number(low, high, digits) - less
        reader.dated = reader.dated or dated
        if part == "hour":
            reader.twelve_hours = letter == "I"
        return
    other = _OTHERS.get(letter)
    if other is None:
        raise _Mismatch
    other(reader)


def _completed(reader: _Reader) -> Broken:
    parts = reader.parts
    year = _year(parts)
    if not 1 <= year <= 9999:
        raise _Mismatch
    week = parts["week_day"] % 7 if "week_day" in parts else None
    _day_from_weeks(parts, year, week)
    month, day = _month_and_day(reader, year)
    dated = reader.dated or day > 0
    yearday = parts.get("year_day", year_day(year, month, day) if dated else 367)
    week = week if week is not None else week_day(year, month, day) if dated else 8
    return [year, month, day, _hour(reader), parts.get("minute", 0), parts.get("second", 0), week, yearday]


def _year(parts: dict[str, int]) -> int:
    if "year" in parts and "short_year" not in parts and "century" not in parts:
        return parts["year"]
    short = parts.get("short_year")
    if "century" in parts:
        return parts["century"] * 100 + (short if short is not None else parts.get("year", 0) % 100)
    if short is not None:
        return 1900 + (short if short >= 69 else short + 100)
    return 1900


def _hour(reader: _Reader) -> int:
    hour = reader.parts.get("hour", 0)
    return hour % 12 + (12 if reader.afternoon else 0) if reader.twelve_hours else hour


def _day_from_weeks(parts: dict[str, int], year: int, week: int | None) -> None:
    """A week number with a weekday fixes the day of the year."""
    if week is None or "day" in parts:
        return
    for name, first in (("sunday_week", 0), ("monday_week", 1)):
        if name in parts:
            offset = (week_day(year, 0, 1) - first) % 7
            found = (7 - offset) % 7 + (parts[name] - 1) * 7 + (week - first) % 7
            parts["year_day"] = max(0, min(found, 365 if is_leap(year) else 364))


def _month_and_day(reader: _Reader, year: int) -> tuple[int, int]:
    parts = reader.parts
    month, day = parts.get("month"), parts.get("day")
    weeks = "sunday_week" in parts or "monday_week" in parts
    if "year_day" in parts and (month is None or day is None) and (reader.dated or weeks):
        found = 11
        while found and year_day(year, found, 1) > parts["year_day"]:
            found -= 1
        return (
            found if month is None else month,
            parts["year_day"] - year_day(year, found, 1) + 1 if day is None else day,
        )
    return month or 0, day or 0
