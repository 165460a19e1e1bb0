"""Data keys: what seals a tenant's values, itself wrapped by the key-encryption key."""

from __future__ import annotations

import msgspec

from weft.domain.access import DEFAULT_TENANT


class DataKey(msgspec.Struct, frozen=True, omit_defaults=True):
    """`id` is 16 lower-case hex digits, `owner` the tenant whose values it seals, `wrapped` the sealed key.

    Times are UTC milliseconds; `retired_at` is 0 for the key that seals now.
    """

    id: str
    owner: str
    wrapped: bytes
    created_at: int
    retired_at: int = 0
    tenant: str = DEFAULT_TENANT
