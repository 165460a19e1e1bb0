"""Table of users; found by name, which is unique on the server: a login names no tenant."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.users import User
from weft.store.collections import record_table, register

table = record_table("users", Column("name", Text), key="name")
Index("uq_users_name", table.c.name, unique=True)
register(User, table, key="name")
