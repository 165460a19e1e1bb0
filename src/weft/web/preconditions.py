"""`ETag` is a revision's number; `If-Match` names the numbers on which a change may be made."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Final

_TAG: Final = re.compile(r'(W/)?"([^"]*)"|([^",\s]+)')
MAX_DIGITS: Final = 15
NEVER: Final = -1
"""A number that no revision has: a precondition that cannot hold."""


def etag(number: int) -> str:
    """The tag of a revision, `"1"`."""
    return f'"{number}"'


def expected(header: str | None) -> tuple[int, ...] | None:
    """The numbers that `If-Match` names; None without one, or with `*` among them. What is no number names none.

    Weak tags never match, as RFC 9110 asks for `If-Match`. A bare number is read as if it were quoted.
    """
    if header is None:
        return None
    numbers: list[int] = []
    for part in header.split(","):
        found = _TAG.fullmatch(part.strip())
        if found is None:
            continue
        if found[3] == "*":
            return None
        text = found[2] or found[3] or ""
        if not found[1] and text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS:
            numbers.append(int(text))
    return tuple(numbers) or (NEVER,)


async def wanted(header: str | None, present: Callable[[], Awaitable[int]]) -> int | None:
    """The number on which a change may be made: None for any, NEVER where `If-Match` names several and not the present
    one, which `present` tells."""
    numbers = expected(header)
    if numbers is None:
        return None
    if len(numbers) == 1:
        return numbers[0]
    found = await present()
    return found if found in numbers else NEVER
