"""Reading a hostile tar archive as a stream: headers, then bounded content, nothing else.

Knows regular files and directories, in the ustar, GNU (long names) and pax (path, size) forms. Everything else in an
archive (links, devices, sparse files, and what it does not understand) is refused. Nothing is trusted: checksums and
sizes of headers are verified, and every limit is checked before the bytes it concerns are read.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import BinaryIO, Protocol

import msgspec

MAX_MEMBER = 256 * 1024 * 1024
MAX_MEMBERS = 10_000
MAX_UNPACKED = 1024 * 1024 * 1024
MAX_HEADER = 64 * 1024
"""Bytes of one extended header (a long name, pax records)."""
MAX_EXTENDED_IN_ROW = 4
MAX_PATH = 1_024
MAX_PART = 255
BLOCK = 512
_CHUNK = 256 * 1024
_GZIP_MAGIC = b"\x1f\x8b"
_PADDING = MAX_MEMBERS * (MAX_EXTENDED_IN_ROW + 1) * 2 * BLOCK
"""What headers and padding may add to the unpacked size."""


class ArchiveRefused(Exception):
    """The archive is not accepted; the text says why, naming the member."""


class Source(Protocol):
    """Bytes to read."""

    def read(self, size: int, /) -> bytes: ...


class Member(msgspec.Struct, frozen=True):
    """A file or directory of an archive, its path checked: relative, `/` between parts, no dots."""

    path: str
    is_directory: bool
    size: int


class _Unzipped:
    """A gzip stream, decompressed piece by piece: at most what is asked for is ever in memory."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._inflate = zlib.decompressobj(wbits=31)

    def read(self, size: int) -> bytes:
        parts: list[bytes] = []
        wanted = size
        while wanted > 0:
            if self._inflate.eof:
                break
            source = self._inflate.unconsumed_tail or self._packed.read(_CHUNK)
            try:
                part = self._inflate.decompress(source, wanted)
            except zlib.error as error:
                raise ArchiveRefused(f"the compressed data is damaged: {error}") from None
            if not part and not source:
                raise ArchiveRefused("the compressed data ends too early")
            parts.append(part)
            wanted -= len(part)
        return b"".join(parts)


def open_stream(file: BinaryIO) -> Source:
    """The tar stream inside a .tar or .tar.gz, by its first bytes. `file` stands at its beginning."""
    magic = file.read(2)
    file.seek(0)
    return _Unzipped(file) if magic == _GZIP_MAGIC else file


class TarReader:
    """`for member in reader` and, for a file, `reader.content()` gives its bytes in pieces.

    Content that is not asked for is skipped. Raises ArchiveRefused.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = 0
        self._padding = 0
        self._read_total = 0
        self._unpacked = 0

    def __iter__(self) -> Iterator[Member]:
        seen: dict[str, bool] = {}
        count = 0
        while (member := self._next()) is not None:
            count += 1
            if count > MAX_MEMBERS:
                raise ArchiveRefused(f"more than {MAX_MEMBERS} members")
            if member.path:
                _check_place(member, seen)
                yield member
            self._skip()

    def content(self) -> Iterator[bytes]:
        """The content of the current member, in pieces of at most 256 KiB."""
        while self._left:
            piece = self._exactly(min(self._left, _CHUNK))
            self._left -= len(piece)
            yield piece

    def _skip(self) -> None:
        for _ in self.content():
            pass
        self._exactly(self._padding)
        self._padding = 0

    def _exactly(self, size: int) -> bytes:
        self._read_total += size
        if self._read_total > MAX_UNPACKED + _PADDING:
            raise ArchiveRefused(f"unpacked larger than {MAX_UNPACKED} bytes")
        parts: list[bytes] = []
        while size:
            part = self._source.read(size)
            if not part:
                raise ArchiveRefused("the archive ends too early")
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _next(self) -> Member | None:
        name, pax_size = "", -1
        for _ in range(MAX_EXTENDED_IN_ROW + 1):
            block = self._exactly(BLOCK)
            if not block.strip(b"\0"):
                return None
            header = _Header(block)
            if header.kind in (b"L", b"x", b"g"):
                body = self._extended(header)
                if header.kind == b"L":
                    name = name or _text(body.rstrip(b"\0"))
                elif header.kind == b"x":
                    records = _pax_records(body)
                    name = records.get("path", name)
                    pax_size = int(records["size"]) if "size" in records else -1
                continue
            size = header.size if pax_size < 0 else pax_size
            return self._member(header, name or header.name, size)
        raise ArchiveRefused("too many extended headers in a row")

    def _extended(self, header: _Header) -> bytes:
        if header.size > MAX_HEADER:
            raise ArchiveRefused(f"an extended header of {header.size} bytes; the limit is {MAX_HEADER}")
        body = self._exactly(header.size)
        self._exactly(-header.size % BLOCK)
        return body

    def _member(self, header: _Header, name: str, size: int) -> Member:
        is_directory = header.kind == b"5" or (header.kind in (b"0", b"\0") and name.endswith("/"))
        if not is_directory and header.kind not in (b"0", b"\0"):
            kind = _KINDS.get(header.kind, "of an unknown kind")
            raise ArchiveRefused(f"{name[:200]!r} is {kind}; only files and directories are accepted")
        path = checked_path(name)
        if not path and not is_directory:
            raise ArchiveRefused("a file without a name")
        if is_directory and size:
            raise ArchiveRefused(f"the directory {name!r} has content")
        if size > MAX_MEMBER:
            raise ArchiveRefused(f"{name!r} has {size} bytes; the limit is {MAX_MEMBER}")
        self._unpacked += size
        if self._unpacked > MAX_UNPACKED:
            raise ArchiveRefused(f"unpacked larger than {MAX_UNPACKED} bytes")
        self._left, self._padding = size, -size % BLOCK
        return Member(path, is_directory, size)


_KINDS = {
    b"1": "a hard link", b"2": "a symbolic link", b"3": "a character device", b"4": "a block device", b"6": "a pipe",
    b"7": "a contiguous file", b"S": "a sparse file", b"K": "a link with a long name",
}  # fmt: skip


class _Header:
    """The fields of a header block that matter. Raises ArchiveRefused if it is damaged."""

    __slots__ = ("kind", "name", "size")

    def __init__(self, block: bytes) -> None:
        expected = sum(block[:148]) + 8 * 32 + sum(block[156:])
        if _number(block[148:156]) != expected:
            raise ArchiveRefused("a header's checksum is wrong: no tar archive, or damaged")
        self.kind = block[156:157]
        self.size = _number(block[124:136])
        name = block[:100].split(b"\0", 1)[0]
        if block[257:263] == b"ustar\0":
            prefix = block[345:500].split(b"\0", 1)[0]
            name = prefix + b"/" + name if prefix else name
        self.name = _text(name)


def _number(field: bytes) -> int:
    if field[0] & 0x80:
        if field[0] != 0x80:
            raise ArchiveRefused("a header holds a negative number")
        return int.from_bytes(field[1:], "big")
    text = field.split(b"\0", 1)[0].strip()
    if not text:
        return 0
    if not all(0x30 <= digit <= 0x37 for digit in text):
        raise ArchiveRefused("a header holds what is no number")
    return int(text, 8)


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise ArchiveRefused(f"the name {raw[:80]!r} is not UTF-8") from None


def _pax_records(body: bytes) -> dict[str, str]:
    found: dict[str, str] = {}
    position = 0
    while position < len(body):
        space = body.find(b" ", position, position + 8)
        digits = body[position:space] if space > 0 else b""
        end = position + int(digits) if digits.isdigit() else 0
        if end <= space or end > len(body) or body[end - 1 : end] != b"\n":
            raise ArchiveRefused("a pax header is damaged")
        key, separator, value = body[space + 1 : end - 1].partition(b"=")
        if not separator:
            raise ArchiveRefused("a pax header is damaged")
        name = _text(key)
        if name.startswith("GNU.sparse"):
            raise ArchiveRefused("sparse files are not accepted; only files and directories")
        if name == "size" and not (value.isdigit() and len(value) < 20):
            raise ArchiveRefused("a pax header's size is no number")
        if name in ("path", "size"):
            found[name] = _text(value)
        position = end
    return found


def checked_path(name: str) -> str:
    """The member's path, `""` for the archive's root directory. Raises ArchiveRefused."""
    if name.startswith("/") or "\\" in name or name[1:2] == ":":
        raise ArchiveRefused(f"{name[:200]!r} is an absolute path or holds a backslash")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ArchiveRefused(f"{name[:200]!r} leads out of the archive (..)")
    if any(ord(sign) < 32 or ord(sign) == 127 for sign in name):
        raise ArchiveRefused(f"{name[:200]!r} holds control characters")
    path = "/".join(parts)
    if len(path.encode()) > MAX_PATH or any(len(part.encode()) > MAX_PART for part in parts):
        raise ArchiveRefused(f"{name[:80]!r}… is longer than {MAX_PATH} bytes, or a part of it than {MAX_PART}")
    return path


def _check_place(member: Member, seen: dict[str, bool]) -> None:
    """No path twice (a directory may be named again), nothing below a file. `seen`: path -> is directory."""
    parents = member.path.split("/")[:-1]
    for count in range(1, len(parents) + 1):
        if not seen.setdefault("/".join(parents[:count]), True):
            raise ArchiveRefused(f"{member.path!r} lies below a file")
    if member.path in seen and not (member.is_directory and seen[member.path]):
        raise ArchiveRefused(f"{member.path!r} occurs twice")
    seen[member.path] = member.is_directory
