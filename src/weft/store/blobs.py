"""Large values beside the rows: content-addressed per tenant, encrypted, counted by the runs that refer to them.

A body is msgpack. Up to INLINE_LIMIT bytes it is stored as it is. A larger one is stored as the byte 0xC1 (which
msgpack never uses) and the same value with its large parts replaced by extension 66: 32 bytes of SHA-256 over the
part's msgpack, then the tenant. Replacing begins at the leaves, so that a large text inside a document becomes a blob
by itself and the same text in the next row is the same blob.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec
from sqlalchemy import Column, Index, Integer, LargeBinary, Table, Text, delete, exists, select

from weft.domain.errors import TooLarge, Unavailable
from weft.ports.blobs import INLINE_LIMIT, VALUE_LIMIT, Cipher
from weft.store.metadata import metadata
from weft.store.statements import delete_text, text_of

blobs = Table(
    "blobs",
    metadata,
    Column("tenant", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
)
blob_refs = Table(
    "blob_refs",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("tenant", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    sqlite_with_rowid=False,
)
Index("ix_blob_refs_digest", blob_refs.c.tenant, blob_refs.c.digest)

EXTENSION = 66
MARK = 0xC1
_PREFIX = bytes([MARK])
_NIL = b"\xc0"
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder()
_members: msgspec.msgpack.Decoder[dict[Any, msgspec.Raw]] = msgspec.msgpack.Decoder(dict[Any, msgspec.Raw])
_elements: msgspec.msgpack.Decoder[list[msgspec.Raw]] = msgspec.msgpack.Decoder(list[msgspec.Raw])
_MAPS = frozenset((*range(0x80, 0x90), 0xDE, 0xDF))
_ARRAYS = frozenset((*range(0x90, 0xA0), 0xDC, 0xDD))
"""The first bytes of objects and arrays in msgpack."""
_INSERT = text_of(blobs.insert().prefix_with("OR IGNORE"))
_INSERT_REF = text_of(blob_refs.insert().prefix_with("OR IGNORE"))
_KNOWN = text_of(select(blobs.c.size).where(blobs.c.tenant == "", blobs.c.digest == b""))
_GET = text_of(select(blobs.c.body).where(blobs.c.tenant == "", blobs.c.digest == b""))
_REFS = text_of(select(blob_refs.c.tenant, blob_refs.c.digest).where(blob_refs.c.run == 0))
_DELETE_REFS = delete_text(blob_refs, "run")
_SWEEP = text_of(
    delete(blobs).where(
        blobs.c.tenant == "",
        blobs.c.digest == b"",
        ~exists().where(blob_refs.c.tenant == blobs.c.tenant, blob_refs.c.digest == blobs.c.digest),
    )
)


def deflate(body: bytes, keep: Callable[[bytes], bytes]) -> bytes:
    """The stored form of a body above the inline limit. `keep(part)` stores a part and returns the extension's data."""

    def walk(part: bytes) -> bytes:
        """The stored form of a part that is too large. Its small members are not looked into: a row may hold hundreds
        of thousands of them."""
        head = part[0]
        if head in _MAPS:
            part = _encoder.encode({key: shorter(member) for key, member in _members.decode(part).items()})
        elif head in _ARRAYS:
            part = _encoder.encode([shorter(element) for element in _elements.decode(part)])
        if len(part) > INLINE_LIMIT:
            return _encoder.encode(msgspec.msgpack.Ext(EXTENSION, keep(part)))
        return part

    def shorter(member: msgspec.Raw) -> msgspec.Raw:
        return member if len(member) <= INLINE_LIMIT else msgspec.Raw(walk(bytes(member)))

    return _PREFIX + walk(body)


def inflate(body: bytes, load: Callable[[bytes], bytes]) -> bytes:
    """The body as it was before `deflate`. `load(data)` returns the part for an extension's data."""

    def hook(code: int, data: memoryview) -> Any:
        if code != EXTENSION:
            raise ValueError(f"unknown extension {code} in a stored value")
        return decoder.decode(load(bytes(data)))

    decoder = msgspec.msgpack.Decoder(ext_hook=hook)
    return _encoder.encode(decoder.decode(memoryview(body)[1:]))


class Ciphers:
    """Holds the cipher once it is known: the keys themselves lie in the store, so it is opened first."""

    __slots__ = ("cipher",)

    def __init__(self, cipher: Cipher | None = None) -> None:
        self.cipher = cipher

    def get(self) -> Cipher:
        if self.cipher is None:
            raise Unavailable("large values cannot be stored or read before the vault is open", code="no_cipher")
        return self.cipher


class BlobRows:
    """Packing and unpacking of bodies on one connection."""

    __slots__ = ("_ciphers", "_sql")

    def __init__(self, sql: sqlite3.Connection, ciphers: Ciphers) -> None:
        self._sql = sql
        self._ciphers = ciphers

    def pack(self, run: int, tenant: str, value: Any) -> bytes:
        """The stored body of a value of run `run`. Raises TooLarge."""
        if value is None:
            return _NIL
        try:
            body = _encoder.encode(value)
        except OverflowError:
            raise TooLarge("a whole number is larger than 64 bits") from None
        return body if len(body) <= INLINE_LIMIT else self.deflate(run, tenant, body)

    def value(self, body: bytes) -> Any:
        """The value of a stored body."""
        return None if body == _NIL else _decoder.decode(self.inflate(body))

    def deflate(self, run: int, tenant: str, body: bytes) -> bytes:
        """Store the large parts of `body` for run `run`; the body to store. Raises TooLarge above VALUE_LIMIT."""
        if len(body) > VALUE_LIMIT:
            raise TooLarge(f"a value of {len(body)} bytes; the limit is {VALUE_LIMIT}")

        def keep(part: bytes) -> bytes:
            digest = hashlib.sha256(part).digest()
            if self._sql.execute(_KNOWN, (tenant, digest)).fetchone() is None:
                sealed = self._ciphers.get().seal(part, f"{tenant}/blob/{digest.hex()}")
                self._sql.execute(_INSERT, (tenant, digest, len(part), sealed))
            self._sql.execute(_INSERT_REF, (run, tenant, digest))
            return digest + tenant.encode()

        return deflate(body, keep)

    def inflate(self, body: bytes) -> bytes:
        """The body as it was given. Raises Unavailable when a blob is missing or cannot be opened."""
        if not body or body[0] != MARK:
            return body

        def load(data: bytes) -> bytes:
            digest, tenant = data[:32], data[32:].decode()
            row = self._sql.execute(_GET, (tenant, digest)).fetchone()
            if row is None:
                raise Unavailable(f"blob {digest.hex()} is missing", code="blob_missing")
            try:
                return self._ciphers.get().open(row[0], f"{tenant}/blob/{digest.hex()}")
            except ValueError:
                raise Unavailable(f"blob {digest.hex()} cannot be opened", code="blob_sealed") from None

        return inflate(body, load)

    def forget(self, runs: Iterable[int]) -> None:
        """Drop what these runs refer to, and the blobs that nothing refers to any more."""
        for run in runs:
            refs: Sequence[tuple[str, bytes]] = self._sql.execute(_REFS, (run,)).fetchall()
            if refs:
                self._sql.execute(_DELETE_REFS, (run,))
                self._sql.executemany(_SWEEP, refs)
