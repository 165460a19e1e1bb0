"""Starting what is due, on a real store; the start itself is noted down with a job's row, as the engine writes it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import pytest

from weft.app.ids import SystemIds
from weft.domain.access import Principal
from weft.domain.errors import Busy, Invalid, QuotaExceeded, Unavailable
from weft.domain.jobs import Job
from weft.domain.schedules import Schedule, fired_job_id
from weft.domain.workflows import Workflow
from weft.services import schedule_firing
from weft.services.inline_secrets import InlineSecrets
from weft.services.schedule_firing import ScheduleFiring
from weft.services.schedule_secrets import ScheduleSecrets
from weft.services.schedules import ScheduleRequest, Schedules
from weft.store.schedules import Times
from weft.store.sqlite import SqliteStore
from weft.vaults.encrypted import EncryptedVault

pytestmark = pytest.mark.anyio
ROOT = Principal(name="root", superuser=True)
HOUR = 3_600_000
T0 = 1_770_001_200_000  # 2026-02-02T03:00:00Z


class Clock:
    ms = T0

    def now_ms(self) -> int:
        return self.ms

    def monotonic(self) -> float:
        return self.ms / 1000


class Starts:
    """What stands for the service of jobs. `refuse` raises for a request; every start leaves a row."""

    def __init__(self, ids):
        self.requests = []
        self.refuse = lambda request: None
        self.engine = SimpleNamespace(capacity=lambda: None)
        self._ids = ids

    def start_within(self, tx, request):
        problem = self.refuse(request)
        if problem is not None:
            raise problem
        self.requests.append(request)
        run = self._ids.uuid7()
        job = Job(
            id=request.id, run=run, name="n", workflow_name="n", workflow_version="1", workflow_id="W", revision="r",
            status="running", started_at=1, key=tx.runs.new_key(), first_run=run,
        )  # fmt: skip
        tx.jobs.insert(job)
        return job


@pytest.fixture
async def w(anyio_backend):
    clock = Clock()
    store = SqliteStore(":memory:", clock)
    await store.open()
    ids = SystemIds(clock)
    vault = EncryptedVault(store, b"k" * 32, clock)
    await vault.open_keys(("default",))
    secrets = ScheduleSecrets(InlineSecrets(store, vault, clock))
    schedules, starts = Schedules(store, clock, ids, secrets), Starts(ids)
    world = SimpleNamespace(clock=clock, store=store, schedules=schedules, starts=starts, who=ROOT)
    world.firing = ScheduleFiring(store, clock, Times(), schedules, starts, lambda tx, *asked: world.who)
    definition = Workflow(id="W", name="W", version="1", revision="r", definition="{}", created_at=1, updated_at=1)
    await store.write(lambda tx: tx.of(Workflow).put(definition))
    yield world
    await store.close()


async def make(w, cron="0 0 * * * ?", **more):
    return await w.schedules.create(ROOT, "W", ScheduleRequest(cron=cron, **more), scope="")


async def look(w, made):
    return await w.schedules.get(ROOT, "W", made.id, scope=None)


async def fire(w, floor=0):
    count = 0
    while fired := await w.firing.fire_due(floor):
        count += fired
    return count


async def test_a_due_time_starts_one_job_and_the_schedule_moves_on(w):
    made = await make(w, input={"site": "north"})
    assert (w.firing.next_due(), await fire(w)) == (T0 + HOUR, 0)
    w.clock.ms += HOUR
    assert await fire(w) == 1
    (request,) = w.starts.requests
    assert (request.workflow_id, request.id) == ("W", fired_job_id(made.id, T0 + HOUR))
    assert (request.data, request.started_by, request.tenant) == ({"site": "north"}, "root", "default")
    assert (request.schedule, request.scheduled_at, request.trigger.kind) == (made.id, T0 + HOUR, "schedule")
    now = await look(w, made)
    assert (now.previous_at, now.next_at, now.problem) == (T0 + HOUR, T0 + 2 * HOUR, "")
    assert (now.updated_at, await fire(w)) == (made.updated_at, 0)


async def test_a_start_gets_the_secret_values_of_the_input(w):
    made = await make(w, input={"token": "s3cret", "site": 1})
    assert made.input["token"] == "***"
    w.clock.ms += HOUR
    await fire(w)
    assert w.starts.requests[0].data == {"token": "s3cret", "site": 1}


async def test_times_that_nobody_could_look_after_start_one_job(w):
    made = await make(w)
    w.clock.ms += 3 * HOUR + 5
    assert await fire(w, floor=w.clock.ms) == 1
    assert len(w.starts.requests) == 1
    assert (await look(w, made)).next_at == T0 + 4 * HOUR


async def test_times_that_were_only_late_all_start_their_job(w):
    made = await make(w)
    w.clock.ms += 3 * HOUR + 5
    assert await fire(w, floor=T0) == 3
    assert [request.scheduled_at for request in w.starts.requests] == [T0 + n * HOUR for n in (1, 2, 3)]
    assert (await look(w, made)).next_at == T0 + 4 * HOUR


async def test_a_time_of_its_own_at_the_floor_is_not_missed(w):
    await make(w)
    w.clock.ms += 3 * HOUR
    assert await fire(w, floor=T0 + 3 * HOUR) == 2
    assert [request.scheduled_at for request in w.starts.requests] == [T0 + HOUR, T0 + 3 * HOUR]


async def test_two_at_the_same_time_start_one_job(w):
    await make(w)
    w.clock.ms += HOUR
    second = ScheduleFiring(w.store, w.clock, Times(), w.schedules, w.starts, lambda tx, *asked: ROOT)
    await asyncio.gather(w.firing.fire_due(0), second.fire_due(0))
    assert len(w.starts.requests) == 1


async def test_a_pair_of_schedule_and_time_never_starts_twice(w):
    made = await make(w)
    w.clock.ms += HOUR
    await fire(w)
    back = await look(w, made)
    back.next_at = back.due_at = T0 + HOUR  # as after a clock that was set back
    await w.store.write(lambda tx: tx.of(Schedule).put(back))
    assert await fire(w) == 1
    assert len(w.starts.requests) == 1
    assert (await look(w, made)).next_at == T0 + 2 * HOUR


@pytest.mark.parametrize("who", [None, Principal(name="root", permissions=frozenset({"job.get"}))])
async def test_whoever_may_not_start_jobs_any_more_pauses_it(w, who):
    made = await make(w)
    w.who = who
    w.clock.ms += HOUR
    assert await fire(w) == 1
    now = await look(w, made)
    assert (now.status, now.next_at, now.due_at, now.previous_at) == ("paused", 0, 0, 0)
    assert "root" in now.problem
    assert w.starts.requests == []
    assert w.firing.next_due() is None


async def test_rights_are_asked_where_the_job_is_to_start(w):
    asked = []
    w.firing._rights = lambda tx, *given: asked.append(given) or ROOT
    await make(w)
    w.clock.ms += HOUR
    await fire(w)
    assert asked == [("root", "default", "")]


async def test_a_start_that_is_refused_is_told_by_the_schedule(w):
    bad, good = await make(w), await make(w)
    w.starts.refuse = lambda request: Invalid("no", ("a", "b")) if request.schedule == bad.id else None
    w.clock.ms += HOUR
    assert await fire(w) == 2
    told = await look(w, bad)
    assert (told.status, told.problem, told.problem_at) == ("active", "no; a; b", w.clock.ms)
    assert (told.previous_at, told.next_at) == (0, T0 + 2 * HOUR)
    assert len(w.starts.requests) == 1
    w.starts.refuse = lambda request: None
    w.clock.ms += HOUR
    await fire(w)
    assert (await look(w, bad)).problem == ""
    assert (await look(w, good)).problem == ""


async def test_a_defect_stays_with_its_schedule(w):
    bad, _ = await make(w), await make(w)
    w.starts.refuse = lambda request: KeyError("x") if request.schedule == bad.id else None
    w.clock.ms += HOUR
    assert await fire(w) == 2
    assert "inside the server" in (await look(w, bad)).problem
    assert len(w.starts.requests) == 1


async def test_a_quota_makes_it_later_and_loses_nothing(w):
    full, other = await make(w), await make(w)
    w.starts.refuse = lambda request: QuotaExceeded("full", retry_after=60) if request.schedule == full.id else None
    w.clock.ms += HOUR
    assert await fire(w) == 2
    assert [request.schedule for request in w.starts.requests] == [other.id]
    later = await look(w, full)
    assert (later.next_at, later.due_at, later.problem) == (T0 + HOUR, w.clock.ms + 60_000, "")
    w.starts.refuse = lambda request: None
    w.clock.ms += 60_000
    await fire(w)
    assert [request.scheduled_at for request in w.starts.requests if request.schedule == full.id] == [T0 + HOUR]


async def test_a_full_engine_makes_all_later(w):
    made = await make(w)
    w.clock.ms += HOUR

    def full():
        raise Busy("full", retry_after=1)

    w.starts.engine.capacity = full
    with pytest.raises(Busy):
        await fire(w)
    assert (await look(w, made)).next_at == T0 + HOUR
    w.starts.engine.capacity = lambda: None
    assert await fire(w) == 1


async def test_a_store_that_cannot_write_makes_all_later(w):
    await make(w)
    w.starts.refuse = lambda request: Unavailable("disk")
    w.clock.ms += HOUR
    with pytest.raises(Unavailable):
        await fire(w)
    w.starts.refuse = lambda request: None
    assert await fire(w) == 1


async def test_the_last_time_completes_it(w):
    made = await make(w, "0 0 4 2 2 ? 2026")
    w.clock.ms += HOUR
    await fire(w)
    now = await look(w, made)
    assert (now.status, now.next_at, now.due_at, now.previous_at) == ("completed", 0, 0, T0 + HOUR)
    assert w.firing.next_due() is None


async def test_a_zone_that_is_gone_from_the_machine_ends_it_with_the_reason(w):
    made = await make(w)
    await w.store.write(lambda tx: tx.of(Schedule).put(_with_zone(made, "Gone/Away")))
    w.clock.ms += HOUR
    assert await fire(w) == 1
    now = await look(w, made)
    assert now.status == "completed"
    assert "Gone/Away" in now.problem


def _with_zone(record, zone):
    record.zone = zone
    return record


async def test_changed_paused_or_deleted_meanwhile_starts_nothing(w):
    paused, deleted, moved = await make(w), await make(w), await make(w)
    w.clock.ms += HOUR
    due = w.store.read_now(lambda tx: Times().due(tx, w.clock.ms, 10))
    await w.schedules.pause(ROOT, "W", paused.id, scope="")
    await w.schedules.delete(ROOT, "W", deleted.id, scope="")
    await w.schedules.replace(ROOT, "W", moved.id, ScheduleRequest(cron="0 30 * * * ?"), scope="")
    await asyncio.gather(*(w.firing._fire(one, 0) for one in due))
    assert w.starts.requests == []


async def test_a_batch_is_bounded_and_all_get_their_turn(w, monkeypatch):
    monkeypatch.setattr(schedule_firing, "BATCH", 3)
    for _ in range(8):
        await make(w)
    w.clock.ms += HOUR
    assert await w.firing.fire_due(0) == 3
    assert await fire(w) == 5
    assert len({request.id for request in w.starts.requests}) == 8


async def test_what_was_worked_out_in_the_future_is_worked_out_again(w):
    early = await make(w)
    w.clock.ms += 1000 * HOUR
    late = await make(w)
    w.clock.ms -= 900 * HOUR
    assert await w.firing.reckon_again() == 1
    assert await w.firing.reckon_again() == 0
    assert (await look(w, late)).next_at == T0 + 101 * HOUR
    assert (await look(w, early)).next_at == T0 + HOUR
