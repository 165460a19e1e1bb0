"""Forms of tasks for people, as far as they are written out in a definition."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import jsonschema_rs

from weft.dsl.graph.builder import Builder
from weft.dsl.machine.nodes.forms import form_problem
from weft.dsl.machine.nodes.task_people import MAX_FIELDS
from weft.dsl.problems import pointer_of


def check_form(builder: Builder, fields: Any, pointer: str) -> None:
    """A form that is written out: what of it is computed is checked when the task begins to wait."""
    if not isinstance(fields, dict):
        builder.shape("type", pointer, "a form maps fields to schemas")
        return
    if len(cast("dict[str, Any]", fields)) > MAX_FIELDS:
        builder.shape("count", pointer, f"a form has at most {MAX_FIELDS} fields")
        return
    written = _written(fields)
    problem = form_problem(written)
    if problem is not None:
        builder.shape("form", pointer + problem[0], problem[1])
        return
    for place, pattern in _patterns(written, ""):
        if not _usable(pattern):
            builder.shape("pattern", pointer + place, f"'{pattern[:60]}' is no regular expression")


def _written(value: Any) -> Any:
    """A value with null in place of texts that hold references."""
    if isinstance(value, dict):
        return {key: _written(item) for key, item in cast("dict[str, Any]", value).items()}
    if isinstance(value, list):
        return [_written(item) for item in cast("list[Any]", value)]
    return None if isinstance(value, str) and "${" in value else value


def _patterns(value: Any, pointer: str) -> Iterator[tuple[str, str]]:
    """The patterns of a form with their places, those of inner fields, too."""
    members = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    for key, item in members.items():
        if key == "pattern" and isinstance(item, str):
            yield pointer + "/pattern", item
        else:
            yield from _patterns(item, pointer + pointer_of(key))


def _usable(pattern: str) -> bool:
    try:
        jsonschema_rs.validator_for({"pattern": pattern}, pattern_options=jsonschema_rs.FancyRegexOptions())
    except (ValueError, TypeError):
        return False
    return True
