"""Tables of secrets (values sealed) and secret types."""

from __future__ import annotations

from sqlalchemy import Column, Index, Text

from weft.domain.secrets import Secret, SecretType
from weft.store.collections import record_table, register

secrets = record_table("secrets", Column("id", Text), Column("type", Text, nullable=False), key="id")
Index("ix_secrets_type", secrets.c.tenant, secrets.c.type)
register(Secret, secrets, key="id")

secret_types = record_table("secret_types", Column("id", Text), key="id")
register(SecretType, secret_types, key="id")
