"""Reading requests tolerantly: keys without regard to case, scalars in the spellings that clients send.

- Keys: an exact match beats a folded one; of several folded ones the last wins. Keys nobody asked for are ignored.
- Booleans: `true false 1 0 t f T F TRUE FALSE True False`. Integers: also as digit strings.
- Durations: integers are nanoseconds; `90s`, `1h30m`, `2d` and ISO 8601 (`PT1H30M`) are accepted too.
Everything raises Invalid, naming the member.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from weft.domain.errors import Invalid
from weft.web.operations import Call

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})
_GO_DURATION = re.compile(r"(?:\d{1,18}(?:\.\d{1,9})?(?:ns|us|µs|ms|s|m|h|d))+")
_GO_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")
_ISO_DURATION = re.compile(
    r"P(?:(?P<w>\d{1,9})W)?(?:(?P<d>\d{1,9})D)?(?:T(?:(?P<h>\d{1,9})H)?(?:(?P<m>\d{1,9})M)?(?:(?P<s>\d{1,9}(?:\.\d{1,9})?)S)?)?"
)
_SECOND = 1_000_000_000
_UNITS = {
    "ns": 1,
    "us": 1_000,
    "µs": 1_000,
    "ms": 1_000_000,
    "s": _SECOND,
    "m": 60 * _SECOND,
    "h": 3600 * _SECOND,
    "d": 86400 * _SECOND,
    "w": 7 * 86400 * _SECOND,
}
MAX_NANOSECONDS = 2**63 - 1


def members(body: Any, *names: str) -> dict[str, Any]:
    """The named members of an object, under the names as written here; those it lacks, or has as null, are left out."""
    if not isinstance(body, Mapping):
        raise Invalid("the body must be a JSON object")
    found: dict[str, Any] = {}
    folded = {name.lower(): name for name in names}
    for key, value in body.items():
        name = folded.get(str(key).lower())
        if name is None:
            continue
        if key == name or name not in body:
            found[name] = value
    return {name: value for name, value in found.items() if value is not None}


def text(body: Mapping[str, Any], name: str, default: str = "") -> str:
    """A text; a number is taken as its digits."""
    value = body.get(name)
    if value is None:
        return default
    if isinstance(value, str):
        return value
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    raise Invalid(f"{name} must be a text")


def flag(value: Any, name: str) -> bool:
    """A boolean in any of the spellings."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and value in (0, 1):
        return value == 1
    if isinstance(value, str):
        if value in _TRUE:
            return True
        if value in _FALSE:
            return False
    raise Invalid(f"{name} must be true or false")


def boolean(body: Mapping[str, Any], name: str, default: bool = False) -> bool:
    """A boolean member; the default where it is absent or an empty text."""
    value = body.get(name)
    return default if value is None or value == "" else flag(value, name)


def integer(value: Any, name: str) -> int:
    """A whole number, or its digits as text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]{1,19}", value):
        return int(value)
    raise Invalid(f"{name} must be a whole number")


def nanoseconds(value: Any, name: str) -> int:
    """A duration."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,19}", value):
        found = _duration_text(value.strip())
        if found is None or found > MAX_NANOSECONDS:
            raise Invalid(f"{name} is no duration (nanoseconds, 90s, 1h30m, 2d, PT1H30M)")
        return found
    return integer(value, name)


def _duration_text(value: str) -> int | None:
    if _GO_DURATION.fullmatch(value):
        return sum(round(float(number) * _UNITS[unit]) for number, unit in _GO_PART.findall(value))
    match = _ISO_DURATION.fullmatch(value)
    if match is None or not any(match.groupdict().values()):
        return None
    return sum(round(float(number) * _UNITS[unit]) for unit, number in match.groupdict().items() if number)


def text_list(value: Any, name: str) -> list[str]:
    """A list of texts; None is an empty one, a single text a list of one."""
    if value is None:
        return []
    if isinstance(value, str):
        return [value] if value else []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Invalid(f"{name} must be a list of texts")
    return value


def query_text(call: Call, name: str, default: str = "") -> str:
    """A query parameter, its name read without regard to case; the last one counts."""
    values = query_values(call, name)
    return values[-1] if values else default


def query_values(call: Call, name: str) -> Sequence[str]:
    """All values of a query parameter."""
    exact = call.query.get(name)
    if exact is not None:
        return exact
    folded = name.lower()
    return [value for key, values in call.query.items() if key.lower() == folded for value in values]


def query_flag(call: Call, name: str) -> bool | None:
    """A boolean query parameter, None where it is absent or empty."""
    value = query_text(call, name)
    return flag(value, name) if value else None


def query_list(call: Call, name: str) -> list[str]:
    """Values that are separated by commas or given by repeating the parameter."""
    return [part.strip() for value in query_values(call, name) for part in value.split(",") if part.strip()]


async def options(call: Call, *names: str) -> dict[str, bool]:
    """Booleans that may stand in the body or in the query; only those that were given. The body may be missing."""
    body = members(await call.body(), *names)
    found: dict[str, bool] = {}
    for name in names:
        if body.get(name) not in (None, ""):
            found[name] = flag(body[name], name)
        else:
            given = query_flag(call, name)
            if given is not None:
                found[name] = given
    return found
