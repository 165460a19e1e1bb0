"""Reads a pattern in the syntax that jq has (Oniguruma, Perl-like with named groups) into a tree.

What that syntax means where engines differ: `\\d \\w \\s` and POSIX brackets are Unicode; `\\h` and `\\v` are the
letters; classes do not nest; `{,n}` is text; a quantifier followed by `+` is possessive; `(?i)` inside a group holds
to the end of the group; `(?s)` lets `.` match line feeds and `(?m)` makes `^` and `$` match at lines. Sub-expression
calls, conditional and absent groups and text-segment boundaries are refused by name. Case-blind matching folds one
code point to one code point.
"""

from __future__ import annotations

import re
from typing import Final

from weft.dsl.expr.regex_ast import (
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
    Mode,
    Node,
    Parsed,
    Repeat,
    children,
)
from weft.dsl.expr.regex_escapes import ClassReader, Cursor, failure, type_escape

MAX_COUNT: Final = 100_000
MAX_NESTING: Final = 50
MAX_DEPTH: Final = 100
MAX_GROUPS: Final = 1_000

_COUNT: Final = re.compile(r"\{(\d{1,9})(,?)(\d{0,9})\}")
_OPTIONS: Final = re.compile(r"([imsx]*)(?:-([imsx]*))?([:)])")
_NAME: Final = re.compile(r"([^\W\d]\w*)", re.UNICODE)
_ANCHORS: Final[dict[str, AnchorKind]] = {
    "A": "start",
    "z": "end",
    "Z": "end_or_newline",
    "b": "word",
    "B": "not_word",
    "G": "search_start",
}
_LINE_BREAK: Final = r"(?>\r\n|[\n-\r\x{85}\x{2028}\x{2029}])"
_CLUSTER: Final = (
    r"(?>\r\n|[[:cntrl:]]|[\x{1F1E6}-\x{1F1FF}]{2}"
    r"|\O(?:[\p{M}\x{1F3FB}-\x{1F3FF}]|\x{200D}[\x{2190}-\x{2BFF}\x{1F000}-\x{1FAFF}]?)*)"
)
_REFUSED_GROUPS: Final = {"(": "conditional groups", "~": "absent groups"}


class Options:
    """The switches of `(?imsx)` as they stand at one place."""

    __slots__ = ("dotall", "extended", "fold", "lines")

    def __init__(self, fold: bool, extended: bool, dotall: bool, lines: bool = False) -> None:
        self.fold = fold
        self.extended = extended
        self.dotall = dotall
        self.lines = lines

    def changed(self, on: str, off: str) -> Options:
        def switch(letter: str, now: bool) -> bool:
            return letter not in off and (letter in on or now)

        return Options(
            switch("i", self.fold), switch("x", self.extended), switch("s", self.dotall), switch("m", self.lines)
        )


def parse(pattern: str, *, fold: bool = False, extended: bool = False, dotall: bool = False) -> Parsed:
    """The tree of `pattern`; RegexError with the place for anything that is not one."""
    parser = _Parser(pattern)
    root = parser.alternatives(Options(fold, extended, dotall), 0)
    if parser.at < len(pattern):
        raise failure("unmatched close parenthesis", parser.at)
    parser.check_references()
    _check_depth(root)
    return Parsed(root, tuple(parser.names))


def _check_depth(root: Node) -> None:
    """Brackets and quantifiers may be stacked so far that walking the tree stays harmless."""
    pending = [(root, 1)]
    while pending:
        node, depth = pending.pop()
        if depth > MAX_DEPTH:
            raise failure("too deep nest level over limit", 0)
        pending.extend((child, depth + 1) for child in children(node))


class _Parser(Cursor):
    def __init__(self, pattern: str) -> None:
        super().__init__(pattern)
        self.names: list[str | None] = []
        self.references: list[tuple[int, int]] = []

    def check_references(self) -> None:
        for number, at in self.references:
            if number > len(self.names):
                raise failure("invalid backref number/name", at)

    def alternatives(self, options: Options, depth: int) -> Node:
        """Branches up to the closing bracket or the end. An option group changes `options` for the rest."""
        if depth > MAX_NESTING:
            raise failure("too deep nest level over limit", self.at)
        branches: list[Node] = []
        items: list[Node] = []
        while self.at < len(self.text) and self.text[self.at] != ")":
            if self.take("|"):
                branches.append(_cat(items))
                items = []
                continue
            if self.skip_blank(options.extended):
                continue
            changed = self.option_switch(options)
            if changed is not None:
                options = changed
                continue
            items.extend(self.quantified(options, depth))
        branches.append(_cat(items))
        return branches[0] if len(branches) == 1 else Alt(tuple(branches))

    def skip_blank(self, extended: bool) -> bool:
        """Comments, and in extended syntax blanks."""
        start = self.at
        if self.text.startswith("(?#", self.at):
            end = self.text.find(")", self.at)
            if end < 0:
                raise failure("end pattern in group", self.at)
            self.at = end + 1
        elif extended and self.text[self.at] in " \t\n\r\f\v":
            self.at += 1
        elif extended and self.text[self.at] == "#":
            end = self.text.find("\n", self.at)
            self.at = len(self.text) if end < 0 else end + 1
        return self.at > start

    def option_switch(self, options: Options) -> Options | None:
        """`(?i)` and its like, for the rest of the group."""
        if not self.text.startswith("(?", self.at):
            return None
        found = _OPTIONS.match(self.text, self.at + 2)
        if found is None or found.group(3) != ")":
            return None
        self.at = found.end()
        return options.changed(found.group(1), found.group(2) or "")

    def quantified(self, options: Options, depth: int) -> list[Node]:
        """One element with its quantifiers (a quoted text gives several)."""
        start = self.at
        nodes = self.element(options, depth)
        layers = 0
        while self.at < len(self.text):
            if self.skip_blank(options.extended):
                continue
            counts = self.counts()
            if counts is None:
                break
            if not nodes:
                raise failure("target of repeat operator is invalid", start)
            layers += 1
            if layers > MAX_DEPTH:
                raise failure("too deep nest level over limit", self.at)
            nodes[-1] = Repeat(nodes[-1], counts[0], counts[1], self.mode())
        return nodes

    def mode(self) -> Mode:
        if self.take("?"):
            return "lazy"
        return "possessive" if self.take("+") else "greedy"

    def counts(self) -> tuple[int, int | None] | None:
        letter = self.text[self.at]
        if letter in "*+?":
            self.at += 1
            return int(letter == "+"), 1 if letter == "?" else None
        found = _COUNT.match(self.text, self.at) if letter == "{" else None
        if found is None:
            return None
        low = int(found.group(1))
        high = int(found.group(3)) if found.group(3) else None if found.group(2) else low
        if low > MAX_COUNT or (high or 0) > MAX_COUNT:
            raise failure("too big number for repeat range", self.at)
        if high is not None and high < low:
            raise failure("upper is smaller than lower in repeat range", self.at)
        self.at = found.end()
        return low, high

    def element(self, options: Options, depth: int) -> list[Node]:
        letter = self.text[self.at]
        if letter in "*+?":
            raise failure("target of repeat operator is not specified", self.at)
        self.at += 1
        if letter == "(":
            return [self.group(options, depth)]
        if letter == "[":
            return [ClassReader(self, options.fold).read()]
        if letter == "\\":
            return self.escape(options)
        if letter == ".":
            return [Dot(options.dotall)]
        if letter == "^":
            return [Anchor("line_start" if options.lines else "start")]
        if letter == "$":
            return [Anchor("line_end" if options.lines else "end_or_newline")]
        return [Char(letter, options.fold)]

    def group(self, options: Options, depth: int) -> Node:
        at = self.at - 1
        if not self.take("?"):
            return self.capture(None, options, depth, at)
        for mark, ahead, negated in (("=", True, False), ("!", True, True), ("<=", False, False), ("<!", False, True)):
            if self.take(mark):
                return Look(self.body(options, depth, at), ahead, negated)
        if self.take(">"):
            return Atomic(self.body(options, depth, at))
        if self.take("<"):
            return self.capture(self.name(">"), options, depth, at)
        if self.take("'"):
            return self.capture(self.name("'"), options, depth, at)
        found = _OPTIONS.match(self.text, self.at)
        if found is not None:
            self.at = found.end()
            return self.body(options.changed(found.group(1), found.group(2) or ""), depth, at)
        if self.at >= len(self.text):
            raise failure("end pattern in group", self.at)
        refused = _REFUSED_GROUPS.get(self.text[self.at])
        raise failure(f"{refused} are not supported" if refused else "undefined group option", self.at)

    def capture(self, name: str | None, options: Options, depth: int, at: int) -> Node:
        if len(self.names) >= MAX_GROUPS:
            raise failure("too many capture groups", at)
        self.names.append(name)
        index = len(self.names)
        return Group(index, self.body(options, depth, at))

    def body(self, options: Options, depth: int, at: int) -> Node:
        node = self.alternatives(options, depth + 1)
        if not self.take(")"):
            raise failure("end pattern with unmatched parenthesis", at)
        return node

    def name(self, close: str) -> str:
        """A group's name up to `close`."""
        end = self.text.find(close, self.at)
        text = self.text[self.at : end if end >= 0 else len(self.text)]
        if end < 0 or not _NAME.fullmatch(text):
            raise failure(f"invalid group name <{text}>", self.at)
        self.at = end + 1
        return text

    def escape(self, options: Options) -> list[Node]:
        at = self.at - 1
        if self.at >= len(self.text):
            raise failure("end pattern at escape", at)
        letter = self.text[self.at]
        if letter in "123456789":
            return [self.number_reference(options, at)]
        special = self.special(letter, options, at)
        if special is not None:
            return special
        typed = type_escape(self)
        if typed is not None:
            return [CharSet(typed[0], (), typed[1], options.fold)]
        return [Char(self.escaped_char(), options.fold)]

    def special(self, letter: str, options: Options, at: int) -> list[Node] | None:
        """Escapes that are more than a character or a class."""
        if letter in _ANCHORS:
            self.at += 1
            return [Anchor(_ANCHORS[letter])]
        if letter in "RX":
            self.at += 1
            return [parse(_LINE_BREAK if letter == "R" else _CLUSTER).root]
        if letter in "NOK":
            self.at += 1
            return [Keep() if letter == "K" else Dot(letter == "O")]
        if letter == "Q":
            self.at += 1
            end = self.text.find("\\E", self.at)
            quoted = self.text[self.at : end if end >= 0 else len(self.text)]
            self.at = len(self.text) if end < 0 else end + 2
            return [Char(char, options.fold) for char in quoted]
        if letter in "kgyY":
            return [self.named_reference(letter, options, at)]
        return None

    def number_reference(self, options: Options, at: int) -> Node:
        end = self.at
        while end < len(self.text) and self.text[end] in "0123456789" and end - self.at < 4:
            end += 1
        number = int(self.text[self.at : end])
        if number > 9 and number > len(self.names):
            return Char(self.escaped_char(), options.fold)
        self.at = end
        self.references.append((number, at))
        return BackRef((number,), options.fold)

    def named_reference(self, letter: str, options: Options, at: int) -> Node:
        """`\\k<name>`, `\\k'name'`, `\\k<1>`."""
        opening = self.text[self.at + 1 : self.at + 2]
        if letter != "k":
            what = "sub-expression calls" if letter == "g" else "text segment boundaries"
            raise failure(f"{what} are not supported", at)
        if opening not in ("<", "'"):
            self.at += 1
            return Char("k", options.fold)
        end = self.text.find(">" if opening == "<" else "'", self.at + 2)
        name = self.text[self.at + 2 : end if end >= 0 else len(self.text)]
        if name.isascii() and name.isdigit() and end >= 0:
            groups = (min(int(name[:6]), MAX_GROUPS + 1),)
            self.references.append((groups[0] or MAX_GROUPS + 1, at))
        else:
            groups = tuple(index + 1 for index, known in enumerate(self.names) if known == name)
        if end < 0 or not groups:
            raise failure(f"undefined name <{name}> reference", at)
        self.at = end + 1
        return BackRef(groups, options.fold)


def _cat(items: list[Node]) -> Node:
    return items[0] if len(items) == 1 else Cat(tuple(items))
