"""How a state is written down and read back: msgpack, with a version, and nothing a user's data could forge.

Sealed values are tagged objects and user keys that begin with `$$` are escaped. Both hold the characters `$$`, so a
text of bytes without them needs neither and is written and read by the fast way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from weft.dsl.expr import Sealed, decode_value, encode_value
from weft.dsl.machine.state import STATE_VERSION, RunState

_MARK = b"$$"
SEALED_KEY = "$$sealed"
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(RunState)
_plain = msgspec.msgpack.Decoder()

# From each older version to the next one, on plain values; kept for ever.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


class StateUnreadable(ValueError):
    """The bytes are no state that this machine can read: damaged, or of a newer version."""


def encode_state(state: RunState) -> bytes:
    """The state as bytes; equal states give equal bytes."""
    fast = _encoder.encode(state)
    if _MARK not in fast:
        return fast
    return _encoder.encode(_escaped(state))


def decode_state(data: bytes) -> RunState:
    """The state that `encode_state` wrote. Raises StateUnreadable."""
    try:
        version = 1 if not data else _version(data)
        if version == STATE_VERSION and _MARK not in data:
            return _decoder.decode(data)
        plain = _plain.decode(data)
        return _restored(plain, version)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, RecursionError) as problem:
        raise StateUnreadable(f"unreadable state: {type(problem).__name__}") from problem


class _Head(msgspec.Struct):
    v: int = STATE_VERSION


_heads = msgspec.msgpack.Decoder(_Head)


def _version(data: bytes) -> int:
    return _heads.decode(data).v


def _restored(plain: Any, version: int) -> RunState:
    while version < STATE_VERSION:
        plain = MIGRATIONS[version](plain)
        version += 1
    if version > STATE_VERSION:
        raise ValueError(f"state version {version} is newer than {STATE_VERSION}")
    return msgspec.convert(_opened(plain), RunState)


def _escaped(value: Any) -> Any:
    # Structs of our own are taken apart first, so that only data is escaped and their tags are not.
    if isinstance(value, Sealed) or value is None or isinstance(value, (str, bytes, int, float)):
        return encode_value(value) if isinstance(value, Sealed) else value
    if isinstance(value, msgspec.Struct):
        plain = {name: getattr(value, name) for name in value.__struct_fields__}
        config = value.__struct_config__
        tagged = {config.tag_field: config.tag} if config.tag_field and config.tag is not None else {}
        return tagged | {name: _escaped(item) for name, item in plain.items() if item is not msgspec.UNSET}
    if isinstance(value, dict):
        return {_escaped_key(key): _escaped(item) for key, item in value.items()}
    return [_escaped(item) for item in value]


def _escaped_key(key: Any) -> Any:
    return "$" + key if isinstance(key, str) and key.startswith("$$") else key


def _opened(value: Any) -> Any:
    # The inverse of `_escaped`; maps of our own may have numbers as keys, a user's have not.
    if isinstance(value, dict):
        if len(value) == 1 and SEALED_KEY in value:
            return decode_value(value)
        return {_opened_key(key): _opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_opened(item) for item in value]
    return value


def _opened_key(key: Any) -> Any:
    return key[1:] if isinstance(key, str) and key.startswith("$$$") else key
