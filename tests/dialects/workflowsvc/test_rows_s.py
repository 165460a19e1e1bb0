"""Acceptance rows 80 to 84: schedules."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta

import pytest

from weft.app.bootstrap import build
from weft.app.settings import Settings
from weft.app.starting import StartError
from weft.domain.schedules import Schedule
from weft.engines.embedded.scheduler import Scheduler
from weft.services.access_keys import KeyChange
from weft.services.access_rights import rights_now
from weft.services.schedule_firing import ScheduleFiring
from weft.services.schedules import reckon
from weft.store.schedules import Times

pytestmark = pytest.mark.anyio
KEYS = {
    "_id", "_workflowDefId", "_jobId", "_namespaces", "_schedule", "_inputParams", "_status", "_nextRunAt",
    "_previousRunAt", "_createdAt", "_updatedAt", "_createdBy", "_updatedBy",
}  # fmt: skip
FIVE_MINUTES = {"_schedule": {"_runInterval": "0 0/5 * ? * * *"}}


def at(text):
    return datetime.fromisoformat(text)


async def schedule(space, definition, body, status=201, **more):
    path = f"/workflowdefs/{definition['_id']}/schedules"
    return (await space.call("POST", path, status, body=body, **more)).json()


async def runs_of(space, definition):
    found = (await space.call("GET", f"/workflows?_defId={definition['_id']}&_pageSize=1000", 200)).json()
    return found["_list"]


async def look(space, made):
    return (await space.call("GET", f"/workflowdefs/{made['_workflowDefId']}/schedules/{made['_id']}", 200)).json()


async def test_row_80_next_times_in_utc(space, play):
    definition = await space.define(play.inline("one"))
    five = await schedule(space, definition, FIVE_MINUTES)
    now = datetime.fromtimestamp(space.server.clock.now_ms() / 1000, UTC)
    assert set(five) == KEYS
    mark = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0) + timedelta(minutes=5)
    assert at(five["_nextRunAt"]) == mark
    assert five["_schedule"] == {"_type": "TIME_BASED", "_runInterval": "0 0/5 * ? * * *", "_timeZone": "UTC"}
    assert (five["_status"], five["_previousRunAt"], five["_inputParams"]) == ("ACTIVE", None, {})
    noon = await schedule(space, definition, {"_cron": "0 0 12 1/1 * ?"})
    wanted = now.replace(hour=12, minute=0, second=0, microsecond=0)
    assert at(noon["_nextRunAt"]) == (wanted if wanted > now else wanted + timedelta(days=1))
    assert noon["_jobId"] == five["_jobId"]


@pytest.mark.parametrize(
    "body",
    [
        {"_cron": "*/5 * * * *"},
        {"_cron": "0 0 12 1 * MON"},
        {"_cron": "0 0 0 1 1 ? 1999"},
        {"_cron": "0 0 12 * * ?", "_timeZone": "Mars/Base"},
    ],
)
async def test_row_81_wrong_ones_are_refused(space, play, body):
    definition = await space.define(play.inline("one"))
    path = f"/workflowdefs/{definition['_id']}/schedules"
    await space.refused("POST", path, 400, "invalid_schedule", body=body)
    assert (await space.call("GET", path, 200)).json()["_total"] == 0


async def test_row_82_clock_changes(space, play):
    definition = await space.define(play.inline("one"))
    given = {"_schedule": {"_runInterval": "0 30 2 * * ?", "_timeZone": "Europe/Berlin"}}
    made = await schedule(space, definition, given)
    store = space.server.parts.store
    record = store.read_now(lambda tx: tx.of(Schedule).get(made["_id"], tenant="acme"))

    def following(text):
        reckon(record, int(at(text).timestamp() * 1000))
        return datetime.fromtimestamp(record.next_at / 1000, UTC)

    assert following("2026-03-28T12:00:00Z") == at("2026-03-30T00:30:00Z")
    assert following("2026-10-24T12:00:00Z") == at("2026-10-25T00:30:00Z")
    assert following("2026-10-25T00:30:00Z") == at("2026-10-25T01:30:00Z")
    assert following("2026-10-25T01:30:00Z") == at("2026-10-26T01:30:00Z")


async def test_row_83_a_server_that_was_down_starts_one_run(play, target, tmp_path, monkeypatch):
    clock = play.PushedClock()
    monkeypatch.setattr(play, "PushedClock", lambda: clock)
    async with play.served(tmp_path, target) as server:
        space = await server.space()
        definition = await space.define(play.inline("one"))
        made = await schedule(space, definition, {**FIVE_MINUTES, "_inputParams": {"site": "north"}})
        paused = await schedule(space, definition, {**FIVE_MINUTES, "_status": "PAUSED"})
        assert paused["_nextRunAt"] is None

    async def prepared(server):
        pass

    monkeypatch.setattr(play.Server, "prepare", prepared)
    clock.push_ms += 3 * 300_000
    async with play.served(tmp_path, target) as server:
        space.server = server
        await fired(space, made)
        runs = await runs_of(space, definition)
        assert [(run["_inputParams"], run["_createdBy"]) for run in runs] == [({"site": "north"}, made["_createdBy"])]
        await space.ended(runs[0]["_id"])
        now = await look(space, made)
        assert now["_previousRunAt"] == made["_nextRunAt"]
        later = at(now["_nextRunAt"]).timestamp() * 1000 - clock.now_ms()
        assert 0 < later <= 300_000


async def fired(space, made):
    """The schedule once it has fired since it was `made`."""
    deadline = time.monotonic() + 20
    while (found := await look(space, made))["_previousRunAt"] == made["_previousRunAt"]:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)
    return found


async def test_row_83_two_servers_on_one_store_start_one_run(space, play):
    definition = await space.define(play.inline("one"))
    made = await schedule(space, definition, FIVE_MINUTES)
    parts = space.server.parts
    running = parts.running
    async with AsyncExitStack() as stack:  # another server cannot even open the store
        settings = Settings(data_dir=parts.settings.data_dir, port=0)
        with pytest.raises(StartError):
            await build(settings, stack)
    # and if it could: two schedulers at the same time
    clock = space.server.clock
    others = [
        Scheduler(
            ScheduleFiring(parts.store, clock, Times(), running.schedules, running.jobs, rights_now(clock)), clock
        )
        for _ in range(2)
    ]
    for other in others:
        other.begin()
    clock.push_ms += int(at(made["_nextRunAt"]).timestamp() * 1000) - clock.now_ms()
    await asyncio.gather(*(other.turn() for other in others))
    for other in others:
        await other.close()
    now = await fired(space, made)
    assert len(await runs_of(space, definition)) == 1
    assert now["_previousRunAt"] == made["_nextRunAt"]


async def test_row_84_the_scheduling_job_goes_with_its_last_schedule(space, play):
    definition = await space.define(play.inline("one"))
    path = f"/workflowdefs/{definition['_id']}"
    first = await schedule(space, definition, FIVE_MINUTES)
    second = await schedule(space, definition, FIVE_MINUTES)
    jobs = (await space.call("GET", f"{path}/jobs", 200)).json()
    assert jobs["_total"] == 1
    assert jobs["_list"][0]["_id"] == first["_jobId"]
    assert set(jobs["_list"][0]["_triggers"]) == {first["_id"], second["_id"]}
    await space.call("DELETE", f"{path}/schedules/{first['_id']}", 204)
    await space.call("DELETE", f"{path}/jobs/{second['_jobId']}/triggers/{second['_id']}", 204)
    assert (await space.call("GET", f"{path}/jobs", 200)).json()["_list"] == []
    await space.call("GET", f"{path}/schedules/{second['_id']}", 404)


async def test_schedules_go_with_their_definition(space, play):
    definition = await space.define(play.inline("one"))
    made = await schedule(space, definition, FIVE_MINUTES)
    await space.call("DELETE", f"/workflowdefs/{definition['_id']}", 204)
    store = space.server.parts.store
    assert store.read_now(lambda tx: tx.of(Schedule).get(made["_id"], tenant="acme")) is None


async def test_schedules_go_with_a_definition_that_another_dialect_deletes(space, play):
    definition = await space.define(play.inline("one"))
    made = await schedule(space, definition, FIVE_MINUTES)
    parts = space.server.parts
    await parts.running.workflows.delete(space.server.inside("acme"), definition["_id"])
    assert parts.store.read_now(lambda tx: tx.of(Schedule).get(made["_id"], tenant="acme")) is None


async def test_whoever_lost_the_right_to_start_pauses_the_schedule(space, play):
    await space.caller("writer", n="all")
    definition = await space.define(play.inline("one"))
    made = await schedule(space, definition, FIVE_MINUTES, who="writer")
    parts = space.server.parts
    change = KeyChange(disabled=True)
    await parts.access.keys.change(space.server.inside("acme"), space.principals["writer"], change)
    clock = space.server.clock
    await space.pushed(at(made["_nextRunAt"]).timestamp() - clock.now_ms() / 1000)
    deadline = time.monotonic() + 20
    while (found := await look(space, made))["_status"] != "PAUSED":
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.02)
    assert found["_nextRunAt"] is None
    assert await runs_of(space, definition) == []


async def test_secret_values_reach_the_call_and_nobody_else(space, play, target):
    definition = await space.define(space.rest(inputs={"_auth": "${workflow.input._auth}"}))
    auth = {"_type": "Bearer", "_params": {"token": "s3cret-of-a-schedule"}}
    made = await schedule(space, definition, {**FIVE_MINUTES, "_inputParams": {"_auth": auth}})
    assert made["_inputParams"]["_auth"]["_params"]["token"] == "***"
    await space.pushed(at(made["_nextRunAt"]).timestamp() - space.server.clock.now_ms() / 1000)
    await fired(space, made)
    (run,) = await runs_of(space, definition)
    await space.ended(run["_id"])
    assert "s3cret" not in str(run)
    assert target.seen[-1]["headers"]["authorization"] == "Bearer s3cret-of-a-schedule"


async def test_a_clock_that_is_set_forward_and_back(play, target, tmp_path, monkeypatch):
    class SetClock(play.PushedClock):
        """`set_ms` changes what the clock says and lets no time pass."""

        set_ms = 0

        def now_ms(self):
            return super().now_ms() + self.set_ms

    clock = SetClock()
    hour, day = 3_600_000, 86_400_000
    monkeypatch.setattr(play, "PushedClock", lambda: clock)
    async with play.served(tmp_path, target) as server:
        space = await server.space()
        definition = await space.define(play.inline("one"))
        made = await schedule(space, definition, {"_cron": "0 0 * * * ?"})
        clock.set_ms = day
        found = await fired(space, made)
        assert found["_previousRunAt"] == made["_nextRunAt"]
        assert len(await runs_of(space, definition)) == 1  # for all the times that were jumped over
        assert at(found["_nextRunAt"]).timestamp() * 1000 > clock.now_ms()
        clock.set_ms = 0
        deadline = time.monotonic() + 20
        while (found := await look(space, made))["_nextRunAt"] != made["_nextRunAt"]:
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.02)
        clock.push_ms += int(at(made["_nextRunAt"]).timestamp() * 1000) - clock.now_ms()
        following = at(made["_nextRunAt"]) + timedelta(milliseconds=hour)
        while at((found := await look(space, made))["_nextRunAt"]) != following:
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.02)
        assert len(await runs_of(space, definition)) == 1, "a time that has started its run starts no other"
