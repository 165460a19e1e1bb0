"""Time zones by their IANA names, from the tables of the tzdata package alone.

The tables are data of this release like any module of it: they do not depend on the machine that runs it, so that every
process computes the same.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

_SHORT = {
    "PST": "America/Los_Angeles",
    "PDT": "America/Los_Angeles",
    "MDT": "America/Denver",
    "CST": "America/Chicago",
    "CDT": "America/Chicago",
    "EDT": "America/New_York",
    "BST": "Europe/London",
    "CEST": "Europe/Berlin",
    "IST": "Asia/Kolkata",
    "JST": "Asia/Tokyo",
    "AEST": "Australia/Sydney",
    "AEDT": "Australia/Sydney",
}
"""Short names that people write and that the tables have no zone of; MST, EST, CET and some more they have."""
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(?:/[A-Za-z0-9_+-]{1,32}){0,3}")


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo | None:
    """The zone of that name, None for a name that is none."""
    name = _SHORT.get(name, name)
    if not _NAME.fullmatch(name):
        return None
    try:
        with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as table:
            return ZoneInfo.from_file(table, key=name)
    except (OSError, ValueError):
        return None


def offset_ms(zone: ZoneInfo, local: datetime) -> int:
    """By how much local time is ahead of UTC; where a local time occurs twice its first, where it is skipped the offset
    before the change."""
    found = local.replace(tzinfo=zone).utcoffset()
    return 0 if found is None else (found.days * 86_400 + found.seconds) * 1000
