"""The bytes of what the engine stores: log rows, open items, inbox and outbox rows. All msgpack.

Whole numbers beyond 64 bits, which msgpack does not know, are kept as extension 1 with their decimal text. Sealed
values are tagged objects that a user's data cannot forge: a user's key that begins with `$$` is escaped. Bytes without
these characters hold neither, and are written and read by the fast way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, cast

import msgspec

from weft.domain.jobs import Job
from weft.dsl.expr.sealed import Sealed, decode_value, encode_value, marked
from weft.dsl.machine.commands import AnyCommand, EmitEvent, Filter, Record, ScheduleActivity, StartChild
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.inputs import AnyInput
from weft.ports.engine import LogEntry, ResolvedActivity

T = TypeVar("T")
_BIG = 1
_encoder = msgspec.msgpack.Encoder()


class ActivityItem(msgspec.Struct, array_like=True):
    """An attempt that is not answered yet."""

    run: str
    command: ScheduleActivity
    resolved: ResolvedActivity
    scheduled_at: int
    last_fault: Fault | None = None


class RetryItem(msgspec.Struct, array_like=True):
    """What the attempt after a retry's delay has to know of the ones before. `first` is the ref of the first one."""

    first: str
    resolved: ResolvedActivity
    fault: Fault


class TimerItem(msgspec.Struct, array_like=True):
    purpose: str
    retry: RetryItem | None = None


class ChildItem(msgspec.Struct, array_like=True):
    """A sub-flow; `key` 0 while it is not started."""

    command: StartChild
    job: str = ""
    run: str = ""
    key: int = 0


class ManualItem(msgspec.Struct, array_like=True):
    """A task for a person; `id` is that of its record."""

    id: str


class OutboxItem(msgspec.Struct, array_like=True):
    """An event that has to leave, with what its publisher needs to know of the job."""

    job: Job
    command: EmitEvent


def _hook(code: int, data: memoryview) -> Any:
    if code == _BIG:
        return int(bytes(data))
    raise ValueError(f"unknown extension {code} in a stored value")


def _plain(value: Any) -> Any:
    """Taken apart so that only data is escaped, and numbers that are too big are replaced."""
    if isinstance(value, msgspec.Struct):
        if isinstance(value, Sealed):
            return encode_value(value)
        config = value.__struct_config__
        fields = [getattr(value, name) for name in value.__struct_fields__]
        if config.array_like:
            return [_plain(field) for field in fields]
        tagged: dict[str, Any] = {config.tag_field: config.tag} if config.tag_field and config.tag is not None else {}
        names = zip(value.__struct_fields__, fields, strict=True)
        return tagged | {name: _plain(field) for name, field in names if field is not msgspec.UNSET}
    if isinstance(value, dict):
        return {_escaped(key): _plain(member) for key, member in cast("dict[Any, Any]", value).items()}
    if isinstance(value, list | tuple):
        return [_plain(element) for element in cast("Sequence[Any]", value)]
    if isinstance(value, int) and not -(1 << 63) <= value < 1 << 64:
        return msgspec.msgpack.Ext(_BIG, str(value).encode())
    return value


def _escaped(key: Any) -> Any:
    return "$" + key if isinstance(key, str) and key.startswith("$$") else key


def encode(value: Any) -> bytes:
    """Any value of this module's types."""
    try:
        body = _encoder.encode(value)
    except OverflowError:
        return _encoder.encode(_plain(value))
    return _encoder.encode(_plain(value)) if marked(body) else body


_plain_decoder = msgspec.msgpack.Decoder(ext_hook=_hook)


class Typed(Generic[T]):
    """Reads what `encode` wrote, as one type."""

    __slots__ = ("_decoder", "_type")

    def __init__(self, type_: Any) -> None:
        self._type = type_
        self._decoder: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(type_, ext_hook=_hook)

    def decode(self, body: bytes) -> T:
        """Raises msgspec.DecodeError for bytes that `encode` did not write."""
        if not marked(body):
            return self._decoder.decode(body)
        return cast("T", msgspec.convert(decode_value(_plain_decoder.decode(body)), self._type))


_LogBody = tuple[AnyInput, list[Record], list[AnyCommand], dict[str, ResolvedActivity]]
_log: Typed[_LogBody] = Typed(_LogBody)
_logged_input: msgspec.msgpack.Decoder[Any] = msgspec.msgpack.Decoder(
    tuple[AnyInput, msgspec.Raw, msgspec.Raw, msgspec.Raw], ext_hook=_hook
)
_input: Typed[AnyInput] = Typed(AnyInput)
activity_item: Typed[ActivityItem] = Typed(ActivityItem)
timer_item: Typed[TimerItem] = Typed(TimerItem)
child_item: Typed[ChildItem] = Typed(ChildItem)
manual_item: Typed[ManualItem] = Typed(ManualItem)
outbox_item: Typed[OutboxItem] = Typed(OutboxItem)
filter_of: Typed[tuple[Filter, bool]] = Typed(tuple[Filter, bool])


def log_entry(seq: int, at: int, body: bytes) -> LogEntry:
    """A row of the log, whole."""
    inp, records, commands, resolved = _log.decode(body)
    return LogEntry(seq=seq, at=at, input=inp, records=records, commands=commands, resolved=resolved)


def input_of_row(body: bytes) -> AnyInput:
    """Only the input of a log row, for folding."""
    if marked(body):
        return _log.decode(body)[0]
    return cast("AnyInput", _logged_input.decode(body)[0])


def decode_input(body: bytes) -> AnyInput:
    """The input of an inbox row."""
    return _input.decode(body)
