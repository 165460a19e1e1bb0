"""Table of users; found by name."""

from __future__ import annotations

from sqlalchemy import Column, Text

from weft.domain.users import User
from weft.store.collections import record_table, register

table = record_table("users", Column("name", Text), key="name")
register(User, table, key="name")
