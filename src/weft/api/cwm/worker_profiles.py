"""Endpoints of worker profiles."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.api.cwm import schemas
from weft.api.cwm.errors import OBJECT
from weft.api.cwm.reading import members, text
from weft.api.cwm.schemas import responses
from weft.domain.errors import Invalid
from weft.domain.workers import WorkerProfile
from weft.services.worker_profiles import WorkerProfiles
from weft.web.operations import Answer, Call, Operation

GROUP = "workerProfile"
_QUANTITIES = {"cpuMin": "cpu_min", "cpuMax": "cpu_max", "memMin": "memory_min", "memMax": "memory_max"}


class WorkerProfileEndpoints:
    """The handlers."""

    def __init__(self, profiles: WorkerProfiles) -> None:
        self._profiles = profiles

    async def list_all(self, call: Call) -> Answer:
        return Answer(body=[profile_body(one) for one in await self._profiles.list_all(call.principal)])

    async def create(self, call: Call) -> Answer:
        body = members(await call.body(), "profileName", *_QUANTITIES)
        profile = msgspec.structs.replace(WorkerProfile(name=text(body, "profileName")), **quantities(body))
        record = await self._profiles.create(call.principal, profile)
        return Answer(body=f"workerProfile {record.name} created")

    async def get(self, call: Call) -> Answer:
        return Answer(body=profile_body(await self._profiles.get(call.principal, call.path["profileName"])))

    async def update(self, call: Call) -> Answer:
        name = call.path["profileName"]
        body = members(await call.body(), "profileName", *_QUANTITIES)
        if text(body, "profileName", name) != name:
            raise Invalid("a profile cannot be renamed")
        record = await self._profiles.update(call.principal, name, quantities(body))
        return Answer(body=f"workerProfile {record.name} updated")

    async def delete(self, call: Call) -> Answer:
        await self._profiles.delete(call.principal, call.path["profileName"])
        return Answer(body=f"workerProfile {call.path['profileName']} deleted")

    def operations(self) -> list[Operation]:
        """Every operation of this group."""
        one, answer = "/workerProfile/{profileName}", {200: schemas.TEXT}
        return [
            Operation(method="GET", path="/workerProfile", name="listWorkerProfiles", permission="workerProfile.list",
                      summary="List worker profiles", handler=self.list_all, group=GROUP, family=OBJECT,
                      responses=responses({200: schemas.listed(schemas.PROFILE)}, OBJECT, 400, 500)),
            Operation(method="POST", path="/workerProfile", name="createWorkerProfile",
                      permission="workerProfile.create", summary="Create a worker profile", handler=self.create,
                      group=GROUP, family=OBJECT, request=schemas.PROFILE, responses=responses(answer, OBJECT, 400)),
            Operation(method="GET", path=one, name="getWorkerProfile", permission="workerProfile.get",
                      summary="Get a worker profile", handler=self.get, group=GROUP, family=OBJECT,
                      responses=responses({200: schemas.PROFILE}, OBJECT, 400, 500)),
            Operation(method="PATCH", path=one, name="updateWorkerProfile", permission="workerProfile.update",
                      summary="Change a worker profile", handler=self.update, group=GROUP, family=OBJECT,
                      request=schemas.PROFILE, responses=responses(answer, OBJECT, 400)),
            Operation(method="DELETE", path=one, name="deleteWorkerProfile", permission="workerProfile.delete",
                      summary="Delete a worker profile", handler=self.delete, group=GROUP, family=OBJECT,
                      responses=responses(answer, OBJECT, 400, 500)),
        ]  # fmt: skip


def quantities(body: dict[str, Any]) -> dict[str, str]:
    """The quantities that were given, by the record's names."""
    return {field: text(body, name) for name, field in _QUANTITIES.items() if name in body}


def profile_body(profile: WorkerProfile) -> dict[str, Any]:
    return {"profileName": profile.name, **{name: getattr(profile, field) for name, field in _QUANTITIES.items()}}
