"""Times: written as RFC 3339 in UTC with six fractional digits, read from dates and date-times.

What is read is a whole number of nanoseconds since 1970, so that no bound is rounded before it is compared; records
hold milliseconds.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_MS = 1_000_000
_TEXT = re.compile(
    r"(?P<date>\d{4}-\d{2}-\d{2})"
    r"(?:[Tt ](?P<hour>\d{2}):(?P<minute>\d{2}):(?P<second>\d{2})(?:\.(?P<fraction>\d{1,18}))?"
    r"(?:[Zz]|(?P<sign>[+ -])(?P<zone_hour>\d{2}):(?P<zone_minute>\d{2}))?)?",
    re.ASCII,
)


def shown(ms: int) -> str:
    """UTC milliseconds as text, `2026-05-04T06:00:00.000000Z`."""
    moment = datetime.fromtimestamp(ms // 1000, UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}000Z"


def read(text: str) -> int:
    """Nanoseconds since 1970 of `YYYY-MM-DD` (00:00Z) or an RFC 3339 date-time; without a zone it is UTC.

    A blank before the zone is read as `+`, which is what an unescaped `+` in a query becomes. Raises ValueError.
    """
    found = _TEXT.fullmatch(text)
    if found is None:
        raise ValueError("neither YYYY-MM-DD nor an RFC 3339 date-time")
    moment = datetime.strptime(found["date"], "%Y-%m-%d").replace(tzinfo=UTC)
    seconds, fraction = 0, 0
    if found["hour"] is not None:
        seconds = _seconds(int(found["hour"]), int(found["minute"]), int(found["second"]))
        fraction = int((found["fraction"] or "0")[:9].ljust(9, "0"))
    if found["sign"] is not None:
        offset = _seconds(int(found["zone_hour"]), int(found["zone_minute"]), 0)
        seconds += offset if found["sign"] == "-" else -offset
    days = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (days // timedelta(seconds=1) + seconds) * 1_000_000_000 + fraction


def _seconds(hour: int, minute: int, second: int) -> int:
    """Of a time of day; second 60 is a leap second and counts as the next minute's first. Raises ValueError."""
    if hour > 23 or minute > 59 or second > 60:
        raise ValueError("no time of a day")
    return hour * 3600 + minute * 60 + second


def first_after(ns: int) -> int:
    """The first millisecond that is after a moment."""
    return ns // _MS + 1


def first_not_before(ns: int) -> int:
    """The first millisecond that is not before a moment."""
    return -(-ns // _MS)
