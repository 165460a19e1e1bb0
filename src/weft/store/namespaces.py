"""Table of namespaces; found by id and by the tenant that owns them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.tenancy import Namespace
from weft.store.collections import record_table, register

table = record_table("namespaces", Column("id", Text), Column("owner", Text, nullable=False), key="id")
Index("ix_namespaces_owner", table.c.tenant, table.c.owner)
register(Namespace, table, key="id")
