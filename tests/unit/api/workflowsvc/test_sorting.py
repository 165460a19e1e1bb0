from __future__ import annotations

import json

import pytest

from weft.api.workflowsvc.parameters import Query
from weft.api.workflowsvc.sorting import RUN_COLUMNS, read_sort

NEWEST = (("created_at", True),)


def test_precedence_is_the_order_of_the_keys():
    query = Query({"sort": ['{"_updatedAt":-1,"_name":1}']})
    assert read_sort(query, RUN_COLUMNS, NEWEST) == (("updated_at", True), ("name", False))
    query.done()


@pytest.mark.parametrize("text", ["", "{}", " ", " {} "])
def test_nothing_means_the_newest_first(text):
    query = Query({"_sort": [text]})
    assert read_sort(query, RUN_COLUMNS, NEWEST) == NEWEST
    query.done()


@pytest.mark.parametrize(
    "text",
    ["_name", "[]", "1", '"x"', "null", '{"_name":2}', '{"_name":"1"}', '{"_name":true}', '{"_name":null}',
     '{"_tasks":1}', '{"_output":1}', '{"x":1}', '{"_NAME":1}', '{"_name":1,"_name":-1}', '{"_name":1',
     "{" * 4000, json.dumps({f"k{index}": 1 for index in range(9)}), '{"_name":1e999}', '{"_name":{"a":1}}'],
)  # fmt: skip
def test_what_is_no_order(text):
    query = Query({"sort": [text]})
    read_sort(query, RUN_COLUMNS, NEWEST)
    assert query.problems and query.problems[0].path == "query/sort"


def test_both_spellings_must_agree():
    query = Query({"sort": ['{"_name":1}'], "_sort": ['{"_name":-1}']})
    read_sort(query, RUN_COLUMNS, NEWEST)
    assert query.problems[0].code == "parameter_conflict"
