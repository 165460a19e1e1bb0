"""Reading request bodies piece by piece, bounded in size and in how long they may pause."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

from weft.domain.errors import Invalid, Malformed, TooLarge

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGone(Exception):
    """The client closed the connection before its request was complete: nobody is there to answer."""


class Body:
    """The body of one request. It can be read once, whole or in pieces."""

    __slots__ = ("_declared", "_idle_s", "_receive", "started")

    def __init__(self, receive: Receive, declared: str | None, idle_s: float) -> None:
        self._receive = receive
        self._idle_s = idle_s
        self._declared = declared
        self.started = False

    async def whole(self, limit: int) -> bytes:
        """All bytes. Raises TooLarge above `limit`, as soon as that is known."""
        self._check_declared(limit)
        first = await self._next()
        data: bytes = first.get("body", b"")
        if not first.get("more_body", False):
            if len(data) > limit:
                raise _too_large(limit)
            return data
        pieces = [data]
        size = len(data)
        more = True
        while more:
            if size > limit:
                raise _too_large(limit)
            message = await self._next()
            piece: bytes = message.get("body", b"")
            size += len(piece)
            pieces.append(piece)
            more = message.get("more_body", False)
        if size > limit:
            raise _too_large(limit)
        return b"".join(pieces)

    async def pieces(self, limit: int) -> AsyncIterator[bytes]:
        """The bytes as they come. Raises TooLarge above `limit`."""
        self._check_declared(limit)
        size = 0
        more = True
        while more:
            message = await self._next()
            piece: bytes = message.get("body", b"")
            size += len(piece)
            if size > limit:
                raise _too_large(limit)
            if piece:
                yield piece
            more = message.get("more_body", False)

    def _check_declared(self, limit: int) -> None:
        if self.started:
            raise RuntimeError("the body of a request can be read once")
        self.started = True
        declared = self._declared
        if declared is not None:
            if not declared.isascii() or not declared.isdigit():
                raise Malformed("Content-Length is not a number")
            if int(declared[:20]) > limit:
                raise _too_large(limit)

    async def _next(self) -> MutableMapping[str, Any]:
        try:
            async with asyncio.timeout(self._idle_s):
                message = await self._receive()
        except TimeoutError:
            raise Invalid(f"the body paused for more than {self._idle_s:g} s") from None
        if message["type"] == "http.disconnect":
            raise ClientGone
        return message


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"the body is larger than {limit} bytes")
