"""Table of tenants; found by id and by UUID."""

from __future__ import annotations

from sqlalchemy import Column, Text

from weft.domain.tenancy import Tenant
from weft.store.collections import record_table, register

table = record_table("tenants", Column("id", Text), Column("uuid", Text, nullable=False), key="id")
register(Tenant, table, key="id", unique=["uuid"])
