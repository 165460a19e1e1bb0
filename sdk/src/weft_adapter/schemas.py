"""JSON Schemas of activities, from type hints, and the checking of inputs.

A dataclass, TypedDict, msgspec Struct, `dict`, or any mix of JSON types gives its schema; `Any` or no annotation
gives `{}` for the output and "any object" for the input.
"""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import msgspec

Schema = dict[str, Any]

MAX_PROBLEMS = 20

ANY_OBJECT: Schema = {"type": "object"}


class SchemaError(ValueError):
    """A type hint or a schema that cannot be used; the text says what to do."""


class InputInvalid(ValueError):
    """An input that does not fit its schema. The text names the places, never the values."""


def schema_of(hint: Any) -> Schema:
    """The JSON Schema (2020-12) of a type. Raises SchemaError for a type that JSON cannot hold."""
    if hint is Any:
        return {}
    try:
        schema = msgspec.json.schema(hint)
    except (TypeError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise SchemaError(f"no JSON Schema for {hint!r} ({first}); use a dataclass, a TypedDict or dict") from None
    return _inlined(schema)


def _inlined(schema: Schema) -> Schema:
    """`{"$ref": "#/$defs/X", "$defs": {X}}` as X itself, so that readers see the properties at the top."""
    reference = schema.get("$ref", "")
    definitions = dict(schema.get("$defs", {}))
    name = reference.removeprefix("#/$defs/")
    if len(schema) != 2 or name not in definitions:
        return schema
    top = dict(definitions[name])
    if f'"{reference}"' not in msgspec.json.encode(definitions).decode():
        del definitions[name]
    if definitions:
        top["$defs"] = definitions
    return top


def check_schema(schema: Any) -> str | None:
    """None if `schema` is a usable JSON Schema (2020-12 or draft-07) without outside references, else the reason."""
    if not isinstance(schema, dict):
        return "a schema is an object"
    try:
        jsonschema_rs.validator_for(schema, offline=True)
    except (jsonschema_rs.ValidationError, ValueError) as error:
        return str(error).splitlines()[0]
    return None


class Checker:
    """A compiled schema. `check(value)` raises InputInvalid with every problem, at most MAX_PROBLEMS."""

    __slots__ = ("_validator",)

    def __init__(self, schema: Schema) -> None:
        reason = check_schema(schema)
        if reason:
            raise SchemaError(reason)
        self._validator = jsonschema_rs.validator_for(schema, offline=True, mask="value")

    def check(self, value: Any) -> None:
        if self._validator.is_valid(value):
            return
        texts: list[str] = []
        for problem in self._validator.iter_errors(value):
            texts.append(f"{_pointer(problem.instance_path)}: {problem.message}")
            if len(texts) == MAX_PROBLEMS:
                break
        raise InputInvalid("; ".join(texts))


def _pointer(path: list[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path) or "/"
