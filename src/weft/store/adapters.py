"""Table of adapters."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.adapters import Adapter
from weft.store.collections import record_table, register

adapters = record_table(
    "adapters",
    Column("id", Text),
    Column("vendor", Text, nullable=False),
    Column("product", Text, nullable=False),
    key="id",
)
Index("ix_adapters_family", adapters.c.tenant, adapters.c.vendor, adapters.c.product)
register(Adapter, adapters, key="id")
