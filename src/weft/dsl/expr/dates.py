"""Dates as jq has them, always in UTC and without platform calls: the same answers on every machine."""

from __future__ import annotations

import math
from typing import Final

from weft.dsl.expr.dates_calendar import Broken, DateError, gmtime, normalised, timegm
from weft.dsl.expr.dates_format import strftime
from weft.dsl.expr.dates_parse import strptime

__all__ = ["Broken", "DateError", "fromdate", "gmtime", "strftime", "strptime", "timegm", "todate"]

ISO_FORMAT: Final = "%Y-%m-%dT%H:%M:%SZ"


def todate(value: object) -> str:
    """ISO 8601 text of seconds since 1970 (or of broken-down time); fractions are dropped."""
    year, month, day, hours, minutes, seconds = normalised(value, "strftime/1")[:6]
    assert isinstance(month, int)
    return f"{year}-{month + 1:02d}-{day:02d}T{hours:02d}:{minutes:02d}:{math.floor(seconds):02d}Z"


def fromdate(text: object) -> int:
    """Seconds since 1970 of an ISO 8601 text such as `2015-03-05T23:51:47Z`."""
    return timegm(strptime(text, ISO_FORMAT))
