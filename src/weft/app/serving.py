"""The HTTP server in this process: sockets, protocol bounds, signals, and the order of start and stop."""

from __future__ import annotations

import asyncio
import errno
import signal
import socket
from collections.abc import Callable, Generator
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from weft.app.bootstrap import Parts, build
from weft.app.garbage import calm_collector
from weft.app.settings import Settings
from weft.app.starting import StartError

_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose request heads are bounded in size and time.

    Of a head that comes in several reads, the reads after the first are counted as they come, so that no more than
    the limit and one read lie in memory; the whole is measured when it is complete.
    """

    max_head = 64 * 1024
    """Bytes of a request's line and headers."""
    head_timeout_s = 30.0
    """How long a connection may take to send a request's head."""
    _heads = 0
    _head_bytes = 0
    _refused = False
    _head_done = False
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(self.head_timeout_s, self._head_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        begun = self._heads
        super().data_received(data)
        if self._head_done or self.transport.is_closing():
            return
        if self._heads == begun:
            self._head_bytes += len(data)
            if self._head_bytes > self.max_head:
                self._refuse_head()

    def on_message_begin(self) -> None:
        self._heads += 1
        self._head_done = False
        self._head_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._head_done = True
        self._stop_timer()
        size = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        if size > self.max_head:
            self._refuse_head()
        else:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if not self._refused:
            super().on_message_complete()

    def _refuse_head(self) -> None:
        self._refused = True
        self.transport.write(_TOO_LARGE)
        self.transport.close()

    def _head_late(self) -> None:
        if not self._head_done and not self.transport.is_closing():
            self.transport.close()

    def _stop_timer(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class _Server(uvicorn.Server):
    """uvicorn, with signals left to whoever runs it."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def bind(host: str, port: int, backlog: int) -> socket.socket:
    """A bound socket. Raises StartError with the reason, such as the address being in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(backlog)
        listener.setblocking(False)
    except (OSError, OverflowError) as cause:
        listener.close()
        if getattr(cause, "errno", None) == errno.EADDRINUSE:
            reason = f"port {port} on {host} is taken by another program; choose another one with --port"
        elif getattr(cause, "errno", None) == errno.EACCES:
            reason = f"port {port} on {host} needs more rights; choose one above 1023 with --port"
        else:
            reason = f"cannot listen on {host} port {port}: {cause}"
        raise StartError(reason) from None
    return listener


def bounded_protocol(max_head: int, head_timeout_s: float) -> type[BoundedProtocol]:
    """The protocol with limits of its own; the server makes one object per connection."""
    return type("Protocol", (BoundedProtocol,), {"max_head": max_head, "head_timeout_s": head_timeout_s})


def _config(settings: Settings, parts: Parts) -> uvicorn.Config:
    return uvicorn.Config(
        parts.web,
        http=bounded_protocol(settings.http_max_head, settings.http_head_timeout),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=max(1, int(settings.http_keep_alive)),
        timeout_graceful_shutdown=max(1, int(settings.http_shutdown)),
    )


async def serve(settings: Settings, announce: Callable[[str], None]) -> None:
    """Run the server until SIGTERM or SIGINT. `announce` gets the lines that the operator should see.

    Start: socket, then all parts, then requests. Stop: no new requests, open ones are finished within the time set,
    then the parts in the opposite order. A second signal does not wait for open requests. Raises StartError.
    """
    listener = bind(settings.host, settings.port, settings.http_backlog)
    try:
        async with AsyncExitStack() as stack:
            parts = await build(settings, stack)
            calm_collector()
            server = _Server(_config(settings, parts))
            _on_signals(server, parts.running.jobs.stopping)
            host, port = listener.getsockname()[:2]
            where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
            for notice in parts.notices:
                announce(notice)
            announce(f"Weft listens on http://{where}")
            await server.serve(sockets=[listener])
            parts.log.info("stopping")
    finally:
        listener.close()


def _on_signals(server: uvicorn.Server, stopping: asyncio.Event) -> None:
    loop = asyncio.get_running_loop()

    def stop() -> None:
        if server.should_exit:
            server.force_exit = True
        server.should_exit = True
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
