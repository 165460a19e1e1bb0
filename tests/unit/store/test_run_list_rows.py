"""How rows of a page are reached: by which index, and never by looking at all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from weft.ports.run_list import RunQuery
from weft.store.blobs import Ciphers
from weft.store.connection import MEMORY, connect
from weft.store.run_counts import DAY_MS
from weft.store.run_list import SqlRunList
from weft.store.run_list_counts import closed_kinds, selection
from weft.store.run_list_rows import Windows, distinct, shared
from weft.store.runs import Keys
from weft.store.schema import bring_up_to_date
from weft.store.unit import SqlTx

RANKS = (("completed",), ("faulted",))


@pytest.fixture(scope="module")
def full() -> Iterator[SqlTx]:
    """6,000 closed runs over thirty days and 60 open ones, of ten definitions; one in fifty timed out."""
    from weft.domain.jobs import Job

    sql = connect(MEMORY)
    bring_up_to_date(sql)
    tx = SqlTx(sql, Ciphers(None), Keys())
    tx.begin()
    for key in range(1, 6_061):
        closed = key <= 6_000
        at = key * 30 * DAY_MS // 6_000
        tx.jobs.insert(
            Job(
                id=f"{key * 7919 % 6_067:05d}", run=f"r{key}", name=f"name{key % 10}", workflow_name="w",
                workflow_version="1", workflow_id=f"w{key % 10}", revision="r", started_at=at, created_at=at, key=key,
                status="waiting" if not closed else "timed_out" if key % 50 == 0 else "completed",
                closed_at=at + 1 if closed else 0, updated_at=at + key % 7, started_by="ann",
            )
        )  # fmt: skip
    tx.settle()
    sql.execute("COMMIT")
    yield tx
    sql.close()


def plans(tx: SqlTx, query: RunQuery) -> list[str]:
    """The plan of each statement that a page takes, one text each."""
    statements: list[str] = []
    tx.sql.set_trace_callback(statements.append)
    try:
        SqlRunList().page(tx, query, tenant="default")
    finally:
        tx.sql.set_trace_callback(None)
    found: list[str] = []
    for text in statements:
        if text.startswith("SELECT"):
            found.append(" | ".join(row[3] for row in tx.sql.execute(f"EXPLAIN QUERY PLAN {text}")))
    return found


SORTED = "TEMP B-TREE FOR ORDER BY"
EARLY = {"created_from": 2 * DAY_MS, "created_to": 9 * DAY_MS}
FAMILIES: dict[str, tuple[RunQuery, str, bool]] = {
    "default": (RunQuery(statuses=("completed", "timed_out")), "ix_jobs_list_created", False),
    "with open ones": (RunQuery(), "ix_jobs_list_open", False),
    "a namespace": (RunQuery(namespace=""), "ix_jobs_list_created", False),
    "oldest first": (RunQuery(order=(("created_at", False),), statuses=("completed",)), "ix_jobs_list_created", False),
    "status": (RunQuery(statuses=("completed",)), "ix_jobs_list_created", False),
    "name": (RunQuery(name="NAME3", statuses=("completed",)), "ix_jobs_list_created", False),
    "definition": (RunQuery(definition="w4", statuses=("completed",)), "ix_jobs_list_created", False),
    "date range": (RunQuery(**EARLY, statuses=("completed",)), "ix_jobs_list_created", False),
    "date-time range": (RunQuery(created_from=5, created_to=9 * DAY_MS + 7), "ix_jobs_list_created", False),
    "rare status": (RunQuery(statuses=("timed_out",), name="name0", limit=1_000), "ix_jobs_list_group", True),
    "last change": (
        RunQuery(order=(("updated_at", True),), statuses=("completed",)), "ix_jobs_list_updated", False,
    ),
    "all filters, two keys": (
        RunQuery(
            name="name", definition="w", statuses=("completed",), **EARLY, order=(("updated_at", True), ("name", False))
        ),
        "ix_jobs_list_updated", False,
    ),
    "all filters, few matches": (
        RunQuery(
            name="name0", definition="w0", statuses=("timed_out",), **EARLY, limit=100,
            order=(("updated_at", True), ("name", False)),
        ),
        "ix_jobs_list_group", True,
    ),
    "of a definition, newest first": (RunQuery(workflow_id="w7", limit=20), "ix_jobs_list_created", False),
    "by id": (RunQuery(order=(("id", False),), statuses=("completed",)), "ix_jobs_id", False),
    "by status": (RunQuery(order=(("status", False),), ranks=RANKS, statuses=("completed",)), "ix_jobs_id", False),
    "paused and queued": (RunQuery(statuses=("pending", "suspended")), "run_totals", False),
}  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES)
def test_every_list_is_read_by_index(full: SqlTx, family: str) -> None:
    query, index, sorts = FAMILIES[family]
    found = plans(full, query)
    assert any(index in plan for plan in found), found
    for plan in found:
        steps = plan.split(" | ")
        assert not any(step.startswith("SCAN ") and "json_each" not in step and "INDEX" not in step and "SCAN p" not in
                       step and "SCAN subquery" not in step for step in steps), plan  # fmt: skip
        if not sorts and "ix_jobs_list_open" not in plan:
            assert SORTED not in plan, plan


def test_deep_pages_begin_at_their_day(full: SqlTx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weft.store.run_list_rows.NARROW", 10)
    statements: list[str] = []
    query = RunQuery(statuses=("completed",), offset=3_000, limit=5)
    full.sql.set_trace_callback(statements.append)
    page = SqlRunList().page(full, query, tenant="default")
    full.sql.set_trace_callback(None)
    walked = next(text for text in statements if "OFFSET" in text)
    assert int(walked.rpartition("OFFSET ")[2]) < 400  # of one day's rows at most
    shallow = SqlRunList().page(full, RunQuery(statuses=("completed",), limit=4_000), tenant="default")
    assert [job.id for job in page.jobs] == [job.id for job in shallow.jobs[3_000:3_005]]


def windows(tx: SqlTx, query: RunQuery) -> tuple[Windows, Any]:
    chosen = selection(tx.sql, query, "default", by_text=False)
    return Windows(tx.sql, query, chosen, 6_000), closed_kinds(tx.sql, chosen, ("completed", "timed_out"))


@pytest.mark.parametrize("column", ["created_at", "updated_at", "id"])
@pytest.mark.parametrize("down", [False, True])
def test_walking_and_gathering_find_the_same(
    full: SqlTx, column: str, down: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = ((column, down),)
    rows, kinds = windows(full, RunQuery(order=order, name="name3"))  # pyright: ignore[reportArgumentType]
    monkeypatch.setattr("weft.store.run_list_rows.SEEK", 1_000_000)
    walked = rows.closed(kinds, order, 40, 90)
    assert walked == rows.gather(kinds, order, 40, 90) and len(walked) == 50


def test_an_order_is_cut_where_nothing_more_can_matter() -> None:
    order = distinct((("name", True), ("name", False), ("id", True), ("status", False)))
    assert order == (("name", True), ("id", True))
    assert shared(order) == 1 and shared((("created_at", True),)) == 0


def test_merging_puts_nothing_first_and_ties_by_id(full: SqlTx) -> None:
    rows, _ = windows(full, RunQuery(order=(("timeout", False),)))
    assert rows.merged([(5, "b", 1), (None, "c", 2), (5, "a", 3)]) == [(None, "c", 2), (5, "a", 3), (5, "b", 1)]
    rows, _ = windows(full, RunQuery(order=(("timeout", True),)))
    assert rows.merged([(None, "c", 2), (5, "b", 1), (7, "z", 3)]) == [(7, "z", 3), (5, "b", 1), (None, "c", 2)]


def test_people_are_ordered_by_their_ids(full: SqlTx) -> None:
    query = RunQuery(order=(("created_at", True), ("started_by", False), ("updated_by", True)))
    assert len(SqlRunList().page(full, query, tenant="default").jobs) == 10
