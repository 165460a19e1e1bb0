"""Tables of login tickets (found by digest, and by user) and of the keys that sign tokens."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.tokens import SigningKey, Ticket
from weft.store.collections import record_table, register

tickets = record_table("tickets", Column("id", Text), Column("user", Text, nullable=False), key="id")
Index("ix_tickets_tenant_user", tickets.c.tenant, tickets.c.user)
register(Ticket, tickets, key="id")

signing_keys = record_table("signing_keys", Column("id", Text), key="id")
register(SigningKey, signing_keys, key="id")
