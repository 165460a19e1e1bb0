"""The worker process over its socket."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from weft_adapter.messages import (
    Ack,
    Credit,
    Drain,
    FrameBuffer,
    Hello,
    Results,
    Setup,
    Task,
    Tasks,
    decode_from_worker,
    frame,
)
from weft_adapter.worker.process import EXIT_DRAINED, EXIT_REFUSED

SDK = Path(__file__).resolve().parents[2] / "src"
SOURCE = """
from weft_adapter import activity

@activity
async def get(input: dict) -> dict:
    return input
"""


class Peer:
    """A blocking server end with the child at the other."""

    def __init__(self, place: Path) -> None:
        self.sock, other = socket.socketpair()
        self.sock.settimeout(30)
        self.child = subprocess.Popen(
            [sys.executable, "-m", "weft_adapter.worker", "--fd", str(other.fileno())],
            env={"PYTHONPATH": f"{place}{os.pathsep}{SDK}"},
            pass_fds=[other.fileno()],
            start_new_session=True,
        )
        other.close()
        self.buffer = FrameBuffer()
        self.waiting: list[Any] = []

    def send(self, message: Any) -> None:
        self.sock.sendall(frame(message))

    def next(self, kind: type) -> Any:
        while True:
            while self.waiting:
                message = self.waiting.pop(0)
                if isinstance(message, kind):
                    return message
            data = self.sock.recv(65_536)
            assert data, "the worker closed the connection"
            self.waiting += [decode_from_worker(body) for body in self.buffer.feed(data)]


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    package = tmp_path / "served"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "one.py").write_text(SOURCE)
    made = Peer(tmp_path)
    yield made
    made.sock.close()
    made.child.kill()
    made.child.wait()


def test_hello_work_and_drain(peer: Peer) -> None:
    peer.send(Setup("a.b.v1.0.0", "served"))
    hello = peer.next(Hello)
    assert (hello.adapter_id, hello.pid, hello.error) == ("a.b.v1.0.0", peer.child.pid, "")
    assert [item.id for item in hello.activities] == ["a.b.v1.0.0.one.Get"]
    assert peer.next(Credit).count > 0
    peer.send(Tasks([Task("j", "r", "f", 1, "a1", "a.b.v1.0.0.one.Get", {"x": 1})]))
    assert peer.next(Results).items[0].output == {"x": 1}
    peer.send(Drain())
    peer.send(Ack(["a1"]))
    assert peer.child.wait(30) == EXIT_DRAINED


def test_an_adapter_that_cannot_be_loaded_is_told_and_ends_the_process(peer: Peer) -> None:
    peer.send(Setup("a.b.v1.0.0", "not_there"))
    assert "cannot be imported" in peer.next(Hello).error
    assert peer.child.wait(30) == EXIT_REFUSED


def test_another_protocol_is_refused(peer: Peer) -> None:
    peer.send(Setup("a.b.v1.0.0", "served", protocol=99))
    assert "protocol" in peer.next(Hello).error
    assert peer.child.wait(30) == EXIT_REFUSED


def test_the_end_of_the_connection_ends_the_process(peer: Peer) -> None:
    peer.send(Setup("a.b.v1.0.0", "served"))
    peer.next(Hello)
    peer.sock.close()
    assert peer.child.wait(30) != 0


def test_a_wrong_first_frame_ends_the_process(peer: Peer) -> None:
    peer.send(Drain())
    assert peer.child.wait(30) != 0
