"""Definitions as they are shown: 12 keys that are always there, and whatever else was given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from weft.api.workflowsvc.run_shapes import subject
from weft.api.workflowsvc.spelling import SERVER_KEYS
from weft.api.workflowsvc.times import shown
from weft.domain.tenancy import Tenant, ids_of
from weft.domain.workflows import Workflow

LANGUAGE: Final = "tasklist"
"""The language that this dialect writes definitions in."""


def definition_body(workflow: Workflow, tenant: Tenant, document: Mapping[str, Any]) -> dict[str, Any]:
    """A definition of this dialect. `document` is its text as people may see it."""
    head = {
        "_id": workflow.id,
        "_name": workflow.name,
        "_description": document.get("_description"),
        "_namespaces": list(ids_of(tenant, workflow.scopes)),
        "_userType": document.get("_userType"),
        "_taskDefs": document.get("_taskDefs", []),
        "_timeoutSeconds": document.get("_timeoutSeconds"),
        "_timeoutPolicy": document.get("_timeoutPolicy"),
        **_record(workflow),
    }
    more = {key: item for key, item in document.items() if key not in head and key not in SERVER_KEYS}
    return {**head, **more}


def projected_body(workflow: Workflow, tenant: Tenant, tasks: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """A definition of another language, its tasks as they were projected."""
    return {
        "_id": workflow.id,
        "_name": workflow.name,
        "_description": workflow.description or None,
        "_namespaces": list(ids_of(tenant, workflow.scopes)),
        "_userType": workflow.label or None,
        "_taskDefs": list(tasks),
        "_timeoutSeconds": workflow.timeout_s,
        "_timeoutPolicy": workflow.timeout_policy,
        **_record(workflow),
    }


def _record(workflow: Workflow) -> dict[str, Any]:
    return {
        "_createdAt": shown(workflow.created_at),
        "_updatedAt": shown(workflow.updated_at),
        "_createdBy": subject(workflow.created_by),
        "_updatedBy": subject(workflow.updated_by),
    }
