"""Zinc, the text form of Haystack grids: reading answers and writing requests.

Read are all scalars of versions 2 and 3, lists, dictionaries and nested grids, to a depth of 32.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from weft.connectors.haystack_values import Grid, moment, quantity

MAX_DEPTH: Final = 32
_ESCAPES: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$", "'": "'"}
_ID = re.compile(r"[a-z][A-Za-z0-9_]*")
_REF = re.compile(r"@[A-Za-z0-9_:.~-]+")
_DATE_TIME = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)(?: (?:GMT[+-]\d+|[A-Z][\w/+-]*))?"
)
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?")
_NUMBER = re.compile(r"(-?\d[\d_]*(?:\.[\d_]+)?(?:[eE][+-]?\d+)?)([^\s,\])}>\"]*)")
_COORD = re.compile(r"C\((-?[\d.]+),(-?[\d.]+)\)")
_WORDS: Final = {
    "INF": None,
    "-INF": None,
    "NaN": None,
    "NA": None,
    "N": None,
    "R": None,
    "M": True,
    "T": True,
    "F": False,
}
_WORD = re.compile(r"-INF|INF|NaN|NA|N|R|M|T|F")
_XSTR = re.compile(r"[A-Z][A-Za-z0-9_]*\(")


class ZincError(ValueError):
    """The text is no Zinc."""


def read_grid(text: str) -> Grid:
    """The grid that a text holds. Raises ZincError."""
    reader = _Reader(text.replace("\r\n", "\n").replace("\r", "\n"))
    return reader.grid(0)


class _Reader:
    """A position in a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    # -- signs --

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _spaces(self) -> None:
        while self._peek() in (" ", "\t"):
            self._at += 1

    def _take(self, sign: str) -> bool:
        if self._text.startswith(sign, self._at):
            self._at += len(sign)
            return True
        return False

    def _expect(self, sign: str) -> None:
        if not self._take(sign):
            raise ZincError(f"{sign!r} is missing at character {self._at}")

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
        return found

    def _name(self) -> str:
        found = self._match(_ID)
        if found is None:
            raise ZincError(f"a name is missing at character {self._at}")
        return found[0]

    # -- grids --

    def grid(self, depth: int) -> Grid:
        self._expect("ver:")
        self._string()
        meta = self._tags("\n", depth)
        self._expect("\n")
        names = self._columns(depth)
        rows: list[dict[str, Any]] = []
        while self._peek() not in ("", "\n") and not self._text.startswith(">>", self._at):
            rows.append(self._row(names, depth))
        self._take("\n")
        return Grid(rows, meta)

    def _columns(self, depth: int) -> list[str]:
        names: list[str] = []
        while True:
            self._spaces()
            names.append(self._name())
            self._tags(",\n", depth)
            if not self._take(","):
                break
        if self._peek():
            self._expect("\n")
        return names

    def _row(self, names: Sequence[str], depth: int) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for index, name in enumerate(names):
            if index:
                self._expect(",")
            self._spaces()
            if self._peek() not in (",", "\n", ""):
                value = self._value(depth + 1)
                if value is not None:
                    row[name] = value
            self._spaces()
        if self._peek():
            self._expect("\n")
        return row

    def _tags(self, end: str, depth: int) -> dict[str, Any]:
        """` name`, ` name:value` … up to one of the signs in `end`."""
        found: dict[str, Any] = {}
        while True:
            self._spaces()
            if self._peek() in ("", *end):
                return found
            self._take(",")
            self._spaces()
            name = self._name()
            found[name] = self._value(depth + 1) if self._take(":") else True

    # -- values --

    def _value(self, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise ZincError(f"more than {MAX_DEPTH} levels")
        sign = self._peek()
        if sign == '"':
            return self._string()
        if sign == "`":
            return self._quoted("`")
        if sign == "@":
            return self._reference()
        if sign == "[":
            return self._list(depth)
        if sign == "{":
            return self._dict(depth)
        if sign == "<":
            return self._nested(depth)
        return self._plain()

    def _plain(self) -> Any:
        """Words, dates, times, numbers, coordinates and typed texts."""
        found = self._match(_DATE_TIME)
        if found is not None:
            return moment(found[0].partition(" ")[0])
        for pattern in (_DATE, _TIME):
            found = self._match(pattern)
            if found is not None:
                return found[0]
        found = self._match(_COORD)
        if found is not None:
            return {"lat": float(found[1]), "lng": float(found[2])}
        found = self._match(_XSTR)
        if found is not None:
            text = self._string()
            self._expect(")")
            return text
        found = self._match(_WORD)
        if found is not None:
            return _WORDS[found[0]]
        return self._number()

    def _number(self) -> Any:
        found = self._match(_NUMBER)
        if found is None:
            raise ZincError(f"a value cannot be read at character {self._at}")
        try:
            return quantity(float(found[1].replace("_", "")), found[2])
        except (ValueError, OverflowError):
            return None

    def _reference(self) -> str:
        found = self._match(_REF)
        if found is None:
            raise ZincError(f"a reference cannot be read at character {self._at}")
        before = self._at
        self._spaces()
        if self._peek() == '"':
            self._string()  # what people call it
        else:
            self._at = before
        return found[0][1:]

    def _string(self) -> str:
        return self._quoted('"')

    def _quoted(self, end: str) -> str:
        self._expect(end)
        parts: list[str] = []
        while True:
            sign = self._peek()
            self._at += 1
            if not sign or sign == "\n":
                raise ZincError("a text has no end")
            if sign == end:
                return "".join(parts)
            parts.append(self._escaped(end) if sign == "\\" else sign)

    def _escaped(self, end: str) -> str:
        sign = self._peek()
        self._at += 1
        if sign == "u":
            digits = self._text[self._at : self._at + 4]
            self._at += 4
            try:
                return chr(int(digits, 16))
            except ValueError:
                raise ZincError("an escape cannot be read") from None
        if end == "`":
            return sign if sign == "`" else f"\\{sign}"
        return _ESCAPES.get(sign, sign)

    def _list(self, depth: int) -> list[Any]:
        self._expect("[")
        found: list[Any] = []
        while True:
            self._spaces()
            if self._take("]"):
                return found
            found.append(self._value(depth + 1))
            self._spaces()
            self._take(",")

    def _dict(self, depth: int) -> dict[str, Any]:
        self._expect("{")
        found = self._tags("}", depth)
        self._expect("}")
        return found

    def _nested(self, depth: int) -> list[dict[str, Any]]:
        self._expect("<<")
        self._take("\n")
        grid = self.grid(depth + 1)
        self._take("\n")
        self._expect(">>")
        return grid.rows


def text(value: str) -> str:
    """A text as Zinc writes it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return '"' + escaped.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t") + '"'


def reference(value: str) -> str:
    """A reference as Zinc writes it. Raises ZincError for an id that is none."""
    ident = value if value.startswith("@") else f"@{value}"
    if not _REF.fullmatch(ident):
        raise ZincError(f"{value[:60]!r} is no id")
    return ident


def write_grid(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A grid of cells that are written already."""
    lines = ['ver:"3.0"', ",".join(columns), *(",".join(row) for row in rows)]
    return "\n".join(lines) + "\n"
