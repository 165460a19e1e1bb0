"""Query parameters: names in any case, several spellings, conflicts, pages, flags, bounds. Problems come all at once.

A parameter that is given twice, in whatever spelling, is taken once when the values are equal; different values are a
conflict. An empty value means that the parameter is not given. Parameters that nobody asks for are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from weft.api.workflowsvc import times, words
from weft.api.workflowsvc.errors import CONFLICT, PARAMETER, Detail, Wrong
from weft.domain.jobs import JobStatus

DEFAULT_PAGE: Final = 10
MAX_PAGE: Final = 1000
MAX_OFFSET: Final = 2_147_483_647
PAGE_SIZE: Final = ("_pageSize", "_pagesize", "_count")
_WHOLE: Final = re.compile(r"(-?)0*(\d+)", re.ASCII)
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


class Page(msgspec.Struct, frozen=True):
    """A part of a list: `limit` elements from `offset` on."""

    offset: int
    limit: int


class Query:
    """The parameters of one request. Readers note problems; `done` raises them all."""

    def __init__(self, given: Mapping[str, Sequence[str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, values in given.items():
            self._values.setdefault(name.lower(), []).extend(values)
        self.problems: list[Detail] = []

    def text(self, *spellings: str) -> str:
        """The value of a parameter, the empty text where it is not given. The first spelling names it in problems."""
        found = ""
        first = True
        for name in dict.fromkeys(spelling.lower() for spelling in spellings):
            for value in self._values.get(name, ()):
                if not first and value != found:
                    self.wrong(spellings[0], f"{spellings[0]} is given twice with different values", CONFLICT)
                    return found
                found, first = value, False
        return found

    def wrong(self, name: str, message: str, code: str = PARAMETER) -> None:
        """Note a problem."""
        self.problems.append(Detail(f"query/{name}", code, message))

    def done(self) -> None:
        """Raises Wrong with all problems found so far."""
        if self.problems:
            raise Wrong(self.problems[0].code, self.problems)

    def page(self) -> Page:
        """Page size (default 10, 0 means the default, at most 1,000) and offset (default 0)."""
        size = self._whole(*PAGE_SIZE)
        offset = self._whole("_offset")
        if offset is not None and offset > MAX_OFFSET:
            self.wrong("_offset", f"_offset is at most {MAX_OFFSET}")
        return Page(offset or 0, min(size or DEFAULT_PAGE, MAX_PAGE))

    def _whole(self, *spellings: str) -> int | None:
        text = self.text(*spellings)
        if not text:
            return None
        match = _WHOLE.fullmatch(text)
        if match is None or (match[1] and match[2] != "0"):
            self.wrong(spellings[0], f"{spellings[0]} is a whole number from 0 on")
            return None
        return int(match[2]) if len(match[2]) < 19 else 10**18

    def flag(self, name: str) -> bool:
        """`true`, `false`, `1` or `0`; false where it is not given."""
        text = self.text(name)
        found = _FLAGS.get(text) if text else False
        if found is None:
            self.wrong(name, f"{name} is true, false, 1 or 0")
        return bool(found)

    def statuses(self) -> tuple[JobStatus, ...]:
        """`_status`: one run state or several with commas, in any case; empty takes all."""
        found: list[JobStatus] = []
        text = self.text("_status")
        for part in text.split(",") if text else ():
            known = words.STATUSES_OF.get(part.strip().upper())
            if known is None:
                self.wrong("_status", f"_status is one of {', '.join(words.RUN_STATES)}, or several with commas")
                break
            found.extend(known)
        return tuple(dict.fromkeys(found))

    def bounds(self) -> tuple[int | None, int | None]:
        """`startDate` and `endDate` as UTC ms, the first inclusive, the second exclusive; None where not given."""
        low, high = self._bound("startDate"), self._bound("endDate")
        if low is not None and high is not None and times.after(self.text("startDate"), self.text("endDate")):
            self.wrong("startDate", "startDate is after endDate")
        return low, high

    def _bound(self, name: str) -> int | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return times.lower_bound(text) if name == "startDate" else times.upper_bound(text)
        except times.BadDate as cause:
            self.wrong(name, f"{name}: {cause}")
            return None
