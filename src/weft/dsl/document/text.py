"""Text to value: JSON (RFC 8259) or YAML 1.2 core, bounded, with line numbers on demand.

The first character that is no blank selects JSON if it is `{` or `[`; if that fails and the text is valid YAML, YAML
is used. Refused: duplicate and non-text keys, custom tags, several documents, lone surrogates, numbers that JSON does
not have, too many aliases, too much nesting, too much text, a byte-order mark anywhere but at the start. Integers are
exact up to 1,024 bits. `parse` never raises.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, cast

import msgspec

from weft.dsl.document.text_json import JsonError, json_lines, parse_json, read_json
from weft.dsl.document.text_limits import DEFAULT, TextFault, TextLimits
from weft.dsl.document.text_yaml import read_yaml, yaml_lines
from weft.dsl.problems import Problem, error, pointer_of

__all__ = ["DEFAULT", "JsonError", "Locate", "Parsed", "TextLimits", "inspect", "no_lines", "parse", "parse_json"]

Locate = Callable[[str], tuple[int, int]]
"""JSON pointer to line and column, 1-based; of the nearest parent for what is not there, (0, 0) if unknown."""


class Parsed(msgspec.Struct, frozen=True):
    """What a text holds. With problems (all of stage parse) there is no value."""

    value: Any
    problems: list[Problem]
    locate: Locate


def no_lines(pointer: str) -> tuple[int, int]:
    """For documents that were never text."""
    return (0, 0)


def parse(text: str | bytes, *, limits: TextLimits = DEFAULT) -> Parsed:
    """The value of a JSON or YAML text, or the reasons why there is none."""
    try:
        plain = _decoded(text, limits)
    except TextFault as fault:
        return _refused([fault])
    start = plain.lstrip(" \t\r\n")
    if start[:1] in ("{", "["):
        value, faults = read_json(plain, limits)
        if not faults or faults[0].code != "syntax":
            return _refused(faults) if faults else Parsed(value, [], _lazy(plain, json_lines, limits))
        value, yaml_faults = read_yaml(plain, limits)
        if yaml_faults:
            return _refused(faults if yaml_faults[0].code == "syntax" else yaml_faults)
        return Parsed(value, [], _lazy(plain, yaml_lines, limits))
    value, faults = read_yaml(plain, limits)
    return _refused(faults) if faults else Parsed(value, [], _lazy(plain, yaml_lines, limits))


def inspect(value: Any, limits: TextLimits = DEFAULT) -> list[Problem]:
    """The problems of a value that did not come from a text of ours: what JSON has not, or what is over the limits."""
    pending: list[tuple[Any, str, int]] = [(value, "", 1)]
    nodes = 0
    while pending:
        item, pointer, depth = pending.pop()
        nodes += 1
        fault = _fault_of(item, limits)
        if fault is None and nodes > limits.max_nodes:
            fault = TextFault("too-large", f"the document holds more than {limits.max_nodes} values")
        if fault is None and isinstance(item, dict | list) and depth > limits.max_depth:
            fault = TextFault("too-deep", f"the document is nested deeper than {limits.max_depth}")
        if fault is not None:
            return [error("parse", fault.code, pointer, fault.message)]
        if isinstance(item, dict):
            pending.extend((each, pointer + pointer_of(key), depth + 1) for key, each in item.items())
        elif isinstance(item, list):
            pending.extend((each, f"{pointer}/{index}", depth + 1) for index, each in enumerate(item))
    return []


def _fault_of(item: Any, limits: TextLimits) -> TextFault | None:
    """What is wrong with one value, its members apart."""
    if isinstance(item, dict) and not all(isinstance(key, str) for key in cast("dict[Any, Any]", item)):
        return TextFault("key-type", "a key must be text")
    if isinstance(item, float) and not math.isfinite(item):
        return TextFault("number", f"{item} is no JSON number")
    if isinstance(item, int) and item.bit_length() > limits.max_bits:
        return TextFault("number", f"an integer of more than {limits.max_bits} bits")
    if item is not None and not isinstance(item, dict | list | str | int | float):
        return TextFault("type", f"a {type(item).__name__} is no JSON value")
    if isinstance(item, str) and not item.isascii() and any("\ud800" <= char <= "\udfff" for char in item):
        return TextFault("encoding", "the text holds a lone surrogate")
    return None


def _decoded(text: str | bytes, limits: TextLimits) -> str:
    if len(text) > limits.max_bytes:
        raise TextFault("too-large", f"the document is larger than {limits.max_bytes} bytes")
    try:
        if isinstance(text, bytes):
            plain = text.decode("utf-8")
        else:
            plain = text
            if len(text.encode("utf-8")) > limits.max_bytes:
                raise TextFault("too-large", f"the document is larger than {limits.max_bytes} bytes")
    except UnicodeDecodeError as error:
        raise TextFault("encoding", f"the document is not UTF-8 (byte {error.start})") from None
    except UnicodeEncodeError as error:
        line, column = _place(text if isinstance(text, str) else "", error.start)
        raise TextFault("encoding", "the document holds a lone surrogate", line, column) from None
    plain = plain.removeprefix("\ufeff")
    inside = plain.find("\ufeff")
    if inside >= 0:
        raise TextFault("encoding", "a byte-order mark may only stand at the start", *_place(plain, inside))
    if not plain.strip():
        raise TextFault("syntax", "the document is empty", 1, 1)
    return plain


def _place(text: str, offset: int) -> tuple[int, int]:
    return text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset)


def _refused(faults: list[TextFault]) -> Parsed:
    problems = [
        Problem("error", "parse", fault.code, fault.pointer, fault.message, line=fault.line, column=fault.column)
        for fault in faults
    ]
    return Parsed(None, problems, no_lines)


def _lazy(text: str, lines: Callable[[str, TextLimits], dict[str, tuple[int, int]]], limits: TextLimits) -> Locate:
    """A line table that is built when it is first asked for."""
    table: dict[str, tuple[int, int]] = {}

    def locate(pointer: str) -> tuple[int, int]:
        if not table:
            table.update(lines(text, limits))
        while pointer not in table:
            if not pointer:
                return (0, 0)
            pointer = pointer.rpartition("/")[0]
        return table[pointer]

    return locate
