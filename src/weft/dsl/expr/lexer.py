"""Tokens of a jq text.

A token is a tuple (kind, value, start, end). Kinds: `id`, `field`, `var`, `num`, `fmt`, `kw`, `op`, and for texts
`q(` (begin), `qt` (piece), `q[` and `q]` (begin and end of an interpolation), `q)` (end); `end` at the end.
Comments run to the end of the line; an odd number of backslashes before it continues them, CR LF is one line end.
"""

from __future__ import annotations

import re

Token = tuple[str, str, int, int]

KEYWORDS = frozenset(
    [
        "as",
        "def",
        "if",
        "then",
        "else",
        "elif",
        "end",
        "and",
        "or",
        "reduce",
        "foreach",
        "try",
        "catch",
        "label",
        "break",
        "import",
        "include",
        "module",
        "__loc__",
    ]
)

_TOKEN = re.compile(
    r"""(?P<space>[ \r\n\t]+|\#(?:\\\\|\\\r?\n|[^\n])*)
    |(?P<field>\.[a-zA-Z_][a-zA-Z_0-9]*)
    |(?P<num>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<id>(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*)
    |(?P<var>\$(?:[a-zA-Z_][a-zA-Z_0-9]*::)*[a-zA-Z_][a-zA-Z_0-9]*)
    |(?P<fmt>@[a-zA-Z0-9_]+)
    |(?P<op>\?//|//=|\.\.|[!=|+\-*/%<>]=|//|[.?=;,:|+\-*/%$<>()\[\]{}])
    |(?P<quote>")""",
    re.VERBOSE,
)
_PIECE = re.compile(r'(?P<plain>[^\\"]+)|(?P<open>\\\()|(?P<escape>(?:\\u[0-9a-fA-F]{4}|\\["\\/bfnrt])+)|(?P<quote>")')
_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_SIMPLE = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


class SyntaxProblem(Exception):
    """The text is no expression: `offset`, and what was found or expected."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


def unescaped(text: str) -> str:
    """JSON escapes as characters; a lone surrogate becomes U+FFFD."""
    return _ESCAPE.sub(_one_escape, text)


def _one_escape(match: re.Match[str]) -> str:
    escape = match.group()
    if len(escape) == 12:
        high, low = int(escape[2:6], 16), int(escape[8:], 16)
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    if len(escape) == 6:
        code = int(escape[2:], 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
    return _SIMPLE.get(escape[1], escape[1])


class Lexer:
    """Reads tokens of `text` from `start`; `closing` stops at the bracket that closes an outer one.

    With `closing`, reading ends right after the unmatched `}`: that is how the end of `${` is found. `position` is
    then the offset behind it.
    """

    def __init__(self, text: str, start: int = 0, *, closing: bool = False) -> None:
        self.text = text
        self.position = start
        self.closing = closing
        self.closed = False
        self.tokens: list[Token] = []
        self.open: list[tuple[str, int]] = []

    def run(self) -> list[Token]:
        """All tokens, `end` last. Raises SyntaxProblem."""
        text, size = self.text, len(self.text)
        match = _TOKEN.match
        while self.position < size and not self.closed:
            found = match(text, self.position)
            if found is None:
                raise SyntaxProblem(self.position, f"unexpected character {text[self.position]!r}")
            start = self.position
            self.position = found.end()
            kind = found.lastgroup or ""
            if kind == "space":
                continue
            if kind == "quote":
                self.tokens.append(("q(", "", start, self.position))
                self.pieces()
            elif kind == "op":
                self.operator(found.group(), start)
            else:
                self.tokens.append(_named(kind, found.group(), start, self.position))
        if self.open and not self.closed:
            opener, at = self.open[-1]
            raise SyntaxProblem(at, f"{_shown(opener)} is never closed")
        self.tokens.append(("end", "", self.position, self.position))
        return self.tokens

    def operator(self, value: str, start: int) -> None:
        if value in _CLOSERS:
            self.open.append((_CLOSERS[value], start))
        elif value in (")", "]", "}"):
            if not self.open and self.closing and value == "}":
                self.closed = True
                return
            if self.interpolated(value, start):
                return
        self.tokens.append(("op", value, start, self.position))

    def interpolated(self, value: str, start: int) -> bool:
        """A closing bracket; True when it ended an interpolation and the text goes on."""
        if not self.open:
            raise SyntaxProblem(start, f"unexpected {value!r}, nothing is open")
        opener, at = self.open.pop()
        if opener == '"' and value == ")":
            self.tokens.append(("q]", "", start, self.position))
            self.pieces()
            return True
        if opener != value:
            raise SyntaxProblem(start, f"unexpected {value!r}, {_shown(opener)} opened at offset {at} is open")
        return False

    def pieces(self) -> None:
        """Pieces of a text up to its end or to the next interpolation."""
        while True:
            found = _PIECE.match(self.text, self.position)
            if found is None:
                if self.position >= len(self.text):
                    raise SyntaxProblem(self.position, "unterminated text, expected '\"'")
                raise SyntaxProblem(self.position, "invalid escape in a text")
            start = self.position
            self.position = found.end()
            kind = found.lastgroup
            if kind == "plain":
                self.tokens.append(("qt", found.group(), start, self.position))
            elif kind == "escape":
                self.tokens.append(("qt", unescaped(found.group()), start, self.position))
            elif kind == "open":
                self.tokens.append(("q[", "", start, self.position))
                self.open.append(('"', start))
                return
            else:
                self.tokens.append(("q)", "", start, self.position))
                return


def _named(kind: str, value: str, start: int, end: int) -> Token:
    if kind == "id" and value in KEYWORDS:
        return ("id" if value == "__loc__" else "kw", value, start, end)
    if kind == "num":
        return (kind, value, start, end)
    if kind == "id":
        return (kind, value, start, end)
    return (kind, value[1:], start, end)


def _shown(opener: str) -> str:
    return "interpolation" if opener == '"' else {")": "'('", "]": "'['", "}": "'{'"}[opener]


def tokens_of(text: str) -> list[Token]:
    """Tokens of a whole text. Raises SyntaxProblem."""
    return Lexer(text).run()


def closing_brace(text: str, start: int) -> int:
    """Offset behind the `}` that ends the expression beginning at `start`; SyntaxProblem when there is none."""
    lexer = Lexer(text, start, closing=True)
    lexer.run()
    if not lexer.closed:
        raise SyntaxProblem(start, "expected '}' that closes '${'")
    return lexer.position
