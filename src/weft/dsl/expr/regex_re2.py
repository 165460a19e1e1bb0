"""The linear engine: a pattern's tree as RE2 text, and searching with it.

RE2 works on UTF-8; offsets are turned into code points once, in order, so that a search stays linear in the subject.
What RE2 cannot say gives no text (`emit` answers None) and belongs to the metered matcher.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import re2

from weft.dsl.expr.regex_ast import (
    MAX_WIDTH,
    Alt,
    Anchor,
    AnchorKind,
    Atomic,
    BackRef,
    Cat,
    Char,
    CharSet,
    Dot,
    Group,
    Keep,
    Look,
    Node,
    Repeat,
    any_node,
    children,
    has_anchor,
    width,
)
from weft.dsl.expr.regex_escapes import quote

MAX_MEMORY: Final = 8 * 1024 * 1024
MAX_REPEAT: Final = 1_000

_ANCHORS: Final = {
    "start": r"\A",
    "end": r"\z",
    "end_or_newline": r"\z",
    "line_start": "(?m:^)",
    "line_end": "(?m:$)",
    "word": r"\b",
    "not_word": r"\B",
}
_TAIL: Final[frozenset[AnchorKind]] = frozenset({"end_or_newline", "line_start"})
_WORDS: Final[frozenset[AnchorKind]] = frozenset({"word", "not_word"})
_SEARCH: Final[frozenset[AnchorKind]] = frozenset({"search_start"})
_BEYOND: Final = (Atomic, BackRef, Keep, Look)

Spans = list[tuple[int, int]]


def class_text(node: CharSet) -> str | None:
    """A class as RE2 text; None when it is a complement that holds complements."""
    if not node.complements:
        text = f"[{'^' if node.negated else ''}{node.items}]"
    elif not node.items and len(node.complements) == 1:
        text = f"[{'' if node.negated else '^'}{node.complements[0]}]"
    elif node.negated:
        return None
    else:
        parts = [f"[{node.items}]"] if node.items else []
        text = f"(?:{'|'.join([*parts, *(f'[^{inside}]' for inside in node.complements)])})"
    return f"(?i:{text})" if node.fold else text


def ascii_class_text(node: CharSet) -> str:
    """The class among the ASCII characters only, written out."""
    accepts = [compile_text(f"(?i:[{node.items}])" if node.fold else f"[{node.items}]")] if node.items else []
    accepts += [compile_text(f"[^{inside}]") for inside in node.complements]
    inside = "".join(
        quote(chr(code))
        for code in range(128)
        if any(accept.fullmatch(chr(code)) for accept in accepts) != node.negated
    )
    return f"[{inside}]" if inside else r"[^\x{0}-\x{10ffff}]"


def compile_text(text: str, longest: bool = False) -> Any:
    """An RE2 object; re2.error when RE2 refuses."""
    options = re2.Options()
    options.log_errors = False
    options.max_mem = MAX_MEMORY
    options.longest_match = longest
    return re2.compile(text, options=options)


def emit(node: Node, ascii_only: bool) -> str | None:
    """RE2 text of a tree, None if RE2 cannot say it. `ascii_only`: for subjects without other characters."""
    if any_node(node, _BEYOND) or has_anchor(node, _SEARCH):
        return None
    if not ascii_only and has_anchor(node, _WORDS):
        return None
    return _Emitter(ascii_only).text(node)


class _Emitter:
    def __init__(self, ascii_only: bool) -> None:
        self.ascii_only = ascii_only

    def text(self, node: Node) -> str | None:
        if isinstance(node, Char):
            return f"(?i:{quote(node.text)})" if node.fold else quote(node.text)
        if isinstance(node, CharSet):
            found = class_text(node)
            return ascii_class_text(node) if found is None and self.ascii_only else found
        if isinstance(node, Dot):
            return "(?s:.)" if node.newline else r"[^\n]"
        if isinstance(node, Anchor):
            return _ANCHORS[node.kind]
        return self.compound(node)

    def compound(self, node: Node) -> str | None:
        if isinstance(node, Repeat):
            return self.repeat(node)
        parts = [self.text(item) for item in children(node)]
        if any(part is None for part in parts):
            return None
        texts = [part for part in parts if part is not None]
        if isinstance(node, Cat):
            return "".join(texts)
        if isinstance(node, Alt):
            return f"(?:{'|'.join(texts)})"
        return f"({texts[0]})" if isinstance(node, Group) else None

    def repeat(self, node: Repeat) -> str | None:
        inner = self.text(node.item)
        if inner is None or node.mode == "possessive" or max(node.low, node.high or 0) > MAX_REPEAT:
            return None
        if node.high is None and node.low <= 1:
            counts = "+" if node.low else "*"
        elif (node.low, node.high) == (0, 1):
            counts = "?"
        else:
            counts = f"{{{node.low},{'' if node.high is None else node.high}}}"
        return f"(?:{inner}){counts}{'?' if node.mode == 'lazy' else ''}"


def tail_sensitive(node: Node) -> bool:
    """Whether a line feed at the very end of the subject changes what an anchor means."""
    return has_anchor(node, _TAIL)


def may_overrun(node: Node) -> bool:
    """Whether a search can read far behind the match that it returns.

    It can when something that may fail follows a repetition without end: `a.*b|a` reads to the end of the subject
    for each `a`. Such searches are charged for what is left of the subject, the others for what they matched.
    """
    return _overruns(node, False)


def _overruns(node: Node, follows: bool) -> bool:
    """`follows`: something that can fail comes after this node."""
    if isinstance(node, Cat):
        for item in reversed(node.items):
            if _overruns(item, follows):
                return True
            follows = follows or width(item)[0] > 0 or isinstance(item, Anchor)
        return False
    if isinstance(node, Repeat):
        endless = width(node)[1] >= MAX_WIDTH
        return endless and (follows or width(node.item) != (1, 1)) and not isinstance(node.item, Anchor)
    return any(_overruns(child, follows) for child in children(node))


def iterate(compiled: Any, subject: str, start: int = 0) -> Iterator[Spans]:
    """All matches in order; after an empty match the search goes on one code point further."""
    data = subject.encode()
    offsets = _Offsets(data, subject.isascii())
    at = len(subject[:start].encode()) if start else 0
    while at <= len(data):
        found = compiled.search(data, at)
        if found is None:
            return
        spans: Spans = [found.span(index) for index in range(compiled.groups + 1)]
        begin, end = spans[0]
        yield spans if offsets.plain else offsets.spans(spans)
        at = end if end > begin else _next_char(data, end)


def _next_char(data: bytes, at: int) -> int:
    at += 1
    while at < len(data) and data[at] & 0xC0 == 0x80:
        at += 1
    return at


class _Offsets:
    """Turns byte offsets into code points; offsets of one match are asked for together, matches in order."""

    def __init__(self, data: bytes, plain: bool) -> None:
        self.plain = plain
        self._data = data
        self._bytes = 0
        self._chars = 0

    def spans(self, spans: Spans) -> Spans:
        wanted = sorted({offset for span in spans for offset in span if offset >= 0})
        known: dict[int, int] = {-1: -1}
        for offset in wanted:
            self._chars += len(self._data[self._bytes : offset].decode()) if offset > self._bytes else 0
            self._bytes = max(self._bytes, offset)
            known[offset] = self._chars
        return [(known[begin], known[end]) for begin, end in spans]
