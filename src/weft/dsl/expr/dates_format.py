"""Dates to text: `strftime` in the C locale, in UTC."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date
from typing import Final

from weft.dsl.expr.dates_calendar import Broken, DateError, days_of, normalised

MAX_FORMAT: Final = 4_096

DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
COMPOSED: Final = {
    "c": "%a %b %e %H:%M:%S %Y",
    "D": "%m/%d/%y",
    "F": "%Y-%m-%d",
    "r": "%I:%M:%S %p",
    "R": "%H:%M",
    "T": "%H:%M:%S",
    "x": "%m/%d/%y",
    "X": "%H:%M:%S",
}
_DIRECTIVE: Final = re.compile(r"%(.)", re.DOTALL)


class _Moment:
    """Broken-down time with whole parts."""

    __slots__ = ("day", "hour", "minute", "month", "second", "week_day", "year", "year_day")

    def __init__(self, broken: Broken) -> None:
        whole = [math.floor(part) for part in broken]
        self.year, self.month, self.day, self.hour, self.minute, self.second, self.week_day, self.year_day = whole

    def hour12(self) -> int:
        return (self.hour + 11) % 12 + 1

    def iso(self) -> tuple[int, int]:
        """ISO year and week."""
        calendar = date(self.year, self.month + 1, self.day).isocalendar()
        return calendar.year, calendar.week

    def seconds(self) -> int:
        return days_of(self.year, self.month, self.day) * 86_400 + self.hour * 3_600 + self.minute * 60 + self.second


_PARTS: Final[dict[str, Callable[[_Moment], str]]] = {
    "a": lambda m: DAYS[m.week_day][:3],
    "A": lambda m: DAYS[m.week_day],
    "b": lambda m: MONTHS[m.month][:3],
    "B": lambda m: MONTHS[m.month],
    "C": lambda m: f"{m.year // 100:02d}",
    "d": lambda m: f"{m.day:02d}",
    "e": lambda m: f"{m.day:2d}",
    "g": lambda m: f"{m.iso()[0] % 100:02d}",
    "G": lambda m: str(m.iso()[0]),
    "h": lambda m: MONTHS[m.month][:3],
    "H": lambda m: f"{m.hour:02d}",
    "I": lambda m: f"{m.hour12():02d}",
    "j": lambda m: f"{m.year_day + 1:03d}",
    "k": lambda m: f"{m.hour:2d}",
    "l": lambda m: f"{m.hour12():2d}",
    "m": lambda m: f"{m.month + 1:02d}",
    "M": lambda m: f"{m.minute:02d}",
    "n": lambda m: "\n",
    "p": lambda m: "PM" if m.hour >= 12 else "AM",
    "P": lambda m: "pm" if m.hour >= 12 else "am",
    "s": lambda m: str(m.seconds()),
    "S": lambda m: f"{m.second:02d}",
    "t": lambda m: "\t",
    "u": lambda m: str(m.week_day or 7),
    "U": lambda m: f"{(m.year_day + 7 - m.week_day) // 7:02d}",
    "V": lambda m: f"{m.iso()[1]:02d}",
    "w": lambda m: str(m.week_day),
    "W": lambda m: f"{(m.year_day + 7 - (m.week_day + 6) % 7) // 7:02d}",
    "y": lambda m: f"{m.year % 100:02d}",
    "Y": lambda m: str(m.year),
    "z": lambda m: "+0000",
    "Z": lambda m: "UTC",
    "%": lambda m: "%",
}


def strftime(value: object, form: object, name: str = "strftime/1") -> str:
    """Text of seconds since 1970 or of broken-down time; DateError for anything else.

    Directives: `%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n %p %P %r %R %s %S %t %T %u %U %V %w %W
    %x %X %y %Y %z %Z %%`; any other stays as it is. `name` is the function named in error texts.
    """
    broken = normalised(value, name)
    if not isinstance(form, str):
        raise DateError(f"{name} requires a string format")
    if len(form) > MAX_FORMAT:
        raise DateError(f"{name}: the format is longer than {MAX_FORMAT} characters")
    return _formatted(_Moment(broken), form)


def _formatted(moment: _Moment, form: str) -> str:
    def directive(found: re.Match[str]) -> str:
        letter = found.group(1)
        composed = COMPOSED.get(letter)
        if composed is not None:
            return _formatted(moment, composed)
        part = _PARTS.get(letter)
        return part(moment) if part else found.group(0)

    return _DIRECTIVE.sub(directive, form)
