from __future__ import annotations

import pytest

from weft.api.workflowsvc.errors import Wrong
from weft.api.workflowsvc.parameters import Query


def test_names_in_any_case_and_spelling():
    assert Query({"_PAGESIZE": ["5"]}).page().limit == 5
    assert Query({"_count": ["5"]}).page().limit == 5
    assert Query({"NsFilter": ["a"]}).text("nsfilter") == "a"


def test_equal_values_are_taken_once():
    query = Query({"_pageSize": ["5", "5"], "_count": ["5"]})
    assert query.page().limit == 5
    query.done()


@pytest.mark.parametrize(
    "given",
    [{"_pagesize": ["5"], "_pageSize": ["7"]}, {"_pageSize": ["5", "7"]}, {"_count": ["1"], "_pageSize": ["2"]}],
)
def test_different_values_are_a_conflict(given):
    query = Query(given)
    query.page()
    with pytest.raises(Wrong) as caught:
        query.done()
    assert caught.value.code == "parameter_conflict"
    assert caught.value.items[0].path == "query/_pageSize"


@pytest.mark.parametrize(
    ("given", "offset", "limit"),
    [
        ({}, 0, 10),
        ({"_pageSize": ["0"]}, 0, 10),
        ({"_pageSize": [""]}, 0, 10),
        ({"_pageSize": ["5000"]}, 0, 1000),
        ({"_pageSize": ["9" * 6000]}, 0, 1000),
        ({"_pageSize": ["-0"]}, 0, 10),
        ({"_offset": ["2147483647"]}, 2147483647, 10),
        ({"_offset": ["007"]}, 7, 10),
    ],
)
def test_pages(given, offset, limit):
    query = Query(given)
    page = query.page()
    query.done()
    assert (page.offset, page.limit) == (offset, limit)


@pytest.mark.parametrize(
    "given",
    [{"_pageSize": ["-1"]}, {"_pageSize": ["x"]}, {"_pageSize": ["1.5"]}, {"_pageSize": ["٣"]}, {"_offset": ["-1"]},
     {"_offset": ["2147483648"]}, {"_offset": ["9" * 6000]}, {"_offset": [" 1"]}],
)  # fmt: skip
def test_pages_that_are_none(given):
    query = Query(given)
    query.page()
    with pytest.raises(Wrong):
        query.done()


def test_flags():
    assert Query({}).flag("_x") is False
    assert Query({"_X": ["true"]}).flag("_x") is True
    assert Query({"_x": ["0"]}).flag("_x") is False
    query = Query({"_x": ["maybe"]})
    query.flag("_x")
    with pytest.raises(Wrong):
        query.done()


def test_states():
    assert Query({"_status": ["failed,TIMED_OUT"]}).statuses() == ("faulted", "timed_out")
    assert Query({}).statuses() == ()
    for text in ("RESUMED", "RETRIED", "DONE", "failed,", "failed,,x"):
        query = Query({"_status": [text]})
        query.statuses()
        with pytest.raises(Wrong):
            query.done()


def test_bounds():
    assert Query({}).bounds() == (None, None)
    low, high = Query({"startdate": ["2026-02-30"], "ENDDATE": ["2026-02-29"]}).bounds()
    assert low is not None and high is not None and high - low == 86_400_000
    query = Query({"startDate": ["2026-03-02"], "enddate": ["2026-03-01"]})
    query.bounds()
    assert query.problems


def test_all_problems_come_at_once():
    query = Query({"_pageSize": ["x"], "_status": ["x"], "startDate": ["x"], "_offset": ["-3"]})
    query.page()
    query.statuses()
    query.bounds()
    with pytest.raises(Wrong) as caught:
        query.done()
    assert [item.path for item in caught.value.items] == [
        "query/_pageSize", "query/_offset", "query/_status", "query/startDate",
    ]  # fmt: skip
