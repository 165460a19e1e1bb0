"""Table of API keys; found by id, by name and by the digest of the key, which are all unique on the server."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.tokens import ApiKey
from weft.store.collections import record_table, register

table = record_table(
    "api_keys",
    Column("id", Text),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    key="id",
)
Index("uq_api_keys_name", table.c.name, unique=True)
Index("uq_api_keys_digest", table.c.digest, unique=True)
register(ApiKey, table, key="id")
