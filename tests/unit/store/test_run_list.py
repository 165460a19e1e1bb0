"""Pages and totals of runs: the same as those of a list of everything that is sorted and cut."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cmp_to_key
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from weft.domain.access import subject_id
from weft.domain.jobs import CLOSED, Job
from weft.ports.run_list import RunQuery
from weft.store import run_list, run_list_rows
from weft.store.blobs import Ciphers
from weft.store.connection import MEMORY, connect
from weft.store.run_list import SqlRunList
from weft.store.runs import Keys
from weft.store.schema import bring_up_to_date
from weft.store.unit import SqlTx

DAY = 86_400_000
STATUSES = ["pending", "running", "waiting", "suspended", *sorted(CLOSED)]
RANKS = (("completed",), ("faulted", "timed_out"), ("pending",), ("running", "waiting"))
COLUMNS = (
    *("id", "name", "workflow_id", "status", "created_at", "updated_at", "started_by", "updated_by", "label"),
    *("timeout", "timeout_policy"),
)


class World:
    """A store in memory beside a plain list of its runs."""

    def __init__(self, seed: int) -> None:
        self.sql = connect(MEMORY)
        bring_up_to_date(self.sql)
        self.tx = SqlTx(self.sql, Ciphers(None), Keys())
        self.random = random.Random(seed)
        self.rows: dict[int, Job] = {}
        self.key = 0

    def close(self) -> None:
        self.sql.close()

    def commit(self, work: Callable[[], None]) -> None:
        self.tx.begin()
        work()
        self.tx.settle()
        self.sql.execute("COMMIT")
        self.tx.take_after()

    def some(self, *, closed: bool) -> Job | None:
        found = [job for job in self.rows.values() if bool(job.closed_at) == closed]
        return self.random.choice(found) if found else None

    def insert(self) -> None:
        pick = self.random.choice
        self.key += 1
        created = self.random.randrange(4 * DAY) if pick((True, False)) else pick((0, DAY - 1, DAY, 2 * DAY)) + 1
        who = pick(("ann", "bob"))
        closed = pick((0, 0, created + self.random.randrange(2 * DAY)))
        job = Job(
            id=f"{self.random.randrange(1 << 32):08x}-{self.key}", run=f"run-{self.key}", name=pick(("Meter", "valve")),
            workflow_name="w", workflow_version="1", workflow_id=pick(("ab-1", "AB-2", "c")), revision="r",
            status=pick(sorted(CLOSED) if closed else STATUSES[:4]), started_at=created, key=self.key,
            namespace=pick(("", "n")), tenant=pick(("default", "default", "other")), started_by=who, updated_by=who,
            label=pick(("", "kind")), timeout_s=pick((None, 5, 60)), timeout_policy=pick((None, "A", "T")),
            created_at=created, closed_at=closed, updated_at=created + self.random.randrange(DAY),
        )  # fmt: skip
        self.tx.jobs.insert(msgspec.structs.replace(job))
        self.rows[job.key] = job

    def insert_twelve(self) -> None:
        for _ in range(12):
            self.insert()

    def change(self) -> None:
        job = self.some(closed=False)
        if job is not None:
            job.status = self.random.choice(STATUSES[:4])
            job.updated_at += self.random.randrange(DAY)
            job.updated_by = self.random.choice(("ann", "bob"))
            self.tx.jobs.update(msgspec.structs.replace(job))

    def end(self) -> None:
        job = self.some(closed=False)
        if job is not None:
            job.status = self.random.choice(sorted(CLOSED))
            job.updated_at += self.random.randrange(DAY)
            job.closed_at = job.updated_at + 1
            self.tx.jobs.update(msgspec.structs.replace(job))

    def change_closed(self) -> None:
        job = self.some(closed=True)
        if job is not None:
            job.status = self.random.choice(sorted(CLOSED))
            job.updated_by = self.random.choice(("ann", "bob"))
            job.updated_at += self.random.randrange(DAY)
            self.tx.jobs.update(msgspec.structs.replace(job))

    def supersede(self) -> None:
        job = self.some(closed=True)
        if job is not None:
            self.tx.jobs.supersede(job.key)
            job.superseded = True

    def forget(self) -> None:
        job = self.some(closed=True)
        if job is not None:
            self.tx.runs.forget([job.key])
            del self.rows[job.key]

    def fail(self) -> None:
        """A unit that changes much and is undone."""
        before = {key: msgspec.structs.replace(job) for key, job in self.rows.items()}

        def work(_: SqlTx) -> None:
            for step in (self.insert, self.end, self.change_closed, self.supersede, self.forget, self.insert):
                step()
                if self.random.random() < 0.3:
                    self.tx.settle()
            raise RuntimeError("no")

        with pytest.raises(RuntimeError):
            self.tx.unit(work)
        self.rows = before

    def lose(self) -> None:
        """A whole group commit that is undone."""
        before = {key: msgspec.structs.replace(job) for key, job in self.rows.items()}
        self.tx.begin()
        for step in (self.insert, self.end, self.supersede, self.forget):
            step()
        self.tx.settle()
        self.tx.lost()
        self.rows = before

    def expected(self, query: RunQuery, tenant: str) -> tuple[list[str], int]:
        rows = [job for job in self.rows.values() if matches(job, query, tenant)]
        order = [*query.order, ("id", False)]
        ranks = {word: at for at, group in enumerate(query.ranks) for word in group}

        def value(job: Job, column: str) -> Any:
            match column:
                case "status":
                    return ranks.get(job.status, len(ranks)) if ranks else job.status
                case "timeout":
                    return job.timeout_s
                case "started_by" | "updated_by":
                    return subject_id(getattr(job, column))
                case _:
                    return getattr(job, column)

        def compare(one: Job, other: Job) -> int:
            for column, down in order:
                a, b = value(one, column), value(other, column)
                if a != b:
                    less = a is None or (b is not None and a < b)
                    return (1 if less else -1) if down else (-1 if less else 1)
            return 0

        rows.sort(key=cmp_to_key(compare))
        return [job.run for job in rows[query.offset : query.offset + query.limit]], len(rows)


def matches(job: Job, query: RunQuery, tenant: str) -> bool:
    return (
        job.tenant == tenant
        and not job.superseded
        and query.namespace in (None, job.namespace)
        and query.name.lower() in job.name.lower()
        and query.definition.lower() in job.workflow_id.lower()
        and query.workflow_id in ("", job.workflow_id)
        and (not query.statuses or job.status in query.statuses)
        and (query.created_from is None or job.created_at >= query.created_from)
        and (query.created_to is None or job.created_at < query.created_to)
    )


TIMES = st.one_of(st.none(), st.sampled_from([0, DAY, 2 * DAY, DAY + 1, DAY - 1]), st.integers(0, 5 * DAY))
QUERIES = st.builds(
    RunQuery,
    namespace=st.sampled_from([None, "", "n", "x"]),
    name=st.sampled_from(["", "", "METER", "v", "zz"]),
    definition=st.sampled_from(["", "", "ab", "-2"]),
    workflow_id=st.sampled_from(["", "", "c"]),
    statuses=st.one_of(st.just(()), st.lists(st.sampled_from(STATUSES), max_size=4, unique=True).map(tuple)),
    created_from=TIMES,
    created_to=TIMES,
    order=st.lists(st.tuples(st.sampled_from(COLUMNS), st.booleans()), max_size=4, unique_by=lambda o: o[0]).map(tuple),
    ranks=st.sampled_from([(), RANKS]),
    offset=st.integers(0, 60),
    limit=st.integers(0, 30),
)
STEPS = ("insert", "insert", "change", "end", "change_closed", "supersede", "forget", "fail", "lose")


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking a world of rows takes minutes
)
@given(
    seed=st.integers(0, 1 << 30),
    steps=st.lists(st.sampled_from(STEPS), max_size=25),
    queries=st.lists(QUERIES, min_size=4, max_size=12),
    narrow=st.sampled_from([0, 3, 2_000]),
    small=st.sampled_from([0, 3, 2_000]),
    seek=st.sampled_from([-1_000, 3, 1_000]),
)
def test_pages_and_totals_are_those_of_a_sorted_list(
    seed: int, steps: list[str], queries: list[RunQuery], narrow: int, small: int, seek: int
) -> None:
    world = World(seed)
    with pytest.MonkeyPatch.context() as patch:  # so that few rows take the ways that many do
        patch.setattr(run_list_rows, "NARROW", narrow)
        patch.setattr(run_list_rows, "SEEK", seek)
        patch.setattr(run_list, "SMALL", small)
        try:
            for _ in range(3):
                world.commit(world.insert_twelve)
            for step in steps:
                if step == "lose":
                    world.lose()
                else:
                    world.commit(getattr(world, step))
            for query in queries:
                for tenant in ("default", "other"):
                    page = SqlRunList().page(world.tx, query, tenant=tenant)
                    assert ([job.run for job in page.jobs], page.total) == world.expected(query, tenant), query
            totals = dict(world.sql.execute("SELECT grp || status, n FROM run_totals").fetchall())
            days = dict(world.sql.execute("SELECT grp || status, sum(n) FROM run_days GROUP BY grp, status").fetchall())
            assert totals == days and all(n > 0 for n in totals.values())
            assert sum(totals.values()) == 2 * sum(not job.superseded for job in world.rows.values())
        finally:
            world.close()


def test_pages_show_whole_jobs(tx: Any, make_job: Any) -> None:
    tx.begin()
    tx.jobs.insert(make_job(1, input={"a": 1}, output={"b": 2}, closed_at=900, status="completed", tasks=[["t", "x"]]))
    tx.settle()
    page = SqlRunList().page(tx, RunQuery(), tenant="default")
    assert page.total == 1
    assert (page.jobs[0].input, page.jobs[0].output, page.jobs[0].tasks) == ({"a": 1}, {"b": 2}, [["t", "x"]])


def test_a_page_beyond_the_end_has_the_total(tx: Any, make_job: Any) -> None:
    tx.begin()
    for key in range(1, 4):
        tx.jobs.insert(make_job(key))
    tx.settle()
    page = SqlRunList().page(tx, RunQuery(offset=50), tenant="default")
    assert (page.jobs, page.total) == ([], 3)
    page = SqlRunList().page(tx, RunQuery(limit=0), tenant="default")
    assert (page.jobs, page.total) == ([], 3)
