"""Resources: target systems, how to reach them, and which secret opens them."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Conflict, InUse, Invalid, NotFound, Refusal, Unavailable
from weft.domain.event_types import EventType
from weft.domain.names import check_name
from weft.domain.resources import Resource, check_resource
from weft.domain.secrets import Secret
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.type_registry import resource_type_of

MAX_IMPORT = 10_000


class ResourceDraft(msgspec.Struct):
    """A resource as a caller sends it. UNSET members were not sent."""

    id: Any = msgspec.UNSET
    type: Any = msgspec.UNSET
    secret: Any = msgspec.UNSET
    values: Any = msgspec.UNSET


class ImportReport(msgspec.Struct):
    """What an import did, or would have done in a dry run: one text per failure, their ids, the resources taken."""

    dry_run: bool
    override: bool
    errors: list[str]
    failures: list[str]
    successes: list[Resource]


class Resources:
    """The resources of a tenant."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, principal: Principal, draft: ResourceDraft) -> Resource:
        """Raises Invalid (names, type, values, unknown secret), Conflict (id is taken)."""
        principal.require("resource.create")
        tenant, now = principal.tenant, self._clock.now_ms()
        return await self._store.write(lambda tx: _create(tx, tenant, draft, now))

    async def update(self, principal: Principal, resource_id: str, draft: ResourceDraft) -> Resource:
        """Replace the members given; `values` as a whole. Raises NotFound, Invalid."""
        principal.require("resource.update")
        tenant, now = principal.tenant, self._clock.now_ms()

        def work(tx: Tx) -> Resource:
            old = _existing(tx, tenant, resource_id)
            if draft.id is not msgspec.UNSET and draft.id != resource_id:
                raise Invalid(f"resourceId in the body differs from {resource_id}")
            return _put(tx, merged(old, draft), tenant, now, created_at=old.created_at)

        return await self._store.write(work)

    async def list_all(self, principal: Principal) -> list[Resource]:
        """By id."""
        principal.require("resource.list")
        return await self._store.read(lambda tx: tx.of(Resource).find(tenant=principal.tenant, order=("id",)))

    async def get(self, principal: Principal, resource_id: str) -> Resource:
        """Raises NotFound."""
        principal.require("resource.get")
        return await self._store.read(lambda tx: _existing(tx, principal.tenant, resource_id))

    async def delete(self, principal: Principal, resource_id: str) -> None:
        """Raises NotFound, InUse while event types refer to it (naming them)."""
        principal.require("resource.delete")
        tenant = principal.tenant

        def work(tx: Tx) -> None:
            _existing(tx, tenant, resource_id)
            users = [
                event.name for event in tx.of(EventType).find(tenant=tenant, resource=resource_id, order=("name",))
            ]
            if users:
                raise InUse(f"resource {resource_id} is used by event type {', '.join(users)}")
            tx.of(Resource).delete(resource_id, tenant=tenant)

        await self._store.write(work)

    async def export(
        self, principal: Principal, resource_id: str = "", type_id: str = "", secret_id: str = ""
    ) -> list[Resource]:
        """The resources that fit every criterion given, by id. They name their secrets and hold none."""
        principal.require("resource.export")
        equals = {"id": resource_id, "type": type_id, "secret": secret_id}
        wanted = {name: value for name, value in equals.items() if value}
        return await self._store.read(lambda tx: tx.of(Resource).find(tenant=principal.tenant, order=("id",), **wanted))

    async def import_all(
        self, principal: Principal, drafts: list[ResourceDraft], *, dry_run: bool, override: bool
    ) -> ImportReport:
        """Take each entry that can be taken; `override` replaces existing ones. A dry run stores nothing."""
        principal.require("resource.import")
        if len(drafts) > MAX_IMPORT:
            raise Invalid(f"more than {MAX_IMPORT} resources in one import")
        tenant, now = principal.tenant, self._clock.now_ms()

        def work(tx: Tx) -> ImportReport:
            report = ImportReport(dry_run, override, [], [], [])
            taken: set[str] = set()
            for draft in drafts:
                try:
                    record = _import_one(tx, tenant, draft, now, override, taken, store=not dry_run)
                except Unavailable:
                    raise
                except Refusal as refusal:
                    report.errors.append("; ".join((refusal.message, *refusal.details)))
                    report.failures.append(draft.id if isinstance(draft.id, str) else "")
                else:
                    taken.add(record.id)
                    report.successes.append(record)
            return report

        return await (self._store.read(work) if dry_run else self._store.write(work))

    def find(self, tx: Tx, tenant: str, resource_id: str) -> Resource | None:
        """For other services."""
        return tx.of(Resource).get(resource_id, tenant=tenant)


def merged(old: Resource, draft: ResourceDraft) -> ResourceDraft:
    """The draft with what it leaves out taken from the stored resource."""
    return ResourceDraft(
        id=old.id,
        type=old.type if draft.type is msgspec.UNSET else draft.type,
        secret=old.secret if draft.secret is msgspec.UNSET else draft.secret,
        values=old.values if draft.values is msgspec.UNSET else draft.values,
    )


def _create(tx: Tx, tenant: str, draft: ResourceDraft, now: int) -> Resource:
    record = _record(tx, draft, tenant, now, now)
    if tx.of(Resource).get(record.id, tenant=tenant) is not None:
        raise Conflict(f"resource {record.id} exists")
    tx.of(Resource).insert(record)
    return record


def _put(tx: Tx, draft: ResourceDraft, tenant: str, now: int, *, created_at: int) -> Resource:
    record = _record(tx, draft, tenant, now, created_at)
    tx.of(Resource).put(record)
    return record


def _import_one(
    tx: Tx, tenant: str, draft: ResourceDraft, now: int, override: bool, taken: set[str], *, store: bool
) -> Resource:
    name = check_name("resourceId", None if draft.id is msgspec.UNSET else draft.id)
    old = tx.of(Resource).get(name, tenant=tenant)
    if (old is not None or name in taken) and not override:
        raise Conflict(f"resource {name} exists")
    record = _record(tx, draft, tenant, now, now if old is None else old.created_at)
    if store:
        tx.of(Resource).put(record)
    return record


def _record(tx: Tx, draft: ResourceDraft, tenant: str, now: int, created_at: int) -> Resource:
    name = check_name("resourceId", None if draft.id is msgspec.UNSET else draft.id)
    type_id = check_name("resourceType", None if draft.type is msgspec.UNSET else draft.type)
    resource_type = resource_type_of(tx, type_id)
    values = check_resource(resource_type, {} if draft.values is msgspec.UNSET else draft.values)
    secret: Any = "" if draft.secret in (msgspec.UNSET, None) else draft.secret
    if not isinstance(secret, str):
        raise Invalid("secretId must be a text")
    if secret and tx.of(Secret).get(secret, tenant=tenant) is None:
        raise Invalid(f"secret {secret} does not exist")
    return Resource(
        id=name, type=type_id, values=values, secret=secret, created_at=created_at, updated_at=now, tenant=tenant
    )


def _existing(tx: Tx, tenant: str, resource_id: str) -> Resource:
    record = tx.of(Resource).get(resource_id, tenant=tenant)
    if record is None:
        raise NotFound(f"resource {resource_id} does not exist")
    return record
