"""Table of clients; found by id and by their home tenant."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.clients import Client
from weft.store.collections import record_table, register

table = record_table("clients", Column("id", Text), Column("owner", Text, nullable=False), key="id")
Index("ix_clients_owner", table.c.tenant, table.c.owner)
register(Client, table, key="id")
