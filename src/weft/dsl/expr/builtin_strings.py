"""Builtins about texts: case, trimming, splitting, code points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.dsl.expr.arithmetic import is_number, split_text
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.formats import not_sealed
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.registry import value
from weft.dsl.expr.values import type_error

_DOWN = {code: code + 32 for code in range(65, 91)}
_UP = {code: code - 32 for code in range(97, 123)}
_BLANK = "".join(map(chr, [*range(9, 14), 32, 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029, 0x202F]))
WHITESPACE = _BLANK + "\u205f\u3000"


def _text(budget: Budget, v: Any, message: str) -> str:
    if v.__class__ is not str:
        not_sealed(v)
        raise JqError(message)
    budget.charge(len(v) >> 6)
    return v


def _both(a: Any, b: Any, message: str) -> None:
    if a.__class__ is not str or b.__class__ is not str:
        not_sealed(a)
        not_sealed(b)
        raise JqError(message)


def ascii_downcase(budget: Budget, v: Any) -> str:
    return _text(budget, v, "explode input must be a string").translate(_DOWN)


def ascii_upcase(budget: Budget, v: Any) -> str:
    return _text(budget, v, "explode input must be a string").translate(_UP)


def startswith(budget: Budget, v: Any, start: Any) -> bool:
    _both(v, start, "startswith() requires string inputs")
    return v.startswith(start)


def endswith(budget: Budget, v: Any, end: Any) -> bool:
    _both(v, end, "endswith() requires string inputs")
    return v.endswith(end)


def ltrimstr(budget: Budget, v: Any, start: Any) -> Any:
    _both(v, start, "startswith() requires string inputs")
    return v.removeprefix(start)


def rtrimstr(budget: Budget, v: Any, end: Any) -> Any:
    _both(v, end, "endswith() requires string inputs")
    return v.removesuffix(end)


def trimstr(budget: Budget, v: Any, affix: Any) -> Any:
    return rtrimstr(budget, ltrimstr(budget, v, affix), affix)


def _trimmer(run: Callable[[str, str], str]) -> Callable[[Budget, Any], str]:
    return lambda budget, v: run(_text(budget, v, "trim input must be a string"), WHITESPACE)


def explode(budget: Budget, v: Any) -> list[int]:
    text = _text(budget, v, "explode input must be a string")
    budget.charge(len(text))
    return [ord(char) for char in text]


def implode(budget: Budget, v: Any) -> str:
    """A text from code points; what is none becomes U+FFFD."""
    if v.__class__ is not list:
        not_sealed(v)
        raise JqError("implode input must be an array")
    budget.charge(len(v))
    chars: list[str] = []
    for item in v:
        if not is_number(item) or item != item:
            raise type_error(item, "can't be imploded, unicode codepoint needs to be numeric")
        code = int(max(min(item, 0x110000), -1))
        valid = 0 <= code < 0xD800 or 0xE000 <= code < 0x110000
        chars.append(chr(code) if valid else "\ufffd")
    return "".join(chars)


def split(budget: Budget, v: Any, separator: Any) -> list[str]:
    _both(v, separator, "split input and separator must be strings")
    return split_text(v, separator, budget)


def ascii(budget: Budget, v: Any) -> str:
    """The character of an ASCII code."""
    if v.__class__ is not int or not 0 <= v < 128:
        raise type_error(v, "is not an ASCII code")
    return chr(v)


value("ascii_downcase", 0, ascii_downcase, plain=True)
value("ascii_upcase", 0, ascii_upcase, plain=True)
value("startswith", 1, startswith, plain=True)
value("endswith", 1, endswith, plain=True)
value("ltrimstr", 1, ltrimstr, plain=True)
value("rtrimstr", 1, rtrimstr, plain=True)
value("trimstr", 1, trimstr, plain=True)
value("trim", 0, _trimmer(str.strip), plain=True)
value("ltrim", 0, _trimmer(str.lstrip), plain=True)
value("rtrim", 0, _trimmer(str.rstrip), plain=True)
value("explode", 0, explode)
value("implode", 0, implode, plain=True)
value("split", 1, split)
value("ascii", 0, ascii, plain=True)
