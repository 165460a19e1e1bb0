"""`weft.ports.run_list.RunList` on SQL: one page and an exact total, whatever the number of runs.

Totals come from counts that are kept (`weft.store.run_counts`); a page is read by the cheapest index
(`weft.store.run_list_rows`). Columns that all runs of a kind share, such as name or status, order whole kinds: these
are sorted, those before the page are passed over by their counts, and only the rows of the page's own kinds are read.
Open runs are merged in: what orders them may change at any time, so that they have no index but that of their
creation; a list in another order reads them all.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, cast

from weft.domain.jobs import Job
from weft.ports.run_list import RunPage, RunQuery
from weft.ports.store import Tx
from weft.store.jobs import job_of
from weft.store.run_list_counts import (
    ACTIVE,
    CLOSED_WORDS,
    HELD,
    Group,
    Kind,
    Kinds,
    closed_kinds,
    closed_total,
    numbers_text,
    open_total,
    selection,
)
from weft.store.run_list_rows import Row, Windows, distinct, shared, subject
from weft.store.unit import SqlTx

OPEN_WORDS = (*HELD, *ACTIVE)
SMALL = 2_000
"""Neighbouring kinds of so few rows are read together."""


class SqlRunList:
    """On the connection of the unit of work, which sees its own changes."""

    def page(self, tx: Tx, query: RunQuery, *, tenant: str) -> RunPage:
        """See `weft.ports.run_list`."""
        cast("SqlTx", tx).settle()
        sql = cast("SqlTx", tx).sql
        order = distinct(query.order)
        by_text = any(column != "status" for column, _ in order[: shared(order)])
        chosen = selection(sql, query, tenant, by_text=by_text)
        if not chosen.counted:
            return RunPage([], 0)
        closed_words = [word for word in CLOSED_WORDS if not query.statuses or word in query.statuses]
        open_words = [word for word in OPEN_WORDS if not query.statuses or word in query.statuses]
        kinds = closed_kinds(sql, chosen, closed_words) if closed_words else {}
        closed, opened = sum(kinds.values()), open_total(sql, chosen, open_words)
        start, end = query.offset, min(query.offset + query.limit, closed + opened)
        if start >= end:
            return RunPage([], closed + opened)
        page = _Page(Windows(sql, query, chosen, closed_total(sql, tenant)), query, chosen.counted, kinds)
        rows = page.between(start, end, closed, opened, open_words)
        return RunPage(_jobs(sql, cast("SqlTx", tx), rows), closed + opened)


class _Page:
    """The rows of one page."""

    def __init__(self, windows: Windows, query: RunQuery, groups: Mapping[int, Group], kinds: Kinds) -> None:
        self._windows = windows
        self._groups = groups
        self._kinds = kinds
        self._ranks: dict[str, int] = {word: rank for rank, group in enumerate(query.ranks) for word in group}
        order = windows.order
        count = shared(order)
        self._first, self._rest = order[:count], order[count:]

    def between(self, start: int, end: int, closed: int, opened: int, open_words: list[str]) -> list[Row]:
        """Rows `start` to `end` of closed and open ones together."""
        if not opened:
            return self._closed(start, end)
        if not closed:
            return self._windows.open(open_words, start, end)
        # The closed rows before `base` come before the page even if all open ones come before them.
        base = max(0, start - opened)
        rows = self._closed(base, min(end, closed)) + self._windows.open(open_words, 0, end)
        return self._windows.merged(rows)[start - base : end - base]

    def _closed(self, start: int, end: int) -> list[Row]:
        if start >= end:
            return []
        if not self._first:
            return self._windows.closed(self._kinds, self._rest, start, end)
        rows: list[Row] = []
        small: Kinds = {}
        skip = take = at = 0
        for part in self._parts():
            count = sum(part.values())
            low, high = max(start - at, 0), min(end - at, count)
            at += count
            if high <= 0:
                break
            if low >= count:
                continue
            if count <= SMALL:
                skip = skip if small else low
                take += high - low
                small |= part
                continue
            rows += self._together(small, skip, take)
            small, take = {}, 0
            rows += self._windows.closed(part, self._rest, low, high)
        return rows + self._together(small, skip, take)

    def _together(self, kinds: Kinds, skip: int, take: int) -> list[Row]:
        return self._windows.gather(kinds, self._windows.order, skip, skip + take) if kinds else []

    def _parts(self) -> Iterator[Kinds]:
        """The kinds in the order of the columns they share, equal ones together."""
        kinds = list(self._kinds)
        for column, down in reversed(self._first):
            kinds.sort(key=lambda kind: self._value(kind, column), reverse=down)
        for _same, part in groupby(kinds, lambda kind: [self._value(kind, name) for name, _ in self._first]):
            yield {kind: self._kinds[kind] for kind in part}

    def _value(self, kind: Kind, column: str) -> Any:
        group = self._groups[kind[0]]
        match column:
            case "status":
                return self._ranks.get(kind[1], len(self._ranks)) if self._ranks else kind[1]
            case "started_by" | "updated_by":
                return subject(getattr(group, column))
            case "timeout":
                return group.timeout_s
            case _:
                return getattr(group, column)


def _jobs(sql: sqlite3.Connection, tx: SqlTx, rows: list[Row]) -> list[Job]:
    keys = [row[-1] for row in rows]
    found = sql.execute("SELECT * FROM jobs WHERE key IN (SELECT value FROM json_each(?))", (numbers_text(keys),))
    jobs = {row[0]: job_of(row, tx.blobs) for row in found}
    return [jobs[key] for key in keys]
