"""What stands behind the tasks that the server carries out itself, and what their connectors ask of the records.

`resolve` tells the engine which targets are connectors' work; `ConnectorRecords` implements
`weft.ports.connections.Connections` over the store.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from weft.domain.conversations import Exchange
from weft.domain.errors import Forbidden, NotFound
from weft.domain.origins import Origin, origin_of_resource
from weft.domain.resources import Resource
from weft.domain.secrets import Secret
from weft.domain.tenancy import SERVER_WIDE, Tenant
from weft.dsl.graph.targets import GRAPH_WORDS, TASKLIST_TYPES
from weft.ports.connections import OpenedResource, Place
from weft.ports.engine import ResolvedActivity
from weft.ports.store import Store, Tx
from weft.services.conversations import Conversations
from weft.services.payloads import PayloadWriter
from weft.services.secrets import Secrets

QUEUE: Final = "connectors"
ADAPTER: Final = "connectors"
"""What stands in place of an adapter id for work of the server itself."""
TARGETS: Final = frozenset(
    kind.target for kind in (*TASKLIST_TYPES.values(), *GRAPH_WORDS.values()) if kind.how == "call"
)


def resolve(target: str) -> ResolvedActivity | None:
    """The work behind a target of the languages, None for what is no connector's. See `weft.dsl.graph.targets`."""
    return ResolvedActivity(QUEUE, target, ADAPTER) if target in TARGETS else None


class ConnectorRecords:
    """See `weft.ports.connections.Connections`."""

    def __init__(self, store: Store, secrets: Secrets, payloads: PayloadWriter, conversations: Conversations) -> None:
        self._store = store
        self._secrets = secrets
        self._payloads = payloads
        self._conversations = conversations

    async def place(self, run: str) -> Place:
        """See the port. Found by index, so it is read at once."""

        def work(tx: Tx) -> Place:
            job = tx.jobs.by_run(run)
            if job is None:
                raise NotFound("the run of this attempt is gone", code="RUN_NOT_FOUND")
            named = job.namespace
            if not named:
                tenant = tx.of(Tenant).get(job.tenant, tenant=SERVER_WIDE)
                named = job.tenant if tenant is None else tenant.default_namespace
            return Place(job.tenant, job.namespace, named, job.id, run, job.key)

        return self._store.read_now(work)

    async def resource(self, place: Place, resource_id: str) -> OpenedResource:
        """See the port."""

        def work(tx: Tx) -> OpenedResource:
            found = tx.of(Resource).get(resource_id, tenant=place.tenant)
            if found is None:
                raise NotFound(f"resource {resource_id[:255]} does not exist", code="RESOURCE_NOT_FOUND")
            return OpenedResource(found.values, self._opened(tx, place.tenant, found.secret))

        return self._store.read_now(work)

    async def secret(self, place: Place, secret_id: str, origins: Sequence[Origin]) -> Mapping[str, Any]:
        """See the port."""

        def work(tx: Tx) -> Mapping[str, Any]:
            if tx.of(Secret).get(secret_id, tenant=place.tenant) is None:
                raise NotFound(f"secret {secret_id[:255]} does not exist", code="SECRET_NOT_FOUND")
            naming = tx.of(Resource).find(tenant=place.tenant, secret=secret_id)
            granted = {
                origin for resource in naming for origin in [origin_of_resource(resource.values)] if origin is not None
            }
            for origin in origins:
                if origin not in granted:
                    raise Forbidden(
                        f"no resource that names the secret {secret_id} stands at {origin.text}: it is not sent there",
                        code="SECRET_NOT_GRANTED",
                    )
            return self._opened(tx, place.tenant, secret_id) or {}

        return self._store.read_now(work)

    def _opened(self, tx: Tx, tenant: str, secret_id: str) -> Mapping[str, Any] | None:
        if not secret_id:
            return None
        try:
            return self._secrets.open(tx, tenant, secret_id)
        except NotFound as refusal:
            raise NotFound(refusal.message, code="SECRET_NOT_FOUND") from None

    async def keep(self, place: Place, data: bytes) -> str:
        """See the port."""
        return await self._payloads.keep(place, data)

    async def exchanges(self, place: Place, name: str) -> tuple[Exchange, ...]:
        """See the port."""
        return await self._conversations.read(place, name)

    async def remember(self, place: Place, name: str, said: Exchange) -> None:
        """See the port."""
        await self._conversations.add(place, name, said)

    async def sweep(self) -> int:
        """See the port."""
        return await self._conversations.sweep()
