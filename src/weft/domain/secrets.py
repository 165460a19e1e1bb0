"""Secrets (credentials, kept sealed) and their types. A value is write-only: no answer, log or error text holds it."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.domain.access import DEFAULT_TENANT
from weft.domain.errors import Invalid
from weft.domain.schemas import check, texts


class Secret(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`sealed` is the value as JSON, sealed for (tenant, `secret/<id>`)."""

    id: str
    type: str
    sealed: bytes
    created_at: int
    updated_at: int
    tenant: str = DEFAULT_TENANT

    def __repr__(self) -> str:
        return f"Secret(id={self.id!r}, type={self.type!r})"


class SecretType(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`adapters` are the deployed adapters that declare it; `builtin` ones always exist. Types belong to no tenant."""

    id: str
    schema: Any
    description: str = ""
    adapters: tuple[str, ...] = ()
    builtin: bool = False
    tenant: str = ""


def check_secret(secret_type: SecretType, value: object) -> dict[str, Any]:
    """The value of a secret of that type. Raises Invalid naming the fields that are wrong, never their content."""
    if not isinstance(value, dict):
        raise Invalid("secret must be an object")
    problems = check(secret_type.schema, value, secret=True)
    if problems:
        raise Invalid(f"secret does not fit type {secret_type.id}", texts(problems))
    return value


def context_of(secret_id: str) -> str:
    """What a sealed value is bound to, beside its tenant."""
    return f"secret/{secret_id}"
