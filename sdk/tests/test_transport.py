"""The checked transports against loopback servers."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import httpx
import pytest

from weft_adapter.egress import EgressPolicy, EgressRefused
from weft_adapter.transport import (
    AsyncCheckedBackend,
    AsyncCheckedTransport,
    CheckedBackend,
    CheckedTransport,
    resolve,
    resolve_async,
    ssl_context,
)


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        target = self.path.removeprefix("/to?")
        if target != self.path:
            self.send_response(302)
            self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = f"{self.path} {self.headers['Host']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def get(url: str, policy: EgressPolicy, answers: dict[str, list[str]], **options: object) -> httpx.Response:
    async def resolver(host: str, _: int) -> list[str]:
        return answers[host]

    async def scene() -> httpx.Response:
        transport = AsyncCheckedTransport(policy, resolver=resolver, **options)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, trust_env=False, follow_redirects=True) as client:
            return await client.get(url)

    return asyncio.run(scene())


def test_a_permitted_host_is_reached_at_its_checked_address(port: int) -> None:
    policy = EgressPolicy(allow=(f"api.test:{port}",))
    assert get(f"http://api.test:{port}/x", policy, {"api.test": ["127.0.0.1"]}).text == f"/x api.test:{port}"


def test_the_name_is_resolved_once_per_connection(port: int) -> None:
    asked: list[str] = []

    async def scene() -> None:
        async def resolver(host: str, _: int) -> list[str]:
            asked.append(host)
            return ["127.0.0.1"] if len(asked) == 1 else ["169.254.169.254"]

        transport = AsyncCheckedTransport(EgressPolicy(allow=("127.0.0.1",)), resolver=resolver)
        async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
            assert (await client.get(f"http://api.test:{port}/x")).status_code == 200

    asyncio.run(scene())
    assert asked == ["api.test"]


def test_a_redirect_is_checked_again(port: int) -> None:
    policy = EgressPolicy(allow=(f"api.test:{port}",))
    answers = {"api.test": ["127.0.0.1"], "meta.test": ["169.254.169.254"], "lab.test": ["10.0.0.1"]}
    for target in ("meta.test", "lab.test"):
        with pytest.raises(EgressRefused):
            get(f"http://api.test:{port}/to?http://{target}/", policy, answers)


def test_the_blocking_transport_checks_too(port: int) -> None:
    with httpx.Client(transport=CheckedTransport(EgressPolicy(allow=("127.0.0.1",))), trust_env=False) as client:
        assert client.get(f"http://127.0.0.1:{port}/y").status_code == 200
    with (
        httpx.Client(transport=CheckedTransport(EgressPolicy()), trust_env=False) as client,
        pytest.raises(EgressRefused),
    ):
        client.get(f"http://127.0.0.1:{port}/y")


def test_a_proxy_is_used_and_the_target_still_checked(port: int) -> None:
    policy = EgressPolicy(allow=(f"127.0.0.1:{port}",))
    answers = {"127.0.0.1": ["127.0.0.1"], "web.test": ["1.1.1.1"], "meta.test": ["169.254.169.254"]}
    proxied = get("http://web.test/z", policy, answers, proxy=f"http://127.0.0.1:{port}")
    assert proxied.text == "http://web.test/z web.test"
    with pytest.raises(EgressRefused):
        get("http://meta.test/", policy, answers, proxy=f"http://127.0.0.1:{port}")


def test_a_proxy_itself_must_be_permitted(port: int) -> None:
    answers = {"127.0.0.1": ["127.0.0.1"], "web.test": ["1.1.1.1"]}
    with pytest.raises(EgressRefused):
        get("http://web.test/", EgressPolicy(), answers, proxy=f"http://127.0.0.1:{port}")


def test_names_that_do_not_resolve_are_connect_errors() -> None:
    # A label above 63 characters is refused by the encoding already: nothing is asked of a name server.
    with pytest.raises(httpcore.ConnectError, match="cannot resolve"):
        resolve("x" * 64, 80)
    with pytest.raises(httpcore.ConnectError, match="cannot resolve"):
        asyncio.run(resolve_async("x" * 64, 80))
    assert resolve("127.0.0.1", 80) == asyncio.run(resolve_async("127.0.0.1", 80)) == ["127.0.0.1"]


def test_names_are_resolved_in_their_time() -> None:
    async def never(host: str, port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    with pytest.raises(httpcore.ConnectTimeout):
        asyncio.run(AsyncCheckedBackend(EgressPolicy(), never).connect_tcp("a.test", 80, timeout=0.01))


def test_unix_sockets_are_not_used() -> None:
    with pytest.raises(httpcore.ConnectError):
        CheckedBackend(EgressPolicy()).connect_unix_socket("/tmp/x")
    with pytest.raises(httpcore.ConnectError):
        asyncio.run(AsyncCheckedBackend(EgressPolicy()).connect_unix_socket("/tmp/x"))


def test_certificates_are_verified_unless_insecure() -> None:
    assert ssl_context(False).check_hostname
    assert not ssl_context(True).check_hostname
    assert ssl_context(True) is ssl_context(True)
