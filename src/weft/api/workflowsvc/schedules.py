"""Schedules of a definition, and the scheduling job that stands for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, cast

from weft.api.workflowsvc import schemas
from weft.api.workflowsvc.declaring import declare
from weft.api.workflowsvc.errors import SCHEDULE, Detail, Wrong, located
from weft.api.workflowsvc.front import Front, members, page_body
from weft.api.workflowsvc.run_shapes import subject
from weft.api.workflowsvc.runs import PATH
from weft.api.workflowsvc.schemas import answers
from weft.api.workflowsvc.scoping import Asked
from weft.api.workflowsvc.sharing import shared_scopes
from weft.api.workflowsvc.sorting import NEWEST_SCHEDULES, SCHEDULE_COLUMNS, read_sort
from weft.api.workflowsvc.times import shown, shown_or_null
from weft.domain.errors import Invalid
from weft.domain.schedules import Schedule, SchedulingJob
from weft.domain.tenancy import Tenant, ids_of
from weft.dsl.graph.concealed import shown as unsealed
from weft.ports.store import Tx
from weft.services.schedules import ScheduleQuery, ScheduleRequest, Schedules
from weft.web.once import Keep
from weft.web.operations import Answer, Operation

GROUP: Final = "Schedules"
_operation: Final = partial(declare, GROUP, SCHEDULE)
TYPE: Final = "TIME_BASED"
STATUS: Final = {"active": "ACTIVE", "paused": "PAUSED", "completed": "COMPLETED"}
_CRON: Final = ("_runInterval", "_cronExpression", "_cron")
_ZONE: Final = ("_timeZone", "_timezone")


class ScheduleEndpoints:
    """The handlers."""

    def __init__(self, front: Front, schedules: Schedules) -> None:
        self._front = front
        self._schedules = schedules

    async def page(self, asked: Asked) -> Answer:
        """The schedules of a definition."""
        page = asked.query.page()
        order = read_sort(asked.query, SCHEDULE_COLUMNS, NEWEST_SCHEDULES)
        asked.query.done()
        wanted = ScheduleQuery(
            workflow_id=asked.path("defid"), scope=asked.scope, order=order, offset=page.offset, limit=page.limit
        )
        found, total = await self._schedules.page(asked.principal, wanted)
        return Answer(
            body=page_body(page.offset, page.limit, total, [schedule_body(one, asked.tenant) for one in found])
        )

    async def get(self, asked: Asked) -> Answer:
        """One schedule."""
        found = await self._schedules.get(
            asked.principal, asked.path("defid"), asked.path("scheduleid"), scope=asked.scope
        )
        return Answer(body=schedule_body(found, asked.tenant))

    async def create(self, asked: Asked) -> Answer:
        """A new schedule."""
        ident = asked.path("defid")

        async def work(keep: Keep) -> Answer:
            made: list[Answer] = []

            def also(tx: Tx, schedule: Schedule) -> None:
                where = f"{PATH}/workflowdefs/{ident}/schedules/{schedule.id}?nsfilter={asked.namespace.id}"
                made[:] = [Answer(status=201, body=schedule_body(schedule, asked.tenant), headers={"Location": where})]
                keep(tx, made[0])

            try:
                given = await self._given(asked, "schedule.create")
                await self._schedules.create(asked.principal, ident, given, scope=asked.scope, also=also)
            except Invalid as cause:
                await self._known(asked, ident)
                raise located(cause, "/_schedule", SCHEDULE) from None
            return made[0]

        return await self._front.once(asked, f"/workflowdefs/{ident}/schedules", work)

    async def replace(self, asked: Asked) -> Answer:
        """All of a schedule anew."""
        ident, schedule = asked.path("defid"), asked.path("scheduleid")
        try:
            given = await self._given(asked, "schedule.update")
            found = await self._schedules.replace(asked.principal, ident, schedule, given, scope=asked.scope)
        except Invalid as cause:
            await self._schedules.get(asked.seeing("schedule.get"), ident, schedule, scope=asked.scope)
            raise located(cause, "/_schedule", SCHEDULE) from None
        return Answer(body=schedule_body(found, asked.tenant))

    async def delete(self, asked: Asked) -> Answer:
        """Remove a schedule; with the last one the scheduling job goes."""
        await self._schedules.delete(asked.principal, asked.path("defid"), asked.path("scheduleid"), scope=asked.scope)
        return Answer(status=204, empty=True)

    async def jobs(self, asked: Asked) -> Answer:
        """The scheduling job of a definition: one, or none without schedules."""
        page = asked.query.page()
        asked.query.done()
        found = await self._schedules.jobs(asked.principal, asked.path("defid"), scope=asked.scope)
        part = [job_body(one) for one in found[page.offset : page.offset + page.limit]]
        return Answer(body=page_body(page.offset, page.limit, len(found), part))

    async def delete_trigger(self, asked: Asked) -> Answer:
        """Remove a schedule by the scheduling job that it belongs to."""
        await self._schedules.delete(
            asked.principal, asked.path("defid"), asked.path("scheduleid"), scope=asked.scope,
            job_id=asked.path("jobid"),
        )  # fmt: skip
        return Answer(status=204, empty=True)

    async def _given(self, asked: Asked, permission: str) -> ScheduleRequest:
        body = await members(asked)
        problems: list[Detail] = []
        request = read_schedule(body, problems)
        named = shared_scopes(self._front.scoping, asked, body, permission, problems, SCHEDULE)
        if problems:
            raise Wrong(SCHEDULE, problems)
        if body.get("_namespaces") is not None:
            request.scopes = named
        return request

    async def _known(self, asked: Asked, ident: str) -> None:
        """An unknown definition is told before what is wrong with the body. Raises NotFound."""
        await self._schedules.jobs(asked.seeing("schedule.list"), ident, scope=asked.scope)

    def operations(self) -> tuple[Operation, ...]:
        """All operations on schedules."""
        handler = self._front.handler
        every, one = "workflowdefs/{defid}/schedules", "workflowdefs/{defid}/schedules/{scheduleid}"
        return (
            _operation(
                "GET", every, "listSchedules", "schedule.list", "Schedules of a definition", handler(self.page),
                parameters=(*schemas.LISTING, schemas.SORT),
                responses=answers({200: schemas.listed(schemas.SCHEDULE)}, 404),
            ),
            _operation(
                "POST", every, "createSchedule", "schedule.create", "Start runs at the times of a cron text",
                handler(self.create), parameters=(schemas.KEY,), request=schemas.SCHEDULE_INPUT,
                responses=answers({201: schemas.SCHEDULE}, 404, 409, 422, body=True),
            ),
            _operation(
                "GET", one, "getSchedule", "schedule.get", "One schedule", handler(self.get),
                responses=answers({200: schemas.SCHEDULE}, 404),
            ),
            _operation(
                "PUT", one, "replaceSchedule", "schedule.update", "Replace a schedule", handler(self.replace),
                request=schemas.SCHEDULE_INPUT, responses=answers({200: schemas.SCHEDULE}, 404, body=True),
            ),
            _operation(
                "DELETE", one, "deleteSchedule", "schedule.delete", "Remove a schedule", handler(self.delete),
                responses=answers({204: None}, 404),
            ),
            _operation(
                "GET", "workflowdefs/{defid}/jobs", "listSchedulingJobs", "schedule.list",
                "The scheduling job of a definition", handler(self.jobs), parameters=schemas.LISTING,
                responses=answers({200: schemas.listed(schemas.SCHEDULING_JOB)}, 404),
            ),
            _operation(
                "DELETE", "workflowdefs/{defid}/jobs/{jobid}/triggers/{scheduleid}", "deleteTrigger",
                "schedule.delete", "Remove a schedule", handler(self.delete_trigger),
                responses=answers({204: None}, 404),
            ),
        )  # fmt: skip


def read_schedule(body: Mapping[str, Any], problems: list[Detail]) -> ScheduleRequest:
    """A schedule from a body; what is wrong is noted. Whether cron text and zone mean anything is asked later."""
    inner = body.get("_schedule")
    if inner is not None and not isinstance(inner, dict):
        problems.append(Detail("/_schedule", SCHEDULE, "_schedule is an object"))
    told = cast("dict[str, Any]", inner) if isinstance(inner, dict) else {}
    kind = told.get("_type")
    if kind is not None and kind != TYPE:
        problems.append(Detail("/_schedule/_type", SCHEDULE, f"_type is {TYPE}"))
    cron = _spelled(body, told, _CRON, problems)
    if not cron:
        problems.append(Detail("/_schedule", SCHEDULE, "_schedule._runInterval is a cron text and required"))
    zone = _spelled(body, told, _ZONE, problems) or "UTC"
    data = body.get("_inputParams")
    if data is not None and not isinstance(data, dict):
        problems.append(Detail("/_inputParams", SCHEDULE, "_inputParams is an object"))
    status = body.get("_status")
    if status is not None and status not in ("ACTIVE", "PAUSED"):
        problems.append(Detail("/_status", SCHEDULE, "_status is ACTIVE or PAUSED"))
    return ScheduleRequest(
        cron=cron,
        zone=zone,
        input=cast("dict[str, Any]", data) if isinstance(data, dict) else {},
        paused=status == "PAUSED",
    )


def _spelled(body: Mapping[str, Any], inner: Mapping[str, Any], names: tuple[str, ...], problems: list[Detail]) -> str:
    """The one text that stands under any of the names, inside `_schedule` or beside it."""
    found = ""
    for holder, base in ((inner, "/_schedule/"), (body, "/")):
        for name in names:
            value = holder.get(name)
            if value is None:
                continue
            if not isinstance(value, str):
                problems.append(Detail(base + name, SCHEDULE, f"{name} is a text"))
            elif found and value != found:
                problems.append(Detail(base + name, SCHEDULE, f"{name} is given twice with different values"))
            else:
                found = value
    return found


def schedule_body(schedule: Schedule, tenant: Tenant) -> dict[str, Any]:
    """A schedule in its 13 keys."""
    return {
        "_id": schedule.id,
        "_workflowDefId": schedule.workflow_id,
        "_jobId": schedule.job_id,
        "_namespaces": list(ids_of(tenant, schedule.scopes)),
        "_schedule": {"_type": TYPE, "_runInterval": schedule.cron, "_timeZone": schedule.zone},
        "_inputParams": unsealed(schedule.input),
        "_status": STATUS[schedule.status],
        "_nextRunAt": shown_or_null(schedule.next_at),
        "_previousRunAt": shown_or_null(schedule.previous_at),
        "_createdAt": shown(schedule.created_at),
        "_updatedAt": shown(schedule.updated_at),
        "_createdBy": subject(schedule.created_by),
        "_updatedBy": subject(schedule.updated_by),
    }


def job_body(job: SchedulingJob) -> dict[str, Any]:
    """A scheduling job."""
    return {"_id": job.id, "_workflowDefId": job.workflow_id, "_triggers": list(job.triggers)}
