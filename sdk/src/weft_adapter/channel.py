"""One end of the worker protocol on a connected socket: frames in, frames out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from weft_adapter.messages import FrameBuffer, ProtocolError


class Channel(asyncio.Protocol):
    """`on_frame(body)` is called in the loop for each frame, `on_close(cause)` once when the connection ends.

    `cause` is None for an end of file. An exception of `on_frame` closes the channel with it as the cause.
    """

    def __init__(self, on_frame: Callable[[bytes], None], on_close: Callable[[Exception | None], None]) -> None:
        self._on_frame = on_frame
        self._on_close = on_close
        self._buffer = FrameBuffer()
        self._transport: asyncio.Transport | None = None
        self._writable = asyncio.Event()
        self._writable.set()
        self._closed = False

    @classmethod
    async def open(
        cls, sock: socket.socket, on_frame: Callable[[bytes], None], on_close: Callable[[Exception | None], None]
    ) -> Channel:
        """Take over a connected stream socket."""
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_unix_connection(lambda: cls(on_frame, on_close), sock=sock)
        return protocol

    @property
    def closed(self) -> bool:
        return self._closed

    def send(self, data: bytes) -> None:
        """Queue one or more whole frames. What is sent after the end is dropped: `on_close` has told of it."""
        if self._transport is not None and not self._closed:
            self._transport.write(data)

    async def writable(self) -> None:
        """Wait until the other side has read enough that more may be queued."""
        await self._writable.wait()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=8 * 1024 * 1024)

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._buffer.feed(data):
                self._on_frame(body)
        except ProtocolError as error:
            self._finish(error)
            self.close()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(exc)

    def _finish(self, cause: Exception | None) -> None:
        if not self._closed:
            self._closed = True
            self._writable.set()
            self._on_close(cause)
