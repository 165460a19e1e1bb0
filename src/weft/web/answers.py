"""Sending answers: headers, bodies, streams, and HEAD without a body."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from typing import Any

import msgspec

from weft.web.operations import Answer

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
RawHeaders = list[tuple[bytes, bytes]]

JSON_MEDIA = "application/json; charset=utf-8"
_JSON_HEADERS: RawHeaders = [
    (b"content-type", JSON_MEDIA.encode()),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
]
_encoder = msgspec.json.Encoder()


def encode(answer: Answer) -> bytes:
    """The body's bytes: JSON for a JSON media type, else text or bytes as they are."""
    if answer.empty or answer.status in (204, 304):
        return b""
    body = answer.body
    if answer.media == JSON_MEDIA or "json" in answer.media.partition(";")[0]:
        return body if isinstance(body, bytes) else _encoder.encode(body)
    if isinstance(body, bytes):
        return body
    return b"" if body is None else str(body).encode()


def headers_of(answer: Answer, extra: tuple[tuple[bytes, bytes], ...] = ()) -> RawHeaders:
    """Header lines of an answer, without its length."""
    if answer.media == JSON_MEDIA:
        headers = _JSON_HEADERS.copy()
    else:
        headers = [(b"content-type", answer.media.encode("latin-1")), *_JSON_HEADERS[1:]]
    if answer.empty or answer.status in (204, 304):
        del headers[0]
    if answer.headers:
        named = {name.lower().encode("latin-1"): _clean(value) for name, value in answer.headers.items()}
        headers = [pair for pair in headers if pair[0] not in named] + list(named.items())
    headers.extend(extra)
    return headers


def _clean(value: str) -> bytes:
    """A header's value; line breaks can never start another header."""
    return value.replace("\r", " ").replace("\n", " ").encode("utf-8")


async def send_whole(send: Send, answer: Answer, extra: tuple[tuple[bytes, bytes], ...], head: bool) -> int:
    """Send an answer that is complete. Gives the length of its body."""
    body = encode(answer)
    headers = headers_of(answer, extra)
    if answer.status not in (204, 304):
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if head else body})
    return len(body)


async def send_stream(
    receive: Receive, send: Send, answer: Answer, extra: tuple[tuple[bytes, bytes], ...], head: bool
) -> int:
    """Send a stream piece by piece; it is closed as soon as the client is gone. Gives the number of bytes sent."""
    stream = answer.stream
    assert stream is not None
    await send({"type": "http.response.start", "status": answer.status, "headers": headers_of(answer, extra)})
    size = 0
    try:
        if not head:
            size = await _pump(receive, send, stream)
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            await close()
    await send({"type": "http.response.body", "body": b""})
    return size


async def _pump(receive: Receive, send: Send, stream: AsyncIterator[bytes]) -> int:
    size = 0
    gone = asyncio.ensure_future(_disconnected(receive))
    following: asyncio.Future[bytes | None] | None = None
    try:
        while True:
            following = asyncio.ensure_future(_next_piece(stream))
            await asyncio.wait((gone, following), return_when=asyncio.FIRST_COMPLETED)
            if not following.done():
                return size
            piece = following.result()
            if piece is None or gone.done():
                return size
            size += len(piece)
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()
        await _ended(following)


async def _ended(following: asyncio.Future[bytes | None] | None) -> None:
    """Let go of a piece that nobody waits for any more: while it is being made, the stream cannot be closed."""
    if following is not None and not following.done():
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


async def _next_piece(stream: AsyncIterator[bytes]) -> bytes | None:
    return await anext(stream, None)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
