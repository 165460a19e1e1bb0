"""Printing: tables for people, JSON and YAML for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Literal

Form = Literal["table", "json", "yaml"]
FORMS: tuple[Form, ...] = ("table", "json", "yaml")
MAX_CELL = 80


def show(value: Any, form: Form, columns: Sequence[str] = ()) -> None:
    """Print a value to standard output. `columns` choose what a table shows of each object."""
    if form == "json":
        sys.stdout.write(json.dumps(value, indent=2, ensure_ascii=False) + "\n")
    elif form == "yaml":
        import yaml  # only here: most commands print a table

        sys.stdout.write(yaml.dump(value, Dumper=yaml.SafeDumper, sort_keys=False, allow_unicode=True))
    else:
        sys.stdout.write(as_table(value, columns) + "\n")


def as_table(value: Any, columns: Sequence[str] = ()) -> str:
    """Objects as aligned columns with a heading, one object as `name  value` lines, anything else as text."""
    if isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
        if not value:
            return "nothing found"
        names = list(columns) or list(value[0])
        rows = [[_cell(_member(item, name)) for name in names] for item in value]
        return _aligned([[name.rpartition(".")[2].upper() for name in names], *rows])
    if isinstance(value, Mapping) and value:
        return _aligned([[str(name), _cell(item)] for name, item in value.items()])
    if isinstance(value, list):
        return "\n".join(_cell(item) for item in value) or "nothing found"
    return _cell(value or "", limit=0) if isinstance(value, dict) else _cell(value, limit=0)


def _member(item: Mapping[str, Any], path: str) -> Any:
    value: Any = item
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def _cell(value: Any, limit: int = MAX_CELL) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, (str, int, float)) for item in value):
        text = ",".join(str(item) for item in value)
    elif isinstance(value, (list, dict)):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = str(value)
    text = "".join(char if char.isprintable() else " " for char in text)
    return text if not limit or len(text) <= limit else text[: limit - 1] + "…"


def _aligned(rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join(line.rstrip() for line in lines)
