"""Tenants and namespaces: the walls between organisations, and the groups inside one.

A tenant is the isolation boundary: nothing of one is seen from another. A namespace belongs to exactly one tenant; its
id is unique on the server. Every tenant has one default namespace, which holds whatever names no other. In the records
of definitions, jobs and schedules the default namespace is written as `DEFAULT_NAMESPACE` (the empty text), whatever
its id is: `scope_of` and `Namespace.scope` translate.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from weft.domain.access import DEFAULT_TENANT, UUID
from weft.domain.errors import Invalid

SERVER_WIDE = ""
"""The tenant of what belongs to the whole server: adapters, workers, tenants, namespaces, clients."""
EVERY_TENANT = "*"
"""As the tenant of a search: the records of all tenants."""
DEFAULT_NAMESPACE = ""
"""How records name the default namespace of their tenant."""
NAMESPACE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
TENANT_ID = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
MAX_LABEL = 255


class Tenant(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`id` is the short name that records carry, `uuid` (lower case) the one that callers of some APIs use.

    `default_namespace` is the id of the namespace that holds what names none. Times are UTC milliseconds.
    """

    id: str
    uuid: str
    default_namespace: str
    label: str = ""
    disabled: bool = False
    created_at: int = 0
    changed_at: int = 0
    tenant: str = SERVER_WIDE


class Namespace(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """`owner` is the id of the tenant it belongs to; `default` whether it is that tenant's default one."""

    id: str
    owner: str
    default: bool = False
    label: str = ""
    disabled: bool = False
    created_at: int = 0
    changed_at: int = 0
    tenant: str = SERVER_WIDE

    @property
    def scope(self) -> str:
        """How records of its tenant name this namespace."""
        return DEFAULT_NAMESPACE if self.default else self.id


def check_tenant_id(text: str) -> str:
    """1 to 63 characters `a-z`, `0-9`, `_`, `-`, the first a letter or digit."""
    if not TENANT_ID.fullmatch(text):
        raise Invalid("a tenant id has 1 to 63 characters of a-z, 0-9, '_' and '-', and begins with a letter or digit")
    return text


def check_namespace_id(text: str) -> str:
    """1 to 128 characters `A-Z`, `a-z`, `0-9`, `_`, `-`, the first a letter or digit."""
    if not NAMESPACE_ID.fullmatch(text):
        raise Invalid(
            "a namespace id has 1 to 128 characters of A-Z, a-z, 0-9, '_' and '-', and begins with a letter or digit"
        )
    return text


def check_uuid(text: str) -> str:
    """A hyphenated UUID in any case; given back in lower case."""
    folded = text.lower()
    if not UUID.fullmatch(folded):
        raise Invalid("the UUID of a tenant is hyphenated")
    return folded


def scope_of(tenant: Tenant, namespace: str) -> str:
    """How records of a tenant name a namespace id that a document or caller gives; empty means the default one."""
    return DEFAULT_NAMESPACE if namespace in ("", tenant.default_namespace) else namespace


def ids_of(tenant: Tenant, scopes: Iterable[str]) -> tuple[str, ...]:
    """The ids of namespaces as callers know them, from how records name them."""
    return tuple(scope or tenant.default_namespace for scope in scopes)


__all__ = [
    "DEFAULT_NAMESPACE",
    "DEFAULT_TENANT",
    "EVERY_TENANT",
    "SERVER_WIDE",
    "Namespace",
    "Tenant",
    "check_namespace_id",
    "check_tenant_id",
    "check_uuid",
    "ids_of",
    "scope_of",
]
