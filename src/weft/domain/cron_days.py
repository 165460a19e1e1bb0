"""Which days of a month a Quartz cron text means: by their number or by their weekday."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass

from weft.domain.cron_fields import DAY, WEEKDAY, parts_of, value_of, values_of, wrong

_SATURDAY = 7
_LAST_MINUS = re.compile(r"L-([0-9]{1,2})")
_NEAREST = re.compile(r"([0-9]{1,2})W")
_LAST_WEEKDAY = re.compile(r"([A-Z]{3}|[0-9])L")
_NTH = re.compile(r"([A-Z]{3}|[0-9])#([0-9]{1,2})")


@dataclass(frozen=True)
class MonthDays:
    """By number. `from_last`: days counted back from the last (0 is the last); `nearest`: weekday nearest to a day."""

    days: frozenset[int] = frozenset()
    from_last: frozenset[int] = frozenset()
    nearest: frozenset[int] = frozenset()
    last_working: bool = False

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """The days of a month, ascending. A day that the month does not have is none."""
        first, length = monthrange(year, month)  # first: 0 is Monday
        found = {day for day in self.days if day <= length}
        found |= {length - back for back in self.from_last if back < length}
        found |= {_nearest(day, first, length) for day in self.nearest if day <= length}
        if self.last_working:
            found.add(_nearest(length, first, length))
        return tuple(sorted(found))


@dataclass(frozen=True)
class Weekdays:
    """By weekday, 1 is Sunday. `last`: the last such day of a month; `nth`: (weekday, which)."""

    days: frozenset[int] = frozenset()
    last: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()

    def of(self, year: int, month: int) -> tuple[int, ...]:
        """The days of a month, ascending. A fifth one that the month does not have is none."""
        first, length = monthrange(year, month)
        at_first = (first + 1) % 7 + 1  # the weekday of day 1, 1 is Sunday
        found: set[int] = set()
        for weekday in self.days:
            found.update(range(1 + (weekday - at_first) % 7, length + 1, 7))
        for weekday in self.last:
            day = 1 + (weekday - at_first) % 7
            found.add(day + (length - day) // 7 * 7)
        for weekday, which in self.nth:
            day = 1 + (weekday - at_first) % 7 + 7 * (which - 1)
            if day <= length:
                found.add(day)
        return tuple(sorted(found))


def _nearest(day: int, first: int, length: int) -> int:
    """The working day nearest to a day, within the month."""
    weekday = (first + day - 1) % 7
    if weekday == 5:
        return day - 1 if day > 1 else day + 2
    if weekday == 6:
        return day + 1 if day < length else day - 2
    return day


def read_month_days(text: str) -> MonthDays:
    """The field day-of-month, in capitals and not `?`. Raises Invalid."""
    days: set[int] = set()
    from_last: set[int] = set()
    nearest: set[int] = set()
    last_working = False
    for part in parts_of(DAY, text):
        if part == "L":
            from_last.add(0)
        elif part == "LW":
            last_working = True
        elif match := _LAST_MINUS.fullmatch(part):
            if int(match[1]) > 30:
                raise wrong(DAY, part, "at most 30 days before the last one")
            from_last.add(int(match[1]))
        elif match := _NEAREST.fullmatch(part):
            nearest.add(value_of(DAY, match[1]))
        else:
            days |= values_of(DAY, part)
    return MonthDays(frozenset(days), frozenset(from_last), frozenset(nearest), last_working)


def read_weekdays(text: str) -> Weekdays:
    """The field day-of-week, in capitals and not `?`. Raises Invalid."""
    days: set[int] = set()
    last: set[int] = set()
    nth: set[tuple[int, int]] = set()
    for part in parts_of(WEEKDAY, text):
        if part == "L":
            days.add(_SATURDAY)
        elif match := _LAST_WEEKDAY.fullmatch(part):
            last.add(value_of(WEEKDAY, match[1]))
        elif match := _NTH.fullmatch(part):
            if not 1 <= int(match[2]) <= 5:
                raise wrong(WEEKDAY, part, "a number from 1 to 5 is needed after '#'")
            nth.add((value_of(WEEKDAY, match[1]), int(match[2])))
        else:
            days |= values_of(WEEKDAY, part)
    return Weekdays(frozenset(days), frozenset(last), frozenset(nth))
