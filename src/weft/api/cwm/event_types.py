"""Endpoints of event types. Both ways of naming one, `/{name}` and `/{type}/{kind}`, answer on both mounts."""

from __future__ import annotations

from typing import Any

from weft.api.cwm import schemas
from weft.api.cwm.errors import OBJECT
from weft.api.cwm.reading import boolean, members, text
from weft.api.cwm.schemas import responses
from weft.domain.errors import Invalid
from weft.domain.event_types import Correlation, EventType
from weft.services.event_types import Address, EventTypeDraft, EventTypes
from weft.web.operations import Answer, Call, Operation

GROUP = "eventType"
_MEMBERS = (
    "name", "type", "source", "kind", "resourceId", "endpoint", "dataOnly", "correlation", "correlationAttrs",
    "payloadAttrs", "createWorkflow", "workflowName", "workflowVersion",
)  # fmt: skip


class EventTypeEndpoints:
    """The handlers."""

    def __init__(self, event_types: EventTypes) -> None:
        self._event_types = event_types

    async def list_all(self, call: Call) -> Answer:
        return Answer(body=[event_type_body(one) for one in await self._event_types.list_all(call.principal)])

    async def create(self, call: Call) -> Answer:
        record = await self._event_types.create(call.principal, read_event_type(await call.body()))
        return Answer(status=201, body=f"eventType {record.name} created")

    async def get(self, call: Call) -> Answer:
        return Answer(body=event_type_body(await self._event_types.get(call.principal, _address(call))))

    async def update(self, call: Call) -> Answer:
        draft = read_event_type(await call.body())
        record = await self._event_types.update(call.principal, _address(call), draft)
        return Answer(body=f"eventType {record.name} updated")

    async def delete(self, call: Call) -> Answer:
        record = await self._event_types.delete(call.principal, _address(call))
        return Answer(body=f"eventType {record.name} deleted")

    async def listen(self, call: Call) -> Answer:
        action = call.path["action"]
        if action not in ("start", "stop"):
            raise Invalid(f"action must be start or stop, not {action[:40]!r}")
        address = Address(call.path["name"], type_too=True)
        record = await self._event_types.listen(call.principal, address, run=action == "start")
        return Answer(body=f"listener {record.name} {'started' if action == 'start' else 'stopped'}")

    def operations(self) -> list[Operation]:
        """Every operation of this group."""
        found = [
            Operation(method="GET", path="/eventType", name="listEventTypes", permission="eventType.list",
                      summary="List event types", handler=self.list_all, group=GROUP, family=OBJECT,
                      responses=responses({200: schemas.listed(schemas.EVENT_TYPE)}, OBJECT, 400, 404)),
            Operation(method="POST", path="/eventType", name="createEventType", permission="eventType.create",
                      summary="Create an event type", handler=self.create, group=GROUP, family=OBJECT,
                      request=schemas.EVENT_TYPE, responses=responses({201: schemas.TEXT}, OBJECT, 400, 503)),
            Operation(method="POST", path="/eventType/{name}/{action}", name="setListener",
                      permission="eventType.listener", summary="Start or stop an event type's listener",
                      handler=self.listen, group=GROUP, family=OBJECT,
                      responses=responses({200: schemas.TEXT}, OBJECT, 400, 404)),
        ]  # fmt: skip
        for path, suffix in (("/eventType/{name}", ""), ("/eventType/{type}/{kind}", "ByKind")):
            found += [
                Operation(method="GET", path=path, name=f"getEventType{suffix}", permission="eventType.get",
                          summary="Get an event type", handler=self.get, group=GROUP, family=OBJECT,
                          responses=responses({200: schemas.EVENT_TYPE}, OBJECT, 400, 404)),
                Operation(method="PUT", path=path, name=f"updateEventType{suffix}", permission="eventType.update",
                          summary="Replace an event type", handler=self.update, group=GROUP, family=OBJECT,
                          request=schemas.EVENT_TYPE, responses=responses({200: schemas.TEXT}, OBJECT, 400, 404)),
                Operation(method="DELETE", path=path, name=f"deleteEventType{suffix}", permission="eventType.delete",
                          summary="Delete an event type", handler=self.delete, group=GROUP, family=OBJECT,
                          responses=responses({200: schemas.TEXT}, OBJECT, 400, 404)),
            ]  # fmt: skip
        return found


def _address(call: Call) -> Address:
    if "kind" in call.path:
        return Address(call.path["type"], call.path["kind"])
    return Address(call.path["name"])


def event_type_body(record: EventType) -> dict[str, Any]:
    """An event type as it is answered: its correlation under both names."""
    correlation = [
        {"contextAttributeName": entry.name, "contextAttributeValue": entry.value} for entry in record.correlation
    ]
    return {
        "name": record.name,
        "type": record.type,
        "source": record.source,
        "kind": record.kind,
        "resourceId": record.resource,
        "endpoint": record.endpoint,
        "dataOnly": record.data_only,
        "correlation": correlation,
        "correlationAttrs": correlation,
        "payloadAttrs": record.payload_attributes,
        "createWorkflow": record.create_workflow,
        "workflowName": record.workflow_name,
        "workflowVersion": record.workflow_version,
        "state": record.listening,
        "internallyManagedListener": record.managed,
    }


def read_event_type(body: Any) -> EventTypeDraft:
    """An event type in the form of either generation."""
    found = members(body, *_MEMBERS)
    payload = found.get("payloadAttrs", {})
    if not isinstance(payload, dict):
        raise Invalid("payloadAttrs must be an object")
    return EventTypeDraft(
        name=text(found, "name"),
        type=text(found, "type"),
        kind=text(found, "kind"),
        source=text(found, "source"),
        resource=text(found, "resourceId"),
        endpoint=text(found, "endpoint"),
        data_only=boolean(found, "dataOnly", default=True),
        correlation=read_correlation(found.get("correlation") or found.get("correlationAttrs")),
        payload_attributes=payload,
        create_workflow=boolean(found, "createWorkflow"),
        workflow_name=text(found, "workflowName"),
        workflow_version=text(found, "workflowVersion"),
    )


def read_correlation(value: Any) -> tuple[Correlation, ...]:
    """A list of `{"contextAttributeName", "contextAttributeValue"}`, or of plain names."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise Invalid("correlation must be a list")
    entries: list[Correlation] = []
    for item in value:
        if isinstance(item, str):
            entries.append(Correlation(item))
            continue
        found = members(item, "contextAttributeName", "contextAttributeValue")
        entries.append(Correlation(text(found, "contextAttributeName"), text(found, "contextAttributeValue")))
    if any(not entry.name for entry in entries):
        raise Invalid("contextAttributeName is required")
    return tuple(entries)
