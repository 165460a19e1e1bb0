"""Tables of events that were seen (to drop duplicates) and of messages that were rejected."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Text

from weft.domain.events import RejectedEvent, SeenEvent
from weft.store.collections import record_table, register

seen_events = record_table("seen_events", Column("key", Text), Column("hour", BigInteger, nullable=False), key="key")
Index("ix_seen_events_hour", seen_events.c.tenant, seen_events.c.hour)
register(SeenEvent, seen_events, key="key")

rejected_events = record_table(
    "rejected_events", Column("id", Text), Column("at", BigInteger, nullable=False), key="id"
)
Index("ix_rejected_events_at", rejected_events.c.tenant, rejected_events.c.at)
register(RejectedEvent, rejected_events, key="id")
