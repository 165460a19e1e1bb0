"""Shapes of the answers, as OpenAPI shows them and as they are sent: exactly these members, each always there."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

ExecutionStatus = Literal["queued", "running", "paused", "completed", "failed", "timed_out", "terminated"]
TaskStatus = Literal[
    "pending", "queued", "running", "completed", "completed_with_errors", "failed", "timed_out", "canceled"
]


class Shape(msgspec.Struct, forbid_unknown_fields=True):
    """What all shapes share: no other members."""


class Task(Shape):
    """A task of a graph; secret values in `parameters` are shown as `***`."""

    id: str
    subjectId: str | None
    name: str
    parameters: dict[str, Any]
    isTrigger: bool


class Edge(Shape):
    """`child` may start only after `parent`."""

    parent: str
    child: str


class Queued(Shape):
    """A task that is queued or running, and the unit of work that was made for it."""

    taskId: str
    jobSubjectId: str


class Execution(Shape):
    id: str
    workflowId: str
    executionQueue: list[Queued]
    created: str
    finished: str | None
    tasks: list[Task]
    tasksHierarchy: list[Edge]


class ExecutionInfo(Shape):
    status: ExecutionStatus
    reason: str | None
    failedTaskId: str | None
    tasks: dict[str, TaskStatus]


class Statuses(Shape):
    statuses: dict[str, ExecutionStatus]


class Definition(Shape):
    id: str
    name: str
    description: str | None
    created: str
    updated: str
    tasks: list[Task]
    tasksHierarchy: list[Edge]


class DefinitionInfo(Shape):
    revision: int


class Nothing(Shape):
    """`info` without anything."""


class ErrorItem(Shape):
    code: str
    message: str


class ValidationItem(Shape):
    property: str
    message: str


class ErrorMeta(Shape):
    errors: list[ErrorItem]
    validation: list[ValidationItem]
    info: Nothing


class Error(Shape):
    """A failure: 400 has `validation` entries only, every other status `errors` only."""

    meta: ErrorMeta
    data: None


class ExecutionMeta(Shape):
    errors: list[ErrorItem]
    validation: list[ValidationItem]
    info: ExecutionInfo


class ExecutionAnswer(Shape):
    meta: ExecutionMeta
    data: Execution


class ExecutionsMeta(Shape):
    errors: list[ErrorItem]
    validation: list[ValidationItem]
    info: Statuses


class ExecutionsAnswer(Shape):
    meta: ExecutionsMeta
    data: list[Execution]
    totalItemsCount: int


class DefinitionMeta(Shape):
    errors: list[ErrorItem]
    validation: list[ValidationItem]
    info: DefinitionInfo


class DefinitionAnswer(Shape):
    meta: DefinitionMeta
    data: Definition


class DefinitionsMeta(Shape):
    errors: list[ErrorItem]
    validation: list[ValidationItem]
    info: Nothing


class DefinitionsAnswer(Shape):
    meta: DefinitionsMeta
    data: list[Definition]
    totalItemsCount: int


ID: dict[str, Any] = {"type": "string", "format": "uuid"}
START: dict[str, Any] = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "object",
            "properties": {
                "workflowId": {"type": ["string", "null"], "format": "uuid"},
                "input": {"type": "object", "description": "Run input, for expressions."},
            },
        }
    },
}
"""The body of a start. It may come as `application/json`, `text/json` or `application/*+json`, as every body."""
DEFINITION: dict[str, Any] = {
    "type": "object",
    "required": ["data"],
    "properties": {
        "data": {
            "type": "object",
            "required": ["name", "tasks"],
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 255},
                "description": {"type": ["string", "null"]},
                "tasks": {
                    "type": "array",
                    "minItems": 1,
                    "maxItems": 500,
                    "items": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {
                            "id": {"type": ["string", "null"], "format": "uuid"},
                            "subjectId": {"type": ["string", "null"], "format": "uuid"},
                            "name": {"type": "string", "minLength": 1, "maxLength": 255},
                            "parameters": {"type": "object"},
                            "isTrigger": {"type": "boolean"},
                        },
                    },
                },
                "tasksHierarchy": {
                    "type": "array",
                    "maxItems": 5000,
                    "items": {
                        "type": "object",
                        "required": ["parent", "child"],
                        "properties": {"parent": ID, "child": ID},
                    },
                },
            },
        }
    },
}
