"""`@text @json @html @uri @urid @csv @tsv @sh @base64 @base64d @base32 @base32d`."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote, unquote_to_bytes

from weft.dsl.expr.errors import JqError
from weft.dsl.expr.limits import Budget
from weft.dsl.expr.sealed import Sealed, encode_sealed, sealed_error
from weft.dsl.expr.values import to_json_text, type_error

_HTML = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "'": "&apos;", '"': "&quot;"})
_TSV = str.maketrans({"\t": "\\t", "\r": "\\r", "\n": "\\n", "\\": "\\\\"})
_BAD_PERCENT = re.compile("%(?![0-9a-fA-F]{2})")
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


def text_of(value: Any, budget: Budget) -> str:
    """`tostring`: a text as it is, all else as compact JSON."""
    if value.__class__ is str:
        return value
    return to_json_text(value, budget)


def format_value(name: str, value: Any, budget: Budget) -> Any:
    """`value` in the format `name`. A sealed value stays sealed and takes `text`, `base64` and `uri` only."""
    if value.__class__ is Sealed:
        return value if name == "text" else encode_sealed(value, name)
    run = _FORMATS.get(name)
    if run is None:
        raise JqError(f"{name} is not a valid format")
    text = run(value, budget)
    budget.text(len(text))
    return text


def _json(value: Any, budget: Budget) -> str:
    return to_json_text(value, budget)


def _html(value: Any, budget: Budget) -> str:
    return text_of(value, budget).translate(_HTML)


def _uri(value: Any, budget: Budget) -> str:
    return quote(text_of(value, budget).encode("utf-8", "replace"), safe="-_.~")


def _urid(value: Any, budget: Budget) -> str:
    text = text_of(value, budget)
    if not _BAD_PERCENT.search(text):
        try:
            return unquote_to_bytes(text).decode("utf-8")
        except UnicodeDecodeError:
            pass
    raise type_error(text, "is not a valid uri encoding")


def _row(value: Any, budget: Budget, kind: str, separator: str, text: Callable[[str], str]) -> str:
    if value.__class__ is not list:
        raise type_error(value, f"cannot be {kind}-formatted, only array")
    budget.charge(len(value))
    cells: list[str] = []
    for item in value:
        if item is None or item != item:
            cells.append("")
        elif item.__class__ is str:
            cells.append(text(item))
        elif item.__class__ is list or item.__class__ is dict or item.__class__ is Sealed:
            raise type_error(item, "is not valid in a csv row")
        else:
            cells.append(to_json_text(item))
    return separator.join(cells)


def _csv(value: Any, budget: Budget) -> str:
    return _row(value, budget, "csv", ",", lambda text: '"' + text.replace('"', '""') + '"')


def _tsv(value: Any, budget: Budget) -> str:
    return _row(value, budget, "tsv", "\t", lambda text: text.translate(_TSV))


def _sh(value: Any, budget: Budget) -> str:
    items = value if value.__class__ is list else [value]
    budget.charge(len(items))
    words: list[str] = []
    for item in items:
        if item.__class__ is str:
            words.append("'" + item.replace("'", "'\\''") + "'")
        elif item.__class__ is list or item.__class__ is dict or item.__class__ is Sealed:
            raise type_error(item, "can not be escaped for shell")
        else:
            words.append(to_json_text(item))
    return " ".join(words)


def _base64(value: Any, budget: Budget) -> str:
    return base64.b64encode(text_of(value, budget).encode("utf-8", "replace")).decode("ascii")


def _base64d(value: Any, budget: Budget) -> str:
    text = text_of(value, budget)
    data = text.split("=", 1)[0]
    if _NOT_BASE64.search(data):
        raise type_error(text, "is not valid base64 data")
    if len(data) % 4 == 1:
        raise type_error(text, "trailing base64 byte found")
    return base64.b64decode(data + "=" * (-len(data) % 4)).decode("utf-8", "replace")


def _base32(value: Any, budget: Budget) -> str:
    return base64.b32encode(text_of(value, budget).encode("utf-8", "replace")).decode("ascii")


def _base32d(value: Any, budget: Budget) -> str:
    text = text_of(value, budget)
    try:
        return base64.b32decode(text).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        raise type_error(text, "is not valid base32 data") from None


_FORMATS: dict[str, Callable[[Any, Budget], str]] = {
    "text": text_of,
    "json": _json,
    "html": _html,
    "uri": _uri,
    "urid": _urid,
    "csv": _csv,
    "tsv": _tsv,
    "sh": _sh,
    "base64": _base64,
    "base64d": _base64d,
    "base32": _base32,
    "base32d": _base32d,
}


def not_sealed(value: Any) -> None:
    """Refuse a secret where a builtin takes any value."""
    if value.__class__ is Sealed:
        raise sealed_error()
