"""Table of the wrapped data keys that seal values at rest."""

from __future__ import annotations

from sqlalchemy import Column, Text

from weft.domain.keys import DataKey
from weft.store.collections import record_table, register

table = record_table("data_keys", Column("id", Text), key="id")
register(DataKey, table, key="id")
