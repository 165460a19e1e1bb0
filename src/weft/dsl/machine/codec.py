"""How a state is written down and read back: msgpack, with a version, and nothing a user's data could forge.

Sealed values and integers beyond 64 bits are tagged objects, and user keys that begin with `$$` are escaped. All hold
the characters `$$`, so bytes without them need nothing of it and are written and read by the fast way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from weft.dsl.expr import Sealed, decode_value, encode_value
from weft.dsl.expr.sealed import marked
from weft.dsl.machine.state import STATE_VERSION, RunState, Token, clone

SEALED_KEY = "$$sealed"
INTEGER_KEY = "$$int"
_WORD = 63
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(RunState)
_plain = msgspec.msgpack.Decoder()

# From each older version to the next one, on plain values; kept for ever.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


class StateUnreadable(ValueError):
    """The bytes are no state that this machine can read: damaged, or of a newer version."""


def encode_state(state: RunState) -> bytes:
    """The state as bytes; equal states give equal bytes."""
    state = _folded(state)
    try:
        fast = _encoder.encode(state)
    except OverflowError:  # an integer beyond 64 bits
        return _encoder.encode(_escaped(state))
    return _encoder.encode(_escaped(state)) if marked(fast) else fast


def decode_state(data: bytes) -> RunState:
    """The state that `encode_state` wrote. Raises StateUnreadable."""
    try:
        version = 1 if not data else _version(data)
        if version == STATE_VERSION and not marked(data):
            return _unfolded(_decoder.decode(data))
        plain = _plain.decode(data)
        return _restored(plain, version)
    except (msgspec.MsgspecError, ValueError, TypeError, KeyError, RecursionError) as problem:
        raise StateUnreadable(f"unreadable state: {type(problem).__name__}") from problem


def _folded(state: RunState) -> RunState:
    """The state with data that stand in it twice left out once."""
    folded = clone(state)
    if folded.context is not None and _alike(folded.context, folded.input):
        folded.same |= 2
        folded.context = None
    if folded.input is not None and _alike(folded.input, folded.origin.input):
        folded.same |= 1
        folded.input = None
    folded.tokens = _fold_tokens(state.tokens)
    folded.frozen = _fold_tokens(state.frozen)
    return folded


def _alike(one: Any, other: Any) -> bool:
    # Decided by value, so that equal states give equal bytes whatever objects they share; 1, 1.0 and true differ.
    if one is other:
        return True
    if type(one) is not type(other) or (isinstance(one, (dict, list)) and len(one) != len(other)):
        return False
    try:
        return _encoder.encode(one) == _encoder.encode(other)
    except OverflowError:
        return repr(one) == repr(other)


def _fold_tokens(tokens: dict[int, Token]) -> dict[int, Token]:
    found: dict[int, Token] = {}
    for number, token in tokens.items():
        if token.raw is not None and _alike(token.data, token.raw):
            token = clone(token)
            token.data = None
            token.same = True
        found[number] = token
    return found


def _unfolded(state: RunState) -> RunState:
    if state.same & 1:
        state.input = state.origin.input
    if state.same & 2:
        state.context = state.input
    state.same = 0
    for tokens in (state.tokens, state.frozen):
        for token in tokens.values():
            if token.same:
                token.data = token.raw
                token.same = False
    return state


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
    return _unfolded(msgspec.convert(_opened(plain), RunState))


def _escaped(value: Any) -> Any:
    # Structs of our own are taken apart first, so that only data is escaped and their tags are not.
    if isinstance(value, Sealed):
        return encode_value(value)
    if isinstance(value, int) and value.bit_length() > _WORD:
        return {INTEGER_KEY: str(value)}
    if value is None or isinstance(value, (str, bytes, int, float)):
        return value
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
        if len(value) == 1 and INTEGER_KEY in value:
            return int(value[INTEGER_KEY])
        return {_opened_key(key): _opened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_opened(item) for item in value]
    return value


def _opened_key(key: Any) -> Any:
    return key[1:] if isinstance(key, str) and key.startswith("$$$") else key
