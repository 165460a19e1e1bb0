"""The HTTP ingress of events: a CloudEvent in the body, or in `ce-` headers."""

from __future__ import annotations

from typing import Any

from weft.api.cwm import schemas
from weft.api.cwm.errors import OBJECT
from weft.api.cwm.schemas import responses
from weft.domain.errors import Invalid
from weft.domain.events import Event, is_binary, read_binary, read_event
from weft.dsl.document.text import parse_json
from weft.services.events import Events
from weft.web.operations import Answer, Call, Operation

GROUP = "event"
MAX_EVENT = 1024 * 1024
MAX_DEPTH = 100
BATCH = "application/cloudevents-batch"


class EventEndpoints:
    """The handlers."""

    def __init__(self, events: Events) -> None:
        self._events = events

    async def receive(self, call: Call) -> Answer:
        return await self._receive(call, None)

    async def receive_at(self, call: Call) -> Answer:
        return await self._receive(call, call.path["endpoint"])

    async def _receive(self, call: Call, endpoint: str | None) -> Answer:
        raw = await call.raw()
        try:
            event = read_request(call, raw)
        except Invalid as refusal:
            await self._events.reject(call.principal, "parse", refusal, raw)
            raise
        receipt = await self._events.receive_http(call.principal, event, endpoint)
        return Answer(body=f"event {receipt.id} received")

    def operations(self) -> list[Operation]:
        """Both addresses of the ingress."""
        common: dict[str, Any] = {
            "method": "POST", "permission": "event.receive", "group": GROUP, "family": OBJECT, "max_body": MAX_EVENT,
            "request": schemas.CLOUD_EVENT, "responses": responses({200: schemas.TEXT}, OBJECT, 400, 404, 413),
        }  # fmt: skip
        return [
            Operation(path="/event/http", name="receiveEvent", summary="Receive a CloudEvent", handler=self.receive,
                      **common),
            Operation(path="/event/http/{endpoint}", name="receiveEventAt",
                      summary="Receive a CloudEvent at an endpoint", handler=self.receive_at, **common),
        ]  # fmt: skip


def read_request(call: Call, raw: bytes) -> Event:
    """The event of a request, in binary mode where headers hold its attributes. Raises Invalid; for batches too."""
    if call.headers.get("content-type", "").strip().lower().startswith(BATCH):
        raise Invalid("batches of events are not taken: send one event per request")
    if is_binary(call.headers):
        return read_binary(call.headers, raw, _parse)
    try:
        body = _parse(raw) if raw else {}
    except ValueError as cause:
        raise Invalid(f"malformed JSON: {cause}") from None
    return read_event(body)


def _parse(data: bytes) -> Any:
    return parse_json(data, max_depth=MAX_DEPTH, max_bytes=MAX_EVENT)
