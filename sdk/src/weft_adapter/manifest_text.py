"""Reading the two texts of a manifest, bounded: YAML without aliases, tags and surprises, and key=value lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import yaml

MAX_TEXT = 256 * 1024
MAX_DEPTH = 50

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Failure = Callable[[list[str]], Exception]


class _Unreadable(Exception):
    pass


_CORE = {
    "tag:yaml.org,2002:bool": re.compile(r"(?:true|True|TRUE|false|False|FALSE)"),
    "tag:yaml.org,2002:null": re.compile(r"(?:~|null|Null|NULL|)"),
    "tag:yaml.org,2002:int": re.compile(r"[-+]?[0-9]{1,18}"),
    "tag:yaml.org,2002:float": re.compile(r"[-+]?(?:\.[0-9]+|[0-9]{1,300}(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]{1,3})?"),
}


def _decoded(text: bytes, failure: Failure) -> str:
    if len(text) > MAX_TEXT:
        raise failure([f"the manifest is larger than {MAX_TEXT} bytes"])
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise failure(["the manifest is not UTF-8 text"]) from None


def read_yaml(text: bytes, failure: Failure) -> dict[str, Any]:
    """The mapping of a YAML manifest; its top-level scalars stay the text that is written.

    Raises `failure([problem])` for anything that is not one mapping of plain YAML.
    """
    try:
        # Events are taken one by one, so that too deep a nesting is seen before the rest is read.
        root = _Composer(yaml.parse(_decoded(text, failure), Loader=_LOADER)).document()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        raise failure([f"the manifest is no YAML{where}: {getattr(error, 'problem', None) or 'unreadable'}"]) from None
    except _Unreadable as error:
        raise failure([str(error)]) from None
    return root


class _Composer:
    """Builds plain values from parse events; refuses aliases, tags, duplicate keys, deep nesting."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events

    def document(self) -> dict[str, Any]:
        next(self._events)
        event = next(self._events)
        if not isinstance(event, yaml.DocumentStartEvent):
            raise _Unreadable("the manifest is empty")
        start = next(self._events)
        if not isinstance(start, yaml.MappingStartEvent):
            raise _Unreadable("the manifest is no mapping of keys to values")
        root = self._mapping(1)
        next(self._events)
        if not isinstance(next(self._events), yaml.StreamEndEvent):
            raise _Unreadable("the manifest holds more than one document")
        return root

    def _value(self, event: Any, depth: int) -> Any:
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise _Unreadable(f"the manifest is nested deeper than {MAX_DEPTH} levels in line {line}")
        if isinstance(event, yaml.AliasEvent):
            raise _Unreadable(f"aliases (*name) are not used in a manifest, line {line}")
        if getattr(event, "tag", None) not in (None, "!"):
            raise _Unreadable(f"tags (!name) are not used in a manifest, line {line}")
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(depth + 1)
        if isinstance(event, yaml.SequenceStartEvent):
            found: list[Any] = []
            while not isinstance(item := next(self._events), yaml.SequenceEndEvent):
                found.append(self._value(item, depth + 1))
            return found
        return _scalar(event) if depth > 1 else event.value

    def _mapping(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(key := next(self._events), yaml.MappingEndEvent):
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarEvent):
                raise _Unreadable(f"a key is a text, line {line}")
            if key.value in found:
                raise _Unreadable(f"{key.value} is written twice, line {line}")
            found[key.value] = self._value(next(self._events), depth)
        return found


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style:
        return text
    if _CORE["tag:yaml.org,2002:bool"].fullmatch(text):
        return text.lower() == "true"
    if _CORE["tag:yaml.org,2002:null"].fullmatch(text):
        return None
    if _CORE["tag:yaml.org,2002:int"].fullmatch(text):
        return int(text)
    if _CORE["tag:yaml.org,2002:float"].fullmatch(text):
        return float(text)
    return text


def read_properties(text: bytes, failure: Failure) -> dict[str, str]:
    """`key=value` lines; empty lines and those that begin with # or ! are skipped. Raises `failure([problems])`."""
    found: dict[str, str] = {}
    problems: list[str] = []
    for number, line in enumerate(_decoded(text, failure).splitlines(), 1):
        stripped = line.strip()
        if not stripped or stripped[0] in "#!":
            continue
        key, separator, value = stripped.partition("=")
        name = key.strip().lower()
        if not separator or not name:
            problems.append(f"line {number}: write key=value")
        elif name in found:
            problems.append(f"line {number}: {name} is written twice")
        else:
            found[name] = value.strip()
    if problems:
        raise failure(problems[:20])
    return found
