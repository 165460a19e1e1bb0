"""The envelope of every answer: exactly `meta` and `data`, lists add `totalItemsCount`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from weft.api.workflow_execution.problems import Entry


def success(data: Any, info: Mapping[str, Any]) -> dict[str, Any]:
    """A single object; `info` is what `data` has no place for."""
    return {"meta": {"errors": [], "validation": [], "info": info}, "data": data}


def listed(data: Sequence[Any], total: int, info: Mapping[str, Any]) -> dict[str, Any]:
    """A list; `total` counts all matches, whatever the page."""
    return {**success(data, info), "totalItemsCount": total}


def refused(code: str, message: str) -> dict[str, Any]:
    """A failure that is none of the request's content."""
    return {"meta": {"errors": [{"code": code, "message": message}], "validation": [], "info": {}}, "data": None}


def invalid(entries: Sequence[Entry]) -> dict[str, Any]:
    """A 400 with all of its problems."""
    validation = [{"property": entry.property, "message": entry.message} for entry in entries]
    return {"meta": {"errors": [], "validation": validation, "info": {}}, "data": None}
