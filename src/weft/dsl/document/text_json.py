"""JSON, read strictly and within limits; used for documents and for the bodies of API requests."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice
from typing import Any, Final

from weft.dsl.document.text_limits import DEFAULT, TextFault, TextLimits
from weft.dsl.problems import MAX_PROBLEMS

_STRUCTURE: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_BYTE_STRUCTURE: Final = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', re.DOTALL)
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s\[\]{},:"]+', re.DOTALL)
_SURROGATE: Final = re.compile(r"\\u[dD][89a-fA-F]")


class JsonError(ValueError):
    """Why a body is no JSON we take: `code` is `syntax`, `too-large`, `too-deep`, `key-duplicate`, `number` or
    `encoding`; `offset` counts characters, -1 if unknown."""

    def __init__(self, code: str, message: str, offset: int = -1) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.offset = offset


def parse_json(data: bytes | str, *, max_depth: int = 100, max_bytes: int = 1 << 20, max_bits: int = 1_024) -> Any:
    """The value of a JSON text; JsonError for anything that RFC 8259 or the limits refuse.

    Duplicate members, `NaN`, numbers too large for binary64, integers over `max_bits` and lone surrogates are refused.
    """
    if len(data) > max_bytes:
        raise JsonError("too-large", f"the JSON text is larger than {max_bytes} bytes")
    _check_depth(data, max_depth)
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
    except UnicodeDecodeError as error:
        raise JsonError("encoding", "the text is not UTF-8", error.start) from None
    try:
        if text.startswith("\ufeff"):
            raise json.JSONDecodeError("Unexpected UTF-8 BOM (decode using utf-8-sig)", text, 0)
        value = _decoder(max_bits).decode(text)
    except json.JSONDecodeError as error:
        raise JsonError("syntax", error.msg, error.pos) from None
    except RecursionError:
        raise JsonError("too-deep", f"the JSON text is nested deeper than {max_depth}") from None
    if _SURROGATE.search(text) and not _encodable(value):
        raise JsonError("encoding", "the text holds a lone surrogate")
    return value


class _Reader:
    """Hooks of the decoder that need to know the limits."""

    def __init__(self, max_bits: int) -> None:
        self.max_bits = max_bits
        self.digits = max_bits * 30_103 // 100_000 + 2

    def members(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    raise JsonError("key-duplicate", f"the member {key[:100]!r} is there twice")
                seen.add(key)
        return members

    def integer(self, text: str) -> int:
        value = int(text) if len(text) <= self.digits else None
        if value is None or value.bit_length() > self.max_bits:
            raise JsonError("number", f"an integer of more than {self.max_bits} bits")
        return value


@lru_cache(maxsize=16)
def _decoder(max_bits: int) -> json.JSONDecoder:
    reader = _Reader(max_bits)
    return json.JSONDecoder(
        object_pairs_hook=reader.members, parse_int=reader.integer, parse_float=_number, parse_constant=_constant
    )


def _number(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise JsonError("number", f"the number {text[:40]} is too large")
    return value


def _constant(text: str) -> float:
    raise JsonError("number", f"{text} is no JSON number")


def _check_depth(data: bytes | str, max_depth: int) -> None:
    brackets = data.count(b"{") + data.count(b"[") if isinstance(data, bytes) else data.count("{") + data.count("[")
    if brackets <= max_depth:
        return
    tokens: Iterator[Any] = _BYTE_STRUCTURE.finditer(data) if isinstance(data, bytes) else _STRUCTURE.finditer(data)
    opening = (b"{", b"[", "{", "[")
    closing = (b"}", b"]", "}", "]")
    depth = 0
    for found in tokens:
        piece = found.group()
        if piece in opening:
            depth += 1
            if depth > max_depth:
                raise JsonError("too-deep", f"the JSON text is nested deeper than {max_depth}", found.start())
        elif piece in closing:
            depth -= 1


def _encodable(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def read_json(text: str, limits: TextLimits = DEFAULT) -> tuple[Any, list[TextFault]]:
    """A document's value, or its faults with their places (all duplicate keys at once)."""
    try:
        value = parse_json(text, max_depth=limits.max_depth, max_bytes=len(text), max_bits=limits.max_bits)
    except JsonError as error:
        if error.code == "key-duplicate":
            twice = ((pointer, place) for pointer, place, again in _places(text) if again)
            duplicates = [
                TextFault("key-duplicate", f"the key {_last(pointer)!r} is there twice", *place, pointer=pointer)
                for pointer, place in islice(twice, MAX_PROBLEMS)
            ]
            if duplicates:
                return None, duplicates
        offset = error.offset if error.offset >= 0 else _culprit(text, error.code, limits)
        return None, [TextFault(error.code, error.message, *_place(text, offset))]
    nodes = sum(1 for _ in _TOKEN.finditer(text)) if len(text) > limits.max_nodes else 0
    if nodes > 2 * limits.max_nodes:
        return None, [TextFault("too-large", f"the document holds more than {limits.max_nodes} values")]
    return value, []


def json_lines(text: str, limits: TextLimits = DEFAULT) -> dict[str, tuple[int, int]]:
    """Line and column of every value, by JSON pointer; `text` is known to be JSON."""
    return {pointer: place for pointer, place, _ in _places(text)}


def _culprit(text: str, code: str, limits: TextLimits) -> int:
    """Where the first number or text stands that is refused by itself; -1 if there is none."""
    for found in _TOKEN.finditer(text):
        piece = found.group()
        if (code == "encoding") != (piece[0] == '"') or piece[0] in "[]{},:":
            continue
        try:
            parse_json(piece, max_bytes=len(piece), max_bits=limits.max_bits)
        except JsonError:
            return found.start()
    return -1


def _last(pointer: str) -> str:
    return pointer.rpartition("/")[2].replace("~1", "/").replace("~0", "~")[:100]


def _place(text: str, offset: int) -> tuple[int, int]:
    if offset < 0:
        return (0, 0)
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


class _Frame:
    """An open object or array while places are looked up."""

    __slots__ = ("index", "is_object", "key", "keys", "pointer")

    def __init__(self, pointer: str, is_object: bool) -> None:
        self.pointer = pointer
        self.is_object = is_object
        self.index = 0
        self.key: str | None = None
        self.keys: set[str] = set()


def _places(text: str) -> Iterator[tuple[str, tuple[int, int], bool]]:
    """Pointer and place of each value, and whether its key was there before."""
    stack: list[_Frame] = []
    line, line_start, last = 1, 0, 0
    for found in _TOKEN.finditer(text):
        piece, start = found.group(), found.start()
        newlines = text.count("\n", last, start)
        if newlines:
            line += newlines
            line_start = text.rfind("\n", last, start) + 1
        last = start
        if piece in "]}":
            stack.pop()
        elif piece == ",":
            stack[-1].index += 1
            stack[-1].key = None
        elif piece == ":":
            continue
        elif stack and stack[-1].is_object and stack[-1].key is None:
            stack[-1].key = json.loads(piece)
        else:
            pointer, again = _pointer(stack)
            yield pointer, (line, start - line_start + 1), again
            if piece in "[{":
                stack.append(_Frame(pointer, piece == "{"))


def _pointer(stack: list[_Frame]) -> tuple[str, bool]:
    if not stack:
        return "", False
    frame = stack[-1]
    if frame.key is None:
        return f"{frame.pointer}/{frame.index}", False
    again = frame.key in frame.keys
    frame.keys.add(frame.key)
    return f"{frame.pointer}/{frame.key.replace('~', '~0').replace('/', '~1')}", again
