"""Taking events in: duplicates, correlation, delivery to waiting jobs, and the jobs that events start.

An event is acknowledged after its effects are stored: all of it is one unit of work. An event whose (source, id) was
seen within 24 hours is acknowledged and dropped. What cannot be used is kept as a rejected event; of these the last
1,000 are kept, and at most a hundred more until the older ones are removed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Literal, Protocol

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Busy, NotFound, Refusal, Unavailable
from weft.domain.event_types import EventType, correlation_of, endpoint_fits, filters_fit, source_fits
from weft.domain.events import DAY_MS, HOUR_MS, Event, RejectedEvent, SeenEvent, job_data
from weft.domain.resources import Resource, event_protocol
from weft.domain.tenancy import SERVER_WIDE
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.payload_attributes import evaluate

MAX_REJECTED = 1000
MAX_REJECTED_TEXT = 4 * 1024
_TRIM_EVERY = 100
_SWEEP_HOURS = 6

Step = Literal["parse", "match", "deliver", "start"]


class Delivery(Protocol):
    """The engine's part: gives an event to every waiting run that it fits, and tells how many there were."""

    def deliver(self, tx: Tx, tenant: str, event: dict[str, Any], keys: Mapping[str, Any]) -> int: ...


class EventStart(msgspec.Struct, kw_only=True):
    """A job that an event asks for. `event` is the creating event as delivered, for the job's first wait."""

    tenant: str
    workflow_name: str
    workflow_version: str
    job_name: str
    data: dict[str, Any]
    event: Event
    started_by: str


class StartFromEvent(Protocol):
    """Starts a job in the same unit of work. Raises a Refusal before writing anything."""

    def __call__(self, tx: Tx, start: EventStart) -> None: ...


class Receipt(msgspec.Struct):
    """What became of an event: `duplicate` was dropped; else runs reached and jobs started."""

    id: str
    duplicate: bool = False
    reached: int = 0
    started: int = 0


class Events:
    """The ingress of a tenant's events."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, engine: Delivery, start: StartFromEvent) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._engine = engine
        self._start = start
        self._swept_hour = 0
        self._untrimmed: dict[str, int] = {}

    async def receive_http(self, principal: Principal, event: Event, endpoint: str | None = None) -> Receipt:
        """Take an event that came over HTTP. `endpoint` None: the address named none, so any type's will do.

        Raises NotFound when no running HTTP listener takes events of that type, source and endpoint.
        """
        principal.require("event.receive")
        tenant, now = principal.tenant, self._clock.now_ms()

        def work(tx: Tx) -> Receipt:
            event_type = _listener(tx, tenant, event, endpoint)
            return self._take(tx, event_type, event, now)

        return await self._store.write(work)

    async def reject(self, principal: Principal, step: Step, refusal: Refusal, text: bytes, listener: str = "") -> None:
        """Remember a message that cannot be used."""
        principal.require("event.receive")
        record = self._rejected(principal.tenant, step, refusal, text.decode("utf-8", "replace"), listener)
        await self._store.write(lambda tx: self._keep_rejected(tx, record))

    async def rejected(self, principal: Principal) -> list[RejectedEvent]:
        """The rejected events that are kept, oldest first."""
        principal.require("eventType.list")
        return await self._store.read(lambda tx: tx.of(RejectedEvent).find(tenant=principal.tenant, order=("at",)))

    async def sweep(self) -> int:
        """Forget events that were seen more than 24 hours ago; gives how many."""
        hour = self._clock.now_ms() // HOUR_MS

        def work(tx: Tx) -> int:
            return sum(_forget_hour(tx, old) for old in range(hour - 24 - 24 * 14, hour - 24))

        return await self._store.write(work)

    def _take(self, tx: Tx, event_type: EventType, event: Event, now: int) -> Receipt:
        tenant = event_type.tenant
        receipt = Receipt(str(event["id"]))
        if not self._first(tx, tenant, event, now):
            receipt.duplicate = True
            return receipt
        keys = correlation_of(event_type, event) | evaluate(event_type.payload_attributes, event.get("data"), now)
        if not filters_fit(event_type, keys):
            return receipt
        # A type that hands out whole events gives the event itself as the data of what is delivered.
        delivered = event if event_type.data_only else {**event, "data": dict(event)}
        receipt.reached = self._engine.deliver(tx, tenant, delivered, keys)
        if event_type.create_workflow:
            receipt.started = self._start_job(tx, event_type, event, delivered)
        return receipt

    def _start_job(self, tx: Tx, event_type: EventType, event: Event, delivered: Event) -> int:
        start = EventStart(
            tenant=event_type.tenant,
            workflow_name=event_type.workflow_name,
            workflow_version=event_type.workflow_version,
            job_name=f"{event_type.type}-{event['id']}",
            data=job_data(event.get("data")),
            event=delivered,
            started_by=event_type.created_by,
        )
        try:
            self._start(tx, start)
        except (Busy, Unavailable):
            raise
        except Refusal as refusal:
            text = msgspec.json.encode(event).decode()
            self._keep_rejected(tx, self._rejected(event_type.tenant, "start", refusal, text, event_type.name))
            return 0
        return 1

    def _first(self, tx: Tx, tenant: str, event: Event, now: int) -> bool:
        key = _seen_key(tenant, str(event["source"]), str(event["id"]))
        seen = tx.of(SeenEvent).get(key, tenant=SERVER_WIDE)
        if seen is not None and now - seen.at < DAY_MS:
            return False
        hour = now // HOUR_MS
        tx.of(SeenEvent).put(SeenEvent(key=key, at=now, hour=hour))
        if hour != self._swept_hour:
            self._swept_hour = hour
            for old in range(hour - 24 - _SWEEP_HOURS, hour - 24):
                _forget_hour(tx, old)
        return True

    def _keep_rejected(self, tx: Tx, record: RejectedEvent) -> None:
        kept = tx.of(RejectedEvent)
        kept.insert(record)
        # Counted from the start as if many had come: what an earlier process left is trimmed with the first one.
        count = self._untrimmed.get(record.tenant, _TRIM_EVERY) + 1
        if count > _TRIM_EVERY:
            older = kept.find(tenant=record.tenant, order=("at",))
            for old in older[: max(0, len(older) - MAX_REJECTED)]:
                kept.delete(old.id, tenant=record.tenant)
            count = 0
        self._untrimmed[record.tenant] = count

    def _rejected(self, tenant: str, step: Step, refusal: Refusal, text: str, listener: str) -> RejectedEvent:
        return RejectedEvent(
            id=self._ids.uuid7(),
            at=self._clock.now_ms(),
            step=step,
            reason="; ".join((refusal.message, *refusal.details))[:1000],
            listener=listener,
            text=text[:MAX_REJECTED_TEXT],
            tenant=tenant,
        )


def _listener(tx: Tx, tenant: str, event: Event, endpoint: str | None) -> EventType:
    for event_type in tx.of(EventType).find(tenant=tenant, type=str(event["type"]), kind="consumed"):
        if not event_type.listening or not source_fits(event_type, str(event["source"])):
            continue
        resource = tx.of(Resource).get(event_type.resource, tenant=tenant)
        http = resource is not None and event_protocol(resource.type) == "http"
        if http and endpoint_fits(event_type, endpoint):
            return event_type
    raise NotFound(f"no running listener takes events of type {event['type']} from {event['source']}")


def _forget_hour(tx: Tx, hour: int) -> int:
    seen = tx.of(SeenEvent)
    found = seen.find(tenant=SERVER_WIDE, hour=hour)
    for record in found:
        seen.delete(record.key, tenant=SERVER_WIDE)
    return len(found)


def _seen_key(tenant: str, source: str, event_id: str) -> str:
    """One text for (tenant, source, id): their lengths keep different triples apart."""
    return hashlib.sha256(f"{len(tenant)}:{tenant}{len(source)}:{source}{event_id}".encode()).hexdigest()
