"""Table of API keys; found by id, by name and by the digest of the key."""

from __future__ import annotations

from sqlalchemy import Column, Text

from weft.domain.tokens import ApiKey
from weft.store.collections import record_table, register

table = record_table(
    "api_keys",
    Column("id", Text),
    Column("name", Text, nullable=False),
    Column("digest", Text, nullable=False),
    key="id",
)
register(ApiKey, table, key="id", unique=["name", "digest"])
