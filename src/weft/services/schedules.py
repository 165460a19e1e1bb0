"""Schedules of definitions: create, look at, change, delete, pause, resume.

A schedule hangs under its definition and goes with it. All schedules of a definition count as the triggers of one
scheduling job, which is there as long as one of them is. Refusals of the content carry the code `invalid_schedule`.
A paused schedule has no next time; when it is resumed, times that passed meanwhile are over.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Literal, cast

import msgspec

from weft.domain.access import Principal, subject_id
from weft.domain.cron import Cron
from weft.domain.errors import Invalid, NotFound, QuotaExceeded, TooLarge
from weft.domain.schedules import Schedule, SchedulingJob
from weft.domain.workflows import Workflow
from weft.dsl.graph.start import MAX_INPUT
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Also, Store, Tx
from weft.services.schedule_secrets import ScheduleSecrets, conceal_input
from weft.services.workflows import definition_in
from weft.services.zones import zone_of

MAX_PER_DEFINITION = 1_000
_CODE = "invalid_schedule"
ScheduleColumn = Literal[
    "id", "workflow_id", "job_id", "status", "next_at", "previous_at", "created_at", "updated_at", "created_by",
    "updated_by",
]  # fmt: skip
"""What a list can be ordered by."""


class ScheduleRequest(msgspec.Struct, kw_only=True):
    """What a schedule is made of. `scopes` are the namespaces in which it is seen; empty: the one asked in."""

    cron: str
    zone: str = "UTC"
    input: dict[str, Any] = {}
    paused: bool = False
    scopes: tuple[str, ...] = ()


class ScheduleQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`scope` None means every namespace. `order` is (column, descending) pairs; the id is always added last."""

    workflow_id: str
    scope: str | None = None
    order: tuple[tuple[ScheduleColumn, bool], ...] = (("created_at", True),)
    offset: int = 0
    limit: int = 10


class Schedules:
    """Use cases of schedules: each method one authorization, one transaction, one outcome."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, secrets: ScheduleSecrets) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._secrets = secrets
        self._observers: list[Callable[[], None]] = []

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """`call()` on the event loop after a commit that changed schedules; returns the call that ends it."""
        self._observers.append(call)
        return lambda: self._observers.remove(call) if call in self._observers else None

    async def create(
        self,
        principal: Principal,
        workflow_id: str,
        given: ScheduleRequest,
        *,
        scope: str | None,
        also: Also[Schedule] | None = None,
    ) -> Schedule:
        """A new schedule of a definition. Raises NotFound, Invalid, TooLarge, QuotaExceeded.

        Jobs are started in the namespace `scope`, or in the first one given when that is None.
        """
        principal.require("schedule.create")
        check_input(given.input)
        now = self._clock.now_ms()
        schedule_id, job_id = self._ids.uuid4(), self._ids.uuid4()
        scopes = given.scopes or (scope or "",)
        shown, values = conceal_input(given.input)
        record = Schedule(
            id=schedule_id, workflow_id=workflow_id, job_id=job_id, cron=given.cron, zone=given.zone,
            input=shown, namespace=scopes[0] if scope is None else scope, namespaces=scopes, created_at=now,
            updated_at=now, created_by=principal.name, updated_by=principal.name, tenant=principal.tenant,
        )  # fmt: skip
        reckon(record, now, paused=given.paused)
        await self._secrets.prepare(principal.tenant, values)

        def work(tx: Tx) -> Schedule:
            definition_in(tx, principal.tenant, workflow_id, scope)
            others = tx.of(Schedule).find(tenant=principal.tenant, workflow_id=workflow_id)
            if len(others) >= MAX_PER_DEFINITION:
                raise QuotaExceeded(f"the definition has {MAX_PER_DEFINITION} schedules already")
            made = msgspec.structs.replace(record, job_id=others[0].job_id if others else job_id)
            tx.of(Schedule).insert(made)
            self._secrets.keep(tx, made.tenant, made.id, shown, values)
            self._changed(tx)
            if also is not None:
                also(tx, made)
            return made

        return await self._store.write(work)

    async def get(self, principal: Principal, workflow_id: str, schedule_id: str, *, scope: str | None) -> Schedule:
        """Raises NotFound."""
        principal.require("schedule.get")
        return await self._store.read(lambda tx: schedule_in(tx, principal.tenant, workflow_id, schedule_id, scope))

    async def replace(
        self, principal: Principal, workflow_id: str, schedule_id: str, given: ScheduleRequest, *, scope: str | None
    ) -> Schedule:
        """All of a schedule anew; without `scopes` it is seen where it was. Raises NotFound, Invalid, TooLarge."""
        principal.require("schedule.update")
        check_input(given.input)
        shown, values = conceal_input(given.input)
        reckon(Schedule(id="", workflow_id="", job_id="", cron=given.cron, zone=given.zone), self._clock.now_ms())
        await self._secrets.prepare(principal.tenant, values)

        def change(tx: Tx, old: Schedule, now: int) -> Schedule:
            self._secrets.keep(tx, old.tenant, old.id, shown, values)
            scopes = given.scopes or old.scopes
            new = msgspec.structs.replace(
                old, cron=given.cron, zone=given.zone, input=shown, namespaces=scopes,
                namespace=old.namespace if old.namespace in scopes else scopes[0],
            )  # fmt: skip
            same_times = (old.cron, old.zone) == (new.cron, new.zone)
            if not (same_times and old.status == "active" and not given.paused):
                reckon(new, now, paused=given.paused)
            return new

        return await self._change(principal, workflow_id, schedule_id, scope, change)

    async def pause(self, principal: Principal, workflow_id: str, schedule_id: str, *, scope: str | None) -> Schedule:
        """It starts nothing until it is resumed. Raises NotFound."""
        principal.require("schedule.update")

        def change(tx: Tx, old: Schedule, now: int) -> Schedule:
            new = msgspec.structs.replace(old)
            reckon(new, now, paused=True)
            return new

        return await self._change(principal, workflow_id, schedule_id, scope, change)

    async def resume(self, principal: Principal, workflow_id: str, schedule_id: str, *, scope: str | None) -> Schedule:
        """It goes on with the next time from now. Raises NotFound, Invalid when no time is left."""
        principal.require("schedule.update")

        def change(tx: Tx, old: Schedule, now: int) -> Schedule:
            if old.status == "active":
                return old
            new = msgspec.structs.replace(old)
            reckon(new, now)
            return new

        return await self._change(principal, workflow_id, schedule_id, scope, change)

    async def delete(
        self, principal: Principal, workflow_id: str, schedule_id: str, *, scope: str | None, job_id: str | None = None
    ) -> Schedule:
        """Remove; `job_id`, when given, must be its scheduling job. Raises NotFound."""
        principal.require("schedule.delete")

        def work(tx: Tx) -> Schedule:
            record = schedule_in(tx, principal.tenant, workflow_id, schedule_id, scope)
            if job_id is not None and job_id != record.job_id:
                raise NotFound(f"scheduling job {job_id} has no schedule {schedule_id}")
            self._remove(tx, record)
            self._changed(tx)
            return record

        return await self._store.write(work)

    async def page(self, principal: Principal, query: ScheduleQuery) -> tuple[list[Schedule], int]:
        """One page of a definition's schedules, and how many there are. Raises NotFound."""
        principal.require("schedule.list")

        def work(tx: Tx) -> tuple[list[Schedule], int]:
            found = seen_in(tx, principal.tenant, query.workflow_id, query.scope)
            for column, descending in reversed(query.order):
                found.sort(key=partial(order_key, column), reverse=descending)
            return found[query.offset : query.offset + query.limit], len(found)

        return await self._store.read(work)

    async def jobs(self, principal: Principal, workflow_id: str, *, scope: str | None) -> list[SchedulingJob]:
        """The scheduling job of a definition with the schedules seen there; none without any. Raises NotFound."""
        principal.require("schedule.list")

        def work(tx: Tx) -> list[SchedulingJob]:
            found = seen_in(tx, principal.tenant, workflow_id, scope)
            if not found:
                return []
            found.sort(key=lambda record: record.created_at)
            return [SchedulingJob(found[0].job_id, workflow_id, tuple(record.id for record in found))]

        return await self._store.read(work)

    def definition_deleted(self, tx: Tx, tenant: str, workflow_id: str) -> int:
        """Remove the schedules of a definition inside the transaction that removes it; how many there were."""
        found = tx.of(Schedule).find(tenant=tenant, workflow_id=workflow_id)
        for record in found:
            self._remove(tx, record)
        if found:
            self._changed(tx)
        return len(found)

    def forget_all(self, tx: Tx, definition: Workflow) -> None:
        """`definition_deleted` for whoever removes a definition."""
        self.definition_deleted(tx, definition.tenant, definition.id)

    async def _change(
        self,
        principal: Principal,
        workflow_id: str,
        schedule_id: str,
        scope: str | None,
        change: Callable[[Tx, Schedule, int], Schedule],
    ) -> Schedule:
        now = self._clock.now_ms()

        def work(tx: Tx) -> Schedule:
            old = schedule_in(tx, principal.tenant, workflow_id, schedule_id, scope)
            new = change(tx, old, now)
            if new is old:
                return old
            new.updated_at, new.updated_by = now, principal.name
            tx.of(Schedule).put(new)
            self._changed(tx)
            return new

        return await self._store.write(work)

    def input_of(self, tx: Tx, record: Schedule) -> dict[str, Any]:
        """What a start of the schedule is given, its secret values among it. Raises SealBroken."""
        return self._secrets.open(tx, record.tenant, record.id, record.input)

    def _remove(self, tx: Tx, record: Schedule) -> None:
        tx.of(Schedule).delete(record.id, tenant=record.tenant)
        self._secrets.forget(tx, record.tenant, record.id)

    def _changed(self, tx: Tx) -> None:
        tx.after_commit(self._tell)

    def _tell(self) -> None:
        for call in list(self._observers):
            call()


def reckon(record: Schedule, now: int, *, paused: bool = False) -> None:
    """Set status and next time from `now` on. Raises Invalid: cron text, zone, or no time left."""
    following = Cron(record.cron).next_after(now, zone_of(record.zone))
    if following is None:
        raise Invalid(f"the cron text '{record.cron}' has no time in the future", code=_CODE)
    record.status = "paused" if paused else "active"
    record.next_at = record.due_at = 0 if paused else following
    record.reckoned_at = now
    record.problem, record.problem_at = "", 0


def check_input(data: object) -> None:
    """Raises Invalid unless it is an object, TooLarge above the limit."""
    if not isinstance(data, dict):
        raise Invalid("the input of a schedule must be an object", code=_CODE)
    if len(msgspec.json.encode(cast("dict[str, Any]", data))) > MAX_INPUT:
        raise TooLarge(f"the input of a schedule is larger than {MAX_INPUT // 1024} KiB")


def seen_in(tx: Tx, tenant: str, workflow_id: str, scope: str | None) -> list[Schedule]:
    """The schedules of a definition that are seen in a namespace, by id. Raises NotFound for the definition."""
    definition_in(tx, tenant, workflow_id, scope)
    found = tx.of(Schedule).find(tenant=tenant, workflow_id=workflow_id)
    return [record for record in found if scope is None or scope in record.scopes]


def schedule_in(tx: Tx, tenant: str, workflow_id: str, schedule_id: str, scope: str | None) -> Schedule:
    """Raises NotFound, for the definition or for the schedule."""
    definition_in(tx, tenant, workflow_id, scope)
    record = tx.of(Schedule).get(schedule_id, tenant=tenant)
    if record is None or record.workflow_id != workflow_id or (scope is not None and scope not in record.scopes):
        raise NotFound(f"schedule {schedule_id} does not exist")
    return record


def order_key(column: ScheduleColumn, record: Schedule) -> Any:
    """Sort key of lists; principals are ordered by the id under which they are shown."""
    value = getattr(record, column)
    return subject_id(value) if column in ("created_by", "updated_by") else value
