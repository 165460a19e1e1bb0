"""YAML 1.2 core, composed from parser events within limits.

The parser is libyaml's (or PyYAML's own where that is missing); what a plain scalar means is decided here by the 1.2
core schema: `on`, `yes` and dates are text, `0o17` is octal, `<<` is an ordinary key.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, Final, cast

import yaml

from weft.dsl.document.text_limits import DEFAULT, TextFault, TextLimits
from weft.dsl.problems import MAX_PROBLEMS

_PREFIX: Final = "tag:yaml.org,2002:"
_NULLS: Final = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLS: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INTEGER: Final = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER: Final = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_UNPRINTABLE: Final = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

_Event = Any


class _Anchor:
    """A value with a name: its expanded size and height; not ready while it is being read."""

    __slots__ = ("height", "nodes", "ready", "value")

    def __init__(self) -> None:
        self.value: Any = None
        self.nodes = 0
        self.height = 0
        self.ready = False


class _Frame:
    """A mapping or sequence that is being read."""

    __slots__ = ("anchor", "event", "height", "key", "nodes", "pointer", "value")

    def __init__(self, value: Any, pointer: str, event: _Event, anchor: _Anchor | None, nodes: int) -> None:
        self.value = value
        self.pointer = pointer
        self.event = event
        self.anchor = anchor
        self.nodes = nodes
        self.height = 1
        self.key: str | None = None


class _Composer:
    def __init__(self, limits: TextLimits, lines: dict[str, tuple[int, int]] | None) -> None:
        self.limits = limits
        self.lines = lines
        self.faults: list[TextFault] = []
        self.stack: list[_Frame] = []
        self.anchors: dict[str, _Anchor] = {}
        self.aliases = 0
        self.nodes = 0
        self.value: Any = None
        self.documents = 0

    def take(self, event: _Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._close()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self.fault("documents", "a text may hold one document only", event)

    def fault(self, code: str, message: str, event: _Event, pointer: str | None = None) -> TextFault:
        mark = event.start_mark
        where = (self.stack[-1].pointer if self.stack else "") if pointer is None else pointer
        return TextFault(code, message, mark.line + 1, mark.column + 1, where)

    def pointer(self) -> str:
        """Of the value that comes next."""
        if not self.stack:
            return ""
        frame = self.stack[-1]
        if isinstance(frame.value, list):
            return f"{frame.pointer}/{len(cast('list[Any]', frame.value))}"
        return f"{frame.pointer}/{(frame.key or '').replace('~', '~0').replace('/', '~1')}"

    def _count(self, event: _Event, nodes: int = 1) -> None:
        self.nodes += nodes
        if self.nodes > self.limits.max_nodes:
            raise self.fault("too-large", f"the document holds more than {self.limits.max_nodes} values", event)

    def _expects_key(self) -> bool:
        return bool(self.stack) and isinstance(self.stack[-1].value, dict) and self.stack[-1].key is None

    def _scalar(self, event: _Event) -> None:
        value = self._resolved(event)
        anchor = self._anchor(event)
        if self._expects_key():
            if not isinstance(value, str):
                raise self.fault("key-type", f"the key {event.value[:100]!r} is not text; put it in quotes", event)
            self._key(value, event)
        else:
            self._count(event)
            self._place(event, value, 1, 0)
        if anchor is not None:
            anchor.value, anchor.nodes, anchor.ready = value, 1, True

    def _key(self, key: str, event: _Event) -> None:
        frame = self.stack[-1]
        frame.key = key
        if key in frame.value and len(self.faults) < MAX_PROBLEMS:
            self.faults.append(
                self.fault("key-duplicate", f"the key {key[:100]!r} is there twice", event, self.pointer())
            )

    def _alias(self, event: _Event) -> None:
        self.aliases += 1
        if self.aliases > self.limits.max_aliases:
            raise self.fault("alias", f"the document uses more than {self.limits.max_aliases} aliases", event)
        anchor = self.anchors.get(event.anchor)
        if anchor is None or not anchor.ready:
            what = "is not defined" if anchor is None else "holds itself"
            raise self.fault("alias", f"the alias {event.anchor[:100]!r} {what}", event)
        if self._expects_key():
            if not isinstance(anchor.value, str):
                raise self.fault("key-type", "a key must be text", event)
            self._key(anchor.value, event)
            return
        self._count(event, anchor.nodes)
        self._place(event, anchor.value, anchor.nodes, anchor.height)

    def _open(self, event: _Event) -> None:
        mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!", _PREFIX + ("map" if mapping else "seq")):
            raise self.fault("tag", f"the tag {event.tag[:100]!r} is not supported", event)
        if self._expects_key():
            raise self.fault("key-type", "a key must be text", event)
        self._count(event)
        pointer = self.pointer()
        if self.lines is not None:
            self.lines[pointer] = (event.start_mark.line + 1, event.start_mark.column + 1)
        self._check_depth(event, 1)
        value: Any = {} if mapping else []
        self.stack.append(_Frame(value, pointer, event, self._anchor(event), self.nodes))

    def _close(self) -> None:
        frame = self.stack.pop()
        nodes = self.nodes - frame.nodes + 1
        if frame.anchor is not None:
            frame.anchor.value, frame.anchor.nodes = frame.value, nodes
            frame.anchor.height, frame.anchor.ready = frame.height, True
        self._place(frame.event, frame.value, nodes, frame.height, opened=True)

    def _place(self, event: _Event, value: Any, nodes: int, height: int, opened: bool = False) -> None:
        """Puts a finished value where it belongs."""
        self._check_depth(event, height)
        if self.lines is not None and not opened:
            self.lines[self.pointer()] = (event.start_mark.line + 1, event.start_mark.column + 1)
        if not self.stack:
            self.value = value
            return
        frame = self.stack[-1]
        frame.height = max(frame.height, height + 1)
        if isinstance(frame.value, list):
            frame.value.append(value)
        else:
            frame.value[frame.key] = value
            frame.key = None

    def _check_depth(self, event: _Event, height: int) -> None:
        if len(self.stack) + height > self.limits.max_depth:
            raise self.fault("too-deep", f"the document is nested deeper than {self.limits.max_depth}", event)

    def _anchor(self, event: _Event) -> _Anchor | None:
        if event.anchor is None:
            return None
        anchor = self.anchors[event.anchor] = _Anchor()
        return anchor

    def _resolved(self, event: _Event) -> Any:
        """The value of a scalar by the 1.2 core schema."""
        tag, text = event.tag, event.value
        if tag is None and event.implicit[0]:
            return self._plain(text, event)
        if tag in (None, "!", _PREFIX + "str"):
            return text
        kind = tag.removeprefix(_PREFIX)
        if kind not in ("int", "float", "bool", "null"):
            raise self.fault("tag", f"the tag {tag[:100]!r} is not supported", event)
        value = self._plain(text, event)
        wanted = {"int": int, "float": float, "bool": bool, "null": type(None)}[kind]
        if kind == "float" and type(value) is int:
            value = float(value)
        if type(value) is not wanted:
            raise self.fault("tag", f"{text[:100]!r} is no {kind}", event)
        return value

    def _plain(self, text: str, event: _Event) -> Any:
        if text in _NULLS:
            return None
        if text in _BOOLS:
            return _BOOLS[text]
        if text[0] not in "-+.0123456789":
            return text
        if _INTEGER.fullmatch(text):
            return self._integer(text, event)
        if _FLOAT.fullmatch(text):
            value = float(text)
            if math.isinf(value):
                raise self.fault("number", f"the number {text[:40]} is too large", event, self.pointer())
            return value
        if _NO_NUMBER.fullmatch(text):
            raise self.fault("number", f"{text} is no JSON number", event, self.pointer())
        return text

    def _integer(self, text: str, event: _Event) -> int:
        bits = self.limits.max_bits
        value = None
        if len(text) <= bits:
            base = {"0o": 8, "0x": 16}.get(text[:2], 10)
            value = int(text[2:] if base != 10 else text, base)
        if value is None or value.bit_length() > bits:
            raise self.fault("number", f"an integer of more than {bits} bits", event, self.pointer())
        return value


def _unprintable(text: str) -> tuple[int, int]:
    """The place of the first character that YAML does not allow."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return (0, 0)
    return text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())


def _events(text: str) -> Iterator[_Event]:
    return cast("Iterator[_Event]", yaml.parse(text, Loader=_LOADER))


def read_yaml(
    text: str, limits: TextLimits = DEFAULT, lines: dict[str, tuple[int, int]] | None = None
) -> tuple[Any, list[TextFault]]:
    """A document's value, or its faults. `lines`, if given, receives the place of every value by JSON pointer."""
    composer = _Composer(limits, lines)
    try:
        for event in _events(text):
            composer.take(event)
    except TextFault as fault:
        return None, [*composer.faults, fault]
    except yaml.MarkedYAMLError as error:
        mark: Any = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        return None, [*composer.faults, TextFault("syntax", error.problem or "not well-formed YAML", *place)]
    except (yaml.YAMLError, ValueError) as error:
        reason = getattr(error, "reason", "") or "not well-formed YAML"
        return None, [TextFault("syntax", str(reason), *_unprintable(text))]
    if composer.faults:
        return None, composer.faults
    if not composer.documents:
        return None, [TextFault("syntax", "the document is empty", 1, 1)]
    return composer.value, []


def yaml_lines(text: str, limits: TextLimits = DEFAULT) -> dict[str, tuple[int, int]]:
    """Line and column of every value, by JSON pointer; `text` is known to be YAML."""
    lines: dict[str, tuple[int, int]] = {}
    read_yaml(text, limits, lines)
    return lines
