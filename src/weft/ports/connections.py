"""What connectors ask of the server: where an attempt belongs, credentials, payloads, conversations.

A connector carries out the tasks that the server does itself (calls of web services, publishing, scripts). Contract:
every method reads or writes in a unit of work of its own; nothing secret is stored, logged or put into an error text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import msgspec

from weft.domain.conversations import Exchange
from weft.domain.origins import Origin


class Place(msgspec.Struct, frozen=True):
    """Where an attempt belongs. `namespace` is as records name it, `namespace_id` as people do; `key` is the store's
    key of the run."""

    tenant: str
    namespace: str
    namespace_id: str
    job: str
    run: str
    key: int


class OpenedResource(msgspec.Struct, frozen=True):
    """A resource with its secret opened: in memory only. `secret` is None where it names none."""

    values: Mapping[str, Any]
    secret: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return "OpenedResource()"


class Connections(Protocol):
    """See the module."""

    async def place(self, run: str) -> Place:
        """Raises NotFound for a run that is gone."""
        ...

    async def resource(self, place: Place, resource_id: str) -> OpenedResource:
        """Raises NotFound (code RESOURCE_NOT_FOUND or SECRET_NOT_FOUND)."""
        ...

    async def secret(self, place: Place, secret_id: str, origins: Sequence[Origin]) -> Mapping[str, Any]:
        """A secret of the tenant for requests to these origins. Raises NotFound (SECRET_NOT_FOUND), and Forbidden
        (SECRET_NOT_GRANTED) unless, for every origin, a resource that names the secret stands there.
        """
        ...

    async def keep(self, place: Place, data: bytes) -> str:
        """Store bytes, encrypted, for as long as the run is kept; their SHA-256 in hex. Raises TooLarge."""
        ...

    async def exchanges(self, place: Place, name: str) -> tuple[Exchange, ...]:
        """What was said in a conversation of the job, oldest first."""
        ...

    async def remember(self, place: Place, name: str, said: Exchange) -> None:
        """Add to a conversation; what the same attempt said before is replaced, what is too much is dropped."""
        ...

    async def sweep(self) -> int:
        """Remove conversations of jobs that are gone; how many."""
        ...
