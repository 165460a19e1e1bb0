"""`ETag` is the revision's number; `If-Match` names the numbers on which a change may be made."""

from __future__ import annotations

import re
from typing import Final

_TAG: Final = re.compile(r'\s*(W/)?"([^"]*)"\s*(?:,|$)|\s*([^",\s]+)\s*(?:,|$)')
NEVER: Final = -1
"""A number that no revision has: a precondition that cannot hold."""


def etag(number: int) -> str:
    """The tag of a revision, `"1"`."""
    return f'"{number}"'


def expected(header: str | None) -> tuple[int, ...] | None:
    """The numbers that `If-Match` names; None without one or with `*`. A tag that is no number names none.

    Weak tags never match, as RFC 9110 asks for `If-Match`. A bare number is read as if it were quoted.
    """
    if header is None or header.strip() in ("", "*"):
        return None
    numbers: list[int] = []
    for weak, quoted, bare in _TAG.findall(header):
        text = quoted or bare
        if not weak and text.isascii() and text.isdigit() and len(text) <= 15:
            numbers.append(int(text))
    return tuple(numbers) or (NEVER,)
