from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager

import msgspec
import pytest

from weft.domain.access import Principal
from weft.domain.errors import Busy, Conflict, Invalid, NotFound, Unauthenticated
from weft.web.asgi_app import WebApp
from weft.web.limits import WebLimits
from weft.web.operations import Answer

pytestmark = pytest.mark.anyio


async def ok(call):
    return Answer(body={})


async def echo(call):
    return Answer(body={"user": call.principal.name, "path": dict(call.path), "mount": call.mount})


async def test_a_request_reaches_its_handler(serve, op):
    reply = await serve(op("GET", "a/{x}", echo)).ask("GET", "/api/a/7")
    assert reply.status == 200
    assert json.loads(reply.body) == {"user": "root", "path": {"x": "7"}, "mount": "v1"}
    assert reply.header("content-type") == ["application/json; charset=utf-8"]
    assert reply.header("content-length") == [str(len(reply.body))]


async def test_without_credentials_401_with_both_challenges_and_no_handler(serve, op):
    called = []

    async def handler(call):
        called.append(call)
        return Answer()

    served = serve(op("GET", "a", handler))
    for authorization in ("", "Basic nobody", "Digest x"):
        reply = await served.ask("GET", "/api/a", headers={"authorization": authorization})
        assert reply.status == 401
        challenges = reply.header("www-authenticate")
        assert [each.split()[0] for each in challenges] == ["Bearer", "Basic"]
    assert called == []


async def test_the_permission_is_asked_before_the_handler(serve, op):
    reply = await serve(op("GET", "a", echo)).ask("GET", "/api/a", headers={"authorization": "Basic other"})
    assert reply.status == 403
    assert json.loads(reply.body)["error"]["code"] == "forbidden"


async def test_an_operation_without_permission_needs_no_credential(serve, op):
    reply = await serve(op("GET", "a", echo, permission=None)).ask("GET", "/api/a", headers={"authorization": ""})
    assert json.loads(reply.body)["user"] == "anonymous"


async def test_a_remembered_credential_is_not_verified_again(serve, op):
    served = serve(op("GET", "a", echo))
    served.users.remembered = lambda credential: Principal(name="kept", permissions=frozenset({"job.get"}))
    assert json.loads((await served.ask("GET", "/api/a")).body)["user"] == "kept"
    assert served.users.seen == []


async def test_405_with_allow_and_404(serve, op):
    served = serve(op("GET", "a", echo))
    reply = await served.ask("POST", "/api/a")
    assert (reply.status, reply.header("allow")) == (405, ["GET, HEAD, OPTIONS"])
    assert (await served.ask("GET", "/api/b")).status == 404
    assert (await served.ask("GET", "/elsewhere")).status == 404


async def test_options_tells_the_methods(serve, op):
    reply = await serve(op("GET", "a", echo)).ask("OPTIONS", "/api/a", headers={"authorization": ""})
    assert (reply.status, reply.header("allow"), reply.body) == (204, ["GET, HEAD, OPTIONS"], b"")


async def test_head_has_the_headers_of_get_and_no_body(serve, op):
    served = serve(op("GET", "a", echo))
    get, head = await served.ask("GET", "/api/a"), await served.ask("HEAD", "/api/a")
    assert head.body == b""
    assert head.headers == get.headers


async def test_refusals_are_worded_by_the_dialect(serve, op):
    async def handler(call):
        raise Conflict("taken", ["a", "b"])

    reply = await serve(op("GET", "a", handler)).ask("GET", "/api/a")
    assert reply.status == 409
    assert json.loads(reply.body)["error"] == {"code": "conflict", "message": "taken", "details": ["a", "b"]}


async def test_busy_carries_retry_after(serve, op):
    async def handler(call):
        raise Busy("full", retry_after=7)

    reply = await serve(op("GET", "a", handler)).ask("GET", "/api/a")
    assert (reply.status, reply.header("retry-after")) == (429, ["7"])


async def test_a_defect_is_a_reference_id_and_a_log_line(serve, op):
    async def handler(call):
        raise RuntimeError("secret detail")

    served = serve(op("GET", "a", handler))
    reply = await served.ask("GET", "/api/a")
    assert reply.status == 500
    assert b"secret detail" not in reply.body
    assert json.loads(reply.body)["error"]["message"].endswith("id-1")
    defect = next(line for line in served.log.lines if line["event"] == "internal error")
    assert defect["reference"] == "id-1"
    assert str(defect["exc_info"]) == "secret detail"


async def test_a_dialect_that_cannot_word_an_error_still_answers(serve, op):
    async def handler(call):
        raise NotFound("x")

    def broken(refusal, operation, mount):
        raise ValueError("oops")

    served = serve(op("GET", "a", handler))
    dialect = msgspec.structs.replace(served.app.router.routes[0].dialect, refuse=broken)
    app = WebApp((dialect,), served.users, clock=served.app._clock, ids=served.app._ids, log=served.log)
    served.app = app
    reply = await served.ask("GET", "/api/a")
    assert reply.status == 500
    assert b"oops" not in reply.body


async def test_too_many_requests_at_once_are_refused(serve, op):
    gate, inside = asyncio.Event(), asyncio.Event()

    async def handler(call):
        inside.set()
        await gate.wait()
        return Answer()

    served = serve(op("GET", "a", handler), limits=WebLimits(max_in_flight=1))
    first = asyncio.create_task(served.ask("GET", "/api/a"))
    await inside.wait()
    assert served.app.in_flight == 1
    assert (await served.ask("GET", "/api/a")).status == 429
    gate.set()
    assert (await first).status == 200
    assert served.app.in_flight == 0


async def test_a_body_above_the_limit_is_413_and_closes(serve, op):
    async def handler(call):
        return Answer(body=len(await call.raw()))

    served = serve(op("POST", "a", handler, max_body=10))
    assert (await served.ask("POST", "/api/a", pieces=[b"12345", b"67890"])).body == b"10"
    for sent in ({"pieces": [b"123456", b"78901"]}, {"pieces": [b"1"], "headers": {"content-length": "11"}}):
        reply = await served.ask("POST", "/api/a", **sent)
        assert (reply.status, reply.header("connection")) == (413, ["close"])


async def test_a_refused_name_in_the_path_is_worded_as_the_operation_does(serve, op):
    def refuse(refusal, operation, mount):
        return Answer(status=400, body=[operation.family if operation else "", mount, refusal.message])

    served = serve(op("GET", "a/{x}", echo, family="string"))
    route = served.app.router.routes[0]
    served.app.router.match = type(served.app.router)(
        (msgspec.structs.replace(route.dialect, refuse=refuse),)
    ).match  # fmt: skip
    reply = await served.ask("GET", "/api/a/x%2Fy")
    assert json.loads(reply.body) == ["string", "v1", "a name in the path holds '/'"]


async def test_malformed_json_is_400(serve, op):
    async def handler(call):
        return Answer(body=await call.body())

    served = serve(op("POST", "a", handler), max_depth=3)
    assert (await served.ask("POST", "/api/a", pieces=[b'{"a": [1]}'])).body == b'{"a":[1]}'
    assert (await served.ask("POST", "/api/a")).body == b"{}"
    for bad in (b"{", b'{"a": 1, "a": 2}', b"[[[[1]]]]", b"\xff", b"NaN"):
        assert (await served.ask("POST", "/api/a", pieces=[bad])).status == 400


async def test_a_client_that_is_gone_gets_no_answer(serve, op):
    async def handler(call):
        return Answer(body=await call.body())

    reply = await serve(op("POST", "a", handler)).ask("POST", "/api/a", pieces=[b"{"], gone=True)
    assert reply.status == 0


async def test_streams_are_sent_as_they_come_and_closed(serve, op):
    closed = []

    async def pieces():
        try:
            yield b"a"
            yield b"b"
        finally:
            closed.append(True)

    async def handler(call):
        return Answer(stream=pieces(), media="text/event-stream")

    served = serve(op("GET", "a", handler))
    ongoing = asyncio.Event()

    async def receive():
        await ongoing.wait()
        return {"type": "http.disconnect"}

    sent = []

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/api/a", "raw_path": b"/api/a", "query_string": b"",
        "headers": [(b"authorization", b"Basic root")], "client": None, "server": None,
    }  # fmt: skip
    await served.app(scope, receive, send)
    assert [message.get("body") for message in sent] == [None, b"a", b"b", b""]
    assert closed == [True]


async def test_a_stream_ends_when_the_client_is_gone(serve, op):
    closed = []

    async def pieces():
        try:
            yield b"a"
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def handler(call):
        return Answer(stream=pieces())

    await asyncio.wait_for(serve(op("GET", "a", handler)).ask("GET", "/api/a"), 5)
    assert closed == [True]


async def test_a_stream_that_is_cut_off_is_closed_and_is_no_defect(serve, op):
    closed, waiting = [], asyncio.Event()

    async def pieces():
        try:
            yield b"a"
            waiting.set()
            await asyncio.Event().wait()
        finally:
            closed.append(True)

    async def handler(call):
        return Answer(stream=pieces())

    served = serve(op("GET", "a", handler))
    sent = []

    async def receive():
        await asyncio.Event().wait()

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/api/a", "raw_path": b"/api/a", "query_string": b"",
        "headers": [(b"authorization", b"Basic root")], "client": None, "server": None,
    }  # fmt: skip
    asking = asyncio.ensure_future(served.app(scope, receive, send))
    await asyncio.wait_for(waiting.wait(), 5)
    asking.cancel()
    await asyncio.wait_for(asking, 5)
    assert closed == [True]
    assert [message.get("body") for message in sent] == [None, b"a"]
    assert all(line["event"] == "request" for line in served.log.lines)


async def test_the_log_line_tells_who_what_and_how_and_hides_credentials(serve, op):
    served = serve(op("POST", "login/{ticket}", echo, permission=None), op("GET", "a", echo))
    await served.ask("GET", "/api/a", query="x=1&password=hunter2")
    line = served.log.lines[-1]
    assert (line["method"], line["path"], line["status"], line["user"]) == ("GET", "/api/a", 200, "root")
    assert (line["query"], line["address"]) == ("x=1&password=***", "192.0.2.9")
    await served.ask("POST", "/api/login/TGT-verysecret")
    assert "verysecret" not in str(served.log.lines[-1])


async def test_a_401_of_a_handler_has_the_challenges_too(serve, op):
    async def handler(call):
        raise Unauthenticated("wrong", retry_after=3)

    reply = await serve(op("POST", "a", handler, permission=None)).ask("POST", "/api/a")
    assert len(reply.header("www-authenticate")) == 2
    assert reply.header("retry-after") == ["3"]


async def run_lifespan(app):
    messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent = []

    async def receive():
        return messages.pop(0)

    async def send(message):
        sent.append(message["type"])

    await app({"type": "lifespan"}, receive, send)
    return sent


async def test_lifespan_enters_and_leaves_the_parts(serve, op):
    seen = []

    @asynccontextmanager
    async def parts():
        seen.append("in")
        yield
        seen.append("out")

    served = serve(op("GET", "a", echo))
    served.app._lifespan = parts
    assert await run_lifespan(served.app) == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert seen == ["in", "out"]


async def test_lifespan_tells_a_failed_start(serve, op):
    @asynccontextmanager
    async def parts():
        raise RuntimeError("no disk")
        yield

    served = serve(op("GET", "a", echo))
    served.app._lifespan = parts
    assert await run_lifespan(served.app) == ["lifespan.startup.failed"]


async def test_websockets_are_closed(serve, op):
    sent = []

    async def send(message):
        sent.append(message)

    await serve(op("GET", "a", echo)).app({"type": "websocket"}, None, send)
    assert sent[0]["type"] == "websocket.close"


async def test_the_scope_decides_what_a_caller_may(serve, op):
    def scope(call, operation, principal):
        if call.path["id"] == "away":
            raise NotFound("no such customer")
        return msgspec.structs.replace(principal, permissions=frozenset({"job.get"} if call.path["id"] == "in" else ()))

    async def who(call):
        return Answer(body=sorted(call.principal.permissions))

    served = serve(op("GET", "a/{id}", who), scope=scope)
    other = {"authorization": "Basic other"}
    assert json.loads((await served.ask("GET", "/api/a/in", headers=other)).body) == ["job.get"]
    assert (await served.ask("GET", "/api/a/out")).status == 403
    assert (await served.ask("GET", "/api/a/away")).status == 404
    assert (await served.ask("GET", "/api/a/away", headers={"authorization": "Basic nobody"})).status == 401


async def test_a_name_that_is_none_comes_after_the_credential_where_there_is_a_scope(serve, op):
    served = serve(op("GET", "a/{id}", ok), scope=lambda call, operation, principal: principal)
    assert (await served.ask("GET", "/api/a/%00", headers={"authorization": "Basic nobody"})).status == 401
    assert (await served.ask("GET", "/api/a/%00")).status == 400


async def test_checks_come_between_permission_and_handler(serve, op):
    seen = []

    async def slow(call, operation):
        seen.append(operation.name)
        if await call.body() == {"bad": True}:
            raise Invalid("bad")

    def quick(call, operation):
        raise Invalid("never")

    async def body(call):
        return Answer(body=await call.body())

    served = serve(op("POST", "a", body, name="make"), op("POST", "open", body, permission=None), check=slow)
    assert (await served.ask("POST", "/api/a", pieces=[b"[1]"])).body == b"[1]"
    assert (await served.ask("POST", "/api/a", pieces=[b'{"bad":true}'])).status == 400
    assert (await served.ask("POST", "/api/a", headers={"authorization": "Basic other"})).status == 403
    assert (await served.ask("POST", "/api/open", pieces=[b'{"bad":true}'])).status == 200
    assert seen == ["make", "make"]
    assert (await serve(op("POST", "a", body), check=quick).ask("POST", "/api/a")).status == 400


async def test_request_ids_are_on_every_answer(serve, op):
    served = serve(op("GET", "a", ok), request_ids=True)
    given = {"x-request-id": "mine"}
    for path, status in (("/api/a", 200), ("/api/none", 404)):
        reply = await served.ask("GET", path, headers=given)
        assert (reply.status, reply.header("x-request-id")) == (status, ["mine"])
    assert (await served.ask("GET", "/api/a")).header("x-request-id") == ["id-1"]
    assert (await serve(op("GET", "a", ok)).ask("GET", "/api/a", headers=given)).header("x-request-id") == []


async def test_a_dialect_names_its_challenge(serve, op):
    served = serve(op("GET", "a", ok), challenge="Bearer")
    reply = await served.ask("GET", "/api/a", headers={"authorization": ""})
    assert (reply.status, reply.header("www-authenticate")) == (401, ["Bearer"])
