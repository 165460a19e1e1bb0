"""Forms: urlencoded and multipart bodies, read as a stream; files never lie in memory as a whole."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl

from python_multipart import MultipartParser
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import parse_options_header

from weft.domain.errors import Malformed, TooLarge

MAX_FIELDS = 1000
MAX_PART_HEADERS = 16


def media_type(content_type: str) -> str:
    """The media type alone, lower-case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def parse_urlencoded(text: str, what: str = "form") -> dict[str, list[str]]:
    """Names and values of an urlencoded text, in order. Raises Malformed for more than 1,000 fields."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except UnicodeDecodeError:
        raise Malformed(f"the {what} is not UTF-8") from None
    except ValueError:  # the only other thing that the parser refuses
        raise Malformed(f"the {what} has more than {MAX_FIELDS} fields") from None
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return fields


class Part:
    """One part of a multipart body; `chunks` can be read once, until the next part is asked for."""

    def __init__(self, name: str, filename: str, reader: PartReader) -> None:
        self.name = name
        self.filename = filename
        self._reader = reader

    def chunks(self) -> AsyncIterator[bytes]:
        return self._reader.chunks(self)


class RawUpload:
    """A whole body taken as one upload named `file`."""

    name = "file"
    filename = ""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces

    def chunks(self) -> AsyncIterator[bytes]:
        return self._pieces


class PartReader:
    """Turns the pieces of a multipart body into parts, holding at most one piece's worth of data."""

    def __init__(self, pieces: AsyncIterator[bytes], content_type: str) -> None:
        options = _options_of(content_type)
        boundary = options.get(b"boundary")
        if not boundary:
            raise Malformed("multipart body without a boundary")
        self._pieces = pieces
        self._queue: deque[tuple[str, Any]] = deque()
        self._headers: dict[str, str] = {}
        self._field = bytearray()
        self._value = bytearray()
        self._count = 0
        self._finished = False
        self._current: Part | None = None
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._headers.clear,
                    "on_part_data": lambda data, start, end: self._queue.append(("data", data[start:end])),
                    "on_part_end": lambda: self._queue.append(("end", None)),
                    "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._header_end,
                    "on_headers_finished": self._headers_finished,
                    "on_end": self._end,
                },
                max_header_count=MAX_PART_HEADERS,
            )
        except FormParserError as cause:
            raise Malformed(f"multipart body: {cause}") from None

    def _header_end(self) -> None:
        self._headers[self._field.decode("latin-1").lower()] = self._value.decode("latin-1")
        self._field.clear()
        self._value.clear()

    def _headers_finished(self) -> None:
        self._count += 1
        if self._count > MAX_FIELDS:
            raise FormParserError(f"more than {MAX_FIELDS} parts")
        options = _options_of(self._headers.get("content-disposition", ""))
        name = options.get(b"name", b"").decode("utf-8", "replace")
        filename = options.get(b"filename", b"").decode("utf-8", "replace")
        self._queue.append(("part", Part(name, filename, self)))

    def _end(self) -> None:
        self._finished = True

    async def _event(self) -> tuple[str, Any] | None:
        while not self._queue:
            try:
                piece = await anext(self._pieces)
            except StopAsyncIteration:
                if not self._finished:
                    raise Malformed("the multipart body ends before its last boundary") from None
                return None
            try:
                self._parser.write(piece)
            except FormParserError as cause:
                raise Malformed(f"multipart body: {cause}") from None
        return self._queue.popleft()

    async def parts(self) -> AsyncIterator[Part]:
        """The parts in order; what was not read of one is skipped when the next is asked for."""
        while (event := await self._event()) is not None:
            kind, value = event
            if kind == "part":
                self._current = value
                yield value

    async def chunks(self, part: Part) -> AsyncIterator[bytes]:
        """The data of one part."""
        while self._current is part:
            event = await self._event()
            if event is None:
                return
            kind, value = event
            if kind == "end":
                self._current = None
            elif kind == "data":
                yield value


def _options_of(header: str) -> dict[bytes, bytes]:
    """The parameters of a header that was decoded as Latin-1, as bytes."""
    try:
        return parse_options_header(header)[1]
    except ValueError:
        raise Malformed("a header of the multipart body cannot be read") from None


async def read_fields(reader: PartReader, limit: int) -> dict[str, str]:
    """The text fields of a small multipart form. Raises TooLarge when they hold more than `limit` bytes."""
    fields: dict[str, str] = {}
    size = 0
    async for part in reader.parts():
        value = bytearray()
        async for chunk in part.chunks():
            size += len(chunk)
            if size > limit:
                raise TooLarge(f"the form holds more than {limit} bytes")
            value += chunk
        try:
            fields[part.name] = value.decode()
        except UnicodeDecodeError:
            raise Malformed(f"form field {part.name!r} is not UTF-8") from None
    return fields
