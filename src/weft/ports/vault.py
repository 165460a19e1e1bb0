"""Sealing values at rest.

Contract
- `seal` and `open` are quick, synchronous and safe to call from several threads. What is sealed is bound to its tenant
  and its context (`<noun>/<id>`): opened under another tenant or context it is refused.
- A tenant's data key must exist before the first `seal` for it: `await prepare(tenant)` makes it durable.
- `rotate` makes a new data key per tenant and renews what the registered holders keep, in small batches, on a running
  server. A data key is forgotten at the end of the rotation after the one that replaced it. Whoever keeps sealed values
  must therefore register a holder: what no holder renews is lost with its key.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import msgspec

Renew = Callable[[str, str, bytes], bytes]
"""(tenant, context, sealed) -> the same value under the newest key; the very same bytes when it is already."""


class SealBroken(ValueError):
    """The sealed bytes were changed, belong elsewhere, or their key is unknown. Says nothing of the content."""


class Rotation(msgspec.Struct, frozen=True):
    """What a rotation did: new data keys made, values renewed, and how many each holder renewed."""

    keys: int
    values: int
    holders: dict[str, int]


class SealedHolder(Protocol):
    """A place where sealed values lie, so that a rotation reaches them."""

    @property
    def name(self) -> str: ...

    async def keys(self) -> Sequence[str]:
        """Keys of all records that hold sealed values."""
        ...

    async def renew(self, keys: Sequence[str], renew: Renew) -> int:
        """Renew the values of these records in one transaction; gives how many changed. Missing ones are skipped."""
        ...


class Vault(Protocol):
    def seal(self, tenant: str, context: str, plain: bytes) -> bytes:
        """Raises `Unavailable` when the tenant has no data key."""
        ...

    def open(self, tenant: str, context: str, sealed: bytes) -> bytes:
        """Raises SealBroken."""
        ...

    async def prepare(self, tenant: str) -> None: ...

    def register(self, holder: SealedHolder) -> None: ...

    async def rotate(self) -> Rotation:
        """Raises `Conflict` while another rotation runs."""
        ...
