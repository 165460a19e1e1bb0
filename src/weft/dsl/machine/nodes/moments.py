"""Durations and moments as tasks that wait write them.

A duration is ISO 8601 (`PT30S`) or words (`10m20s`, `2 hours 30 minutes`); a number is seconds. A moment is
`yyyy-MM-dd`, `yyyy-MM-dd HH:mm[:ss]`, each with or without a zone, or RFC 3339. Zones are `Z`, `UTC`, `GMT`, offsets
(`+02:00`, `GMT+2`), IANA names (`Europe/Berlin`) and short names in use (`PST`); without one it is UTC.
"""

from __future__ import annotations

import calendar
import re
from datetime import datetime
from typing import Any

from weft.dsl.machine.durations import MAX_MS, parse_iso
from weft.dsl.machine.nodes.zones import offset_ms, zone_named

_UNITS = {
    "d": 86_400_000,
    "day": 86_400_000,
    "days": 86_400_000,
    "h": 3_600_000,
    "hr": 3_600_000,
    "hrs": 3_600_000,
    "hour": 3_600_000,
    "hours": 3_600_000,
    "m": 60_000,
    "min": 60_000,
    "mins": 60_000,
    "minute": 60_000,
    "minutes": 60_000,
    "s": 1_000,
    "sec": 1_000,
    "secs": 1_000,
    "second": 1_000,
    "seconds": 1_000,
}
_PART = re.compile(r"\s*(\d{1,12})\s*([a-z]{1,7})", re.ASCII)
_MOMENT = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?\s*"
    r"(?:(Z|UTC|GMT)?(?:([+-])(\d{1,2})(?::?(\d{2}))?)?)",
    re.ASCII | re.IGNORECASE,
)
_ZONE = re.compile(r"(.{10,30}?)\s*\[?([A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*)\]?", re.ASCII)


def length_ms(value: Any, now: int) -> int | None:
    """The moment (UTC ms) that lies the duration after `now`; None for what is no duration."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return now + int(value * 1000) if 0 <= value * 1000 <= MAX_MS else None
    if not isinstance(value, str) or len(value) > 200:
        return None
    found = parse_iso(value.strip())
    if found is not None:
        return found.after(now)
    total, at, text = 0, 0, value.strip().lower()
    while at < len(text):
        part = _PART.match(text, at)
        unit = _UNITS.get(part.group(2)) if part is not None else None
        if part is None or unit is None:
            return None
        total += int(part.group(1)) * unit
        at = part.end()
    return now + total if text and total <= MAX_MS else None


def moment_ms(value: Any) -> int | None:
    """The moment a text names, in UTC ms; None for what is none."""
    if not isinstance(value, str) or len(value) > 100:
        return None
    found = _MOMENT.fullmatch(value.strip())
    return _zoned(value.strip()) if found is None else _reckoned(found)


def _zoned(text: str) -> int | None:
    """A moment with the name of a zone behind it."""
    parts = _ZONE.fullmatch(text)
    local = _MOMENT.fullmatch(parts[1]) if parts is not None else None
    zone = zone_named(parts[2]) if parts is not None else None
    if local is None or zone is None or local[8] or local[9]:
        return None
    at = _reckoned(local)
    if at is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in local.groups()[:6])
    return at - offset_ms(zone, datetime(year, month, day, hour, minute, second))


def _reckoned(found: re.Match[str]) -> int | None:
    year, month, day, hour, minute, second, fraction, _, sign, off_hours, off_minutes = found.groups()
    y, mo, d, h, mi, s = int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0)
    if y < 1 or not 1 <= mo <= 12 or not 1 <= d <= calendar.monthrange(y, mo)[1] or h > 23 or mi > 59 or s > 59:
        return None
    offset = (int(off_hours or 0) * 60 + int(off_minutes or 0)) * 60_000
    if offset > 18 * 3_600_000 or int(off_minutes or 0) > 59:
        return None
    at = calendar.timegm((y, mo, d, h, mi, s)) * 1000 + int((fraction or "0")[:3].ljust(3, "0"))
    return at + offset if sign == "-" else at - offset
