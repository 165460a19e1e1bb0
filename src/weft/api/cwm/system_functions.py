"""The endpoint of the server's own functions."""

from __future__ import annotations

from weft.api.cwm import schemas
from weft.api.cwm.adapters import activity_body
from weft.api.cwm.errors import OBJECT
from weft.api.cwm.schemas import listed, responses, shape
from weft.domain.adapters import SYSTEM_ADAPTER
from weft.domain.workers import DEFAULT_WORKER
from weft.services.system_functions import SystemFunctions
from weft.web.operations import Answer, Call, Operation

_ENTRY = shape(id=schemas.TEXT, name=schemas.TEXT, worker=schemas.TEXT, activities=listed(schemas.ACTIVITY))


class SystemFunctionEndpoints:
    """The handler."""

    def __init__(self, functions: SystemFunctions) -> None:
        self._functions = functions

    async def list_all(self, call: Call) -> Answer:
        activities = await self._functions.list_all(call.principal)
        entry = {
            "id": SYSTEM_ADAPTER,
            "name": SYSTEM_ADAPTER.partition(".v")[0],
            "worker": DEFAULT_WORKER,
            "activities": [activity_body(activity) for activity in activities],
        }
        return Answer(body=[entry])

    def operations(self) -> list[Operation]:
        """The one operation."""
        return [
            Operation(method="GET", path="/systemFunction", name="listSystemFunctions",
                      permission="systemFunction.list", summary="List the server's own functions",
                      handler=self.list_all, group="systemFunction", family=OBJECT,
                      responses=responses({200: listed(_ENTRY)}, OBJECT)),
        ]  # fmt: skip
