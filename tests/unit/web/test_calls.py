from __future__ import annotations

import json

import pytest

from weft.web.calls import LARGE_BODY
from weft.web.limits import WebLimits
from weft.web.operations import Answer

pytestmark = pytest.mark.anyio


async def form(call):
    return Answer(body=dict(await call.form()))


async def query(call):
    return Answer(body={name: list(values) for name, values in call.query.items()})


async def uploads(call):
    found = []
    async for upload in call.uploads():
        found.append([upload.name, upload.filename, sum([len(chunk) async for chunk in upload.chunks()])])
    return Answer(body=found)


async def ask(serve, op, handler, **sent):
    served = serve(op("POST", "a", handler, max_body=sent.pop("max_body", 1000)))
    reply = await served.ask("POST", "/api/a", **sent)
    return reply.status, json.loads(reply.body)


MULTI = {"content-type": "multipart/form-data; boundary=b"}


@pytest.mark.parametrize(
    ("content_type", "data"),
    [
        ("application/x-www-form-urlencoded", b"username=o%20p&password=x&username=ops"),
        ("", b"username=ops&password=x"),
        ("application/json", b'{"username": "ops", "password": "x", "n": 1}'),
        (MULTI["content-type"], b'--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nops\r\n'
         b'--b\r\nContent-Disposition: form-data; name="password"\r\n\r\nx\r\n--b--\r\n'),
    ],
)  # fmt: skip
async def test_forms_in_every_dress(serve, op, content_type, data):
    status, value = await ask(serve, op, form, headers={"content-type": content_type}, pieces=[data])
    assert (status, value) == (200, {"username": "ops", "password": "x"})


@pytest.mark.parametrize(
    ("content_type", "data"),
    [("application/json", b"["), ("application/json", b"[1]"), ("", b"\xff"), ("multipart/form-data", b"x")],
)
async def test_forms_that_cannot_be_read_are_400(serve, op, content_type, data):
    assert (await ask(serve, op, form, headers={"content-type": content_type}, pieces=[data]))[0] == 400


async def test_an_empty_form_has_no_fields(serve, op):
    assert await ask(serve, op, form, headers={"content-type": "application/json"}) == (200, {})


async def test_query_values_in_order(serve, op):
    assert await ask(serve, op, query, query="a=1&b=%2F&a=2") == (200, {"a": ["1", "2"], "b": ["/"]})
    assert await ask(serve, op, query) == (200, {})


@pytest.mark.parametrize(("text", "status"), [("a=%ff", 400), ("a=" + "x" * 70_000, 413)])
async def test_queries_that_cannot_be_read(serve, op, text, status):
    assert (await ask(serve, op, query, query=text))[0] == status


async def test_uploads_of_a_form_and_of_a_raw_body(serve, op):
    data = b'--b\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\n12345\r\n--b--\r\n'
    assert await ask(serve, op, uploads, headers=MULTI, pieces=[data[:30], data[30:]]) == (200, [["file", "f.bin", 5]])
    assert await ask(serve, op, uploads, pieces=[b"123"]) == (200, [["file", "", 3]])


async def test_uploads_are_bounded(serve, op):
    assert (await ask(serve, op, uploads, pieces=[b"x" * 60, b"y" * 60], max_body=100))[0] == 413


async def test_base_url_is_what_the_client_sees(serve, op):
    async def handler(call):
        return Answer(body=call.base_url)

    assert (await ask(serve, op, handler, headers={"host": "weft.example:8443"}))[1] == "http://weft.example:8443"


@pytest.mark.parametrize(("own", "status"), [({}, 413), ({"max_body": 100}, 200)])
async def test_the_setting_holds_where_an_operation_has_no_limit_of_its_own(serve, op, own, status):
    async def handler(call):
        return Answer(body=len(await call.raw()))

    served = serve(op("POST", "a", handler, **own), limits=WebLimits(max_json=10))
    assert (await served.ask("POST", "/api/a", pieces=[b"x" * 50])).status == status


async def body(call):
    return Answer(body=await call.body())


async def test_the_place_of_a_mistake_in_json_is_told(serve, op):
    status, told = await ask(serve, op, body, pieces=[b'{"a": 1,\n "b" 2}'])
    assert (status, told["error"]["message"]) == (400, "malformed JSON: Expecting ':' delimiter at character 15")


async def test_large_bodies_are_read_and_refused_like_small_ones(serve, op):
    large = b'{"a": [' + b"1," * LARGE_BODY + b"1]}"
    status, read = await ask(serve, op, body, pieces=[large[:1000], large[1000:]], max_body=len(large))
    assert (status, len(read["a"])) == (200, LARGE_BODY + 1)
    status, told = await ask(serve, op, body, pieces=[large[:-1]], max_body=len(large))
    assert (status, told["error"]["message"].startswith("malformed JSON")) == (400, True)


async def test_a_body_may_be_asked_for_again(serve, op):
    async def twice(call):
        return Answer(body=[await call.body(), await call.body(), (await call.raw()).decode()])

    assert await ask(serve, op, twice, pieces=[b'{"a":1}']) == (200, [{"a": 1}, {"a": 1}, '{"a":1}'])
    assert await ask(serve, op, twice) == (200, [{}, {}, ""])


async def test_a_dialect_bounds_its_bodies(serve, op):
    async def whole(call):
        return Answer(body=len(await call.raw()))

    small = serve(op("POST", "a", whole), max_body=10)
    assert (await small.ask("POST", "/api/a", pieces=[b"x" * 10])).status == 200
    assert (await small.ask("POST", "/api/a", pieces=[b"x" * 11])).status == 413
    own = serve(op("POST", "a", whole, max_body=20), max_body=10)
    assert (await own.ask("POST", "/api/a", pieces=[b"x" * 20])).status == 200
