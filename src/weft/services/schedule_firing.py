"""Starting what is due: each start is one transaction with the change of its schedule.

A time of a schedule starts at most one job: the job's id is made of schedule and time, and the schedule moves on in the
same transaction. Times missed while nobody looked (before `floor`) are made up for by one job; every later time has a
job of its own, however late it is started. The rights of whoever made the schedule are looked at again each time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from weft.domain.cron import Cron
from weft.domain.errors import Busy, Refusal, Unavailable
from weft.domain.schedules import Schedule, fired_job_id
from weft.dsl.machine.inputs import Trigger
from weft.ports.clock import Clock
from weft.ports.schedules import ScheduleTimes
from weft.ports.store import Store, Tx
from weft.services.access_rights import RightsOf
from weft.services.job_plans import JobRequest
from weft.services.jobs import JobService
from weft.services.schedules import Schedules
from weft.services.zones import zone_of

BATCH = 128
"""Schedules looked after at once."""
WAIT_S = 5
"""Seconds until a start that had to wait is tried again, when nothing says how long."""
MAX_PROBLEM = 1_000

_log = structlog.get_logger("weft.schedules")


class ScheduleFiring:
    """Implements `weft.ports.schedules.FireDue`."""

    def __init__(
        self, store: Store, clock: Clock, times: ScheduleTimes, schedules: Schedules, jobs: JobService, rights: RightsOf
    ) -> None:
        self._store = store
        self._clock = clock
        self._times = times
        self._schedules = schedules
        self._jobs = jobs
        self._rights = rights

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """See `weft.ports.schedules`."""
        return self._schedules.on_change(call)

    def next_due(self) -> int | None:
        """See `weft.ports.schedules`."""
        return self._store.read_now(self._times.next_due)

    async def fire_due(self, floor: int) -> int:
        """See `weft.ports.schedules`."""
        now = self._clock.now_ms()
        due = self._store.read_now(lambda tx: self._times.due(tx, now, BATCH))
        if not due:
            return 0
        self._jobs.engine.capacity()
        outcomes = await asyncio.gather(*(self._fire(one, floor) for one in due), return_exceptions=True)
        for outcome in outcomes:
            if outcome is not None:
                raise outcome
        return len(due)

    async def reckon_again(self) -> int:
        """See `weft.ports.schedules`."""
        now = self._clock.now_ms()

        def work(tx: Tx) -> int:
            found = self._times.ahead_of(tx, now, BATCH)
            for record in found:
                self._move_on(record, now, now)
                tx.of(Schedule).put(record)
            return len(found)

        return await self._store.write(work)

    async def _fire(self, schedule: Schedule, floor: int) -> None:
        """One schedule's next time. Raises Unavailable; whatever else goes wrong concerns this schedule only."""
        try:
            await self._store.write(lambda tx: self._start(tx, schedule, floor))
        except Busy as full:
            wait_s = full.retry_after or WAIT_S
            await self._store.write(lambda tx: self._put_off(tx, schedule, wait_s))
        except Unavailable:
            raise
        except Refusal as refusal:
            reason = "; ".join((refusal.message, *refusal.details))[:MAX_PROBLEM]
            _log.warning("a schedule started no job", schedule=schedule.id, reason=reason)
            await self._store.write(lambda tx: self._failed(tx, schedule, floor, reason))
        except Exception:  # noqa: BLE001 - one schedule's defect must not stop the others
            _log.exception("a schedule started no job", schedule=schedule.id)
            reason = "the start failed inside the server; its log says why"
            await self._store.write(lambda tx: self._failed(tx, schedule, floor, reason))

    def _start(self, tx: Tx, schedule: Schedule, floor: int) -> None:
        record = self._same(tx, schedule)
        if record is None:
            return
        now, fire_at = self._clock.now_ms(), record.next_at
        who = self._rights(tx, record.created_by, record.tenant, record.namespace)
        if who is None or not who.may("job.create"):
            record.status, record.next_at, record.due_at = "paused", 0, 0
            record.problem, record.problem_at = f"{record.created_by} may not start jobs here any more", now
            record.updated_at = now
            _log.warning("a schedule is paused: its creator may not start jobs", schedule=record.id)
        else:
            job_id = fired_job_id(record.id, fire_at)
            if not tx.jobs.runs_of(job_id):
                self._jobs.start_within(tx, _request(record, job_id, self._schedules.input_of(tx, record)))
            record.previous_at, record.problem, record.problem_at = fire_at, "", 0
            self._move_on(record, max(fire_at, floor - 1), now)
        tx.of(Schedule).put(record)

    def _put_off(self, tx: Tx, schedule: Schedule, wait_s: int) -> None:
        record = self._same(tx, schedule)
        if record is not None:
            record.due_at = self._clock.now_ms() + wait_s * 1000
            tx.of(Schedule).put(record)

    def _failed(self, tx: Tx, schedule: Schedule, floor: int, reason: str) -> None:
        record = self._same(tx, schedule)
        if record is not None:
            now = self._clock.now_ms()
            record.problem, record.problem_at = reason, now
            self._move_on(record, max(record.next_at, floor - 1), now)
            tx.of(Schedule).put(record)

    @staticmethod
    def _same(tx: Tx, schedule: Schedule) -> Schedule | None:
        """The schedule as it is now, unless it has moved on, is paused or gone."""
        record = tx.of(Schedule).get(schedule.id, tenant=schedule.tenant)
        if record is None or record.status != "active" or record.next_at != schedule.next_at:
            return None
        return record

    @staticmethod
    def _move_on(record: Schedule, after: int, now: int) -> None:
        """To the first time after an instant. A text that cannot be read any more has none."""
        try:
            following = Cron(record.cron).next_after(after, zone_of(record.zone))
        except Refusal as refusal:
            following = None
            record.problem, record.problem_at = refusal.message, now
        record.status = "completed" if following is None else "active"
        record.next_at = record.due_at = following or 0
        record.reckoned_at = now


def _request(record: Schedule, job_id: str, data: dict[str, Any]) -> JobRequest:
    return JobRequest(
        workflow_id=record.workflow_id,
        namespace=record.namespace,
        id=job_id,
        data=data,
        trigger=Trigger("schedule", record.created_by),
        started_by=record.created_by,
        tenant=record.tenant,
        schedule=record.id,
        scheduled_at=record.next_at,
    )
