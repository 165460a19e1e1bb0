"""How many listed runs there are of each kind, so that totals of long lists are looked up and not counted.

A *group* is what listed runs have in common and is fixed for them: tenant, namespace, definition, name, label, time
limit and what happens at it, who started them and who commanded them last. Each belongs to a *scope*, which is a group
too, of all runs of a namespace: what is counted under a group is counted under its scope once more. `run_totals` counts
the rows of a group by status; open rows count under the status `OPEN`, whatever they do at the moment. `run_days`
counts them by the days (UTC, days since 1970) of their creation and last change as well; the last change of open rows
is day 0. Superseded rows are not counted. A row of counts that falls to 0 is removed, and so is a group without counts.

The counts are kept in the transaction of the change: gathered in memory, and sent once per group commit.
"""

# ruff: noqa: S608 - statements are put together from constants of these modules; every value is a parameter

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import Column, Index, Integer, Table, Text

from weft.domain.jobs import Job
from weft.store.metadata import metadata
from weft.store.statements import insert_text, upsert_text

DAY_MS = 86_400_000
OPEN = "open"

Key = tuple[int, str, int, int]
"""group, status, day of creation, day of the last change."""
Change = tuple[Key, int]

run_groups = Table(
    "run_groups",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("tenant", Text, nullable=False),
    Column("namespace", Text, nullable=False),
    Column("workflow_id", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("timeout_s", Integer, nullable=False),
    Column("timeout_policy", Text, nullable=False),
    Column("started_by", Text, nullable=False),
    Column("updated_by", Text, nullable=False),
    Column("scope", Integer, nullable=False),
)
_IDENTITY = [column for column in run_groups.columns if column.name != "id"]
Index("uq_run_groups_identity", *_IDENTITY, unique=True)

run_totals = Table(
    "run_totals",
    metadata,
    Column("grp", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, primary_key=True),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

run_days = Table(
    "run_days",
    metadata,
    Column("grp", Integer, primary_key=True, autoincrement=False),
    Column("status", Text, primary_key=True),
    Column("created_day", Integer, primary_key=True, autoincrement=False),
    Column("updated_day", Integer, primary_key=True, autoincrement=False),
    Column("n", Integer, nullable=False),
    sqlite_with_rowid=False,
)

_GROUP = f"SELECT id FROM run_groups WHERE {' AND '.join(f'{column.name} = ?' for column in _IDENTITY)}"
_SCOPE = "SELECT scope FROM run_groups WHERE id = ?"
_NEW_GROUP = insert_text(run_groups)
_ADD_TOTAL = upsert_text(run_totals).replace("n = excluded.n", "n = n + excluded.n")
_ADD_DAY = upsert_text(run_days).replace("n = excluded.n", "n = n + excluded.n")
_DROP_TOTAL = "DELETE FROM run_totals WHERE grp = ? AND status = ? AND n = 0"
_DROP_DAY = "DELETE FROM run_days WHERE grp = ? AND status = ? AND created_day = ? AND updated_day = ? AND n = 0"
_DROP_GROUP = "DELETE FROM run_groups WHERE id = ? AND NOT EXISTS (SELECT 1 FROM run_totals WHERE grp = id)"
_GROUPS_KEPT = 10_000


def counted(group: int, closed_at: int, status: str, created_at: int, updated_at: int) -> Key:
    """Under what a row is counted; times in UTC milliseconds, `closed_at` 0 for an open row."""
    if closed_at:
        return group, status, created_at // DAY_MS, updated_at // DAY_MS
    return group, OPEN, created_at // DAY_MS, 0


class RunCounts:
    """On one connection. `on_rollback` registers what is called when the unit at hand is undone."""

    __slots__ = ("_changes", "_groups", "_on_rollback", "_scopes", "_sql")

    def __init__(self, sql: sqlite3.Connection, on_rollback: Callable[[Callable[[], None]], None]) -> None:
        self._sql = sql
        self._on_rollback = on_rollback
        self._groups: dict[tuple[Any, ...], int] = {}
        self._scopes: dict[int, int] = {}
        self._changes: dict[Key, int] = {}

    def group(self, job: Job) -> int:
        """The id of a job's group, which is made where it is the first of its kind."""
        identity = (
            job.tenant, job.namespace, job.workflow_id, job.name, job.label,
            -1 if job.timeout_s is None else job.timeout_s, job.timeout_policy or "", job.started_by,
            job.updated_by or job.started_by,
        )  # fmt: skip
        found = self._groups.get(identity)
        if found is None:
            scope = self._made((job.tenant, job.namespace, "", "", "", -1, "", "", "", 0))
            found = self._made((*identity, scope))
            if len(self._groups) >= _GROUPS_KEPT:
                self.forget_groups()
            self._groups[identity] = found
            self._scopes[found] = scope
        return found

    def _made(self, identity: tuple[Any, ...]) -> int:
        row = self._sql.execute(_GROUP, identity).fetchone()
        return row[0] if row else self._sql.execute(_NEW_GROUP, (None, *identity)).lastrowid or 0

    def _scope(self, group: int) -> int:
        found = self._scopes.get(group)
        if found is None:
            found = self._scopes[group] = self._sql.execute(_SCOPE, (group,)).fetchone()[0]
        return found

    def add(self, changes: Sequence[Change]) -> None:
        """Count rows in (1) and out (-1)."""
        if not changes:
            return
        self._apply(changes, 1)
        self._on_rollback(lambda: self._apply(changes, -1))

    def _apply(self, changes: Sequence[Change], sign: int) -> None:
        kept = self._changes
        for key, n in changes:
            kept[key] = kept.get(key, 0) + sign * n

    def settle(self) -> None:
        """Write what was gathered."""
        if not self._changes:
            return
        gathered = [(key, n) for key, n in self._changes.items() if n]
        self._changes = {}
        if not gathered:
            return
        days = dict(gathered)
        for (group, *rest), n in gathered:
            whole = cast("Key", (self._scope(group), *rest))
            days[whole] = days.get(whole, 0) + n
        days = {key: n for key, n in days.items() if n}
        self._on_rollback(lambda: self._apply(gathered, 1))  # the rows are undone: they are to be written again
        totals: dict[tuple[int, str], int] = {}
        for (group, status, _, _), n in days.items():
            totals[group, status] = totals.get((group, status), 0) + n
        self._sql.executemany(_ADD_DAY, [(*key, n) for key, n in days.items()])
        self._sql.executemany(_ADD_TOTAL, [(*key, n) for key, n in totals.items() if n])
        fewer = [key for key, n in days.items() if n < 0]
        if fewer:
            self._sql.executemany(_DROP_DAY, fewer)
            self._drop([key for key, n in totals.items() if n < 0])

    def _drop(self, fewer: Sequence[tuple[int, str]]) -> None:
        for group, status in fewer:
            dropped = self._sql.execute(_DROP_TOTAL, (group, status)).rowcount
            if dropped and self._sql.execute(_DROP_GROUP, (group,)).rowcount:
                self.forget_groups()

    def forget_groups(self) -> None:
        """What is known of groups may be undone."""
        self._groups.clear()
        self._scopes.clear()

    def reset(self) -> None:
        """The whole transaction is undone: nothing is gathered."""
        self._changes = {}
        self.forget_groups()
