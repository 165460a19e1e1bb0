"""Connections are used again, never by two requests at once, and not kept for ever."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from weft_adapter import lanes
from weft_adapter.egress import EgressPolicy
from weft_adapter.transport import AsyncCheckedTransport


class Server:
    """Counts connections. A path `/slow` is answered when `gate` is set, `/cut` never."""

    def __init__(self) -> None:
        self.connections = 0
        self.busy = 0
        self.gate = asyncio.Event()

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b" /slow " in head:
                    self.busy += 1
                    await self.gate.wait()
                if b" /cut " in head:
                    return
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            return
        finally:
            writer.close()

    async def close(self) -> None:
        self._server.close()


def played(test: Any) -> None:
    async def whole() -> None:
        server = Server()
        await server.open()
        transport = AsyncCheckedTransport(EgressPolicy(allow=("127.0.0.1",)))
        pool: Any = transport._pool
        async with httpx.AsyncClient(transport=transport, base_url=server.url, trust_env=False) as client:
            await asyncio.wait_for(test(server, client, pool), 20)
        await server.close()

    asyncio.run(whole())


def test_one_connection_for_requests_one_after_the_other() -> None:
    async def test(server: Server, client: httpx.AsyncClient, pool: Any) -> None:
        for _ in range(5):
            assert (await client.get("/")).text == "ok"
        assert server.connections == 1 and pool.idle == 1

    played(test)


def test_as_many_connections_as_requests_at_once() -> None:
    async def test(server: Server, client: httpx.AsyncClient, pool: Any) -> None:
        asked = [asyncio.ensure_future(client.get("/slow")) for _ in range(20)]
        while server.busy < 20:
            await asyncio.sleep(0)
        server.gate.set()
        await asyncio.gather(*asked)
        assert server.connections == 20 and pool.idle == 20
        await asyncio.gather(*(client.get("/") for _ in range(20)))
        assert server.connections == 20

    played(test)


def test_too_many_and_too_old_ones_are_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(server: Server, client: httpx.AsyncClient, pool: Any) -> None:
        monkeypatch.setattr(lanes, "MAX_IDLE", 3)
        server.gate.set()
        await asyncio.gather(*(client.get("/slow") for _ in range(8)))
        assert pool.idle <= 3
        monkeypatch.setattr(lanes, "KEEPALIVE_SECONDS", -1.0)
        await client.get("/")
        assert pool.idle == 0

    played(test)


def test_a_broken_or_cancelled_request_leaves_nothing_behind() -> None:
    async def test(server: Server, client: httpx.AsyncClient, pool: Any) -> None:
        with pytest.raises(httpx.TransportError):
            await client.get("/cut")
        asked = asyncio.ensure_future(client.get("/slow"))
        while not server.busy:
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
        assert pool.idle == 0
        assert (await client.get("/")).text == "ok"

    played(test)


def test_after_the_end_nothing_is_kept() -> None:
    async def test(server: Server, client: httpx.AsyncClient, pool: Any) -> None:
        async with client.stream("GET", "/") as reply:
            await pool.aclose()
            assert await reply.aread() == b"ok"
        assert pool.idle == 0

    played(test)
