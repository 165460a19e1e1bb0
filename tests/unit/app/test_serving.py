from __future__ import annotations

import asyncio
import contextlib
import socket

import httpx
import pytest
import uvicorn

from weft.app import serving
from weft.app.serving import BoundedProtocol, bind
from weft.app.starting import StartError

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def hello(scope, receive, send):
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"hi"})


@pytest.fixture
async def port():
    config = uvicorn.Config(hello, http=BoundedProtocol, ws="none", lifespan="off", log_config=None, access_log=False)
    server = serving._Server(config)
    listener = bind("127.0.0.1", 0, 10)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        await asyncio.sleep(0)
    yield listener.getsockname()[1]
    server.should_exit = True
    await task
    listener.close()


async def raw(port: int, data: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := await asyncio.wait_for(reader.read(65536), 10):
            answer += piece
    writer.close()
    return answer


async def test_requests_are_answered_on_one_connection(port):
    async with httpx.AsyncClient() as client:
        for _ in range(3):
            assert (await client.get(f"http://127.0.0.1:{port}/")).text == "hi"


async def test_a_head_that_is_too_large_is_431(port):
    head = b"GET / HTTP/1.1\r\nConnection: close\r\nX: " + b"x" * 70_000 + b"\r\n\r\n"
    assert (await raw(port, head)).startswith(b"HTTP/1.1 431")
    assert (await raw(port, head.replace(b"x" * 10_000, b""))).startswith(b"HTTP/1.1")


async def test_many_small_headers_count_together(port):
    headers = b"".join(b"x-%d: %s\r\n" % (number, b"y" * 60) for number in range(1500))
    assert (await raw(port, b"GET / HTTP/1.1\r\n" + headers + b"\r\n")).startswith(b"HTTP/1.1 431")


async def test_a_head_without_end_is_cut_off(port):
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nX: ")
    sent = 0
    with contextlib.suppress(ConnectionError):
        while sent < 64 << 20:
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536
    assert sent < 16 << 20
    writer.close()


async def test_a_large_body_is_no_large_head(port):
    body = b"x" * 200_000
    request = b"POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    assert (await raw(port, request + body)).startswith(b"HTTP/1.1 200")


async def test_a_head_that_takes_too_long_is_cut(port, monkeypatch):
    monkeypatch.setattr(BoundedProtocol, "head_timeout_s", 0.05)
    assert await raw(port, b"GET / HT") == b""


async def test_a_taken_port_is_told():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(StartError, match="is taken"):
            bind("127.0.0.1", taken.getsockname()[1], 10)


async def test_a_host_that_is_none_is_told():
    with pytest.raises(StartError, match="cannot listen"):
        bind("192.0.2.77", 0, 10)


async def test_limits_are_settings():
    protocol = serving.bounded_protocol(100, 2.5)
    assert (protocol.max_head, protocol.head_timeout_s) == (100, 2.5)
    assert BoundedProtocol.max_head == 64 * 1024
