"""Both ends of a channel on a socket pair."""

import asyncio
import socket
from typing import Any

from weft_adapter.channel import HIGH_WATER, Channel
from weft_adapter.messages import Ack, Credit, ProtocolError, decode_from_worker, frame


async def pair() -> tuple[Channel, Channel, asyncio.Queue[bytes], asyncio.Future[Exception | None]]:
    frames: asyncio.Queue[bytes] = asyncio.Queue()
    closed: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    left, right = socket.socketpair()
    one = await Channel.open(left, lambda body: None, lambda cause: None)
    two = await Channel.open(right, frames.put_nowait, closed.set_result)
    return one, two, frames, closed


def test_frames_arrive_whole_and_in_order() -> None:
    async def scene() -> None:
        one, two, frames, closed = await pair()
        one.send(frame(Credit(1)) + frame(Credit(2)))
        assert [decode_from_worker(await frames.get()) for _ in range(2)] == [Credit(1), Credit(2)]
        one.close()
        assert await closed is None
        assert two.closed
        two.send(frame(Ack([])))

    asyncio.run(scene())


def test_an_oversized_frame_closes_the_channel_with_the_cause() -> None:
    async def scene() -> None:
        one, two, _, closed = await pair()
        one.send(b"\xff\xff\xff\xff")
        assert isinstance(await closed, ProtocolError)
        two.close()
        one.close()

    asyncio.run(scene())


def test_a_channel_whose_other_side_does_not_read_is_congested() -> None:
    async def scene() -> None:
        left, right = socket.socketpair()
        channel = await Channel.open(left, lambda body: None, lambda cause: None)
        free = asyncio.Event()
        channel.on_writable = free.set
        assert not channel.congested
        channel.send(bytes(HIGH_WATER * 2))
        assert channel.congested
        right.setblocking(False)
        loop = asyncio.get_running_loop()
        while not free.is_set():
            await asyncio.wait_for(loop.sock_recv(right, 1 << 20), 20)
        assert not channel.congested
        channel.close()
        right.close()

    asyncio.run(scene())
