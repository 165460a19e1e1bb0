"""Sealed values: what an expression sees in place of a secret.

A sealed value can be indexed by key, placed in arrays and objects, joined into text and encoded; anything else is
an error. It names secrets and never holds one, so it may be stored. Where a task is handed out, `open_sealed` puts
the secrets in.

In storage a sealed value is the object `{"$$sealed": {…}}`. A user's data cannot forge it: at the storage boundary
`encode_value` gives every user key that begins with `$$` one more `$`, and `decode_value` takes it away.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import quote

import msgspec

from weft.dsl.expr.errors import SEALED_TEXT, JqError

TAG = "$$sealed"
_MARK = b"$$"
# The number 9252 is written by msgpack as CD and these two bytes. Inside a text CD is never followed by a `$`; in front
# of one it may belong to the text's length, which D9, DA or DB begins: then it is not taken for that number.
_NUMBER = re.compile(rb"(?<![\xd9\xda])(?<!\xda.)(?<!\xdb..)(?<!\xdb...)\xcd\$\$", re.DOTALL)
ENCODINGS = frozenset({"base64", "uri"})


class SecretRef(msgspec.Struct, frozen=True, tag="ref", gc=False):
    """One secret: its name, the keys below it, and the encodings to apply in order (`base64`, `uri`)."""

    name: str
    path: tuple[str, ...] = ()
    encodings: tuple[str, ...] = ()


class Sealed(msgspec.Struct, frozen=True, tag="$$sealed", eq=False):
    """A text whose parts are literals, secrets, and encoded groups of the two.

    `keys` lists the keys of an object whose shape is known, else it is None: such a value counts as a string.
    `encodings` apply, in order, to the joined parts. Two sealed values are never equal.
    """

    parts: tuple[str | SecretRef | Sealed, ...]
    encodings: tuple[str, ...] = ()
    keys: tuple[str, ...] | None = None

    def whole(self) -> SecretRef | None:
        """The reference, if this is one secret and nothing else."""
        only = self.parts[0] if len(self.parts) == 1 and not self.encodings else None
        return only if isinstance(only, SecretRef) else None

    def names(self) -> frozenset[str]:
        """Names of all secrets inside."""
        found: set[str] = set()
        for part in self.parts:
            if isinstance(part, SecretRef):
                found.add(part.name)
            elif isinstance(part, Sealed):
                found |= part.names()
        return frozenset(found)


def secret(name: str, *path: str, keys: tuple[str, ...] | None = None) -> Sealed:
    """The sealed value of one secret, or of the value below the keys `path` in it."""
    return Sealed((SecretRef(name, path),), keys=keys)


def sealed_error() -> JqError:
    return JqError(SEALED_TEXT)


def index_sealed(value: Sealed, key: Any) -> Sealed:
    """`value[key]`: the same secret one key deeper; any other key than text is an error."""
    ref = value.whole()
    if ref is None or ref.encodings or key.__class__ is not str:
        raise sealed_error()
    return Sealed((SecretRef(ref.name, (*ref.path, key)),))


def join_sealed(*values: Any) -> Sealed:
    """Texts and sealed values joined into one sealed text; anything else is an error."""
    parts: list[str | SecretRef | Sealed] = []
    for value in values:
        if isinstance(value, Sealed):
            if value.encodings:
                parts.append(value)
            else:
                parts.extend(value.parts)
        elif value.__class__ is str:
            if value:
                parts.append(cast(str, value))
        else:
            raise sealed_error()
    return Sealed(tuple(parts))


def encode_sealed(value: Sealed, encoding: str) -> Sealed:
    """`@base64` or `@uri` of a sealed value, done when it is opened; other encodings are an error."""
    if encoding not in ENCODINGS:
        raise sealed_error()
    ref = value.whole()
    if ref is not None:
        return Sealed((SecretRef(ref.name, ref.path, (*ref.encodings, encoding)),))
    return Sealed(value.parts, (*value.encodings, encoding))


def _encoded(text: str, encodings: tuple[str, ...]) -> str:
    for encoding in encodings:
        raw = text.encode("utf-8", "replace")
        text = base64.b64encode(raw).decode("ascii") if encoding == "base64" else quote(raw, safe="-_.~")
    return text


def _open_text(value: Sealed, resolve: Callable[[SecretRef], str]) -> str:
    texts: list[str] = []
    for part in value.parts:
        if isinstance(part, SecretRef):
            texts.append(_encoded(resolve(part), part.encodings))
        elif isinstance(part, Sealed):
            texts.append(_open_text(part, resolve))
        else:
            texts.append(part)
    return _encoded("".join(texts), value.encodings)


def open_sealed(value: Any, resolve: Callable[[SecretRef], str]) -> Any:
    """`value` with every sealed value replaced by its text; `resolve` gives the plain text of one reference.

    The encodings are applied here, so `resolve` looks at name and path only. Containers without a secret are shared.
    """
    if isinstance(value, Sealed):
        return _open_text(value, resolve)
    return _rebuilt(value, lambda item: open_sealed(item, resolve), _same)


def marked(body: bytes) -> bool:
    """Whether msgpack may hold a text with `$$`, so that its values are to be looked at one by one.

    True for every one that does, and by chance for some others: those are only slower to write and read.
    """
    # One character is found many times faster than two.
    at = body.find(_MARK) if b"$" in body else -1
    while at > 0:
        if _NUMBER.match(body, at - 1) is None:
            return True
        at = body.find(_MARK, at + 2)
    return at == 0


def encode_value(value: Any) -> Any:
    """`value` for storage: sealed values as tagged objects, user keys that begin with `$$` escaped."""
    if isinstance(value, Sealed):
        return {TAG: msgspec.to_builtins(value)}
    return _rebuilt(value, encode_value, _escaped)


def decode_value(value: Any) -> Any:
    """The inverse of `encode_value`. A malformed tagged object raises msgspec.ValidationError."""
    if value.__class__ is dict and len(value) == 1 and TAG in value:
        return msgspec.convert(value[TAG], Sealed)
    return _rebuilt(value, decode_value, _unescaped)


def _same(key: str) -> str:
    return key


def _escaped(key: str) -> str:
    return "$" + key if key.startswith("$$") else key


def _unescaped(key: str) -> str:
    return key[1:] if key.startswith("$$$") else key


def _rebuilt(value: Any, item: Callable[[Any], Any], name: Callable[[str], str]) -> Any:
    """`value` with `item` applied to its members and `name` to its keys; itself when nothing changed."""
    if value.__class__ is dict:
        fields: dict[str, Any] = {name(key): item(inner) for key, inner in value.items()}
        same = all(new is old and a is b for (new, a), (old, b) in zip(fields.items(), value.items(), strict=True))
        return value if same else fields
    if value.__class__ is list:
        members: list[Any] = [item(inner) for inner in value]
        return value if all(new is old for new, old in zip(members, value, strict=True)) else members
    return value


def contains_sealed(value: Any) -> bool:
    """Whether a secret stands anywhere in `value`."""
    stack: list[Any] = [value]
    while stack:
        top = stack.pop()
        if isinstance(top, Sealed):
            return True
        if top.__class__ is dict:
            stack.extend(top.values())
        elif top.__class__ is list:
            stack.extend(top)
    return False
