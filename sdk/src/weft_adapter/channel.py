"""One end of the worker protocol on a connected socket: frames in, frames out."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

from weft_adapter.messages import FrameBuffer, ProtocolError

HIGH_WATER = 8 * 1024 * 1024
"""Bytes waiting to be read by the other side, above which a channel is congested."""


class Channel(asyncio.Protocol):
    """`on_frame(body)` is called in the loop for each frame, `on_close(cause)` once when the connection ends.

    `cause` is None for an end of file. A ProtocolError of `on_frame` closes the channel with it as the cause.
    `on_writable`, if set, is called when the channel stops being congested.
    """

    on_writable: Callable[[], None] | None = None

    def __init__(self, on_frame: Callable[[bytes], None], on_close: Callable[[Exception | None], None]) -> None:
        self._on_frame = on_frame
        self._on_close = on_close
        self._buffer = FrameBuffer()
        self._transport: asyncio.Transport | None = None
        self._congested = False
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

    @property
    def congested(self) -> bool:
        """True while the other side has to read before more should be queued."""
        return self._congested

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(high=HIGH_WATER)

    def data_received(self, data: bytes) -> None:
        try:
            for body in self._buffer.feed(data):
                self._on_frame(body)
        except ProtocolError as error:
            self._finish(error)
            self.close()

    def pause_writing(self) -> None:
        self._congested = True

    def resume_writing(self) -> None:
        self._congested = False
        if self.on_writable is not None:
            self.on_writable()

    def connection_lost(self, exc: Exception | None) -> None:
        self._finish(exc)

    def _finish(self, cause: Exception | None) -> None:
        if not self._closed:
            self._closed = True
            self._on_close(cause)
