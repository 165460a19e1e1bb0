"""Where an adapter's requests may go, tried with a real worker's client and loopback servers."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import httpx
import pytest

from weft_adapter import ActivityContext, activity
from weft_adapter.clients import Clients, ResourceAuth
from weft_adapter.egress import EgressPolicy, EgressRefused
from weft_adapter.rest import RequestInput, request
from weft_adapter.testing import call
from weft_adapter.transport import AsyncCheckedTransport

METADATA = ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "::ffff:169.254.169.254"]


class Handler(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str | None]]] = []

    def do_GET(self) -> None:
        Handler.seen.append((self.path, self.headers.get("Authorization")))
        target = self.path.partition("?")[2]
        self.send_response(302 if target else 200)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    Handler.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


@activity
async def get(input: RequestInput, ctx: ActivityContext) -> dict:
    return await request("GET", input, ctx)


def resource(port: int, host: str = "127.0.0.1") -> dict[str, Any]:
    return {"scheme": "http", "host": host, "port": port}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "127.1", "::1", "[::ffff:127.0.0.1]"]
)
def test_a_resource_alone_does_not_open_loopback(port: int, host: str) -> None:
    with pytest.raises(EgressRefused):
        call(get, {}, resource=resource(port, host))
    assert Handler.seen == []


def test_the_operators_setting_does(port: int) -> None:
    allowed = EgressPolicy(allow=(f"127.0.0.1:{port}",))
    assert call(get, {}, resource=resource(port), egress=allowed)["status"] == 200
    with pytest.raises(EgressRefused):
        call(get, {}, resource=resource(port + 1 if port < 65_535 else 1), egress=allowed)


@pytest.mark.parametrize("host", METADATA)
def test_metadata_addresses_are_never_reached(host: str) -> None:
    wide = EgressPolicy(allow=("0.0.0.0/0", "::/0", host))
    with pytest.raises(EgressRefused):
        call(get, {}, resource=resource(80, host), egress=wide)


@pytest.mark.parametrize("target", ["http://169.254.169.254/latest", "http://127.0.0.1:{other}/", "http://10.0.0.1/"])
def test_a_redirect_to_a_forbidden_address_is_refused(port: int, target: str) -> None:
    other = port - 1 if port > 1_024 else port + 1
    clients = Clients(EgressPolicy(allow=(f"127.0.0.1:{port}",)))

    async def scene() -> None:
        client = clients.client(resource(port), None, {})
        await client.get("/?" + target.format(other=other), follow_redirects=True)

    with pytest.raises(EgressRefused):
        asyncio.run(scene())


def test_the_request_activity_does_not_follow_redirects(port: int) -> None:
    allowed = EgressPolicy(allow=(f"127.0.0.1:{port}",))
    answer = call(get, {"path": "/a", "query": {}}, resource=resource(port), egress=allowed)
    assert answer["status"] == 200
    answer = call(get, {"path": "/?http://169.254.169.254/"}, resource=resource(port), egress=allowed)
    assert answer["status"] == 302
    assert len(Handler.seen) == 2


def test_a_secret_does_not_follow_a_redirect_to_another_origin(port: int) -> None:
    second = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=second.serve_forever, daemon=True).start()
    other = second.server_address[1]
    clients = Clients(EgressPolicy(allow=("127.0.0.1",)))

    async def scene() -> None:
        client = clients.client(resource(port), {"token": "hunter2"}, {})
        await client.get(f"/?http://127.0.0.1:{other}/end", follow_redirects=True)

    try:
        asyncio.run(scene())
    finally:
        second.shutdown()
        second.server_close()
    assert [credential for _, credential in Handler.seen] == ["Bearer hunter2", None]


def answered(answers: list[str], policy: EgressPolicy) -> None:
    async def resolver(host: str, port: int) -> list[str]:
        return answers

    async def scene() -> None:
        transport = AsyncCheckedTransport(policy, resolver=resolver)
        async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=0.2) as client:
            await client.get("http://mixed.test:9/")

    asyncio.run(scene())


@pytest.mark.parametrize(
    "answers",
    [["1.1.1.1", "127.0.0.1"], ["127.0.0.1", "1.1.1.1"], ["1.1.1.1", "169.254.169.254"], ["2606:4700::1", "::1"],
     ["1.1.1.1", "10.0.0.1"], ["64:ff9b::7f00:1"], []],
)  # fmt: skip
def test_one_forbidden_address_among_the_answers_refuses_the_name(answers: list[str]) -> None:
    with pytest.raises(EgressRefused):
        answered(answers, EgressPolicy())


def test_a_name_is_not_asked_for_again_between_check_and_connection(port: int) -> None:
    """A name that first shows a permitted address and then another one is connected to at the checked address."""
    answers = iter([["127.0.0.1"], ["169.254.169.254"]])

    async def resolver(host: str, _: int) -> list[str]:
        return next(answers)

    async def scene() -> int:
        transport = AsyncCheckedTransport(EgressPolicy(allow=(f"rebind.test:{port}",)), resolver=resolver)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            return (await client.get(f"http://rebind.test:{port}/")).status_code

    assert asyncio.run(scene()) == 200


def test_proxies_of_the_environment_are_not_used(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    allowed = EgressPolicy(allow=(f"127.0.0.1:{port}",))
    assert call(get, {}, resource=resource(port), egress=allowed)["status"] == 200


def test_the_policy_travels_as_plain_data() -> None:
    import msgspec

    policy = EgressPolicy(("a:1",), ("b",), (80,))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(policy), type=EgressPolicy) == policy


def test_credentials_stay_with_their_origin() -> None:
    auth = ResourceAuth("http://a.test:80", "Bearer t")
    for url, expected in (("http://a.test/", "Bearer t"), ("https://a.test/", None), ("http://a.test.evil/", None)):
        sent = next(auth.auth_flow(httpx.Request("GET", url)))
        assert sent.headers.get("Authorization") == expected
