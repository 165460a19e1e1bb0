"""Sections 5.1 and 5.3: every scalar key in both directions, with ties and nulls, over pages; every form of a date."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.anyio
RUN_KEYS = (
    "_id", "_workflowDefId", "_name", "_userType", "_timeoutSeconds", "_timeoutPolicy", "_status", "_createdAt",
    "_updatedAt", "_createdBy", "_updatedBy",
)  # fmt: skip
DEFINITION_KEYS = (
    "_id", "_name", "_description", "_userType", "_timeoutSeconds", "_timeoutPolicy", "_createdAt", "_updatedAt",
    "_createdBy", "_updatedBy",
)  # fmt: skip
SCHEDULE_KEYS = (
    "_id", "_workflowDefId", "_jobId", "_status", "_nextRunAt", "_previousRunAt", "_createdAt", "_updatedAt",
    "_createdBy", "_updatedBy",
)  # fmt: skip


def ordered(rows: list[dict[str, Any]], order: dict[str, int]) -> list[str]:
    """The ids in the order asked for: nulls first when ascending, the id last."""
    rows = sorted(rows, key=lambda row: row["_id"])
    for key, direction in reversed(order.items()):
        rows.sort(key=lambda row: (row[key] is not None, row[key] or 0), reverse=direction == -1)
    return [row["_id"] for row in rows]


async def listed(space, path: str, order: dict[str, int], size: int) -> list[dict[str, Any]]:
    """The whole list, read in pages."""
    found: list[dict[str, Any]] = []
    while True:
        sort = quote(json.dumps(order))
        page = (await space.call("GET", f"{path}?sort={sort}&_pageSize={size}&_offset={len(found)}", 200)).json()
        found += page["_list"]
        if len(found) >= page["_total"]:
            assert len(found) == page["_total"]
            return found


async def check_orders(space, path: str, keys: tuple[str, ...], **more: int) -> None:
    every = await listed(space, path, {}, 1000)
    for key in keys:
        for direction in (1, -1):
            order = {key: direction, **more}
            for size in (1000, 3):
                assert [row["_id"] for row in await listed(space, path, order, size)] == ordered(every, order), order


@pytest.fixture
async def definitions(space, play):
    human = play.task("HUMAN", "h")
    return [
        await space.define(human, userType="u1", timeoutSeconds=100, timeoutPolicy="ALERT_ONLY", description="b"),
        await space.define(human, timeoutPolicy="TIMED_OUT_WF", description="a"),
        await space.define(human, userType="u2", timeoutSeconds=50),
    ]


async def test_runs_by_every_key(space, definitions):
    assert definitions[1]["_timeoutPolicy"] == "TIME_OUT_WF"
    await space.caller("second", n="all")
    runs = [await space.start(one, who=who) for one in definitions for who in ("full", "second", "full")]
    for run in runs:
        await space.waiting(run["_id"], "h")
    for run, word in zip(runs[::2], ("TERMINATED", "PAUSED", "TERMINATED", "PAUSED", "TERMINATED"), strict=True):
        await space.command(run["_id"], word)
    await check_orders(space, "/workflows", RUN_KEYS)
    await check_orders(space, "/workflows", ("_timeoutPolicy", "_userType"), _status=-1, _createdAt=1)


async def test_definitions_by_every_key(space, definitions):
    await check_orders(space, "/workflowdefs", DEFINITION_KEYS)


async def test_schedules_by_every_key(space, definitions):
    path = f"/workflowdefs/{definitions[0]['_id']}/schedules"
    for cron, status in (("0 0 12 * * ?", "ACTIVE"), ("0 0 12 * * ?", "PAUSED"), ("0 0 3 ? * MON", "ACTIVE")):
        await space.call("POST", path, 201, body={"_runInterval": cron, "_status": status})
    await check_orders(space, path, SCHEDULE_KEYS)


@pytest.mark.parametrize(
    "sort",
    [
        '{"_name":"1"}', '{"_name":true}', '{"_name":0}', '{"_name":1.5}', "[]", "1", "null", "{", "{'_name':1}",
        '{"_name":1,"_name":-1}', '{"_namespaces":1}', '{"_inputParams":1}', '{"_output":1}', '{"id":1}',
        json.dumps(dict.fromkeys(RUN_KEYS[:9], 1)),
    ],
)  # fmt: skip
async def test_what_is_no_order(space, sort):
    await space.refused("GET", f"/workflows?sort={quote(sort)}", 400, "invalid_parameter")


@pytest.mark.parametrize("sort", ["", "%20", "{}", '{"_name":1.0}', json.dumps(dict.fromkeys(RUN_KEYS[:8], -1))])
async def test_what_is_one(space, sort):
    await space.call("GET", f"/workflows?sort={quote(sort, safe='%')}", 200)
    await space.call("GET", f"/workflows?_sort={quote(sort, safe='%')}", 200)


@pytest.mark.parametrize(
    "text",
    [
        "2026-04-31", "2026-02-31", "2024-02-30", "2026-01-01T00:00", "2026-01-01T10:00Z", "2026-01-01T00:00:00",
        "2026-01-01T00:00:00.123456789Z", "2026-01-01T10:00:00%2B05:30", "2026-01-01T10:00:00+05:30", "",
        "2026-01-01T10:00:00-05:00",
    ],
)  # fmt: skip
async def test_dates(space, text):
    for name in ("startDate", "startdate", "endDate", "enddate"):
        await space.call("GET", f"/workflows?{name}={text}", 200)


@pytest.mark.parametrize(
    "text",
    [
        "2026-00-01", "2026-13-01", "2026-01-00", "2026-01-32", "2026-1-1", "01-01-2026", "2026-01-01T", "now",
        "2026-01-01T24:00", "2026-01-01T00:60", "2026-01-01T10:00:00%2B25:00", "2026-01-01%2010:00", "2026-01-01Z",
        "1767225600000",
    ],
)  # fmt: skip
async def test_what_is_no_date(space, text):
    for name in ("startDate", "endDate"):
        await space.refused("GET", f"/workflows?{name}={text}", 400, "invalid_parameter")


@pytest.mark.parametrize(
    ("start", "end", "status"),
    [
        ("2026-03-02", "2026-03-01", 400), ("2026-03-01", "2026-03-01", 200), ("2026-02-31", "2026-02-28", 200),
        ("2026-03-01T23:59:59.9999", "2026-03-01", 200), ("2026-03-01T10:00Z", "2026-03-01T10:00Z", 200),
        ("2026-03-01T10:00:00.0005Z", "2026-03-01T10:00:00.0005Z", 200),
        ("2026-03-01T10:00:00.0006Z", "2026-03-01T10:00:00.0005Z", 400),
        ("2026-03-01T12:00:00%2B02:00", "2026-03-01T10:00Z", 200),
        ("2026-03-01T12:00:00%2B01:00", "2026-03-01T10:00Z", 400),
    ],
)  # fmt: skip
async def test_which_bound_is_the_later_one(space, start, end, status):
    await space.call("GET", f"/workflows?startDate={start}&endDate={end}", status)
