"""What a list of runs matches, counted from `weft.store.run_counts`: in all, by kind, and by day.

A filter is resolved to *kinds*, pairs of a group and a status: texts are looked for in the few names that runs have in
common, not in the rows. Whole days of a range of dates are looked up; only the days that its ends cut are counted row
by row, by index. Where a list is not narrowed by texts, whole scopes are counted instead of their groups.
"""

# ruff: noqa: S608 - statements are put together from constants of these modules; every value is a parameter

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Sequence

import msgspec

from weft.domain.jobs import CLOSED
from weft.ports.run_list import RunQuery
from weft.store.run_counts import DAY_MS, OPEN

Kind = tuple[int, str]
"""A group, or a scope, and a status."""
Kinds = dict[Kind, int]
"""How many runs there are of each kind."""
CLOSED_WORDS = tuple(sorted(CLOSED))
HELD = ("pending", "suspended")
ACTIVE = ("running", "waiting")
FOREVER = DAY_MS * 50_000_000
"""Milliseconds beyond every time; a whole number of days."""


class Span(msgspec.Struct, frozen=True):
    """A range of times of creation, from inclusive to exclusive, UTC milliseconds."""

    start: int = -FOREVER
    end: int = FOREVER

    @property
    def whole(self) -> bool:
        return self.start <= -FOREVER and self.end >= FOREVER

    def days(self) -> tuple[int, int]:
        """The whole days inside, from inclusive to exclusive."""
        return -(-self.start // DAY_MS), self.end // DAY_MS

    def edges(self) -> list[Span]:
        """What is left beside the whole days: at most two parts of a day."""
        if self.whole:
            return []
        first, last = self.days()
        if first > last:
            return [self]
        found: list[Span] = []
        if self.start < first * DAY_MS:
            found.append(Span(self.start, first * DAY_MS))
        if last * DAY_MS < self.end:
            found.append(Span(last * DAY_MS, self.end))
        return found


def span_of(query: RunQuery) -> Span:
    """The range of dates that a query asks for."""
    return Span(
        -FOREVER if query.created_from is None else max(query.created_from, -FOREVER),
        FOREVER if query.created_to is None else min(query.created_to, FOREVER),
    )


class Group(msgspec.Struct, frozen=True):
    """See `weft.store.run_counts`; `timeout_s` -1 for none, `timeout_policy` empty for none."""

    id: int
    namespace: str
    workflow_id: str
    name: str
    label: str
    timeout_s: int
    timeout_policy: str
    started_by: str
    updated_by: str


class Selection(msgspec.Struct):
    """What a list is taken from. `counted` are the groups, or the scopes, that stand for it; `rows` its groups as a
    parameter, None for all of the tenant."""

    tenant: str
    span: Span
    counted: dict[int, Group]
    scoped: bool
    rows: str | None

    def of_rows(self) -> tuple[str, tuple[str, ...]]:
        """The condition that holds the rows `j` to these groups, and its parameters."""
        if self.rows is None:
            return "", ()
        return " AND j.grp IN (SELECT value FROM json_each(?))", (self.rows,)


def selection(sql: sqlite3.Connection, query: RunQuery, tenant: str, *, by_text: bool) -> Selection:
    """What a query selects; `by_text`: its order asks for groups one by one."""
    texts = bool(query.name or query.definition or query.workflow_id)
    scopes = {row[0]: Group(*row) for row in sql.execute(f"{_GROUPS} AND scope = 0", (tenant,))}
    inside = {key: one for key, one in scopes.items() if query.namespace in (None, one.namespace)}
    every = not texts and len(inside) == len(scopes)
    if every and not by_text:
        return Selection(tenant, span_of(query), inside, True, None)
    groups = _groups(sql, query, tenant)
    rows = None if every else numbers_text(groups)
    scoped = not texts and not by_text
    return Selection(tenant, span_of(query), inside if scoped else groups, scoped, rows)


_GROUPS = (
    "SELECT id, namespace, workflow_id, name, label, timeout_s, timeout_policy, started_by, updated_by "
    "FROM run_groups WHERE tenant = ?"
)


def _groups(sql: sqlite3.Connection, query: RunQuery, tenant: str) -> dict[int, Group]:
    where, values = "scope > 0", [tenant]
    if query.namespace is not None:
        where, values = f"{where} AND namespace = ?", [*values, query.namespace]
    if query.workflow_id:
        where, values = f"{where} AND workflow_id = ?", [*values, query.workflow_id]
    rows = sql.execute(f"{_GROUPS} AND {where}", values).fetchall()
    if query.name:
        name = query.name.casefold()
        rows = [row for row in rows if name in row[3].casefold()]
    if query.definition:
        definition = query.definition.casefold()
        rows = [row for row in rows if definition in row[2].casefold()]
    return {row[0]: Group(*row) for row in rows}


def pairs_text(kinds: Iterable[Kind]) -> str:
    """Kinds as a parameter of the statements that join them."""
    return json.dumps(list(kinds), separators=(",", ":"))


def numbers_text(numbers: Iterable[int]) -> str:
    """Numbers as a parameter of `IN (SELECT value FROM json_each(?))`."""
    return json.dumps(list(numbers), separators=(",", ":"))


def marks(values: Sequence[str]) -> str:
    """Placeholders for so many values."""
    return ", ".join("?" * len(values))


BY_KINDS = (
    "FROM json_each(?) AS p CROSS JOIN jobs AS j INDEXED BY ix_jobs_list_group "
    "ON j.grp = json_extract(p.value, '$[0]') AND j.status = json_extract(p.value, '$[1]') "
    "WHERE j.closed_at > 0 AND j.superseded = 0 AND j.created_at >= ? AND j.created_at < ?"
)
"""Listed closed rows of some kinds, created in a range: a look-up by index for each kind."""


def closed_kinds(sql: sqlite3.Connection, chosen: Selection, statuses: Sequence[str]) -> Kinds:
    """The closed runs of some statuses by kind; kinds without any are left out."""
    held = f"d.grp IN (SELECT value FROM json_each(?)) AND d.status IN ({marks(statuses)})"
    given = (numbers_text(chosen.counted), *statuses)
    if chosen.span.whole:
        rows = sql.execute(f"SELECT d.grp, d.status, d.n FROM run_totals AS d WHERE {held}", given)
        return {(group, status): n for group, status, n in rows}
    first, last = chosen.span.days()
    rows = sql.execute(
        f"SELECT d.grp, d.status, sum(d.n) FROM run_days AS d WHERE {held} AND d.created_day >= ? "
        "AND d.created_day < ? GROUP BY d.grp, d.status",
        (*given, first, last),
    )
    found: Kinds = {(group, status): n for group, status, n in rows}
    edges = chosen.span.edges()
    if edges:
        present = [
            (group, status)
            for group, status in sql.execute(f"SELECT d.grp, d.status FROM run_totals AS d WHERE {held}", given)
        ]
        for edge in edges if present else ():
            for group, status, n in _edge(sql, chosen, present, edge, "j.grp"):
                found[group, status] = found.get((group, status), 0) + n
    return found


def _edge(
    sql: sqlite3.Connection, chosen: Selection, kinds: Iterable[Kind], edge: Span, by: str
) -> list[tuple[int, str, int]]:
    """Rows of these kinds created in a part of a day, as (`by`, status, number); scopes are counted as one."""
    if not chosen.scoped:
        return sql.execute(
            f"SELECT {by}, j.status, count(*) {BY_KINDS} GROUP BY 1, 2", (pairs_text(kinds), edge.start, edge.end)
        ).fetchall()
    statuses = sorted({status for _, status in kinds})
    more, groups = chosen.of_rows()
    value = next(iter(chosen.counted)) if by == "j.grp" else 0
    rows = sql.execute(
        f"SELECT {by if value == 0 else 'j.status'}, j.status, count(*) FROM jobs AS j INDEXED BY ix_jobs_list_created "
        "WHERE j.tenant = ? AND j.closed_at > 0 AND j.superseded = 0 AND j.created_at >= ? AND j.created_at < ? "
        f"AND j.status IN ({marks(statuses)}){more} GROUP BY 1, 2",
        (chosen.tenant, edge.start, edge.end, *statuses, *groups),
    ).fetchall()
    return [(value or at, status, n) for at, status, n in rows]


def by_day(sql: sqlite3.Connection, chosen: Selection, kinds: Iterable[Kind], column: str) -> dict[int, int]:
    """The runs of these kinds by the day of `column` (created_at or updated_at)."""
    day = "created_day" if column == "created_at" else "updated_day"
    first, last = chosen.span.days()
    rows = sql.execute(
        f"SELECT d.{day}, sum(d.n) FROM json_each(?) AS p CROSS JOIN run_days AS d "
        "ON d.grp = json_extract(p.value, '$[0]') AND d.status = json_extract(p.value, '$[1]') "
        f"WHERE d.created_day >= ? AND d.created_day < ? GROUP BY d.{day}",
        (pairs_text(kinds), first, last),
    )
    found: dict[int, int] = dict(rows.fetchall())
    for edge in chosen.span.edges():
        for at, _, n in _edge(sql, chosen, kinds, edge, f"j.{column} / {DAY_MS}"):
            found[at] = found.get(at, 0) + n
    return found


def own_kinds(sql: sqlite3.Connection, chosen: Selection, kinds: Iterable[Kind]) -> list[Kind]:
    """The kinds of groups behind kinds of scopes."""
    if not chosen.scoped:
        return list(kinds)
    statuses = sorted({status for _, status in kinds})
    return sql.execute(
        "SELECT t.grp, t.status FROM run_groups AS g CROSS JOIN run_totals AS t ON t.grp = g.id "
        f"WHERE g.tenant = ? AND g.scope IN (SELECT value FROM json_each(?)) AND t.status IN ({marks(statuses)})",
        (chosen.tenant, numbers_text(chosen.counted), *statuses),
    ).fetchall()


def closed_total(sql: sqlite3.Connection, tenant: str) -> int:
    """All closed runs of a tenant."""
    row = sql.execute(
        "SELECT sum(t.n) FROM run_groups AS g CROSS JOIN run_totals AS t ON t.grp = g.id "
        f"WHERE g.tenant = ? AND g.scope = 0 AND t.status <> '{OPEN}'",
        (tenant,),
    ).fetchone()
    return int(row[0] or 0)


def open_total(sql: sqlite3.Connection, chosen: Selection, statuses: Sequence[str]) -> int:
    """The open runs of some statuses."""
    if not statuses:
        return 0
    found = _all_open(sql, chosen)
    active = [status for status in statuses if status in ACTIVE]
    held = [status for status in statuses if status in HELD]
    if not found or len(statuses) == len(ACTIVE) + len(HELD):
        return found
    if len(active) == 1:
        return _open_rows(sql, chosen, statuses, chosen.span)
    if not active:
        return _held_rows(sql, chosen, held)
    return found - _held_rows(sql, chosen, [status for status in HELD if status not in held])


def _all_open(sql: sqlite3.Connection, chosen: Selection) -> int:
    wanted = numbers_text(chosen.counted)
    if chosen.span.whole:
        row = sql.execute(
            f"SELECT sum(n) FROM run_totals WHERE grp IN (SELECT value FROM json_each(?)) AND status = '{OPEN}'",
            (wanted,),
        ).fetchone()
        return int(row[0] or 0)
    row = sql.execute(
        f"SELECT sum(n) FROM run_days WHERE grp IN (SELECT value FROM json_each(?)) AND status = '{OPEN}' "
        "AND created_day >= ? AND created_day < ?",
        (wanted, *chosen.span.days()),
    ).fetchone()
    return int(row[0] or 0) + sum(_open_rows(sql, chosen, (), edge) for edge in chosen.span.edges())


def _held_rows(sql: sqlite3.Connection, chosen: Selection, statuses: Sequence[str]) -> int:
    more, groups = chosen.of_rows()
    row = sql.execute(
        "SELECT count(*) FROM jobs AS j INDEXED BY ix_jobs_list_held WHERE j.tenant = ? AND j.closed_at = 0 "
        f"AND j.status IN ('pending', 'suspended') AND j.status IN ({marks(statuses)}) "
        f"AND j.created_at >= ? AND j.created_at < ?{more}",
        (chosen.tenant, *statuses, chosen.span.start, chosen.span.end, *groups),
    ).fetchone()
    return int(row[0])


def _open_rows(sql: sqlite3.Connection, chosen: Selection, statuses: Sequence[str], span: Span) -> int:
    more, groups = chosen.of_rows()
    if statuses:
        more, groups = f"{more} AND j.status IN ({marks(statuses)})", (*groups, *statuses)
    row = sql.execute(
        "SELECT count(*) FROM jobs AS j INDEXED BY ix_jobs_list_open WHERE j.tenant = ? AND j.closed_at = 0 "
        f"AND j.created_at >= ? AND j.created_at < ?{more}",
        (chosen.tenant, span.start, span.end, *groups),
    ).fetchone()
    return int(row[0])
