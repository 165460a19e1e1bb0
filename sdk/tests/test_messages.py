"""Frames of the worker protocol."""

from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from weft_adapter.egress import EgressPolicy
from weft_adapter.messages import (
    BATCH_BYTES,
    MAX_BATCH,
    MAX_ITEM,
    Ack,
    Cancel,
    Credit,
    Drain,
    Fault,
    FrameBuffer,
    Heartbeat,
    Hello,
    Log,
    ProtocolError,
    Result,
    Results,
    Setup,
    Task,
    Tasks,
    decode_from_worker,
    decode_to_worker,
    encode_item,
    frame,
    result_frames,
    task_frames,
)

TASK = Task("j", "r", "f", 1, "a1", "x.y.v1.0.0.m.Get", {"k": [1, None]}, secret={"token": "hunter2"})


def bodies(data: bytes) -> list[bytes]:
    return list(FrameBuffer().feed(data))


@pytest.mark.parametrize(
    "message",
    [Setup("a.b.v1.0.0", "a_b", EgressPolicy(allow=("x:1",), own_ports=(80,)), ["id"]), Tasks([TASK]), Ack(["1"]),
     Cancel(["1"]), Drain()],
)  # fmt: skip
def test_frames_to_the_worker_come_back_the_same(message: Any) -> None:
    (body,) = bodies(frame(message))
    assert decode_to_worker(body) == message


@pytest.mark.parametrize(
    "message",
    [Hello(1, "a.b.v1.0.0", 7), Credit(3), Results([Result("1", {"a": 1}), Result("2", None, Fault("X", "m", False))]),
     Heartbeat(["1"]), Log("info", "m", fields={"a": "b"})],
)  # fmt: skip
def test_frames_from_the_worker_come_back_the_same(message: Any) -> None:
    (body,) = bodies(frame(message))
    assert decode_from_worker(body) == message


def test_a_task_is_safe_to_print() -> None:
    assert "hunter2" not in repr(TASK)
    assert "a1" in repr(TASK)


@given(st.lists(st.binary(max_size=50), max_size=5), st.integers(1, 7))
def test_frames_are_found_however_the_bytes_are_cut(contents: list[bytes], step: int) -> None:
    stream = b"".join(len(content).to_bytes(4, "big") + content for content in contents)
    buffer = FrameBuffer()
    found: list[bytes] = []
    for start in range(0, len(stream), step):
        found += buffer.feed(stream[start : start + step])
    assert found == contents


def test_an_oversized_length_is_refused_before_its_bytes_come() -> None:
    with pytest.raises(ProtocolError, match="limit"):
        FrameBuffer(100).feed((101).to_bytes(4, "big"))


@given(st.binary(max_size=200))
@example(b"\x92\xa5hello\xa1\xff")
@example(b"\x91\xa1\xff")
def test_garbage_is_a_protocol_error(data: bytes) -> None:
    for decode in (decode_to_worker, decode_from_worker):
        try:
            read = decode(data)
        except ProtocolError:
            continue
        assert isinstance(read, msgspec.Struct)


def test_a_text_that_is_no_utf_8_is_a_protocol_error() -> None:
    with pytest.raises(ProtocolError):
        decode_from_worker(msgspec.msgpack.encode(["results", [["1", None, ["X", "m"], 5]]]).replace(b"X", b"\xff"))


def test_deep_nesting_is_a_protocol_error() -> None:
    hostile = msgspec.msgpack.encode("results")
    with pytest.raises(ProtocolError):
        decode_from_worker(b"\x92" + hostile + b"\x91" * 100_000 + b"\xc0")


def test_batches_are_closed_by_count_and_by_size() -> None:
    many = [encode_item(Result(str(n))) for n in range(MAX_BATCH + 1)]
    assert [len(decode_from_worker(bodies(data)[0]).items) for data in result_frames(many)] == [MAX_BATCH, 1]  # type: ignore[union-attr]
    big = [encode_item(TASK), encode_item(Task("j", "r", "f", 1, "a2", "x", "y" * BATCH_BYTES))]
    assert len(task_frames(big)) == 2


def test_an_item_is_bounded_and_must_be_encodable() -> None:
    with pytest.raises(ProtocolError):
        encode_item(Result("1", "x" * (MAX_ITEM + 1)))
    with pytest.raises(OverflowError):
        encode_item(Result("1", 2**70))


def test_a_fault_of_before_has_no_wait():
    """Fields are only added at the end, with defaults: an older worker's fault is still read."""
    old = msgspec.msgpack.encode(["results", [["1", None, ["X", "m", True], 5]]])
    read = decode_from_worker(old)
    assert isinstance(read, Results) and read.items[0].fault == Fault("X", "m", True, 0)
