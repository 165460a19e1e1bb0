"""Endpoints of adapters."""

from __future__ import annotations

from typing import Any

from weft.api.cwm import schemas
from weft.api.cwm.errors import OBJECT
from weft.api.cwm.reading import flag, members, options, query_flag
from weft.api.cwm.schemas import responses, shape
from weft.api.cwm.times import rfc3339
from weft.domain.adapters import Activity
from weft.domain.errors import Invalid
from weft.services.adapters import Adapters, AdapterView
from weft.web.operations import Answer, Call, Operation, Parameter, Upload

GROUP = "adapter"
MAX_FILE = 512 * 1024 * 1024 + 64 * 1024
"""The largest file, and what a multipart body adds to it."""
_FIELD_SIZE = 64


class AdapterEndpoints:
    """The handlers. `empty_as_204`: an empty list is 204, else an empty array."""

    def __init__(self, adapters: Adapters, *, empty_as_204: bool = True) -> None:
        self._adapters = adapters
        self._empty_as_204 = empty_as_204

    async def list_all(self, call: Call) -> Answer:
        found = await self._adapters.list_all(call.principal)
        if not found and self._empty_as_204:
            return Answer(status=204, empty=True)
        return Answer(body=[adapter_body(view) for view in found])

    async def get(self, call: Call) -> Answer:
        return Answer(body=adapter_body(await self._adapters.get(call.principal, call.path["adapterId"])))

    async def upload(self, call: Call) -> Answer:
        force = bool(query_flag(call, "force"))
        parts = call.uploads()

        async def later() -> bool:
            """The field may stand behind the file."""
            return any([flag(await _field(part.chunks()), "force") async for part in parts if _is_force(part)])

        async for part in parts:
            if part.name == "file":
                adapter_id = await self._adapters.upload(call.principal, part.chunks(), force=force, later=later)
                return Answer(status=201, body=adapter_id)
            if _is_force(part):
                force = flag(await _field(part.chunks()), "force") or force
        raise Invalid("the form has no field file")

    async def replace(self, call: Call) -> Answer:
        async for part in call.uploads():
            if part.name == "file":
                adapter_id = await self._adapters.replace(call.principal, call.path["adapterId"], part.chunks())
                return Answer(body=adapter_id)
        raise Invalid("the form has no field file")

    async def set_default(self, call: Call) -> Answer:
        body = members(await call.body(), "defaultStatus")
        if "defaultStatus" not in body:
            raise Invalid("defaultStatus is required")
        default = flag(body["defaultStatus"], "defaultStatus")
        record = await self._adapters.set_default(call.principal, call.path["adapterId"], default=default)
        return Answer(body=f"adapter {record.id} updated")

    async def deploy(self, call: Call) -> Answer:
        given = await options(call, "createWorker", "defaultStatus")
        record = await self._adapters.deploy(
            call.principal,
            call.path["adapterId"],
            create_worker=given.get("createWorker", False),
            default=given.get("defaultStatus", False),
        )
        return Answer(status=201, body=f"adapter {record.id} deployed")

    async def delete(self, call: Call) -> Answer:
        removed = await self._adapters.delete(call.principal, call.path["adapterId"])
        if not removed.file:
            return Answer(status=204, empty=True)
        return Answer(body=f"adapter {removed.id} deleted")

    def operations(self) -> list[Operation]:
        """Every operation of this group."""
        archive = {"x-media": "multipart/form-data", "type": "object", "required": ["file"],
                   "properties": {"file": {"type": "string", "format": "binary"}}}  # fmt: skip
        switches = shape(createWorker=schemas.FLAG, defaultStatus=schemas.FLAG)
        one = schemas.ADAPTER
        return [
            Operation(method="GET", path="/adapter", name="listAdapters", permission="adapter.list",
                      summary="List adapters", handler=self.list_all, group=GROUP, family=OBJECT,
                      responses=responses({200: schemas.listed(one), 204: None}, OBJECT, 503)),
            Operation(method="POST", path="/adapter", name="uploadAdapter", permission="adapter.upload",
                      summary="Upload an adapter archive", handler=self.upload, group=GROUP, family=OBJECT,
                      request=archive, max_body=MAX_FILE,
                      parameters=(Parameter("force", "query", "Replace other content", schema=schemas.FLAG),),
                      responses=responses({201: schemas.TEXT}, OBJECT, 400, 404, 413)),
            Operation(method="GET", path="/adapter/{adapterId}", name="getAdapter", permission="adapter.get",
                      summary="Get an adapter with its activities", handler=self.get, group=GROUP, family=OBJECT,
                      responses=responses({200: one, 204: None}, OBJECT, 503)),
            Operation(method="PUT", path="/adapter/{adapterId}", name="replaceAdapter", permission="adapter.replace",
                      summary="Replace an adapter's file, or add a version", handler=self.replace, group=GROUP,
                      family=OBJECT, request=archive, max_body=MAX_FILE,
                      responses=responses({200: schemas.TEXT}, OBJECT, 400, 404)),
            Operation(method="PATCH", path="/adapter/{adapterId}", name="setDefaultAdapter",
                      permission="adapter.setDefault", summary="Make a version the default", handler=self.set_default,
                      group=GROUP, family=OBJECT, request=shape(defaultStatus=schemas.FLAG),
                      responses=responses({200: schemas.TEXT}, OBJECT, 400, 404)),
            Operation(method="POST", path="/adapter/{adapterId}/deploy", name="deployAdapter",
                      permission="adapter.deploy", summary="Install an uploaded adapter", handler=self.deploy,
                      group=GROUP, family=OBJECT, request=switches,
                      responses=responses({201: schemas.TEXT}, OBJECT, 400, 404)),
            Operation(method="DELETE", path="/adapter/{adapterId}", name="deleteAdapter", permission="adapter.delete",
                      summary="Delete an adapter", handler=self.delete, group=GROUP, family=OBJECT,
                      responses=responses({200: schemas.TEXT, 204: None}, OBJECT, 400, 404)),
        ]  # fmt: skip


def _is_force(part: Upload) -> bool:
    return part.name.lower() == "force"


async def _field(chunks: Any) -> str:
    """A short text field of a form."""
    data = b""
    async for chunk in chunks:
        data += chunk
        if len(data) > _FIELD_SIZE:
            raise Invalid("a form field is too long")
    return data.decode("utf-8", "replace").strip()


def adapter_body(view: AdapterView) -> dict[str, Any]:
    """An adapter as it is answered: its id under both names."""
    record = view.record
    return {
        "id": record.id,
        "adapterId": record.id,
        "vendor": record.vendor,
        "product": record.product,
        "version": record.version,
        "description": record.description,
        "resourceTypeId": record.resource_type,
        "cwmVersionId": record.platform,
        "hashSum": record.digest,
        "uploadedStatus": record.uploaded,
        "deployedStatus": record.deployed,
        "inUseStatus": view.in_use,
        "defaultStatus": record.default,
        "verified": record.verified,
        "createdAt": rfc3339(record.created_at),
        "updatedAt": rfc3339(record.updated_at),
        "activities": [activity_body(activity) for activity in record.activities] if record.deployed else [],
    }


def activity_body(activity: Activity) -> dict[str, Any]:
    """An activity as it is answered; schemas are JSON values."""
    return {
        "id": activity.id,
        "adapterId": activity.adapter,
        "packageName": activity.feature,
        "name": activity.name,
        "description": activity.description,
        "inputSchema": activity.input_schema,
        "outputSchema": activity.output_schema,
    }
