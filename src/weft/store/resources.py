"""Tables of resources and resource types."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.resources import Resource, ResourceType
from weft.store.collections import record_table, register

resources = record_table(
    "resources",
    Column("id", Text),
    Column("type", Text, nullable=False),
    Column("secret", Text, nullable=False),
    key="id",
)
Index("ix_resources_type", resources.c.tenant, resources.c.type)
Index("ix_resources_secret", resources.c.tenant, resources.c.secret)
register(Resource, resources, key="id")

resource_types = record_table("resource_types", Column("id", Text), key="id")
register(ResourceType, resource_types, key="id")
