"""The bytes of what the engine stores: log rows, open items, inbox and outbox rows. All msgpack.

Whole numbers beyond 64 bits, which msgpack does not know, are kept as extension 1 with their decimal text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

import msgspec

from weft.domain.jobs import Job
from weft.dsl.machine.commands import AnyCommand, EmitEvent, Filter, Record, ScheduleActivity, StartChild
from weft.dsl.machine.inputs import AnyInput
from weft.ports.engine import LogEntry, ResolvedActivity

_BIG = 1
_encoder = msgspec.msgpack.Encoder()


class ActivityItem(msgspec.Struct, array_like=True):
    """An attempt that is not answered yet."""

    command: ScheduleActivity
    resolved: ResolvedActivity
    scheduled_at: int
    last_fault: Any = None


class TimerItem(msgspec.Struct, array_like=True):
    purpose: str


class ChildItem(msgspec.Struct, array_like=True):
    """A sub-flow; `key` 0 while it is not started."""

    command: StartChild
    job: str = ""
    run: str = ""
    key: int = 0


class OutboxItem(msgspec.Struct, array_like=True):
    """An event that has to leave, with what its publisher needs to know of the job."""

    job: Job
    command: EmitEvent


def _hook(code: int, data: memoryview) -> Any:
    if code == _BIG:
        return int(bytes(data))
    raise ValueError(f"unknown extension {code} in a stored value")


def _split(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _split(member) for key, member in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_split(element) for element in cast("Sequence[Any]", value)]
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        return msgspec.msgpack.Ext(_BIG, str(value).encode())
    return value


def encode(value: Any) -> bytes:
    """Any value of this module's types."""
    try:
        return _encoder.encode(value)
    except OverflowError:
        return _encoder.encode(_split(msgspec.to_builtins(value, builtin_types=(bytes,))))


_LogBody = tuple[AnyInput, list[Record], list[AnyCommand], dict[str, ResolvedActivity]]
_log: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(_LogBody, ext_hook=_hook)
_logged_input: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    tuple[AnyInput, msgspec.Raw, msgspec.Raw, msgspec.Raw], ext_hook=_hook
)
_input: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(AnyInput, ext_hook=_hook)
activity_item: msgspec.msgpack.Decoder[ActivityItem] = msgspec.msgpack.Decoder(ActivityItem, ext_hook=_hook)
timer_item: msgspec.msgpack.Decoder[TimerItem] = msgspec.msgpack.Decoder(TimerItem)
child_item: msgspec.msgpack.Decoder[ChildItem] = msgspec.msgpack.Decoder(ChildItem, ext_hook=_hook)
outbox_item: msgspec.msgpack.Decoder[OutboxItem] = msgspec.msgpack.Decoder(OutboxItem, ext_hook=_hook)
filter_of: msgspec.msgpack.Decoder[tuple[Filter, bool]] = msgspec.msgpack.Decoder(tuple[Filter, bool], ext_hook=_hook)


def log_entry(seq: int, at: int, body: bytes) -> LogEntry:
    """A row of the log, whole."""
    inp, records, commands, resolved = _log.decode(body)
    return LogEntry(seq=seq, at=at, input=inp, records=records, commands=commands, resolved=resolved)


def input_of_row(body: bytes) -> AnyInput:
    """Only the input of a log row, for folding."""
    return cast("AnyInput", _logged_input.decode(body)[0])


def decode_input(body: bytes) -> AnyInput:
    """The input of an inbox row."""
    return cast("AnyInput", _input.decode(body))
