"""`fromjson`: JSON text to a value, bounded.

Beyond JSON it reads `nan` and `NaN`, as jq does. Lone surrogates become U+FFFD. The nesting is counted before the
text is parsed.
"""

from __future__ import annotations

import json
import re
from typing import Any

from weft.dsl.expr.arithmetic import as_float_text, number_of
from weft.dsl.expr.errors import JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.values import too_deep, type_error

_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NAN = re.compile(r"\s*-?(?:nan|NaN)\s*")


def _constant(text: str) -> float:
    if text == "NaN":
        return float("nan")
    return float("inf") if text == "Infinity" else float("-inf")


_DECODER = json.JSONDecoder(parse_int=number_of, parse_float=as_float_text, parse_constant=_constant)


def nesting(text: str) -> int:
    """How deep the brackets of a JSON text nest."""
    depth = deepest = 0
    for match in _STRUCTURE.finditer(text):
        mark = match.group()
        if mark in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif mark in "]}":
            depth -= 1
    return deepest


def from_json(budget: Budget, v: Any) -> Any:
    """The value of a JSON text; JqError when it is none, BudgetSpent when it is too deep."""
    if v.__class__ is not str:
        raise type_error(v, "only strings can be parsed")
    budget.charge(len(v) >> 4)
    if _NAN.fullmatch(v):
        return float("nan")
    if nesting(v) > budget.limits.value_depth:
        raise too_deep(budget.limits.value_depth)
    try:
        value = _DECODER.decode(v)
    except ValueError as error:
        raise JqError(_message(v, error)) from None
    return _clean(value) if "\\u" in v else value


def _message(text: str, error: ValueError) -> str:
    shown = text if len(text) <= 40 else text[:37] + "..."
    if not text.strip():
        return f"Expected JSON value (while parsing '{shown}')"
    if isinstance(error, json.JSONDecodeError):
        if error.msg == "Extra data":
            return f"Unexpected extra JSON values (while parsing '{shown}')"
        place = f"line {error.lineno}, column {error.colno}"
        what = "Unfinished JSON term at EOF" if error.pos >= len(text) else "Invalid literal"
        return f"{what} at {place} (while parsing '{shown}')"
    return f"Invalid numeric literal (while parsing '{shown}')"


def _clean(value: Any) -> Any:
    if value.__class__ is str:
        return _SURROGATE.sub("\ufffd", value)
    if value.__class__ is list:
        return [_clean(item) for item in value]
    if value.__class__ is dict:
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value
