from __future__ import annotations

import pytest

from weft.api.workflow_execution.problems import BadRequest
from weft.api.workflow_execution.reading import (
    MAX_SKIP,
    check_body,
    data_of,
    listing,
    members,
    path_entries,
    path_id,
    uuid,
)
from weft.domain.errors import Malformed
from weft.web.refusals import UnsupportedMedia

pytestmark = pytest.mark.anyio
ID = "A0000000-0000-4000-8000-00000000000a"


def test_ids_are_uuids_of_any_case():
    assert uuid(ID) == ID.lower()
    for other in ("x", ID + "0", ID.replace("-", ""), "{" + ID + "}", ID[:-1] + "g", None, 7, " " + ID[1:]):
        assert uuid(other) is None


def test_ids_of_the_path(asked):
    call = asked(path={"customerId": ID, "workflowId": "x", "id": "abc"})
    assert path_id(call, "customerId") == ID.lower()
    assert [entry.property for entry in path_entries(call.path)] == ["workflowId", "id"]


def test_members_in_any_case_the_exact_one_first():
    assert members({"Data": 1, "x": 2}, ("data",)) == {"data": 1}
    assert members({"data": 1, "Data": 2}, ("data",)) == {"data": 1}
    assert members({"Data": 2, "data": 1}, ("data",)) == {"data": 1}
    assert members({"DATA": 1, "Data": 2}, ("data",)) == {"data": 2}


async def test_the_data_of_a_body(asked):
    assert await data_of(asked(value={"DATA": {"a": 1}})) == {"a": 1}
    for value in (None, {}, {"data": None}, {"data": []}, [], 7, "x"):
        with pytest.raises(BadRequest) as caught:
            await data_of(asked(value=value))
        assert [entry.property for entry in caught.value.entries] == ["data"]


@pytest.mark.parametrize(
    "kind",
    [
        "application/json",
        "text/json",
        "Application/JSON; charset=UTF-8",
        "application/vnd.x+json",
        "application/a.b+json;x=1",
    ],
)
async def test_content_types_of_bodies(asked, kind):
    await check_body(asked(headers={"content-type": kind}, data=b"{}"))


@pytest.mark.parametrize(
    "kind",
    [
        "",
        "text/plain",
        "application/json; charset=utf-16",
        "application/+json",
        "text/x+json",
        "application/jsonx",
        "json",
    ],
)
async def test_other_content_types(asked, kind):
    for length in ({}, {"content-length": "2"}):
        with pytest.raises(UnsupportedMedia):
            await check_body(asked(headers={"content-type": kind, **length}, data=b"{}"))
    await check_body(asked(headers={"content-type": kind}))


def test_the_query_of_a_list(asked):
    found = listing(asked(query={}))
    assert (found.take, found.skip, found.created_from, found.created_to) == (20, 0, None, None)
    found = listing(
        asked(query={"Take": ["9999"], "SKIP": ["7"], "createdGREATER": ["1970-01-01"], "createdless": ["1970-01-02"]})
    )
    assert (found.take, found.skip, found.created_from, found.created_to) == (500, 7, 1, 86_400_000)
    assert listing(asked(query={"take": ["0"], "skip": ["9" * 40]})).skip == MAX_SKIP
    assert listing(asked(query={"take": ["3", "3"], "Take": ["3"], "other": ["x", "y"]})).take == 3


@pytest.mark.parametrize(
    ("query", "properties"),
    [
        ({"take": ["-1"]}, ["take"]),
        ({"skip": ["x"], "take": ["1.5"]}, ["take", "skip"]),
        ({"take": [""]}, ["take"]),
        ({"take": ["٣"]}, ["take"]),
        ({"take": ["1"], "Take": ["2"]}, ["take"]),
        ({"createdLess": ["2026-02-29"]}, ["createdLess"]),
        ({"createdGreater": ["2026-03-02"], "createdLess": ["2026-03-01"]}, ["createdGreater"]),
        ({"createdGreater": ["2026-03-01"], "createdLess": ["2026-03-01"]}, ["createdGreater"]),
    ],
)
def test_what_a_list_refuses(asked, query, properties):
    with pytest.raises(BadRequest) as caught:
        listing(asked(query=query))
    assert [entry.property for entry in caught.value.entries] == properties


def test_a_query_that_cannot_be_read(asked):
    class Broken:
        @property
        def query(self):
            raise Malformed("the query is not UTF-8")

    with pytest.raises(BadRequest):
        listing(Broken())
