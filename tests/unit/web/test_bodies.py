from __future__ import annotations

import asyncio

import pytest

from weft.domain.errors import Invalid, Malformed, TooLarge
from weft.web.bodies import Body, ClientGone

pytestmark = pytest.mark.anyio


def body(*pieces: bytes, declared: str | None = None, end: bool = True, idle_s: float = 5.0) -> Body:
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if end:
        messages[-1]["more_body"] = False

    async def receive():
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return Body(receive, declared, idle_s)


async def test_whole_joins_the_pieces():
    assert await body(b"a", b"", b"bc").whole(3) == b"abc"


async def test_pieces_leaves_out_empty_ones():
    assert [piece async for piece in body(b"a", b"", b"bc").pieces(3)] == [b"a", b"bc"]


@pytest.mark.parametrize("pieces", [(b"abcd",), (b"ab", b"cd"), (b"a", b"b", b"c", b"d")])
async def test_above_the_limit_is_too_large(pieces):
    with pytest.raises(TooLarge):
        await body(*pieces).whole(3)
    with pytest.raises(TooLarge):
        [piece async for piece in body(*pieces).pieces(3)]


async def test_a_declared_length_above_the_limit_is_refused_unread():
    with pytest.raises(TooLarge):
        await body(b"a", declared="4").whole(3)


@pytest.mark.parametrize("declared", ["x", "-1", "1.0", ""])
async def test_a_length_that_is_no_number_is_malformed(declared):
    with pytest.raises(Malformed):
        await body(b"a", declared=declared).whole(3)


async def test_hanging_up_is_told():
    with pytest.raises(ClientGone):
        await body(b"a", end=False).whole(10)


async def test_a_pause_that_is_too_long_is_refused():
    async def receive():
        await asyncio.Event().wait()

    with pytest.raises(Invalid, match="paused"):
        await Body(receive, None, 0.01).whole(10)


async def test_a_body_is_read_once():
    once = body(b"a")
    await once.whole(5)
    with pytest.raises(RuntimeError):
        await once.whole(5)
