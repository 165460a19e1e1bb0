"""Table of event types."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.event_types import EventType
from weft.store.collections import record_table, register

event_types = record_table(
    "event_types",
    Column("name", Text),
    Column("type", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("resource", Text, nullable=False),
    key="name",
)
Index("ix_event_types_resource", event_types.c.tenant, event_types.c.resource)
register(EventType, event_types, key="name", unique=[("type", "kind")])
