"""The life of a worker process: take the socket, load the adapter, serve until drained or cut off."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
from collections.abc import Sequence

from weft_adapter.activities import AdapterError, collect
from weft_adapter.channel import Channel
from weft_adapter.messages import PROTOCOL_VERSION, Hello, ProtocolError, Setup, decode_to_worker, frame
from weft_adapter.worker.guard import Guard, die_with_parent
from weft_adapter.worker.runtime import Runtime

EXIT_DRAINED, EXIT_REFUSED, EXIT_CUT_OFF = 0, 3, 4


def main(arguments: Sequence[str]) -> int:
    """`--fd N`: serve on the inherited socket. The exit status: 0 drained, 3 adapter not loaded, 4 cut off."""
    parser = argparse.ArgumentParser(prog="weft_adapter.worker")
    parser.add_argument("--fd", type=int, required=True)
    options = parser.parse_args(arguments)
    die_with_parent()  # the end of the connection ends this process; the signal also reaches one stuck in C code
    guard = Guard()
    guard.start()
    with socket.socket(fileno=options.fd) as sock:
        os.set_inheritable(sock.fileno(), False)
        status = asyncio.run(_serve(sock))
    guard.dismiss()
    return status


async def _serve(sock: socket.socket) -> int:
    return await Service().serve(sock)


def end_group() -> None:
    """End this process and everything it started, at once."""
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(EXIT_CUT_OFF)


class Service:
    """Waits for `setup`, loads the adapter, says hello and hands the channel to a Runtime."""

    def __init__(self) -> None:
        self._status: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._channel: Channel | None = None
        self._runtime: Runtime | None = None
        self._closed = asyncio.Event()

    async def serve(self, sock: socket.socket) -> int:
        """Until drained, refused or cut off; the exit status."""
        self._channel = await Channel.open(sock, self._on_frame, self._on_close)
        status = await self._status
        self._channel.close()
        await self._closed.wait()
        return status

    def _finish(self, status: int) -> None:
        if not self._status.done():
            self._status.set_result(status)

    def _on_close(self, cause: Exception | None) -> None:
        self._closed.set()
        if not self._status.done():
            end_group()

    def _on_frame(self, body: bytes) -> None:
        if self._runtime is not None:
            self._runtime.on_frame(body)
            return
        message = decode_to_worker(body)
        if not isinstance(message, Setup):
            raise ProtocolError("the first frame is setup")
        self._load(message)

    def _load(self, setup: Setup) -> None:
        assert self._channel is not None
        hello = Hello(PROTOCOL_VERSION, setup.adapter_id, os.getpid())
        if setup.protocol != PROTOCOL_VERSION:
            hello.error = f"this worker speaks protocol {PROTOCOL_VERSION}, the server {setup.protocol}"
        else:
            try:
                activities = collect(setup.module, setup.adapter_id)
            except AdapterError as error:
                hello.error = str(error)
            else:
                self._runtime = Runtime(self._channel, setup, activities, lambda: self._finish(EXIT_DRAINED))
                hello.activities = [item.info for item in activities.values()]
        self._channel.send(frame(hello))
        if self._runtime is None:
            self._finish(EXIT_REFUSED)
        else:
            self._runtime.start()
