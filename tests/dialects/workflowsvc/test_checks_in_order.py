"""Section 2.1: of several things that are wrong with a request the first check answers; paths that can be no ids."""

from __future__ import annotations

import uuid

import pytest

pytestmark = pytest.mark.anyio
TYPED = {"content-type": "application/json"}
BAD_IDS = ("%00", "%1F", "%FF", "a%2Fb", "a" * 300)


@pytest.mark.parametrize("ident", BAD_IDS)
async def test_what_can_be_no_id_is_an_unknown_one(space, ident):
    """All checks before that of the object come first."""
    await space.caller("writer", n="workflow_read")
    path = f"/workflows/{ident}"
    await space.call("GET", path, 401, who=None, ns=None)
    await space.refused("GET", path, 400, "nsfilter_required", ns=None)
    await space.refused("GET", path, 403, "namespace_forbidden", ns="nowhere")
    await space.refused("GET", path, 403, "permission_denied", who="writer")
    await space.refused("GET", f"{path}?_includeLoopOverTasks=maybe", 400, "invalid_parameter")
    await space.refused("GET", path, 404, "not_found")
    await space.refused("PUT", f"{path}/status", 415, "unsupported_media_type", content=b"{")
    await space.refused("PUT", f"{path}/status", 400, "malformed_json", content=b"{", headers=TYPED)
    await space.refused("PUT", f"{path}/status", 404, "not_found", body={"_status": "nonsense"})
    await space.refused("GET", f"/workflowdefs/{ident}/schedules?_pageSize=x", 400, "invalid_parameter")
    for method, rest in (
        ("GET", "workflowdefs/{}"), ("DELETE", "workflowdefs/{}"), ("GET", "workflowdefs/{}/jobs"),
        ("GET", "workflowdefs/x/schedules/{}"), ("DELETE", "workflowdefs/x/jobs/{}/triggers/y"),
        ("GET", "workflows/x/tasks/{}"), ("GET", "workflows/{}/tasks/y/payload"),
        ("GET", "workflow/x/task/{}/loopovertasks"),
    ):  # fmt: skip
        await space.refused(method, "/" + rest.format(ident), 404, "not_found")


async def test_the_id_behind_the_word_is_a_uuid_or_there_is_no_such_path(space):
    for method in ("PUT", "GET"):
        for path in ("/workflowsabc/status", "/workflowdefsabc/status", "/workflows-/status"):
            await space.refused(method, path, 404, "not_found", who=None, ns=None)
    path = f"/workflows{uuid.uuid4()}/status"
    await space.refused("GET", path, 405, "method_not_allowed", who=None, ns=None)
    await space.call("PUT", path, 401, who=None)
    await space.refused("PUT", path, 404, "not_found", body={"_status": "PAUSED"})
    await space.refused("PUT", path.upper().replace("WORKFLOWSVC", "").replace("WORKFLOWS", "workflows").replace(
        "STATUS", "status"), 404, "not_found", body={"_status": "PAUSED"})  # fmt: skip


async def test_one_trailing_slash_is_ignored_and_no_second(space):
    await space.call("GET", "/workflows/", 200)
    await space.refused("GET", "/workflows//", 404, "not_found")
    await space.refused("GET", "/Workflows", 404, "not_found")


async def test_the_object_is_looked_for_before_the_rules_of_the_body(space):
    """Also for those who may change things and not read them."""
    for role, method, path in (
        ("job_control", "PUT", "/workflows/none/status"), ("workflow_write", "PUT", "/workflowdefs/none"),
        ("schedule_write", "POST", "/workflowdefs/none/schedules"),
        ("schedule_write", "PUT", "/workflowdefs/none/schedules/none"),
        ("task_complete", "POST", "/workflow/none/userinput/none"),
    ):  # fmt: skip
        if role not in space.keys:
            await space.caller(role, n=role)
        await space.refused(method, path, 404, "not_found", body={}, who=role)


async def test_what_is_refused_is_told_in_the_words_of_the_api_to_everyone(space, play):
    run = await space.finish(await space.define(play.inline("a")))
    await space.caller("commander", n="job_control")
    for who in ("full", "commander"):
        body = await space.refused(
            "PUT", f"/workflows/{run['_id']}/status", 409, "illegal_state", body={"_status": "paused"}, who=who
        )
        assert body["_message"] == "The workflow is COMPLETED and cannot be PAUSED." and body["_retryable"] is False


async def test_without_any_body_the_rules_of_the_body_answer(space):
    for method, path, word in (
        ("POST", "/workflows", "invalid_body"), ("POST", "/workflowdefs", "invalid_definition"),
    ):  # fmt: skip
        await space.refused(method, path, 400, word)
        await space.refused(method, path, 400, word, headers=TYPED)
        await space.refused(method, path, 415, "unsupported_media_type", content=b"{}")


async def test_sizes_and_depths_at_the_edge(space, play):
    def sized(size: int) -> bytes:
        head = b'{"_workflowDefId":"x","d":"'
        return head + b"a" * (size - len(head) - 2) + b'"}'

    await space.refused("POST", "/workflows", 404, "not_found", content=sized(1 << 20), headers=TYPED)
    await space.refused("POST", "/workflows", 413, "payload_too_large", content=sized((1 << 20) + 1), headers=TYPED)
    for depth, status in ((63, 404), (64, 400)):
        content = b'{"_workflowDefId":"x","d":' + b"[" * depth + b"]" * depth + b"}"
        await space.call("POST", "/workflows", status, content=content, headers=TYPED)
    definition = await space.define(play.task("HUMAN"))
    for size, status in ((255, 201), (256, 413)):
        body = {"_workflowDefId": definition["_id"], "_inputParams": {"x": "a" * (size * 1024)}}
        await space.call("POST", "/workflows", status, body=body)


async def test_all_problems_of_a_query_come_at_once(space):
    query = "sort=x&_pageSize=-1&_status=foo&startDate=z&_offset=2147483648"
    found = await space.refused("GET", f"/workflows?{query}", 400, "invalid_parameter")
    assert {one["_path"] for one in found["_details"]} == {
        "query/sort", "query/_pageSize", "query/_status", "query/startDate", "query/_offset",
    }  # fmt: skip
