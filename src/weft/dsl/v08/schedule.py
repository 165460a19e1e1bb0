"""The start schedule of a states document: checked here, run by the schedule service.

`start.schedule` is an interval text, or `{interval | cron, timezone=UTC}`. Interval: `R/<start>/<duration>`,
`R/<duration>/<end>` or `R/<duration>`; a repeat count is refused. Cron: text or `{expression, validUntil}` with
5 fields (minute first), 6 (second first) or 7 (second first, year last); `?`, names, `L`, `W`, `#`, lists, ranges
and steps are accepted.
"""

from __future__ import annotations

import re
import zoneinfo
from typing import Any, Final, cast

from weft.dsl.problems import Problem, error

_MONTHS: Final = {
    name: n
    for n, name in enumerate(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), 1)
}
_DAYS: Final = {name: n for n, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}

# name, smallest, largest, names, whether L W ? # may stand in it
_FIELDS: Final[dict[str, tuple[int, int, dict[str, int]]]] = {
    "second": (0, 59, {}),
    "minute": (0, 59, {}),
    "hour": (0, 23, {}),
    "day of month": (1, 31, {}),
    "month": (1, 12, _MONTHS),
    "day of week": (0, 7, _DAYS),
    "year": (1970, 2199, {}),
}
_FIVE: Final = ("minute", "hour", "day of month", "month", "day of week")
_ORDERS: Final = {5: _FIVE, 6: ("second", *_FIVE), 7: ("second", *_FIVE, "year")}
_DURATION: Final = re.compile(
    r"P(?=\d|T\d)(\d+Y)?(\d+M)?(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+(\.\d+)?S)?)?", re.ASCII
)
_MOMENT: Final = re.compile(r"\d{4}-?\d\d-?\d\d(T\d\d(:?\d\d(:?\d\d(\.\d+)?)?)?(Z|[+-]\d\d(:?\d\d)?)?)?", re.ASCII)
_MAX_CRON: Final = 200


def cron_fault(text: str) -> str:
    """What is wrong with a cron text, naming the field; "" where nothing is."""
    if len(text) > _MAX_CRON:
        return f"a cron text has at most {_MAX_CRON} characters"
    fields = text.split()
    order = _ORDERS.get(len(fields))
    if order is None:
        return f"a cron text has 5, 6 or 7 fields, this one has {len(fields)}"
    for name, field in zip(order, fields, strict=True):
        for part in field.split(","):
            if not _part_fits(name, part):
                return f"{part!r} is not a {name}"
    return ""


def _number(name: str, text: str) -> int | None:
    low, high, names = _FIELDS[name]
    value = names.get(text.upper())
    if value is None:
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            return None
        value = int(text)
    return value if low <= value <= high else None


def _special(name: str, part: str) -> bool:
    """`L`, `L-3`, `LW`, `15W` for days of a month; `L`, `5L`, `5#2` for days of a week."""
    if name == "day of month":
        if part in ("L", "LW"):
            return True
        if part.startswith("L-"):
            return _number(name, part[2:]) is not None
        return part.endswith("W") and _number(name, part[:-1]) is not None
    if part == "L":
        return True
    if part.endswith("L"):
        return _number(name, part[:-1]) is not None
    day, sharp, week = part.partition("#")
    return bool(sharp) and _number(name, day) is not None and week in ("1", "2", "3", "4", "5")


def _part_fits(name: str, part: str) -> bool:
    base, slash, step = part.partition("/")
    if slash and not (step.isascii() and step.isdigit() and 0 < int(step[:6]) <= _FIELDS[name][1]):
        return False
    days = name in ("day of month", "day of week")
    if base == "*" or (base == "?" and days and not slash):
        return True
    if days and not slash and _special(name, base.upper()):
        return True
    first, dash, last = base.partition("-")
    if not dash:
        return _number(name, first) is not None
    return _number(name, first) is not None and _number(name, last) is not None


def interval_fault(text: str) -> tuple[str, str]:
    """(code, message) of a wrong interval text; ("", "") where nothing is wrong."""
    parts = text.strip().split("/")
    if re.fullmatch(r"R\d+", parts[0], re.ASCII):
        return "unsupported-interval-repeat", "a repeat count is not supported: the interval repeats for ever"
    if parts[0] != "R" or len(parts) not in (2, 3):
        return "interval", "an interval is R/<duration>, R/<start>/<duration> or R/<duration>/<end>"
    kinds = ["d" if _DURATION.fullmatch(p) else "m" if _MOMENT.fullmatch(p) else "?" for p in parts[1:]]
    if kinds in (["d"], ["m", "d"], ["d", "m"]):
        return "", ""
    return "interval", f"{text!r} does not name one ISO 8601 duration and at most one date"


def check_schedule(schedule: Any, pointer: str) -> list[Problem]:
    """Problems of `start.schedule`; shapes that the schema stage refuses are passed over."""
    if isinstance(schedule, str):
        return _interval(schedule, pointer)
    if not isinstance(schedule, dict):
        return []
    members = cast("dict[str, Any]", schedule)
    problems: list[Problem] = []
    if isinstance(members.get("interval"), str):
        problems += _interval(members["interval"], pointer + "/interval")
    problems += _cron(members.get("cron"), pointer + "/cron")
    zone = members.get("timezone")
    if isinstance(zone, str) and not known_zone(zone):
        problems.append(error("semantics", "timezone", pointer + "/timezone", f"{zone!r} is not a known time zone"))
    return problems


def _interval(text: str, pointer: str) -> list[Problem]:
    code, message = interval_fault(text)
    return [error("semantics", code, pointer, message)] if code else []


def _cron(cron: Any, pointer: str) -> list[Problem]:
    problems: list[Problem] = []
    if isinstance(cron, dict):
        members = cast("dict[str, Any]", cron)
        until = members.get("validUntil")
        if isinstance(until, str) and not _MOMENT.fullmatch(until):
            problems.append(error("semantics", "cron", pointer + "/validUntil", f"{until!r} is not an ISO 8601 date"))
        cron, pointer = members.get("expression"), pointer + "/expression"
    if isinstance(cron, str):
        message = cron_fault(cron)
        if message:
            problems.append(error("semantics", "cron", pointer, message))
    return problems


def known_zone(name: str) -> bool:
    """Whether the time zone database has it."""
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
