"""JSON Schema: checking a schema, and a value against one. Nothing is ever fetched; patterns are bounded.

Drafts are those of the schema's own `$schema` (2020-12 without one). Problems are `(pointer, message)`; a missing
property is pointed at where it should stand. With `secret=True` a message names the rule and never the content.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import jsonschema_rs
import msgspec

from weft.domain.errors import Invalid
from weft.dsl.problems import pointer_of

MAX_PROBLEMS = 50
MAX_MESSAGE = 300
_BACKTRACKS = 10_000
_MASK = "the value"

SchemaProblem = tuple[str, str]


def check_schema(schema: object, what: str = "schema") -> None:
    """Raises Invalid unless `schema` is a usable JSON Schema: an object or a boolean, without outside references."""
    if not isinstance(schema, (dict, bool)):
        raise Invalid(f"{what} must be a JSON Schema object")
    try:
        _compile(schema)
    except (ValueError, TypeError, RecursionError, OverflowError) as cause:
        raise Invalid(f"{what} is no usable JSON Schema", (_first_line(cause),)) from None


def check(
    schema: Mapping[str, Any] | bool, value: object, *, secret: bool = False, formats: bool = False
) -> list[SchemaProblem]:
    """What is wrong with `value`, at most 50 problems in the order of their places. Raises Invalid for a bad schema.

    `formats`: texts are checked against `format`, too, as far as the format is known.
    """
    try:
        validator = _validator(schema, formats)
    except (ValueError, TypeError, RecursionError, OverflowError) as cause:
        raise Invalid("the schema is no usable JSON Schema", (_first_line(cause),)) from None
    found: list[SchemaProblem] = []
    try:
        for problem in validator.iter_errors(value):
            found.append(_worded(problem, secret))
            if len(found) >= MAX_PROBLEMS:
                break
    except (ValueError, RecursionError, OverflowError):
        return [("", "the value cannot be checked: it is nested too deeply or too large")]
    found.sort()
    return found


def texts(problems: list[SchemaProblem]) -> tuple[str, ...]:
    """`<pointer>: <message>` each; the root is `/`."""
    return tuple(f"{pointer or '/'}: {message}" for pointer, message in problems)


def _validator(schema: Mapping[str, Any] | bool, formats: bool) -> Any:
    try:
        return _cached(msgspec.json.encode(schema), formats)
    except OverflowError:
        return _compile(schema, formats)


@lru_cache(maxsize=256)
def _cached(text: bytes, formats: bool) -> Any:
    return _compile(msgspec.json.decode(text), formats)


def _compile(schema: Any, formats: bool = False) -> Any:
    return jsonschema_rs.validator_for(
        schema,
        offline=True,
        mask=_MASK,
        validate_formats=formats,
        pattern_options=jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS),
    )


def _worded(problem: Any, secret: bool) -> SchemaProblem:
    path = pointer_of(*problem.instance_path)
    kind = problem.kind
    if kind.name == "required":
        missing = str(kind.property)
        return path + pointer_of(missing), "is required"
    if secret:
        return path, f"does not fit the schema ({kind.name})"
    return path, problem.message[:MAX_MESSAGE]


def _first_line(cause: BaseException) -> str:
    return str(cause).partition("\n")[0][:MAX_MESSAGE]
