"""The REST task: what is asked, what becomes of the answer, how it fails."""

from __future__ import annotations

import hashlib

import pytest

from weft.connectors.failures import AttemptFailed
from weft.ports.connections import OpenedResource

pytestmark = pytest.mark.anyio
REST = "tasklist:REST_CONNECTOR"


async def failed(desk, input, **more) -> AttemptFailed:
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(REST, input, **more)
    return caught.value


async def test_a_json_answer_is_the_output(desk, web, reply):
    web.answer = lambda asked: reply(200, {"count": 3})
    output = await desk.run(REST, {"_url": f"{web.url}/readings"})
    assert output["_statusCode"] == 200 and output["_body"] == {"count": 3}
    assert output["_headers"]["content-type"] == "application/json"
    assert set(output) == {"_statusCode", "_headers", "_body"}
    assert web.asked[0].method == "GET" and web.asked[0].path == "/readings"


async def test_keys_are_taken_with_and_without_underscore(desk, web):
    args = {"_headers": {"X-A": "1", "x-n": 2}, "params": {"a": [1, 2], "b": "x y"}, "body": {"v": 1}}
    await desk.run(REST, {"url": web.url, "_method": "post", "args": args})
    asked = web.asked[0]
    assert asked.method == "POST" and asked.path == "/?a=1&a=2&b=x+y" and asked.json == {"v": 1}
    assert asked.headers["x-a"] == "1" and asked.headers["x-n"] == "2"
    assert asked.headers["content-type"] == "application/json"


async def test_text_is_sent_as_it_is(desk, web):
    await desk.run(REST, {"_url": web.url, "_method": "PUT", "_args": {"body": "a=1"}})
    assert web.asked[0].body == b"a=1" and web.asked[0].headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("method", "keyed"), [("POST", True), ("PATCH", True), ("PUT", False), ("GET", False)])
async def test_the_attempt_is_the_idempotency_key_of_post_and_patch(desk, web, method, keyed):
    await desk.run(REST, {"_url": web.url, "_method": method}, attempt_id="att-7")
    assert web.asked[0].headers.get("idempotency-key") == ("att-7" if keyed else None)


async def test_a_key_of_the_task_wins(desk, web):
    await desk.run(REST, {"_url": web.url, "_method": "POST", "_args": {"headers": {"Idempotency-Key": "own"}}})
    assert web.asked[0].headers["idempotency-key"] == "own"


async def test_text_and_binary_bodies(desk, web, reply):
    web.answer = lambda asked: reply(200, "hello")
    assert (await desk.run(REST, {"_url": web.url}))["_body"] == "hello"
    web.answer = lambda asked: reply(200, b"\x00\x01", content_type="image/png")
    output = await desk.run(REST, {"_url": web.url})
    digest = hashlib.sha256(b"\x00\x01").hexdigest()
    assert output["_body"] is None
    assert output["_payload"] == {"_size": 2, "_contentType": "image/png", "_sha256": digest}
    assert desk.records.kept[digest] == b"\x00\x01"


async def test_what_is_above_one_mebibyte_is_stored(desk, web, reply):
    big = b'"' + b"a" * (1 << 20) + b'"'
    web.answer = lambda asked: reply(200, big, content_type="application/json")
    output = await desk.run(REST, {"_url": web.url})
    assert output["_body"] is None and output["_payload"]["_size"] == len(big)


async def test_a_file_is_all_of_the_output(desk, web, reply):
    web.answer = lambda asked: reply(200, {"a": 1})
    output = await desk.run(REST, {"_url": web.url, "_to": "file"})
    assert set(output) == {"_payload"} and output["_payload"]["_contentType"] == "application/json"


async def test_an_answer_above_the_limit_fails_for_good(desk, web, reply):
    desk.around.max_payload = 1000
    web.answer = lambda asked: reply(200, b"x" * 2000)
    problem = await failed(desk, {"_url": web.url})
    assert problem.code == "RESULT_TOO_LARGE" and not problem.retryable


@pytest.mark.parametrize(
    ("status", "retried"),
    [(400, False), (401, False), (404, False), (408, True), (425, True), (429, True), (500, True), (503, True)],
)
async def test_other_statuses_fail_with_the_body_as_reason(desk, web, reply, status, retried):
    web.answer = lambda asked: reply(status, "x" * 5000, retry_after="7")
    problem = await failed(desk, {"_url": web.url})
    assert problem.code == f"HTTP_STATUS_{status}" and problem.retryable is retried
    assert problem.message == "x" * 2048
    assert problem.retry_after_ms == 7000


async def test_a_closed_connection_is_retried(desk, web):
    web.answer = lambda asked: None
    problem = await failed(desk, {"_url": web.url})
    assert problem.code == "COMMUNICATION" and problem.retryable


async def test_the_limit_of_the_task(desk, web):
    import asyncio

    gate = asyncio.Event()

    async def never(asked):
        await gate.wait()

    web.answer = never
    problem = await failed(desk, {"_url": web.url, "_args": {"timeout": 0.05}})
    gate.set()
    assert problem.code == "TIMEOUT" and problem.retryable


async def test_egress_is_refused_for_good(desk, web):
    desk.policy()
    problem = await failed(desk, {"_url": web.url})
    assert problem.code == "EGRESS_REFUSED" and not problem.retryable and "egress" in problem.message
    assert web.asked == []


@pytest.mark.parametrize(
    "input",
    [
        {},
        {"_url": "ftp://x/"},
        {"_url": "/readings"},
        {"_url": "http://u:p@127.0.0.1/"},
        {"_url": "http://127.0.0.1/", "_method": "TRACE"},
        {"_url": "http://127.0.0.1/", "_args": []},
        {"_url": "http://127.0.0.1/", "_args": {"headers": {"Host": "x"}}},
        {"_url": "http://127.0.0.1/", "_args": {"headers": {"X": "a\r\nb"}}},
        {"_url": "http://127.0.0.1/", "_args": {"timeout": -1}},
        {"_url": "http://127.0.0.1/", "_auth": {"_type": "Digest"}},
        {"_url": "http://127.0.0.1/", "_to": "disk"},
        {"_url": "http://127.0.0.1/" + "a" * 9000},
    ],
)
async def test_wrong_input_fails_for_good(desk, input):
    problem = await failed(desk, input)
    assert problem.code == "INPUT_INVALID" and not problem.retryable


def resource(web, **secret) -> OpenedResource:
    return OpenedResource({"scheme": "http", "host": "127.0.0.1", "port": web.port, "basePath": "/api"}, secret or None)


async def test_a_path_below_a_resource_with_its_credentials(desk, web):
    found = resource(web, username="u", password="p")
    input, more = {"_url": "v1/x?a=1"}, {"config": {"resourceId": "r"}, "resource": dict(found.values)}
    await desk.run(REST, input, secret=dict(found.secret), **more)
    assert web.asked[0].path == "/api/v1/x?a=1" and web.asked[0].headers["authorization"] == "Basic dTpw"


async def test_credentials_of_a_resource_go_nowhere_else(desk, web, second):
    found = resource(web, token="t0p-secret")
    more = {"config": {"resourceId": "r"}, "resource": dict(found.values), "secret": dict(found.secret)}
    await desk.run(REST, {"_url": f"{second.url}/x"}, **more)
    assert "authorization" not in second.asked[0].headers


async def test_a_path_does_not_leave_the_resource(desk, web):
    found = resource(web)
    problem = await failed(desk, {"_url": "../x"}, config={"resourceId": "r"}, resource=dict(found.values))
    assert problem.code == "INPUT_INVALID"
