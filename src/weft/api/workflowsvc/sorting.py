"""The sort parameter: a JSON object whose keys, in their order, say what a list is ordered by.

`{"_updatedAt":-1,"_name":1}`: 1 ascending, -1 descending; 1 to 8 keys, each a top-level scalar key of what is listed.
An empty text or object means the newest first. The id, ascending, is always added last by whoever makes the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

from weft.api.workflowsvc.parameters import Query
from weft.dsl.document.text_json import parse_json
from weft.ports.run_list import RunColumn
from weft.services.listed_definitions import DefinitionColumn
from weft.services.schedules import ScheduleColumn

MAX_KEYS: Final = 8
MAX_TEXT: Final = 4096
NAMES: Final = ("sort", "_sort")

RUN_COLUMNS: Final[dict[str, RunColumn]] = {
    "_id": "id",
    "_workflowDefId": "workflow_id",
    "_name": "name",
    "_userType": "label",
    "_timeoutSeconds": "timeout",
    "_timeoutPolicy": "timeout_policy",
    "_status": "status",
    "_createdAt": "created_at",
    "_updatedAt": "updated_at",
    "_createdBy": "started_by",
    "_updatedBy": "updated_by",
}
DEFINITION_COLUMNS: Final[dict[str, DefinitionColumn]] = {
    "_id": "id",
    "_name": "name",
    "_description": "description",
    "_userType": "label",
    "_timeoutSeconds": "timeout_s",
    "_timeoutPolicy": "timeout_policy",
    "_createdAt": "created_at",
    "_updatedAt": "updated_at",
    "_createdBy": "created_by",
    "_updatedBy": "updated_by",
}
SCHEDULE_COLUMNS: Final[dict[str, ScheduleColumn]] = {
    "_id": "id",
    "_workflowDefId": "workflow_id",
    "_jobId": "job_id",
    "_status": "status",
    "_nextRunAt": "next_at",
    "_previousRunAt": "previous_at",
    "_createdAt": "created_at",
    "_updatedAt": "updated_at",
    "_createdBy": "created_by",
    "_updatedBy": "updated_by",
}
NEWEST_RUNS: Final[tuple[tuple[RunColumn, bool], ...]] = (("created_at", True),)
NEWEST_DEFINITIONS: Final[tuple[tuple[DefinitionColumn, bool], ...]] = (("created_at", True),)
NEWEST_SCHEDULES: Final[tuple[tuple[ScheduleColumn, bool], ...]] = (("created_at", True),)
Order = tuple[tuple[Any, bool], ...]
"""(column, descending) pairs; which columns there are says the list."""


def read_sort(query: Query, columns: Mapping[str, str], default: tuple[tuple[Any, bool], ...]) -> Order:
    """(column, descending) pairs. Problems are noted in the query."""
    text = query.text(*NAMES)
    if not text.strip():
        return default
    value = _object(text)
    if value is None:
        query.wrong("sort", 'sort is a JSON object such as {"_updatedAt":-1,"_name":1}, without repeated keys')
        return default
    if len(value) > MAX_KEYS:
        query.wrong("sort", f"sort has at most {MAX_KEYS} keys")
        return default
    order: list[tuple[Any, bool]] = []
    for key, direction in value.items():
        column = columns.get(key)
        if column is None:
            query.wrong("sort", f"sort knows no key {key[:60]!r}; it knows {', '.join(columns)}")
        elif isinstance(direction, bool) or not isinstance(direction, (int, float)) or direction not in (1, -1):
            query.wrong("sort", f"the direction of {key} is 1 or -1")
        else:
            order.append((column, direction == -1))
    return tuple(order) or default


def _object(text: str) -> dict[str, Any] | None:
    if len(text) > MAX_TEXT:
        return None
    try:
        value: Any = parse_json(text, max_depth=4, max_bytes=MAX_TEXT * 4)
    except ValueError:
        return None
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None
