"""Endpoints of resources and resource types."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.api.cwm import schemas
from weft.api.cwm.errors import OBJECT
from weft.api.cwm.reading import members, query_flag, text
from weft.api.cwm.schemas import responses
from weft.domain.errors import Invalid
from weft.domain.resources import Resource, ResourceType
from weft.services.resource_types import ResourceTypes
from weft.services.resources import ResourceDraft, Resources
from weft.web.operations import Answer, Call, Operation, Parameter

GROUP, TYPE_GROUP = "resource", "resourceType"
_CREATED = {"v1": 201}
"""The status of a creation by mount; 200 elsewhere."""


class ResourceEndpoints:
    """The handlers. `empty_as_204`: an empty export is 204, else an empty array."""

    def __init__(self, resources: Resources, types: ResourceTypes, *, empty_as_204: bool = True) -> None:
        self._resources = resources
        self._types = types
        self._empty_as_204 = empty_as_204

    async def list_all(self, call: Call) -> Answer:
        return Answer(body=[resource_body(one) for one in await self._resources.list_all(call.principal)])

    async def create(self, call: Call) -> Answer:
        record = await self._resources.create(call.principal, read_resource(await call.body()))
        return Answer(status=_CREATED.get(call.mount, 200), body=f"resource {record.id} created")

    async def get(self, call: Call) -> Answer:
        return Answer(body=resource_body(await self._resources.get(call.principal, call.path["resourceId"])))

    async def update(self, call: Call) -> Answer:
        draft = read_resource(await call.body())
        record = await self._resources.update(call.principal, call.path["resourceId"], draft)
        return Answer(body=f"resource {record.id} updated")

    async def delete(self, call: Call) -> Answer:
        await self._resources.delete(call.principal, call.path["resourceId"])
        return Answer(body=f"resource {call.path['resourceId']} deleted")

    async def export(self, call: Call) -> Answer:
        body = members(await call.body(), "resourceId", "resourceTypeId", "resourceType", "secretId")
        found = await self._resources.export(
            call.principal,
            text(body, "resourceId"),
            text(body, "resourceTypeId") or text(body, "resourceType"),
            text(body, "secretId"),
        )
        if not found and self._empty_as_204:
            return Answer(status=204, empty=True)
        return Answer(body=[resource_body(one) for one in found])

    async def import_all(self, call: Call) -> Answer:
        body = await call.body()
        if not isinstance(body, list):
            raise Invalid("the body must be an array of resources")
        report = await self._resources.import_all(
            call.principal,
            [read_resource(entry) for entry in body],
            dry_run=bool(query_flag(call, "isDryRun")),
            override=bool(query_flag(call, "isOverride")),
        )
        return Answer(
            body={
                "isDryRun": report.dry_run,
                "isOverride": report.override,
                "errors": report.errors,
                "failure": report.failures,
                "success": [resource_body(one) for one in report.successes],
            }
        )

    async def list_types(self, call: Call) -> Answer:
        return Answer(body=[type_body(one) for one in await self._types.list_all(call.principal)])

    async def get_type(self, call: Call) -> Answer:
        return Answer(body=type_body(await self._types.get(call.principal, call.path["resourceTypeId"])))

    def operations(self) -> list[Operation]:
        """Every operation of these groups."""
        one, text_answer = schemas.RESOURCE, {200: schemas.TEXT}
        flags = (
            Parameter("isDryRun", "query", "Store nothing", schema=schemas.FLAG),
            Parameter("isOverride", "query", "Replace existing ones", schema=schemas.FLAG),
        )
        return [
            Operation(method="GET", path="/resource", name="listResources", permission="resource.list",
                      summary="List resources", handler=self.list_all, group=GROUP, family=OBJECT,
                      responses=responses({200: schemas.listed(one)}, OBJECT, 400, 404)),
            Operation(method="POST", path="/resource", name="createResource", permission="resource.create",
                      summary="Create a resource", handler=self.create, group=GROUP, family=OBJECT, request=one,
                      responses=responses({200: schemas.TEXT, 201: schemas.TEXT}, OBJECT, 400, 404)),
            Operation(method="GET", path="/resource/{resourceId}", name="getResource", permission="resource.get",
                      summary="Get a resource", handler=self.get, group=GROUP, family=OBJECT,
                      responses=responses({200: one}, OBJECT, 400, 404)),
            Operation(method="PATCH", path="/resource/{resourceId}", name="updateResource",
                      permission="resource.update", summary="Change a resource", handler=self.update, group=GROUP,
                      family=OBJECT, request=one, responses=responses(text_answer, OBJECT, 400, 404)),
            Operation(method="DELETE", path="/resource/{resourceId}", name="deleteResource",
                      permission="resource.delete", summary="Delete a resource", handler=self.delete, group=GROUP,
                      family=OBJECT, responses=responses(text_answer, OBJECT, 400, 404)),
            Operation(method="POST", path="/resourceExport", name="exportResources", permission="resource.export",
                      summary="Export resources", handler=self.export, group=GROUP, family=OBJECT,
                      request=schemas.shape(resourceId=schemas.TEXT, resourceTypeId=schemas.TEXT,
                                            secretId=schemas.TEXT),
                      responses=responses({200: schemas.listed(one), 204: None}, OBJECT, 400)),
            Operation(method="POST", path="/resourceImport", name="importResources", permission="resource.import",
                      summary="Import resources one by one", handler=self.import_all, group=GROUP, family=OBJECT,
                      request=schemas.listed(one), parameters=flags,
                      responses=responses({200: schemas.IMPORT_RESULT}, OBJECT, 400)),
            Operation(method="GET", path="/resourceType", name="listResourceTypes", permission="resourceType.list",
                      summary="List resource types", handler=self.list_types, group=TYPE_GROUP, family=OBJECT,
                      responses=responses({200: schemas.listed(schemas.RESOURCE_TYPE)}, OBJECT, 400)),
            Operation(method="GET", path="/resourceType/{resourceTypeId}", name="getResourceType",
                      permission="resourceType.get", summary="Get a resource type", handler=self.get_type,
                      group=TYPE_GROUP, family=OBJECT,
                      responses=responses({200: schemas.RESOURCE_TYPE}, OBJECT, 404)),
        ]  # fmt: skip


def resource_body(record: Resource) -> dict[str, Any]:
    """A resource as it is answered: its type under both names."""
    return {
        "resourceId": record.id,
        "resourceType": record.type,
        "resourceTypeId": record.type,
        "secretId": record.secret,
        "resource": record.values,
    }


def type_body(record: ResourceType) -> dict[str, Any]:
    return {"resourceTypeId": record.id, "description": record.description, "schema": record.schema}


def read_resource(body: Any) -> ResourceDraft:
    """A resource as sent. Raises Invalid when it names two types."""
    found = members(body, "resourceId", "resourceType", "resourceTypeId", "secretId", "resource")
    one, other = found.get("resourceType", msgspec.UNSET), found.get("resourceTypeId", msgspec.UNSET)
    if one is not msgspec.UNSET and other is not msgspec.UNSET and one != other:
        raise Invalid("resourceType and resourceTypeId differ")
    secret = msgspec.UNSET
    if any(str(key).lower() == "secretid" for key in body):
        secret = found.get("secretId", "")
    return ResourceDraft(
        id=found.get("resourceId", msgspec.UNSET),
        type=other if one is msgspec.UNSET else one,
        secret=secret,
        values=found.get("resource", msgspec.UNSET),
    )
