"""Time zones by their IANA names, from the time zone database of the machine or of the tzdata package."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

from weft.domain.errors import Invalid
from weft.domain.zones import UTC_ZONE, Zone

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+){0,3}")
_NO_ZONES = frozenset({"localtime", "posixrules", "Factory", "leapseconds", "tzdata", "posix", "right", "SystemV"})
"""Files of the database that are no zones of their own: whatever this machine is set to, or seconds told otherwise."""
MAX_NAME = 64
MAX_KEPT = 600

_kept: dict[str, Zone] = {"UTC": UTC_ZONE}


def zone_of(name: str) -> Zone:
    """The zone of that exact name. Raises Invalid (code `invalid_schedule`) for a name that is none."""
    found = _kept.get(name)
    if found is not None:
        return found
    if len(name) > MAX_NAME or not _NAME.fullmatch(name) or name.partition("/")[0] in _NO_ZONES:
        raise _unknown(name)
    try:
        zone = Zone(name, ZoneInfo(name))
    except (OSError, ValueError, LookupError):
        raise _unknown(name) from None
    if len(_kept) >= MAX_KEPT:
        _kept.clear()
    _kept[name] = zone
    return zone


def _unknown(name: str) -> Invalid:
    return Invalid(f"'{name[:MAX_NAME]}' is no time zone of the IANA database", code="invalid_schedule")
