"""The characters of a pattern: escapes, properties and character classes.

Classes are handed on as RE2 text, so that both engines use one table of Unicode properties.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

import re2

from weft.dsl.expr.regex_ast import SPACE, WORD, CharSet, RegexError

_SIMPLE: Final = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}
_HEX: Final = re.compile(r"x\{([0-9A-Fa-f]{1,8})\}|x([0-9A-Fa-f]{0,2})")
_OCTAL: Final = re.compile(r"o\{([0-7]{1,11})\}|([0-7]{1,3})")
_PROPERTY: Final = re.compile(r"([pP])\{(\^?)([^{}]{0,60})\}")
_POSIX: Final = re.compile(r"\[:(\^?)([A-Za-z]{1,20}):\]")

TYPES: Final = {"d": r"\p{Nd}", "s": SPACE, "w": WORD}
_CLASSES: Final = {
    "alnum": r"\pL\pM\p{Nd}\p{Nl}",
    "alpha": r"\pL\pM\p{Nl}",
    "ascii": r"\x{0}-\x{7f}",
    "blank": r"\p{Zs}\t",
    "cntrl": r"\p{Cc}",
    "digit": r"\p{Nd}",
    "graph": r"\pL\pM\pN\pP\pS\p{Cf}\p{Co}",
    "lower": r"\p{Ll}",
    "print": r"\pL\pM\pN\pP\pS\p{Cf}\p{Co}\p{Zs}",
    "punct": r"\pP$+<=>^`|~",
    "space": SPACE,
    "upper": r"\p{Lu}",
    "word": WORD,
    "xdigit": "0-9A-Fa-f",
}
_CATEGORIES: Final = {
    "any": r"\x{0}-\x{10ffff}",
    "letter": r"\pL",
    "uppercaseletter": r"\p{Lu}",
    "lowercaseletter": r"\p{Ll}",
    "titlecaseletter": r"\p{Lt}",
    "modifierletter": r"\p{Lm}",
    "otherletter": r"\p{Lo}",
    "mark": r"\pM",
    "number": r"\pN",
    "decimalnumber": r"\p{Nd}",
    "letternumber": r"\p{Nl}",
    "othernumber": r"\p{No}",
    "punctuation": r"\pP",
    "symbol": r"\pS",
    "currencysymbol": r"\p{Sc}",
    "mathsymbol": r"\p{Sm}",
    "separator": r"\pZ",
    "spaceseparator": r"\p{Zs}",
    "other": r"\pC",
    "control": r"\p{Cc}",
    "format": r"\p{Cf}",
}


def failure(message: str, offset: int) -> RegexError:
    """A fault of the pattern with the text jq gives it."""
    return RegexError(f"Regex failure: {message}", offset)


def quote(char: str) -> str:
    """One code point as RE2 text, inside a class or out of it."""
    return char if char.isalnum() and char.isascii() else f"\\x{{{ord(char):x}}}"


@lru_cache(maxsize=256)
def property_text(name: str) -> str | None:
    """RE2 text of a property by its name, spelled without regard to case, blanks, `_` and `-`."""
    plain = re.sub(r"[ _-]", "", name).lower()
    known = _CLASSES.get(plain) or _CATEGORIES.get(plain)
    if known is not None:
        return known
    spellings = [plain.capitalize()] if len(plain) <= 2 else [name.title().replace(" ", "_").replace("-", "_")]
    options = re2.Options()
    options.log_errors = False
    for spelling in spellings:
        text = f"\\p{{{spelling}}}"
        try:
            re2.compile(text, options=options)
        except re2.error:
            continue
        return text
    return None


class Cursor:
    """A place in a pattern."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def take(self, mark: str) -> bool:
        if self.text.startswith(mark, self.at):
            self.at += len(mark)
            return True
        return False

    def escaped_char(self) -> str:
        """The character of an escape; the cursor stands behind the backslash."""
        at = self.at
        letter = self.text[at]
        found = _HEX.match(self.text, at) or _OCTAL.match(self.text, at)
        if found is not None:
            self.at = found.end()
            base = 16 if letter == "x" else 8
            code = int(found.group(1) or found.group(2) or "0", base)
            if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
                raise failure("too big wide-char value" if code > 0x10FFFF else "invalid code point value", at)
            return chr(code)
        self.at += 1
        if letter == "c":
            if self.at >= len(self.text):
                raise failure("end pattern at control", at)
            self.at += 1
            return chr(ord(self.text[self.at - 1]) & 0x1F)
        return _SIMPLE.get(letter, letter)


def type_escape(cursor: Cursor) -> tuple[str, bool] | None:
    """`\\d`, `\\W`, `\\p{…}` behind the backslash: the class text and whether it is negated."""
    letter = cursor.text[cursor.at]
    if letter.lower() in TYPES:
        cursor.at += 1
        return TYPES[letter.lower()], letter.isupper()
    if letter not in "pP" or cursor.text[cursor.at + 1 : cursor.at + 2] != "{":
        return None
    found = _PROPERTY.match(cursor.text, cursor.at)
    if found is None:
        raise failure("invalid character property name", cursor.at)
    text = property_text(found.group(3))
    if text is None:
        raise failure(f"invalid character property name {{{found.group(2)}{found.group(3)}}}", cursor.at)
    cursor.at = found.end()
    return text, (found.group(1) == "P") != bool(found.group(2))


class ClassReader:
    """Reads `[…]`; the cursor stands behind the opening bracket."""

    def __init__(self, cursor: Cursor, fold: bool) -> None:
        self.cursor = cursor
        self.fold = fold
        self.items: list[str] = []
        self.complements: list[str] = []

    def read(self) -> CharSet:
        cursor = self.cursor
        start = cursor.at - 1
        negated = cursor.take("^")
        if cursor.text.startswith("]", cursor.at) and "]" not in cursor.text[cursor.at + 1 :]:
            raise failure("empty char-class", start)
        first = True
        while True:
            if cursor.at >= len(cursor.text):
                raise failure("premature end of char-class", start)
            if cursor.text[cursor.at] == "]" and not first:
                cursor.at += 1
                return CharSet("".join(self.items), tuple(self.complements), negated, self.fold)
            first = False
            self.member()

    def member(self) -> None:
        cursor = self.cursor
        posix = _POSIX.match(cursor.text, cursor.at)
        if posix is not None:
            text = _CLASSES.get(posix.group(2))
            if text is None:
                raise failure("invalid POSIX bracket type", cursor.at)
            cursor.at = posix.end()
            self.add(text, bool(posix.group(1)))
            return
        low = self.one()
        if low is None:
            return
        high = self.range_end()
        if high is None:
            self.items.append(quote(low))
            return
        if high < low:
            raise failure("empty range in char class", cursor.at)
        self.items.append(f"{quote(low)}-{quote(high)}")

    def add(self, text: str, negated: bool) -> None:
        if negated:
            self.complements.append(text)
        else:
            self.items.append(text)

    def one(self) -> str | None:
        """A single character, or None after a type such as `\\d` has been added."""
        cursor = self.cursor
        letter = cursor.text[cursor.at]
        cursor.at += 1
        if letter != "\\":
            return letter
        if cursor.at >= len(cursor.text):
            raise failure("end pattern at escape", cursor.at - 1)
        typed = type_escape(cursor)
        if typed is not None:
            self.add(*typed)
            return None
        if cursor.text[cursor.at] == "b":
            cursor.at += 1
            return "\b"
        return cursor.escaped_char()

    def range_end(self) -> str | None:
        cursor = self.cursor
        if not cursor.text.startswith("-", cursor.at) or cursor.text[cursor.at + 1 : cursor.at + 2] in ("]", ""):
            return None
        at = cursor.at
        cursor.at += 1
        high = self.one()
        if high is None:
            raise failure("char-class value at end of range", at)
        return high
