"""The HTTP tasks of lists and graphs."""

from __future__ import annotations

import pytest

from weft.connectors.failures import AttemptFailed

pytestmark = pytest.mark.anyio
LISTED, GRAPH = "tasklist:HTTP", "graph:http"


@pytest.mark.parametrize("nested", [False, True])
async def test_a_list_s_request_flat_and_nested(desk, web, reply, nested):
    web.answer = lambda asked: reply(201, {"ready": True})
    given = {"uri": f"{web.url}/x", "method": "POST", "body": {"a": 1}, "accept": "text/x", "contentType": "text/y"}
    output = await desk.run(LISTED, {"http_request": given} if nested else given)
    assert output["response"]["statusCode"] == 201 and output["response"]["body"] == {"ready": True}
    assert output["response"]["reasonPhrase"] == "Whatever" and "content-type" in output["response"]["headers"]
    asked = web.asked[0]
    assert asked.headers["accept"] == "text/x" and asked.headers["content-type"] == "text/y"
    assert asked.headers["idempotency-key"] == "attempt-1"


async def test_a_list_s_read_time_out_is_milliseconds(desk, web):
    import asyncio

    gate = asyncio.Event()

    async def never(asked):
        await gate.wait()

    web.answer = never
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(LISTED, {"uri": web.url, "method": "GET", "readTimeOut": 50})
    gate.set()
    assert caught.value.code == "TIMEOUT"


async def test_binary_beside_the_response(desk, web, reply):
    web.answer = lambda asked: reply(200, b"\xff\xfe", content_type="image/gif")
    output = await desk.run(LISTED, {"uri": web.url, "method": "GET"})
    assert output["response"]["body"] is None and output["_payload"]["_size"] == 2
    output = await desk.run(GRAPH, {"url": web.url})
    assert output["body"] is None and output["payload"]["contentType"] == "image/gif"


async def test_a_graph_s_request(desk, web, reply):
    web.answer = lambda asked: reply(200, {"v": 1})
    output = await desk.run(GRAPH, {"url": f"{web.url}/a", "query": {"q": "1"}, "headers": {"X": "y"}})
    assert (
        output["statusCode"] == 200 and output["body"] == {"v": 1} and set(output) == {"statusCode", "headers", "body"}
    )
    assert web.asked[0].path == "/a?q=1" and web.asked[0].headers["x"] == "y"


async def test_a_graph_s_secret_goes_where_it_is_granted(desk, web, second):
    desk.records.secrets["s"] = {"token": "t0ken"}
    desk.records.granted["s"] = {web.url}
    await desk.run(GRAPH, {"url": web.url, "secretId": "s"})
    assert web.asked[0].headers["authorization"] == "Bearer t0ken"
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(GRAPH, {"url": second.url, "secretId": "s"})
    assert caught.value.code == "SECRET_NOT_GRANTED" and not caught.value.retryable and second.asked == []


@pytest.mark.parametrize("target", [LISTED, GRAPH])
async def test_no_success_fails(desk, web, reply, target):
    web.answer = lambda asked: reply(404, "nobody here")
    with pytest.raises(AttemptFailed) as caught:
        await desk.run(target, {"uri": web.url, "url": web.url, "method": "GET"})
    assert caught.value.message == "nobody here" and not caught.value.retryable


async def test_what_is_needed(desk):
    for target in (LISTED, GRAPH):
        with pytest.raises(AttemptFailed) as caught:
            await desk.run(target, {"method": "GET"})
        assert caught.value.code == "INPUT_INVALID"
