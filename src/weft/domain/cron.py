"""Cron texts in the form of Quartz, and the times they mean.

`seconds minutes hours day-of-month month day-of-week [year]`, separated by white space, names and letters in any case:

| field | values | special forms |
| --- | --- | --- |
| seconds, minutes | 0-59 | `*` `,` `-` `/` |
| hours | 0-23 | `*` `,` `-` `/` |
| day-of-month | 1-31 | also `?`, `L` (last), `L-n`, `nW` (working day nearest to n), `LW` |
| month | 1-12, JAN-DEC | `*` `,` `-` `/` |
| day-of-week | 1-7 (1 is Sunday), SUN-SAT | also `?`, `L` (Saturday), `nL` (last such day), `n#k` (k-th) |
| year | 1970-2099 | `*` `,` `-` `/`; absent means every year |

`a/b` means from `a` to the field's end in steps of `b`; a range may wrap (`FRI-MON`, `22-2`). One of the two day fields
is restricted: `*` in one of them counts as `?` where the other says more; both restricted or both `?` is
wrong.

Times are local times of a zone. A local time that a clock change skips is no time; one that occurs twice is two times.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import date

from weft.domain.cron_days import MonthDays, Weekdays, read_month_days, read_weekdays
from weft.domain.cron_fields import HOURS, MINUTES, MONTH, SECONDS, WEEKDAY, YEAR, plain, wrong
from weft.domain.errors import Invalid
from weft.domain.zones import DAY_S, Zone

MAX_TEXT = 255
LAST_YEAR = 2099
_EPOCH = date(1970, 1, 1).toordinal()
_MONTHS_KEPT = 64


class Cron:
    """A cron text that was read. `next_after` is quick: it looks at days, not at seconds."""

    __slots__ = ("_days", "_hours", "_kept", "_minutes", "_months", "_seconds", "_years", "text")

    def __init__(self, text: str) -> None:
        """Raises Invalid (code `invalid_schedule`) with a message that names the field."""
        fields = _fields(text)
        self.text = text
        self._seconds = plain(SECONDS, fields[0])
        self._minutes = plain(MINUTES, fields[1])
        self._hours = plain(HOURS, fields[2])
        self._months = frozenset(plain(MONTH, fields[4]))
        self._days = _read_days(fields[3], fields[5])
        self._years = frozenset(plain(YEAR, fields[6])) if len(fields) == 7 else None
        self._kept: dict[tuple[int, int], tuple[int, ...]] = {}

    def next_after(self, instant_ms: int, zone: Zone) -> int | None:
        """The first time after an instant, both UTC ms; None when no time is left."""
        at = max(0, instant_ms // 1000 + 1)
        offset, end = zone.stretch(at)
        local = self._next_local(at + offset)
        while True:
            if local is None:
                # A clock that is set back makes local times occur again; it does so for a day at most.
                if end > at + 2 * DAY_S:
                    return None
            elif local - offset < end:
                return (local - offset) * 1000
            before, at = offset, end
            offset, end = zone.stretch(at)
            if offset != before or local is None:
                local = self._next_local(at + offset)

    def _next_local(self, at: int) -> int | None:
        """The first time at or after `at`, both local seconds since 1970."""
        days, second = divmod(at, DAY_S)
        day = date.fromordinal(days + _EPOCH)
        year, month = day.year, day.month
        first = day.day
        while year <= LAST_YEAR:
            if month in self._months and (self._years is None or year in self._years):
                found = self._in_month(year, month, first, second)
                if found is not None:
                    return found
            first, second = 1, 0
            month += 1
            if month > 12 or (self._years is not None and year not in self._years):
                year, month = year + 1, 1
        return None

    def _in_month(self, year: int, month: int, first: int, second: int) -> int | None:
        """The first time of a month at or after second `second` of its day `first`."""
        days = self._days_of(year, month)
        index = bisect_left(days, first)
        if index < len(days) and days[index] == first:
            in_day = self._in_day(second)
            if in_day is not None:
                return (date(year, month, first).toordinal() - _EPOCH) * DAY_S + in_day
            index += 1
        if index == len(days):
            return None
        start = self._hours[0] * 3600 + self._minutes[0] * 60 + self._seconds[0]
        return (date(year, month, days[index]).toordinal() - _EPOCH) * DAY_S + start

    def _in_day(self, second: int) -> int | None:
        """The first time of a day at or after its second `second`."""
        hour, rest = divmod(second, 3600)
        minute, sec = divmod(rest, 60)
        hours, minutes, seconds = self._hours, self._minutes, self._seconds
        at_hour = bisect_left(hours, hour)
        if at_hour == len(hours):
            return None
        if hours[at_hour] == hour:
            at_minute = bisect_left(minutes, minute)
            if at_minute < len(minutes) and minutes[at_minute] == minute:
                at_second = bisect_left(seconds, sec)
                if at_second < len(seconds):
                    return hour * 3600 + minute * 60 + seconds[at_second]
                at_minute += 1
            if at_minute < len(minutes):
                return hour * 3600 + minutes[at_minute] * 60 + seconds[0]
            at_hour += 1
            if at_hour == len(hours):
                return None
        return hours[at_hour] * 3600 + minutes[0] * 60 + seconds[0]

    def _days_of(self, year: int, month: int) -> tuple[int, ...]:
        found = self._kept.get((year, month))
        if found is None:
            if len(self._kept) >= _MONTHS_KEPT:
                self._kept.clear()
            found = self._kept[year, month] = self._days.of(year, month)
        return found


def _fields(text: str) -> list[str]:
    if len(text) > MAX_TEXT:
        raise Invalid(f"a cron text is longer than {MAX_TEXT} characters", code="invalid_schedule")
    fields = text.upper().split()
    if len(fields) not in (6, 7):
        raise Invalid(
            f"a cron text has 6 or 7 fields (seconds minutes hours day-of-month month day-of-week [year]), "
            f"not {len(fields)}",
            code="invalid_schedule",
        )
    return fields


def _read_days(of_month: str, of_week: str) -> MonthDays | Weekdays:
    """Whichever of the two fields is restricted; every day when neither is."""
    if of_week in ("?", "*"):
        if of_month == of_week == "?":
            raise wrong(WEEKDAY, of_week, "day-of-month and day-of-week cannot both be '?'")
        return read_month_days("*" if of_month == "?" else of_month)
    if of_month in ("?", "*"):
        return read_weekdays(of_week)
    raise wrong(WEEKDAY, of_week, "day-of-month and day-of-week cannot both be restricted: write '?' in one of them")
