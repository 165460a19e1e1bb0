"""Rows 1 to 6: what every request goes through. Rows 7 to 19: lists."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

pytestmark = pytest.mark.anyio


async def test_row_01_without_nsfilter(space):
    for path in ("/workflows", "/workflows?nsfilter="):
        body = await space.refused("GET", path, 400, "nsfilter_required", ns=None)
        assert body["_details"][0]["_path"] == "query/nsfilter"


async def test_row_02_nsfilter_in_any_case_but_only_one(space):
    await space.call("GET", f"/workflows?nsFilter={space.n}", 200, ns=None)
    await space.refused("GET", f"/workflows?nsfilter={space.n},{space.m}", 400, "nsfilter_invalid", ns=None)


async def test_row_03_namespaces_of_others_are_as_unknown(space):
    unknown = await space.refused("GET", "/workflows", 403, "namespace_forbidden", ns="nowhere")
    foreign = await space.refused("GET", "/workflows", 403, "namespace_forbidden", ns=space.o)
    assert unknown == foreign
    await space.caller("narrow", n="all")
    own = await space.refused("GET", "/workflows", 403, "namespace_forbidden", ns=space.m, who="narrow")
    assert own == unknown


async def test_row_04_without_a_credential(space):
    for method, path in (
        ("GET", "/workflows"), ("POST", "/workflows"), ("GET", "/workflows/x"), ("PUT", "/workflows/x/status"),
        ("GET", "/workflow/x/task/y"), ("POST", "/workflow/x/userinput/y"), ("GET", "/workflowdefs"),
        ("DELETE", "/workflowdefs/x"), ("GET", "/workflowdefs/x/schedules"), ("GET", "/workflowdefs/x/jobs"),
    ):  # fmt: skip
        for headers in ({}, {"authorization": "Bearer nonsense"}, {"authorization": "Hello"}):
            answer = await space.call(method, path, 401, who=None, headers=headers)
            assert answer.headers.get_list("www-authenticate") == ["Bearer"]
            assert answer.json()["_error"] == "unauthenticated"


async def test_row_05_reading_is_not_starting(space):
    await space.caller("reader", n="job_read")
    await space.call("GET", "/workflows", 200, who="reader")
    await space.refused("POST", "/workflows", 403, "permission_denied", who="reader", body={"_workflowDefId": "x"})


async def test_row_06_no_runs(space):
    assert (await space.call("GET", "/workflows", 200)).json() == {
        "_offset": 0, "_pageSize": 10, "_total": 0, "_list": [],
    }  # fmt: skip


async def test_every_permission_opens_its_own_operations_only(space, play):
    """Section 2.2: the words beside the calls that need them."""
    paths = {
        "job_read": [("GET", "/workflows"), ("GET", "/workflows/x"), ("GET", "/workflows/x/tasks/y"),
                     ("GET", "/workflows/x/tasks/y/payload"), ("GET", "/workflow/x/task/y/loopovertasks")],
        "job_start": [("POST", "/workflows")],
        "job_control": [("PUT", "/workflows/x/status")],
        "task_complete": [("POST", "/workflow/x/userinput/y")],
        "workflow_read": [("GET", "/workflowdefs"), ("GET", "/workflowdefs/x")],
        "workflow_write": [("POST", "/workflowdefs"), ("PUT", "/workflowdefs/x"), ("DELETE", "/workflowdefs/x")],
        "schedule_read": [("GET", "/workflowdefs/x/schedules"), ("GET", "/workflowdefs/x/schedules/y"),
                          ("GET", "/workflowdefs/x/jobs")],
        "schedule_write": [("POST", "/workflowdefs/x/schedules"), ("PUT", "/workflowdefs/x/schedules/y"),
                           ("DELETE", "/workflowdefs/x/schedules/y"),
                           ("DELETE", "/workflowdefs/x/jobs/z/triggers/y")],
    }  # fmt: skip
    for role, own in paths.items():
        await space.caller(role, n=role)
        for other, calls in paths.items():
            for method, path in calls:
                answer = await space.call(method, path, who=role, body={} if method in ("POST", "PUT") else None)
                refused = answer.status_code == 403
                assert refused is (other != role), (role, method, path, answer.text)
        assert own


async def test_row_07_the_request_line_of_7_3(space):
    line = (
        "/workflows?nsfilter={n}&_pageSize=10&_offset=0&_name=meter&_defId=5b0c1c52-6f0e-4c57-9f0a-3a6d6f1d9b21"
        "&_status=FAILED&startDate=2026-02-01&endDate=2026-02-29"
        "&sort=%7B%22_updatedAt%22%3A-1%2C%22_name%22%3A1%7D"
    )
    answer = await space.call("GET", line.format(n=space.n), 200, ns=None)
    assert answer.json() == {"_offset": 0, "_pageSize": 10, "_total": 0, "_list": []}


@pytest.mark.parametrize("name", ["_pagesize", "_pageSize", "_count", "_PAGESIZE"])
async def test_row_08_spellings_of_the_page_size(space, name):
    assert (await space.call("GET", f"/workflows?{name}=5", 200)).json()["_pageSize"] == 5


async def test_row_09_two_sizes(space):
    await space.refused("GET", "/workflows?_pagesize=5&_pageSize=7", 400, "parameter_conflict")
    await space.call("GET", "/workflows?_pagesize=5&_pageSize=5", 200)


async def test_row_10_sizes_at_the_edge(space):
    assert (await space.call("GET", "/workflows?_pageSize=0", 200)).json()["_pageSize"] == 10
    assert (await space.call("GET", "/workflows?_pageSize=5000", 200)).json()["_pageSize"] == 1000
    for text in ("-1", "x"):
        await space.refused("GET", f"/workflows?_pageSize={text}", 400, "invalid_parameter")


async def test_row_11_beyond_the_end(space, play):
    definition = await space.define(play.task("HUMAN"))
    for _ in range(3):
        await space.start(definition)
    found = (await space.call("GET", "/workflows?_offset=50", 200)).json()
    assert found["_list"] == [] and found["_total"] == 3 and found["_offset"] == 50
    await space.refused("GET", "/workflows?_offset=-1", 400, "invalid_parameter")


async def test_row_13_dates_that_are_none(space):
    for query in ("startDate=2026-13-01", "endDate=2026-02-32", "startDate=2026-03-02&endDate=2026-03-01"):
        await space.refused("GET", f"/workflows?{query}", 400, "invalid_parameter")


async def test_row_12_14_15_days_and_instants(play, target, tmp_path):
    clock = play.PushedClock(play.at("2026-02-28T09:00:00+00:00"))
    async with play.served(tmp_path, target, clock) as server:
        space = await server.space()
        definition = await space.define(play.task("HUMAN"))
        made = {}
        for when in ("2026-02-27T23:59:59.999", "2026-02-28T00:00:00", "2026-02-28T23:59:59.999", "2026-03-01T10:00:00",
                     "2026-03-01T10:00:01", "2026-03-01T23:59:59.9", "2026-03-02T00:00:00"):  # fmt: skip
            clock.frozen = play.at(when + "+00:00")
            made[(await space.start(definition))["_id"]] = when

        async def listed(query: str) -> list[str]:
            found = (await space.call("GET", f"/workflows?{query}&sort=%7B%22_createdAt%22%3A1%7D", 200)).json()
            assert found["_total"] == len(found["_list"])
            return [made[run["_id"]] for run in found["_list"]]

        # row 12
        assert await listed("startDate=2026-02-30&endDate=2026-02-29") == [
            "2026-02-28T00:00:00", "2026-02-28T23:59:59.999",
        ]  # fmt: skip
        # row 14
        assert (await listed("enddate=2026-03-01"))[-1] == "2026-03-01T23:59:59.9"
        # row 15
        through = await listed("endDate=2026-03-01T12:00:00%2B02:00&startDate=2026-03-01")
        assert through == ["2026-03-01T10:00:00"]
        blank = await listed("endDate=2026-03-01T12:00:00+02:00&startDate=2026-03-01")
        assert blank == through


async def test_row_16_pages_do_not_overlap(space, play):
    first = await space.define(play.task("HUMAN"), name="b_name" + space.n)
    second = await space.define(play.task("HUMAN"), name="a_name" + space.n)
    for definition in (first, second, first, second, first):
        await space.start(definition)
    seen = []
    for offset in (0, 2, 4):
        sort = quote(json.dumps({"_name": 1}))
        page = (await space.call("GET", f"/workflows?sort={sort}&_pageSize=2&_offset={offset}", 200)).json()
        assert page["_total"] == 5
        seen += [(run["_name"], run["_id"]) for run in page["_list"]]
    assert len(set(seen)) == 5 and seen == sorted(seen)


@pytest.mark.parametrize("sort", ["_name", '{"_name":2}', '{"_tasks":1}', '{"x":1}'])
async def test_row_17_what_is_no_order(space, sort):
    await space.refused("GET", f"/workflows?sort={quote(sort)}", 400, "invalid_parameter")


async def ending(space, play, kind: str) -> str:
    """The id of a run that ended in a state."""
    if kind == "TIMED_OUT":
        run = await space.start(await space.define(play.task("HUMAN"), timeoutSeconds=2))
        await space.pushed(3)
    elif kind == "FAILED":
        inputs = {"terminationStatus": "FAILED", "terminationReason": "broken"}
        run = await space.start(await space.define(play.task("TERMINATE", inputs=inputs)))
    else:
        run = await space.start(await space.define(play.inline("a")))
    await space.ended(run["_id"], kind)
    return run["_id"]


async def test_row_18_states(space, play):
    made = {kind: await ending(space, play, kind) for kind in ("FAILED", "TIMED_OUT", "COMPLETED")}
    found = (await space.call("GET", "/workflows?_status=failed,TIMED_OUT", 200)).json()
    assert {run["_id"] for run in found["_list"]} == {made["FAILED"], made["TIMED_OUT"]}
    assert found["_total"] == 2
    for word in ("RESUMED", "RETRIED", "DONE"):
        await space.refused("GET", f"/workflows?_status={word}", 400, "invalid_parameter")


async def test_row_19_a_part_of_the_definitions_id(space, play):
    definition = await space.define(play.task("HUMAN"))
    other = await space.define(play.task("HUMAN"))
    run = await space.start(definition)
    await space.start(other)
    part = definition["_id"][9:23].upper()
    found = (await space.call("GET", f"/workflows?_defId={part}", 200)).json()
    assert [one["_id"] for one in found["_list"]] == [run["_id"]]


async def test_orders_by_state_and_by_caller_are_those_of_what_is_shown(space, play):
    await space.caller("second", n="all")
    definition = await space.define(play.task("HUMAN"))
    runs = [await space.start(definition, who=who) for who in ("full", "second", "full", "second")]
    await space.command(runs[0]["_id"], "PAUSED")
    await space.command(runs[1]["_id"], "TERMINATED")
    for run in runs[2:]:
        await space.waiting(run["_id"], "HUMAN")
    for key in ("_status", "_createdBy", "_updatedBy", "_id", "_name", "_createdAt", "_updatedAt"):
        for direction in (1, -1):
            sort = quote(json.dumps({key: direction}))
            found = (await space.call("GET", f"/workflows?sort={sort}", 200)).json()["_list"]
            assert len(found) == 4
            shown = [run[key] for run in found]
            assert shown == sorted(shown, reverse=direction == -1), key


async def test_request_ids_come_back(space):
    answer = await space.call("GET", "/workflows", 200, headers={"x-request-id": "abc-1"})
    assert answer.headers["x-request-id"] == "abc-1"
    answer = await space.call("GET", "/workflows/none", 404, headers={"x-request-id": "with blank"})
    assert answer.headers["x-request-id"] not in ("", "with blank")


async def test_order_of_checks(space):
    """Each check answers before the ones that follow it."""
    await space.caller("reader", n="job_read")
    text = {"content-type": "text/plain"}
    await space.refused("GET", "/nothing", 404, "not_found", who=None, ns=None)
    await space.refused("PATCH", "/workflows", 405, "method_not_allowed", who=None, ns=None)
    await space.refused("POST", "/workflows", 401, "unauthenticated", who=None, ns=None)
    await space.refused("POST", "/workflows", 400, "nsfilter_required", who="reader", ns=None)
    await space.refused("POST", "/workflows", 403, "namespace_forbidden", ns="nowhere", headers=text)
    await space.refused("POST", "/workflows", 403, "permission_denied", who="reader", headers=text, content=b"x")
    large = b" " * (1 << 20) + b"{}"
    await space.refused("POST", "/workflows", 413, "payload_too_large", headers=text, content=large)
    await space.refused("POST", "/workflows", 415, "unsupported_media_type", headers=text, content=b"{")
    await space.refused("POST", "/workflows", 400, "malformed_json", content=b"{", headers={
        "content-type": "application/json", "idempotency-key": "x" * 256,
    })  # fmt: skip
    await space.refused(
        "POST", "/workflows", 400, "invalid_parameter", body={}, headers={"idempotency-key": "two words"}
    )
    await space.refused("PUT", "/workflows/none/status", 404, "not_found", body={"_status": "STOPPED"})
    await space.refused("PUT", "/workflowdefs/none", 404, "not_found", body={})
    await space.refused("POST", "/workflowdefs/none/schedules", 404, "not_found", body={})
    await space.refused("POST", "/workflow/none/userinput/x", 404, "not_found", body={})


async def test_bodies_that_are_no_json(space):
    typed = {"content-type": "application/json"}
    for content in (b'{"a":1,"a":2}', b"[" * 65 + b"]" * 65, b'{"a":NaN}', b"\xff", b'{"a":'):
        await space.refused("POST", "/workflows", 400, "malformed_json", content=content, headers=typed)
    for content in (b"[]", b'"x"', b"null", b"5"):
        await space.refused("POST", "/workflows", 400, "invalid_body", content=content, headers=typed)
    await space.refused("POST", "/workflows", 404, "not_found", content=b'{"_workflowDefId":"x"}', headers={
        "content-type": "application/vnd.acme+json; charset=utf-8",
    })  # fmt: skip
