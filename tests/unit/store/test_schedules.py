"""Schedules by the time at which they are due."""

from __future__ import annotations

import pytest

from weft.domain.schedules import Schedule
from weft.store.schedules import _AHEAD, _DUE, _NEXT, Times
from weft.store.sqlite import SqliteStore

pytestmark = pytest.mark.anyio


class Clock:
    def now_ms(self) -> int:
        return 1_000_000

    def monotonic(self) -> float:
        return 1.0


def schedule(name: str, due: int, reckoned: int = 1, tenant: str = "default") -> Schedule:
    return Schedule(
        id=name, workflow_id="w", job_id="j", cron="c", next_at=due, due_at=due, reckoned_at=reckoned, tenant=tenant,
        status="active" if due else "paused",
    )  # fmt: skip


@pytest.fixture
async def store(anyio_backend):
    found = SqliteStore(":memory:", Clock())
    await found.open()
    yield found
    await found.close()


async def test_due_ones_of_all_tenants_in_the_order_of_their_times(store):
    times = Times()
    assert store.read_now(times.next_due) is None

    def fill(tx):
        for record in (schedule("a", 30), schedule("b", 10, tenant="t2"), schedule("c", 20), schedule("d", 0)):
            tx.of(Schedule).insert(record)

    await store.write(fill)
    assert store.read_now(times.next_due) == 10
    assert [s.id for s in store.read_now(lambda tx: times.due(tx, 20, 10))] == ["b", "c"]
    assert [s.id for s in store.read_now(lambda tx: times.due(tx, 99, 2))] == ["b", "c"]
    assert store.read_now(lambda tx: times.due(tx, 9, 10)) == []


async def test_those_that_were_worked_out_in_the_future(store):
    times = Times()

    def fill(tx):
        for record in (schedule("a", 30, 5), schedule("b", 10, 9), schedule("c", 0, 99)):
            tx.of(Schedule).insert(record)

    await store.write(fill)
    assert [s.id for s in store.read_now(lambda tx: times.ahead_of(tx, 5, 10))] == ["b"]
    assert store.read_now(lambda tx: times.ahead_of(tx, 9, 10)) == []


@pytest.mark.parametrize(("statement", "values"), [(_NEXT, ()), (_DUE, (5, 5, 0)), (_AHEAD, (5, 5, 0))])
async def test_no_question_reads_the_whole_table(store, statement, values):
    plan = store.read_now(lambda tx: tx.sql.execute("EXPLAIN QUERY PLAN " + statement, values).fetchall())
    text = " ".join(str(row[3]) for row in plan)
    assert "USING" in text and "INDEX ix_schedules" in text, text
    assert "TEMP B-TREE" not in text
