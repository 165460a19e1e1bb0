"""Lists, counts and tags over the job index: filters become SQL, pages are read by keyset.

Every leaf of a filter is two-valued: where a job lacks the attribute (empty text, time 0, no duration) only `null`,
`ne` and the `not_` forms hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, true
from sqlalchemy.dialects import sqlite

from weft.domain.errors import Invalid
from weft.domain.filters import JOB_FIELDS, Every, Filter, JobQuery, Never, Some, Where
from weft.domain.jobs import Job
from weft.ports.store import Tx
from weft.store.jobs import job_of, job_tags, jobs
from weft.store.unit import SqlTx

_DIALECT = sqlite.dialect(paramstyle="qmark")

Condition = ColumnElement[bool]


def run(tx: Tx, statement: Select[Any]) -> list[Any]:
    """The rows of a statement, on the connection of the unit of work."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    names = cast("Sequence[str]", getattr(compiled, "positiontup", None) or ())
    values = [compiled.params[name] for name in names]
    return cast("SqlTx", tx).sql.execute(str(compiled), values).fetchall()


def present(field: str) -> Condition:
    column = jobs.c[field]
    match JOB_FIELDS[field]:
        case "text":
            return column != ""
        case "time":
            return column > 0
        case "duration":
            return column.is_not(None)
        case _:
            return true()


def _starts(column: ColumnElement[Any], values: Sequence[Any]) -> Condition:
    return func.substr(column, 1, len(values[0])) == values[0]


COMPARE: dict[str, Callable[[ColumnElement[Any], Sequence[Any]], Condition]] = {
    "eq": lambda column, values: column == values[0],
    "lt": lambda column, values: column < values[0],
    "le": lambda column, values: column <= values[0],
    "gt": lambda column, values: column > values[0],
    "ge": lambda column, values: column >= values[0],
    "in": lambda column, values: column.in_(list(values)),
    "between": lambda column, values: column.between(values[0], values[1]),
    "starts": _starts,
}


def _tagged(field: str, values: Sequence[Any]) -> Condition:
    kind = "job" if field == "tags" else "workflow"
    held = select(job_tags.c.job).where(job_tags.c.job == jobs.c.key, job_tags.c.kind == kind)
    if values:
        held = held.where(job_tags.c.tag.in_(list(values)))
    return exists(held)


def leaf(where: Where) -> Condition:
    """One comparison as a condition. Raises Invalid for a field or operator that does not exist."""
    if where.field not in JOB_FIELDS:
        raise Invalid(f"jobs have no attribute {where.field}")
    op = where.op
    if op == "null":
        return not_(leaf(Where(where.field, "not_null")))
    if op == "ne":
        return not_(leaf(Where(where.field, "eq", where.values)))
    if op != "not_null" and op.startswith("not_"):
        return not_(leaf(Where(where.field, cast("Any", op[4:]), where.values)))
    if JOB_FIELDS[where.field] == "texts":
        return _tagged(where.field, () if op == "not_null" else where.values)
    if op == "not_null":
        return present(where.field)
    return and_(present(where.field), func.coalesce(COMPARE[op](jobs.c[where.field], where.values), false()))


def condition(where: Filter | None) -> Condition:
    match where:
        case None:
            return true()
        case Every(parts):
            return and_(true(), *(condition(part) for part in parts))
        case Some(parts):
            return or_(false(), *(condition(part) for part in parts))
        case Never(part):
            return not_(condition(part))
        case Where():
            return leaf(where)


class Search:
    """`weft.ports.job_search.JobSearch` on SQL."""

    def page(self, tx: Tx, query: JobQuery, *, tenant: str, whole: bool = True) -> list[Job]:
        base = select(jobs).where(jobs.c.tenant == tenant, condition(query.where))
        rows = self._ordered(tx, base, query) if query.order else self._newest(tx, base, query)
        blobs = cast("SqlTx", tx).blobs
        return [job_of(row, blobs) for row in rows]

    def _newest(self, tx: Tx, base: Select[Any], query: JobQuery) -> list[Any]:
        rows: list[Any] = []
        after = query.after
        if after is None or after[0] == "open":
            part = base.where(jobs.c.closed_at == 0).order_by(jobs.c.started_at.desc(), jobs.c.key.desc())
            if after is not None:
                part = part.where(_below(jobs.c.started_at, after[1], after[2]))
            rows = run(tx, part.limit(query.limit))
        if len(rows) < query.limit:
            part = base.where(jobs.c.closed_at > 0).order_by(jobs.c.closed_at.desc(), jobs.c.key.desc())
            if after is not None and after[0] == "closed":
                part = part.where(_below(jobs.c.closed_at, after[1], after[2]))
            rows += run(tx, part.limit(query.limit - len(rows)))
        return rows

    def _ordered(self, tx: Tx, base: Select[Any], query: JobQuery) -> list[Any]:
        field, descending = query.order[0]
        column = func.coalesce(jobs.c[field], -1)
        order = (column.desc(), jobs.c.key.desc()) if descending else (column.asc(), jobs.c.key.asc())
        part = base.order_by(*order).limit(query.limit)
        if query.after is not None:
            value, key = query.after[1], query.after[2]
            part = part.where(_below(column, value, key) if descending else _above(column, value, key))
        return run(tx, part)

    def position(self, job: Job, query: JobQuery) -> tuple[object, ...]:
        if query.order:
            field = query.order[0][0]
            if field == "duration":
                return ("order", job.closed_at - job.started_at if job.closed_at else -1, job.key)
            return ("order", getattr(job, field), job.key)
        return ("closed", job.closed_at, job.key) if job.closed_at else ("open", job.started_at, job.key)

    def count(self, tx: Tx, where: Filter | None, *, tenant: str) -> int:
        statement = select(func.count()).select_from(jobs).where(jobs.c.tenant == tenant, condition(where))
        return int(run(tx, statement)[0][0])

    def tags(self, tx: Tx, *, tenant: str) -> list[str]:
        statement = select(job_tags.c.tag).where(job_tags.c.tenant == tenant, job_tags.c.kind == "job").distinct()
        return [row[0] for row in run(tx, statement.order_by(job_tags.c.tag))]


def _below(column: ColumnElement[Any], value: Any, key: int) -> Condition:
    return or_(column < value, and_(column == value, jobs.c.key < key))


def _above(column: ColumnElement[Any], value: Any, key: int) -> Condition:
    return or_(column > value, and_(column == value, jobs.c.key > key))
