"""Table of roles; found by id."""

from __future__ import annotations

from sqlalchemy import Column, Text

from weft.domain.roles import Role
from weft.store.collections import record_table, register

table = record_table("roles", Column("id", Text), key="id")
register(Role, table, key="id")
