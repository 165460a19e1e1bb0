"""Windows of listed rows: the sort keys of a page, read by the index that reaches them with the fewest rows.

A row here is a tuple: the values that the list is ordered by, then the id, then the store's key. Closed rows are found
in one of two ways. *Walking* goes along an index in the order of the list and passes over what does not match: about
`end / share` steps, where the share is what matches of all. *Gathering* looks up every match by its kind and sorts:
as many steps as there are matches. The cheaper one is about the square root of the number of rows, at worst.
"""

# ruff: noqa: S608 - statements are put together from constants of these modules; every value is a parameter

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from weft.domain.access import subject_id
from weft.ports.run_list import RunQuery
from weft.store.run_counts import DAY_MS
from weft.store.run_list_counts import (
    BY_KINDS,
    FOREVER,
    HELD,
    Kind,
    Selection,
    Span,
    by_day,
    marks,
    numbers_text,
    own_kinds,
    pairs_text,
)

Row = tuple[Any, ...]
Order = tuple[tuple[str, bool], ...]
"""(column, descending)."""
_EXPRESSIONS = {
    "id": "j.id",
    "name": "j.name",
    "workflow_id": "j.workflow_id",
    "status": "j.status",
    "created_at": "j.created_at",
    "updated_at": "j.updated_at",
    "started_by": "subject(j.started_by)",
    "updated_by": "subject(j.updated_by)",
    "label": "j.label",
    "timeout": "j.timeout_s",
    "timeout_policy": "j.timeout_policy",
}
_WALKS = {"created_at": "ix_jobs_list_created", "updated_at": "ix_jobs_list_updated", "id": "ix_jobs_id"}
SHARED = frozenset({"name", "workflow_id", "status", "started_by", "updated_by", "label", "timeout", "timeout_policy"})
NARROW = 2_000
"""Steps from which on it pays to find out first which days a page lies in."""
SEEK = 3
"""What a look-up by index costs, in steps along it."""
subject = lru_cache(maxsize=10_000)(subject_id)


class Windows:
    """Rows of one list on one connection; `everything` counts the closed runs of the tenant."""

    def __init__(self, sql: sqlite3.Connection, query: RunQuery, chosen: Selection, everything: int) -> None:
        self._sql = sql
        self._chosen = chosen
        self._everything = everything
        self._ranks = query.ranks
        self.order = distinct(query.order)
        self._columns = ", ".join([*(self._expression(name) for name, _ in self.order), "j.id", "j.key"])
        if any(name in ("started_by", "updated_by") for name, _ in self.order):
            sql.create_function("subject", 1, subject, deterministic=True)

    def _expression(self, column: str) -> str:
        if column != "status" or not self._ranks:
            return _EXPRESSIONS[column]
        whens = " ".join(f"WHEN '{status}' THEN {rank}" for rank, group in enumerate(self._ranks) for status in group)
        return f"CASE j.status {whens} ELSE {len(self._ranks)} END"

    def _by(self, order: Order) -> str:
        terms = [f"{self._expression(name)} {'DESC' if down else 'ASC'}" for name, down in order]
        if not any(name == "id" for name, _ in order):
            terms.append("j.id ASC")
        return f"ORDER BY {', '.join(terms)} LIMIT ? OFFSET ?"

    # -- closed rows --

    def closed(self, kinds: Mapping[Kind, int], order: Order, start: int, end: int) -> list[Row]:
        """Rows `start` to `end` (exclusive) of these kinds in this order."""
        column, down = order[0] if order else ("id", False)
        total = sum(kinds.values())
        share = total / max(self._everything, total)
        span, updated = self._chosen.span, Span()
        walk, gather = end / share, total + SEEK * len(kinds)
        if column in ("created_at", "updated_at") and min(walk, gather) > NARROW:
            found, skipped, held = self._days(kinds, column, down, start, end)
            start, end = start - skipped, end - skipped
            walk = end / share
            if column == "created_at":
                span = Span(max(span.start, found.start), min(span.end, found.end))
                gather = held + SEEK * len(kinds)
            else:
                updated = found
        if walk <= gather and column in _WALKS:
            return self._walk(kinds, order, column, span, updated, start, end)
        return self.gather(kinds, order, start, end, span=span, updated=updated)

    def _days(self, kinds: Mapping[Kind, int], column: str, down: bool, start: int, end: int) -> tuple[Span, int, int]:
        """The days in which the rows `start` to `end` lie, how many rows stand before them, and how many in them."""
        days = sorted(by_day(self._sql, self._chosen, kinds, column).items(), reverse=down)
        skipped, at = 0, 0
        while at < len(days) - 1 and skipped + days[at][1] <= start:
            skipped += days[at][1]
            at += 1
        first, held = at, days[at][1]
        while at < len(days) - 1 and skipped + held < end:
            at += 1
            held += days[at][1]
        low, high = sorted((days[first][0], days[at][0]))
        return Span(low * DAY_MS, (high + 1) * DAY_MS), skipped, held

    def _walk(
        self, kinds: Mapping[Kind, int], order: Order, column: str, span: Span, updated: Span, start: int, end: int
    ) -> list[Row]:
        statuses = sorted({status for _, status in kinds})
        where = [f"j.tenant = ? AND j.closed_at > 0 AND j.superseded = 0 AND j.status IN ({marks(statuses)})"]
        values: list[Any] = [self._chosen.tenant, *statuses]
        for name, bounds in (("created_at", span), ("updated_at", updated)):
            if bounds.start > -FOREVER:
                where.append(f"j.{name} >= ?")
                values.append(bounds.start)
            if bounds.end < FOREVER:
                where.append(f"j.{name} < ?")
                values.append(bounds.end)
        if not self._chosen.scoped:
            where.append("j.grp IN (SELECT value FROM json_each(?))")
            values.append(numbers_text({group for group, _ in kinds}))
        elif self._chosen.rows is not None:
            where.append("j.grp IN (SELECT value FROM json_each(?))")
            values.append(self._chosen.rows)
        text = (
            f"SELECT {self._columns} FROM jobs AS j INDEXED BY {_WALKS[column]} WHERE {' AND '.join(where)} "
            f"{self._by(order)}"
        )
        return self._sql.execute(text, [*values, end - start, start]).fetchall()

    def gather(
        self,
        kinds: Iterable[Kind],
        order: Order,
        start: int,
        end: int,
        *,
        span: Span | None = None,
        updated: Span | None = None,
    ) -> list[Row]:
        """The same as `closed`, always by looking up all rows of these kinds."""
        created = self._chosen.span if span is None else span
        values: list[Any] = [pairs_text(own_kinds(self._sql, self._chosen, kinds)), created.start, created.end]
        more = ""
        if updated is not None and not updated.whole:
            more = " AND j.updated_at >= ? AND j.updated_at < ?"
            values += [updated.start, updated.end]
        text = f"SELECT {self._columns} {BY_KINDS}{more} {self._by(order)}"
        return self._sql.execute(text, [*values, end - start, start]).fetchall()

    # -- open rows --

    def open(self, statuses: Sequence[str], start: int, end: int) -> list[Row]:
        """Rows `start` to `end` of the open ones."""
        chosen = self._chosen
        more, groups = chosen.of_rows()
        where = ["j.tenant = ? AND j.closed_at = 0"]
        values: list[Any] = [chosen.tenant]
        index = "ix_jobs_list_open"
        if len(statuses) < 4:
            if all(status in HELD for status in statuses):
                index = "ix_jobs_list_held"
                where.append("j.status IN ('pending', 'suspended')")
            where.append(f"j.status IN ({marks(statuses)})")
            values += statuses
        if not chosen.span.whole:
            where.append("j.created_at >= ? AND j.created_at < ?")
            values += [chosen.span.start, chosen.span.end]
        text = (
            f"SELECT {self._columns} FROM jobs AS j INDEXED BY {index} WHERE {' AND '.join(where)}{more} "
            f"{self._by(self.order)}"
        )
        return self._sql.execute(text, [*values, *groups, end - start, start]).fetchall()

    def merged(self, rows: list[Row]) -> list[Row]:
        """Rows of several windows in the order of the list."""
        terms = list(enumerate(down for _, down in self.order))
        if not any(name == "id" for name, _ in self.order):
            terms.append((len(self.order), False))
        for at, down in reversed(terms):
            rows.sort(key=lambda row: (row[at] is not None, row[at]), reverse=down)
        return rows


def shared(order: Order) -> int:
    """How many columns at the beginning of an order are the same for all closed runs of a kind."""
    count = 0
    while count < len(order) and order[count][0] in SHARED:
        count += 1
    return count


def distinct(order: Sequence[tuple[str, bool]]) -> Order:
    """Without what cannot matter: a column's second mention, and what comes after the id."""
    found: dict[str, bool] = {}
    for name, down in order:
        found.setdefault(name, down)
        if name == "id":
            break
    return tuple(found.items())
