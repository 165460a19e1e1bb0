"""Lists, counts and tags over the job index, on SQLite in memory."""

import asyncio

import msgspec
import pytest

from weft.api.cwm.query import parse_query
from weft.domain.filters import JobQuery, Where
from weft.domain.jobs import Job
from weft.store.job_search import Search, condition
from weft.store.sqlite import SqliteStore


class Clock:
    def now_ms(self):
        return 1_000

    def monotonic(self):
        return 1.0


def job(number, **more):
    values = {
        "id": f"job-{number}", "run": f"run-{number}", "name": f"name {number}", "workflow_name": "W",
        "workflow_version": "1", "workflow_id": "d", "revision": "x", "status": "running", "started_at": 1_000 + number,
        "key": number, "started_by": "ann",
    }  # fmt: skip
    return Job(**{**values, **more})


JOBS = [
    job(1, tags=("a", "b"), status="completed", closed_at=5_000),
    job(2, tags=("a",), status="faulted", closed_at=9_000, parent_job="job-1"),
    job(3, tags=("b",)),
    job(4, workflow_tags=("lab",), log_level="debug"),
    job(5, tenant="other", tags=("z",)),
]


@pytest.fixture(scope="module")
def ask():
    loop = asyncio.new_event_loop()
    store = SqliteStore(":memory:", Clock())
    loop.run_until_complete(store.open())

    def fill(tx):
        for one in JOBS:
            tx.jobs.insert(one)

    loop.run_until_complete(store.write(fill))
    yield lambda work: loop.run_until_complete(store.read(work))
    loop.run_until_complete(store.close())
    loop.close()


def keys(ask, text, **more):
    query = msgspec.structs.replace(parse_query(text), **more)
    return [one.key for one in ask(lambda tx: Search().page(tx, query, tenant="default"))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [4, 3, 2, 1]),
        ("JobTags = 'a' and JobTags = 'b'", [1]),
        ("JobTags IN ('a','b')", [3, 2, 1]),
        ("JobTags != 'a'", [4, 3]),
        ("JobTags NOT IN ('a','b')", [4]),
        ("JobTags IS NULL", [4]),
        ("WorkflowTags = 'lab'", [4]),
        ("ExecutionStatus = 'Running'", [4, 3]),
        ("not ExecutionStatus = 'Running'", [2, 1]),
        ("CloseTime IS NULL", [4, 3]),
        ("CloseTime > '1970-01-01T00:00:06Z'", [2]),
        ("CloseTime != '1970-01-01T00:00:09Z'", [4, 3, 1]),
        ("not CloseTime > '1970-01-01T00:00:06Z'", [4, 3, 1]),
        ("ParentWorkflowId = 'job-1'", [2]),
        ("ParentWorkflowId IS NULL", [4, 3, 1]),
        ("ParentWorkflowId != 'job-1'", [4, 3, 1]),
        ("ExecutionDuration BETWEEN '3s' AND '4s'", [1]),
        ("ExecutionDuration NOT BETWEEN '3s' AND '4s'", [4, 3, 2]),
        ("JobName STARTS_WITH 'name 3'", [3]),
        ("JobName STARTS_WITH 'NAME'", []),
        ("LogLevel IN ('debug')", [4]),
        ("WorkflowType = 'DSL' AND TaskQueue = 'default'", [4, 3, 2, 1]),
        ("WorkflowType != 'DSL'", []),
        ("JobName = 'name 1' OR JobName = 'name 4' ORDER BY JobName", [1, 4]),
        ("ORDER BY StartTime", [1, 2, 3, 4]),
        ("ORDER BY CloseTime DESC", [2, 1, 4, 3]),
        ("ORDER BY ExecutionDuration DESC", [2, 1, 4, 3]),
    ],
)
def test_queries(ask, text, expected):
    assert keys(ask, text) == expected


@pytest.mark.parametrize("text", ["", "ORDER BY JobName", "ORDER BY StartTime DESC", "ORDER BY ExecutionDuration"])
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_meet_without_gap_or_repeat(ask, text, size):
    whole = keys(ask, text)
    seen, after = [], None
    for _ in range(10):
        query = msgspec.structs.replace(parse_query(text), limit=size, after=after)
        page = ask(lambda tx, query=query: Search().page(tx, query, tenant="default"))
        if not page:
            break
        seen += [one.key for one in page]
        after = Search().position(page[-1], query)
    assert seen == whole


def test_count_and_tags_see_one_tenant(ask):
    search = Search()
    assert ask(lambda tx: search.count(tx, None, tenant="default")) == 4
    assert ask(lambda tx: search.count(tx, parse_query("JobTags = 'z'").where, tenant="default")) == 0
    assert ask(lambda tx: search.tags(tx, tenant="default")) == ["a", "b"]


def test_an_unknown_field_is_refused():
    with pytest.raises(Exception, match="no attribute"):
        condition(Where("password", "eq", ("x",)))


def test_values_are_bound_never_pasted(ask):
    assert keys(ask, "JobName = ''' OR 1=1 --'") == []


@pytest.mark.parametrize(
    ("query", "index"), [(JobQuery(limit=10), "ix_jobs_open"), (JobQuery(limit=10), "ix_jobs_closed")]
)
def test_the_newest_first_list_is_read_from_its_indexes(ask, query, index):
    def plans(tx):
        found = []
        tx.sql.set_trace_callback(found.append)
        Search().page(tx, query, tenant="default")
        tx.sql.set_trace_callback(None)
        return [row[3] for text in found for row in tx.sql.execute(f"EXPLAIN QUERY PLAN {text}")]

    found = ask(plans)
    assert any(index in line for line in found)
    assert not any("TEMP B-TREE" in line for line in found)
