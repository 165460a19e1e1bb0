"""Event types: which events are taken in or sent out, through which resource, and their listeners.

Only consumed types have a listener; it is off after creation. This release listens over HTTP; a listener on a resource
of another protocol is refused as unsupported when it is started.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Conflict, InUse, Invalid, NotFound, Unsupported
from weft.domain.event_types import Correlation, EventKind, EventType
from weft.domain.names import check_name
from weft.domain.resources import Resource, event_protocol
from weft.ports.clock import Clock
from weft.ports.store import Store, Tx
from weft.services.payload_attributes import check_attributes
from weft.services.workflows import child_of

MAX_CORRELATIONS = 50
MAX_ENDPOINT = 1024


class EventTypeDraft(msgspec.Struct, kw_only=True):
    """An event type as a caller sends it. `kind` in any case; an empty `name` is made from the type."""

    name: str = ""
    type: str = ""
    kind: str = ""
    source: str = ""
    resource: str = ""
    endpoint: str = ""
    data_only: bool = True
    correlation: tuple[Correlation, ...] = ()
    payload_attributes: Mapping[str, Any] = {}
    create_workflow: bool = False
    workflow_name: str = ""
    workflow_version: str = ""


class Address(msgspec.Struct, frozen=True):
    """How a caller names an event type: by name (or, where `type_too`, by its type), or by type and kind."""

    name: str
    kind: str = ""
    type_too: bool = False


class EventTypes:
    """The event types of a tenant."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, principal: Principal, draft: EventTypeDraft) -> EventType:
        """Raises Invalid (members, unknown resource or definition), Conflict (name, or type and kind, are taken)."""
        principal.require("eventType.create")
        _needs_jobs(principal, draft)
        tenant, now = principal.tenant, self._clock.now_ms()

        def work(tx: Tx) -> EventType:
            record = _record(tx, tenant, draft, principal.name, now)
            if tx.of(EventType).get(record.name, tenant=tenant) is not None:
                raise Conflict(f"event type {record.name} exists")
            if tx.of(EventType).find(tenant=tenant, type=record.type, kind=record.kind):
                raise Conflict(f"event type of type {record.type}, kind {record.kind} exists")
            tx.of(EventType).insert(record)
            return record

        return await self._store.write(work)

    async def update(self, principal: Principal, address: Address, draft: EventTypeDraft) -> EventType:
        """Replace; a running listener goes on with the new values. The name stays unless another one is sent.

        Raises NotFound, Invalid, Conflict, InUse for a type of the server's own.
        """
        principal.require("eventType.update")
        _needs_jobs(principal, draft)
        tenant, now = principal.tenant, self._clock.now_ms()

        def work(tx: Tx) -> EventType:
            old = locate(tx, tenant, address)
            _by_hand(old)
            named = msgspec.structs.replace(draft, name=draft.name or old.name, type=draft.type or old.type)
            named.kind = draft.kind or old.kind
            record = _record(tx, tenant, named, principal.name, now)
            record.created_at = old.created_at
            record.listening = old.listening and record.kind == "consumed"
            if record.listening:
                _check_listener(tx, record)
            _replace(tx, tenant, old, record)
            return record

        return await self._store.write(work)

    async def list_all(self, principal: Principal) -> list[EventType]:
        """By name."""
        principal.require("eventType.list")
        return await self._store.read(lambda tx: tx.of(EventType).find(tenant=principal.tenant, order=("name",)))

    async def get(self, principal: Principal, address: Address) -> EventType:
        """Raises NotFound, Invalid for a kind that is none."""
        principal.require("eventType.get")
        return await self._store.read(lambda tx: locate(tx, principal.tenant, address))

    async def delete(self, principal: Principal, address: Address) -> EventType:
        """Stops the listener, then removes. Raises NotFound, InUse for a type of the server's own."""
        principal.require("eventType.delete")
        tenant = principal.tenant

        def work(tx: Tx) -> EventType:
            record = locate(tx, tenant, address)
            _by_hand(record)
            tx.of(EventType).delete(record.name, tenant=tenant)
            return record

        return await self._store.write(work)

    async def listen(self, principal: Principal, address: Address, *, run: bool) -> EventType:
        """Start or stop the listener; doing so twice has no effect.

        Raises NotFound, Invalid for a produced type, InUse for the server's own, Unsupported for another protocol.
        """
        principal.require("eventType.listener")
        tenant = principal.tenant

        def work(tx: Tx) -> EventType:
            record = locate(tx, tenant, address)
            _by_hand(record)
            if record.kind != "consumed":
                raise Invalid(f"event type {record.name} is produced: it has no listener")
            if run:
                _check_listener(tx, record)
            if record.listening != run:
                record.listening = run
                record.updated_at = self._clock.now_ms()
                tx.of(EventType).put(record)
            return record

        return await self._store.write(work)


def locate(tx: Tx, tenant: str, address: Address) -> EventType:
    """Raises NotFound; Invalid for a kind that is none. A type alone means the consumed one, else the produced one."""
    types = tx.of(EventType)
    if address.kind:
        found = types.find(tenant=tenant, type=address.name, kind=read_kind(address.kind))
        if found:
            return found[0]
        raise NotFound(f"event type {address.name} of kind {address.kind} does not exist")
    record = types.get(address.name, tenant=tenant)
    if record is not None:
        return record
    if address.type_too:
        for kind in ("consumed", "produced"):
            found = types.find(tenant=tenant, type=address.name, kind=kind)
            if found:
                return found[0]
    raise NotFound(f"event type {address.name} does not exist")


def read_kind(text: str) -> EventKind:
    """`consumed` or `produced` in any case. Raises Invalid for everything else."""
    match text.lower():
        case "consumed":
            return "consumed"
        case "produced":
            return "produced"
        case _:
            raise Invalid(f"kind must be consumed or produced, not {text[:40]!r}")


def _record(tx: Tx, tenant: str, draft: EventTypeDraft, by: str, now: int) -> EventType:
    if not draft.name and not draft.type:
        raise Invalid("name or type is required")
    kind = read_kind(draft.kind)
    event_type = check_name("type", draft.type or draft.name)
    name = draft.name or _free_name(tx, tenant, event_type, kind)
    check_name("name", name)
    _check_texts(draft)
    _check_target(tx, tenant, draft)
    return EventType(
        name=name,
        type=event_type,
        kind=kind,
        source=draft.source,
        resource=draft.resource,
        endpoint=draft.endpoint,
        data_only=draft.data_only,
        correlation=draft.correlation,
        payload_attributes=check_attributes(draft.payload_attributes),
        create_workflow=draft.create_workflow,
        workflow_name=draft.workflow_name,
        workflow_version=draft.workflow_version,
        created_at=now,
        updated_at=now,
        created_by=by,
        tenant=tenant,
    )


def _free_name(tx: Tx, tenant: str, event_type: str, kind: str) -> str:
    return event_type if tx.of(EventType).get(event_type, tenant=tenant) is None else f"{event_type}.{kind}"


def _check_texts(draft: EventTypeDraft) -> None:
    if len(draft.endpoint) > MAX_ENDPOINT or len(draft.source) > MAX_ENDPOINT:
        raise Invalid(f"endpoint and source have at most {MAX_ENDPOINT} characters")
    if len(draft.correlation) > MAX_CORRELATIONS:
        raise Invalid(f"more than {MAX_CORRELATIONS} correlation attributes")


def _check_target(tx: Tx, tenant: str, draft: EventTypeDraft) -> None:
    if draft.resource:
        resource = tx.of(Resource).get(draft.resource, tenant=tenant)
        if resource is None:
            raise Invalid(f"resource {draft.resource} does not exist")
        if not event_protocol(resource.type):
            raise Invalid(f"resource {draft.resource} has type {resource.type}, which carries no events")
    else:
        raise Invalid("resourceId is required")
    if draft.create_workflow:
        if not draft.workflow_name:
            raise Invalid("workflowName is required with createWorkflow")
        if child_of(tx, tenant, draft.workflow_name, draft.workflow_version) is None:
            label = f"{draft.workflow_name} version {draft.workflow_version}".removesuffix(" version ")
            raise Invalid(f"workflow {label} does not exist")


def _check_listener(tx: Tx, record: EventType) -> None:
    resource = tx.of(Resource).get(record.resource, tenant=record.tenant)
    if resource is None:
        raise Invalid(f"resource {record.resource} does not exist")
    protocol = event_protocol(resource.type)
    if protocol != "http":
        raise Unsupported(f"listeners over {protocol} are not part of this release; HTTP is")


def _replace(tx: Tx, tenant: str, old: EventType, record: EventType) -> None:
    types = tx.of(EventType)
    for other in types.find(tenant=tenant, type=record.type, kind=record.kind):
        if other.name != old.name:
            raise Conflict(f"event type of type {record.type}, kind {record.kind} exists")
    if record.name != old.name:
        if types.get(record.name, tenant=tenant) is not None:
            raise Conflict(f"event type {record.name} exists")
        types.delete(old.name, tenant=tenant)
    types.put(record)


def _by_hand(record: EventType) -> None:
    if record.managed:
        raise InUse(f"event type {record.name} belongs to the server and cannot be changed by hand")


def _needs_jobs(principal: Principal, draft: EventTypeDraft) -> None:
    """Jobs will later start on the caller's behalf."""
    if draft.create_workflow:
        principal.require("job.create")
