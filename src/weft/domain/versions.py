"""The order of versions, and which of several is the highest."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

VersionKey = tuple[tuple[tuple[int, int, str], ...], str]


def version_key(version: str) -> VersionKey:
    """A key that sorts versions part by part at dots, numerically where both parts are numbers.

    A number stands below a text, so that the order is total; a version that only has more parts is the higher one;
    the text itself decides between `1.0` and `1.00`.
    """
    return tuple(_part(part) for part in version.split(".")), version


def _part(part: str) -> tuple[int, int, str]:
    if part.isascii() and part.isdigit() and len(part) <= 18:
        return 0, int(part), ""
    return 1, 0, part


def highest(items: Iterable[T], version: Callable[[T], str]) -> T | None:
    """The item with the highest version, None of none."""
    return max(items, key=lambda item: version_key(version(item)), default=None)
