"""Sending produced events: by the event type of kind `produced` with the event's type, to its resource.

This release sends over HTTP: a structured CloudEvent, POSTed to the resource's URL followed by the endpoint.
"""

from __future__ import annotations

import base64
from typing import Any

import msgspec

from weft.domain.errors import NotFound, Refusal, Unavailable, Unsupported
from weft.domain.event_types import ANY_SOURCE, EventType
from weft.domain.events import Event
from weft.domain.resources import Resource, event_protocol
from weft.domain.secrets import Secret
from weft.ports.fetch import Fetch, FetchRequest
from weft.ports.store import Store, Tx
from weft.services.secrets import Secrets

EVENT_TYPE_NOT_FOUND = "EVENT_TYPE_NOT_FOUND"
DEFAULT_TIMEOUT_S = 30.0
_TOKEN_TYPES = frozenset({"token", "bearer"})
CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"


class _Target(msgspec.Struct):
    event_type: EventType
    resource: Resource
    opened_by: str
    secret: dict[str, Any]

    def __repr__(self) -> str:
        return f"_Target({self.resource.id})"


class EventPublishing:
    """Called by the engine's relay, which tries again when sending fails."""

    def __init__(self, store: Store, secrets: Secrets, fetch: Fetch) -> None:
        self._store = store
        self._secrets = secrets
        self._fetch = fetch

    def produced(self, tx: Tx, tenant: str, event_type: str) -> EventType | None:
        """The event type that a job's event leaves through; None is the error EVENT_TYPE_NOT_FOUND."""
        found = tx.of(EventType).find(tenant=tenant, type=event_type, kind="produced")
        return found[0] if found else None

    async def publish(self, tenant: str, event: Event) -> None:
        """Send one event. Raises NotFound (EVENT_TYPE_NOT_FOUND …), Unsupported, Forbidden; Unavailable: try again."""
        target = await self._store.read(lambda tx: self._target(tx, tenant, event))
        sent = dict(event)
        if target.event_type.source not in ANY_SOURCE:
            sent["source"] = target.event_type.source
        values = target.resource.values
        request = FetchRequest(
            method="POST",
            url=url_of(values, target.event_type.endpoint),
            headers={"Content-Type": CONTENT_TYPE, **authorization(target.opened_by, target.secret)},
            body=msgspec.json.encode(sent),
            hosts=(str(values["host"]),),
            timeout_s=float(values.get("timeout", DEFAULT_TIMEOUT_S)),
            allow_insecure=bool(values.get("allowInsecure", False)),
        )
        reply = await self._fetch(request)
        if reply.status >= 300:
            raise Unavailable(f"resource {target.resource.id} answered {reply.status} to event {event.get('id')}")

    def _target(self, tx: Tx, tenant: str, event: Event) -> _Target:
        event_type = self.produced(tx, tenant, str(event.get("type", "")))
        if event_type is None:
            raise NotFound(f"no produced event type has type {event.get('type')}", code=EVENT_TYPE_NOT_FOUND)
        resource = tx.of(Resource).get(event_type.resource, tenant=tenant)
        if resource is None:
            raise NotFound(f"resource {event_type.resource} does not exist", code="RESOURCE_NOT_FOUND")
        protocol = event_protocol(resource.type)
        if protocol != "http":
            raise Unsupported(f"sending events over {protocol or resource.type} is not part of this release; HTTP is")
        if "host" not in resource.values:
            raise Refusal(f"resource {resource.id} names no host to send events to")
        kind, secret = "", dict[str, Any]()
        if resource.secret:
            record = tx.of(Secret).get(resource.secret, tenant=tenant)
            if record is None:
                raise NotFound(f"secret {resource.secret} does not exist", code="SECRET_NOT_FOUND")
            kind, secret = record.type, self._secrets.open(tx, tenant, resource.secret)
        return _Target(event_type, resource, kind, secret)


def url_of(values: dict[str, Any], endpoint: str) -> str:
    """`scheme://host:port/endpoint`; an IPv6 host is put in brackets."""
    host = str(values["host"])
    if ":" in host and not host.startswith("["):
        host = f"[{host}]"
    return f"{values['scheme']}://{host}:{values['port']}/{endpoint.lstrip('/')}"


def authorization(kind: str, secret: dict[str, Any]) -> dict[str, str]:
    """Basic for `basicAuth`, a bearer token for `token` and `bearer`, nothing for other types."""
    if kind == "basicAuth":
        pair = f"{secret['username']}:{secret['password']}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
    if kind in _TOKEN_TYPES:
        return {"Authorization": f"Bearer {secret['token']}"}
    return {}
