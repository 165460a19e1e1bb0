"""Filters over the job index, without the words of any dialect: what a list is asked for, as data.

Every leaf is two-valued: on a job without the attribute `null`, `ne` and the `not_` forms hold, all others do not.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Op = Literal[
    "eq", "ne", "lt", "le", "gt", "ge", "in", "not_in", "between", "not_between", "starts", "not_starts", "null",
    "not_null",
]  # fmt: skip

FieldType = Literal["text", "texts", "time", "duration", "integer"]

JOB_FIELDS: dict[str, FieldType] = {
    "tags": "texts",
    "workflow_tags": "texts",
    "name": "text",
    "workflow_name": "text",
    "workflow_version": "text",
    "workflow_id": "text",
    "started_by": "text",
    "log_level": "text",
    "id": "text",
    "run": "text",
    "parent_job": "text",
    "parent_run": "text",
    "root_job": "text",
    "schedule": "text",
    "status": "text",
    "namespace": "text",
    "dialect": "text",
    "started_at": "time",
    "closed_at": "time",
    "scheduled_at": "time",
    "duration": "duration",
    "history_length": "integer",
    "history_bytes": "integer",
    "transitions": "integer",
}
"""What a filter may name. Times are UTC milliseconds (fractions allowed in comparisons), durations milliseconds."""


class Where(msgspec.Struct, frozen=True, tag="where"):
    """One comparison. `values`: one for comparisons, two for `between`, any number for `in`, none for `null`."""

    field: str
    op: Op
    values: tuple[Any, ...] = ()


class Every(msgspec.Struct, frozen=True, tag="every"):
    parts: tuple[Filter, ...]


class Some(msgspec.Struct, frozen=True, tag="some"):
    parts: tuple[Filter, ...]


class Never(msgspec.Struct, frozen=True, tag="not"):
    part: Filter


Filter = Where | Every | Some | Never


class JobQuery(msgspec.Struct, frozen=True):
    """A page of jobs. Without `order`: open ones first by start time, then closed ones by close time, newest first.

    `after` is the position of the last row of the page before: the values of the order's columns and the row's key.
    """

    where: Filter | None = None
    order: tuple[tuple[str, bool], ...] = ()
    """(field, descending) pairs; "texts" fields cannot order."""
    limit: int = 1000
    after: tuple[Any, ...] | None = None
