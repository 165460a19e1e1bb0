"""Times: shown with six digits in UTC, and read as the bounds of a list.

A bound is `YYYY-MM-DD`, or `YYYY-MM-DDThh:mm[:ss[.f]]` with `Z`, an offset, or nothing (UTC). A day past the end of its
month, up to 31, is the last day of that month. A date alone begins, as a lower bound, at 00:00 UTC; as an upper bound
it takes the whole day in. A blank before the offset's digits is a `+` that nobody encoded.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime
from functools import lru_cache

_FORM = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?([Zz]|[+\- ]\d{2}:?\d{2})?)?",
    re.ASCII,
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
DAY_MS = 86_400_000


class BadDate(ValueError):
    """The text names no moment."""


@lru_cache(maxsize=1_024)
def shown(ms: int) -> str:
    """UTC milliseconds as `2026-04-07T09:15:02.000000Z`."""
    seconds, rest = divmod(ms, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC).isoformat()[:19]}.{rest:03d}000Z"


def shown_or_null(ms: int) -> str | None:
    """The same; None for 0, which means that there is no time yet."""
    return shown(ms) if ms else None


def lower_bound(text: str) -> int:
    """The first millisecond (UTC) that a lower bound lets in. Raises BadDate."""
    nanoseconds, _ = _moment(text)
    return -(-nanoseconds // 1_000_000)


def upper_bound(text: str) -> int:
    """The first millisecond (UTC) that an upper bound keeps out. Raises BadDate."""
    nanoseconds, whole_day = _moment(text)
    ms = nanoseconds // 1_000_000
    return ms + DAY_MS if whole_day else ms + 1


def after(start: str, end: str) -> bool:
    """Whether a lower bound lies after an upper one, to the last digit; a date alone as `end` is its whole day.

    Raises BadDate.
    """
    low, _ = _moment(start)
    high, whole_day = _moment(end)
    return low >= high + DAY_MS * 1_000_000 if whole_day else low > high


def _moment(text: str) -> tuple[int, bool]:
    """UTC nanoseconds, and whether the text is a date alone."""
    match = _FORM.fullmatch(text)
    if match is None:
        raise BadDate("neither YYYY-MM-DD nor YYYY-MM-DDThh:mm[:ss[.f]] with Z, an offset or nothing")
    year, month, day = (int(match[index]) for index in (1, 2, 3))
    if year < 1 or not 1 <= month <= 12 or not 1 <= day <= 31:
        raise BadDate("there is no such day")
    day = min(day, monthrange(year, month)[1])
    seconds = (date(year, month, day).toordinal() - _EPOCH_DAY) * 86_400
    if match[4] is None:
        return seconds * 1_000_000_000, True
    hour, minute, second = int(match[4]), int(match[5]), int(match[6] or 0)
    if hour > 23 or minute > 59 or second > 59:
        raise BadDate("there is no such time of day")
    seconds += hour * 3600 + minute * 60 + second - _offset_s(match[8])
    return seconds * 1_000_000_000 + int((match[7] or "0").ljust(9, "0")), False


def _offset_s(text: str | None) -> int:
    if text is None or text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > 23 or minutes > 59:
        raise BadDate("there is no such offset")
    return (-1 if text[0] == "-" else 1) * (hours * 3600 + minutes * 60)
