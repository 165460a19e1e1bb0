"""The worker protocol: what the server and a worker process say to each other.

A frame is four bytes of length (big endian, of what follows) and one msgpack value: an array whose first element
names the frame. Fields are positional; a later version only adds fields with defaults at the end.

setup, tasks, ack, cancel, drain go from the server to the worker; hello, credit, results, log from the worker to the
server; heartbeat from the worker. A worker takes as many tasks as it gave credit for. A result is kept, and repeated,
until it is acknowledged, and it is acknowledged only when it is committed.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from weft_adapter.activities import ActivityInfo
from weft_adapter.egress import EgressPolicy

PROTOCOL_VERSION = 1
MAX_FRAME = 32 * 1024 * 1024
"""Bytes of one frame."""
MAX_ITEM = 16 * 1024 * 1024
"""Bytes of one task or result inside a frame."""
BATCH_BYTES = 4 * 1024 * 1024
"""A batch is closed when its items reach this size."""
MAX_BATCH = 1_000
MAX_MESSAGE = 8 * 1024
"""Characters of a fault's or log line's message."""


class ProtocolError(Exception):
    """The other side sent what is no frame of this protocol."""


class Fault(msgspec.Struct, array_like=True, frozen=True):
    """Why an attempt failed. `retryable` False forbids further attempts; before `retry_after_ms` (from now) none is
    worth while."""

    code: str
    message: str
    retryable: bool = True
    retry_after_ms: int = 0


class Task(msgspec.Struct, array_like=True):
    """One attempt to run an activity, with everything it needs already looked up.

    `ref` ties the answer to the command that asked for it; `attempt` counts from 1; `attempt_id` stays the same when
    the same attempt is handed out again. `resource` and `secret` are the opened values. `deadline_ms` is the end of
    the attempt in milliseconds since 1970 (0: none); `heartbeat_ms` the longest silence allowed (0: no limit).
    """

    job: str
    run: str
    ref: str
    attempt: int
    attempt_id: str
    activity: str
    input: Any = None
    config: dict[str, Any] | None = None
    resource: dict[str, Any] | None = None
    secret: dict[str, Any] | None = None
    deadline_ms: int = 0
    heartbeat_ms: int = 0

    def __repr__(self) -> str:
        """Without values: a task holds a secret and must be safe to print."""
        return f"Task({self.activity}, attempt_id={self.attempt_id!r}, attempt={self.attempt})"


class Result(msgspec.Struct, array_like=True):
    """The outcome of one attempt: `output` (any JSON) or `fault`. `duration_ms` is the time it ran."""

    attempt_id: str
    output: Any = None
    fault: Fault | None = None
    duration_ms: int = 0


class Setup(msgspec.Struct, array_like=True, tag="setup"):
    """First frame of a connection. `allowed` None means every activity of the adapter."""

    adapter_id: str
    module: str
    egress: EgressPolicy = EgressPolicy()
    allowed: list[str] | None = None
    concurrency: int = 128
    threads: int = 16
    heartbeat_ms: int = 2_000
    repeat_ms: int = 5_000
    protocol: int = PROTOCOL_VERSION


class Tasks(msgspec.Struct, array_like=True, tag="tasks"):
    items: list[Task]


class Ack(msgspec.Struct, array_like=True, tag="ack"):
    """Attempt ids whose results are committed."""

    attempt_ids: list[str]


class Cancel(msgspec.Struct, array_like=True, tag="cancel"):
    attempt_ids: list[str]


class Drain(msgspec.Struct, array_like=True, tag="drain"):
    """Take nothing more, finish what runs, have it acknowledged, exit."""


class Hello(msgspec.Struct, array_like=True, tag="hello"):
    """The worker is ready, or says in `error` why its adapter cannot be loaded, and exits."""

    protocol: int
    adapter_id: str
    pid: int
    activities: list[ActivityInfo] = []
    error: str = ""


class Credit(msgspec.Struct, array_like=True, tag="credit"):
    """How many more tasks the worker takes, on top of what it said before."""

    count: int


class Results(msgspec.Struct, array_like=True, tag="results"):
    items: list[Result]


class Heartbeat(msgspec.Struct, array_like=True, tag="heartbeat"):
    """The process is alive, and so are these attempts. One with a heartbeat limit is named only if it said so."""

    attempt_ids: list[str] = []


class Log(msgspec.Struct, array_like=True, tag="log"):
    """A line of an activity's log. `level` is debug, info, warning or error."""

    level: str
    message: str
    attempt_id: str = ""
    activity: str = ""
    fields: dict[str, str] = {}


ToWorker = Setup | Tasks | Ack | Cancel | Drain
FromWorker = Hello | Credit | Results | Heartbeat | Log


class _RawTasks(msgspec.Struct, array_like=True, tag="tasks"):
    items: list[msgspec.Raw]


class _RawResults(msgspec.Struct, array_like=True, tag="results"):
    items: list[msgspec.Raw]


_LENGTH = struct.Struct(">I")
_encoder = msgspec.msgpack.Encoder()
_to_worker: msgspec.msgpack.Decoder[ToWorker] = msgspec.msgpack.Decoder(ToWorker)
_from_worker: msgspec.msgpack.Decoder[FromWorker] = msgspec.msgpack.Decoder(FromWorker)


def frame(message: ToWorker | FromWorker | _RawTasks | _RawResults) -> bytes:
    """The bytes of one frame. Raises ProtocolError above MAX_FRAME, OverflowError for numbers above 64 bits."""
    body = _encoder.encode(message)
    if len(body) > MAX_FRAME:
        raise ProtocolError(f"a frame of {len(body)} bytes; the limit is {MAX_FRAME}")
    return _LENGTH.pack(len(body)) + body


def encode_item(item: Task | Result) -> msgspec.Raw:
    """One task or result, encoded once, for `task_frames` and `result_frames`.

    Raises ProtocolError above MAX_ITEM bytes, and OverflowError, TypeError or RecursionError for what msgpack cannot
    hold.
    """
    body = _encoder.encode(item)
    if len(body) > MAX_ITEM:
        raise ProtocolError(f"{len(body)} bytes; the limit is {MAX_ITEM}")
    return msgspec.Raw(body)


def _batches(items: Sequence[msgspec.Raw]) -> Iterator[list[msgspec.Raw]]:
    batch: list[msgspec.Raw] = []
    size = 0
    for item in items:
        length = len(memoryview(item))
        if batch and (size + length > BATCH_BYTES or len(batch) >= MAX_BATCH):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += length
    if batch:
        yield batch


def task_frames(items: Sequence[msgspec.Raw]) -> list[bytes]:
    """Encoded tasks in as few `tasks` frames as the limits allow."""
    return [frame(_RawTasks(batch)) for batch in _batches(items)]


def result_frames(items: Sequence[msgspec.Raw]) -> list[bytes]:
    """Encoded results in as few `results` frames as the limits allow."""
    return [frame(_RawResults(batch)) for batch in _batches(items)]


_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What decoding raises: a text that is no UTF-8 is told by its own kind of error."""


def decode_to_worker(body: bytes) -> ToWorker:
    """The frame's message. Raises ProtocolError."""
    try:
        return _to_worker.decode(body)
    except _UNREADABLE as error:
        raise ProtocolError(f"unreadable frame from the server: {error}") from None


def decode_from_worker(body: bytes) -> FromWorker:
    """The frame's message. Raises ProtocolError: a worker runs foreign code, so anything may come."""
    try:
        return _from_worker.decode(body)
    except _UNREADABLE as error:
        raise ProtocolError(f"unreadable frame from the worker: {error}") from None


class FrameBuffer:
    """Cuts a stream of bytes into frame bodies, without doing any I/O."""

    __slots__ = ("_buffer", "_limit")

    def __init__(self, limit: int = MAX_FRAME) -> None:
        self._buffer = bytearray()
        self._limit = limit

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The bodies that are complete with `data`. Raises ProtocolError for a length above the limit."""
        buffer = self._buffer
        buffer += data
        position = 0
        bodies: list[bytes] = []
        while len(buffer) - position >= 4:
            (length,) = _LENGTH.unpack_from(buffer, position)
            if length > self._limit:
                raise ProtocolError(f"a frame of {length} bytes; the limit is {self._limit}")
            end = position + 4 + length
            if len(buffer) < end:
                break
            bodies.append(bytes(buffer[position + 4 : end]))
            position = end
        if position:
            del buffer[:position]
        return iter(bodies)
