"""The fields of a Quartz cron text: what each may hold, and what a text in it means."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from weft.domain.errors import Invalid

MAX_PARTS = 100
"""Parts of one field that are separated by commas."""
MAX_SHOWN = 40

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_NUMBER = re.compile(r"[0-9]{1,4}")


@dataclass(frozen=True)
class Field:
    """Name, least and greatest value of a field, and the words that stand for values."""

    name: str
    low: int
    high: int
    words: dict[str, int] = field(default_factory=dict[str, int])


SECONDS = Field("seconds", 0, 59)
MINUTES = Field("minutes", 0, 59)
HOURS = Field("hours", 0, 23)
DAY = Field("day-of-month", 1, 31)
MONTH = Field("month", 1, 12, {name: number for number, name in enumerate(MONTHS, 1)})
WEEKDAY = Field("day-of-week", 1, 7, {name: number for number, name in enumerate(WEEKDAYS, 1)})
YEAR = Field("year", 1970, 2099)


def wrong(where: Field, text: str, why: str) -> Invalid:
    """The refusal of a field."""
    shown = text if len(text) <= MAX_SHOWN else text[:MAX_SHOWN] + "…"
    return Invalid(f"cron field {where.name} '{shown}': {why}", code="invalid_schedule")


def value_of(where: Field, text: str) -> int:
    """One value, a number or a word. Raises Invalid."""
    word = where.words.get(text)
    if word is not None:
        return word
    if not _NUMBER.fullmatch(text):
        raise wrong(where, text, "not a value of this field")
    number = int(text)
    if not where.low <= number <= where.high:
        raise wrong(where, text, f"a value from {where.low} to {where.high} is needed")
    return number


def parts_of(where: Field, text: str) -> list[str]:
    """The parts of a list. Raises Invalid for an empty one or too many."""
    parts = text.split(",")
    if len(parts) > MAX_PARTS:
        raise wrong(where, text, f"more than {MAX_PARTS} parts")
    if not all(parts):
        raise wrong(where, text, "an empty part")
    return parts


def values_of(where: Field, part: str) -> frozenset[int]:
    """The values of one part: `*`, `a`, `a-b` (may wrap), and each of them with `/step`. Raises Invalid."""
    base, slash, step_text = part.partition("/")
    step = _step(where, part, step_text) if slash else 1
    if base == "*" or (slash and not base):
        return frozenset(range(where.low, where.high + 1, step))
    first_text, dash, last_text = base.partition("-")
    first = value_of(where, first_text)
    if not dash:
        return frozenset(range(first, where.high + 1, step)) if slash else frozenset((first,))
    last = value_of(where, last_text)
    if first <= last:
        return frozenset(range(first, last + 1, step))
    if where is YEAR:
        raise wrong(where, part, "the range ends before it begins")
    size = where.high - where.low + 1
    return frozenset((value - where.low) % size + where.low for value in range(first, last + size + 1, step))


def _step(where: Field, part: str, text: str) -> int:
    largest = where.high - where.low if where is YEAR else where.high
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= largest:
        raise wrong(where, part, f"a step from 1 to {largest} is needed after '/'")
    return int(text)


def plain(where: Field, text: str) -> tuple[int, ...]:
    """All values of a field without special forms, ascending. Raises Invalid."""
    found: set[int] = set()
    for part in parts_of(where, text):
        found |= values_of(where, part)
    return tuple(sorted(found))
