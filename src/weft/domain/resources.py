"""Resources (target systems and how to reach them) and their types."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.domain.access import DEFAULT_TENANT
from weft.domain.errors import Invalid
from weft.domain.schemas import check, texts

EVENT_TYPES_PREFIX = "system.event."
"""Types of resources that carry events; the part before the version names the protocol."""


class Resource(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`values` fits the schema of `type`; `secret` names a stored secret or is empty."""

    id: str
    type: str
    values: dict[str, Any]
    created_at: int
    updated_at: int
    secret: str = ""
    tenant: str = DEFAULT_TENANT


class ResourceType(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`adapters` are the deployed adapters that declare it; `builtin` ones always exist. Types belong to no tenant."""

    id: str
    schema: Any
    description: str = ""
    adapters: tuple[str, ...] = ()
    builtin: bool = False
    tenant: str = ""


def check_resource(resource_type: ResourceType, values: object) -> dict[str, Any]:
    """The values of a resource of that type. Raises Invalid with one problem per wrong member."""
    if not isinstance(values, dict):
        raise Invalid("resource must be an object")
    problems = check(resource_type.schema, values)
    if problems:
        raise Invalid(f"resource does not fit type {resource_type.id}", texts(problems))
    return values


def event_protocol(type_id: str) -> str:
    """`kafka`, `amqp`, `mqtt` or `http` for a resource type that carries events, empty for every other."""
    if not type_id.startswith(EVENT_TYPES_PREFIX):
        return ""
    return type_id.removeprefix(EVENT_TYPES_PREFIX).partition(".")[0]
