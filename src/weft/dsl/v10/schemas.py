"""Schemas of inputs, outputs and exports: compiled with the definition, checked by the machine.

`{format: json[:<draft>], document | resource}`, draft 2020-12 unless the text says otherwise. Nothing is fetched: a
resource must have been pinned, and a reference inside a schema that leads out of it does not compile. Patterns run
on a linear-time engine.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

import jsonschema_rs

from weft.dsl.machine.program import Check
from weft.dsl.problems import pointer_of

SHOWN = 3  # violations that a fault names
_CUT = 200


class SchemaRefused(ValueError):
    """The schema cannot be compiled; the text says why."""


def _no_fetch(uri: str) -> Any:
    raise ValueError(f"{uri} is not part of the schema")


def compile_schema(schema: Any) -> Check:
    """A function that answers "" for a value that fits, else its first violations with their pointers.

    Raises SchemaRefused if the schema is none.
    """
    if not isinstance(schema, (dict, bool)):
        raise SchemaRefused("a schema is an object")
    try:
        validator = jsonschema_rs.validator_for(
            schema, retriever=_no_fetch, pattern_options=jsonschema_rs.RegexOptions(size_limit=1 << 20)
        )
    except Exception as problem:
        raise SchemaRefused(_first_line(str(problem))) from problem

    def check(value: Any) -> str:
        try:
            if validator.is_valid(value):
                return ""
            found = list(islice(validator.iter_errors(value), SHOWN))
        except Exception:  # noqa: BLE001  # values the library has no type for (secrets, huge numbers) fit no schema
            return "the value cannot be checked (a secret, or a number out of range)"
        return "; ".join(f"{pointer(error.instance_path)}: {_first_line(error.message)}" for error in found)

    return check


def pointer(path: list[str | int]) -> str:
    """A JSON pointer of a violation; `/` for the value itself."""
    return pointer_of(*path) or "/"


def _first_line(text: str) -> str:
    line = text.split("\n", 1)[0]
    return line if len(line) <= _CUT else line[: _CUT - 3] + "..."
