"""What `weft.ports.engine` promises, on real definitions."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from weft.domain.errors import Conflict, InUse, NotFound
from weft.ports.tasks import Fault, Result


def kinds(log: Any) -> list[str]:
    return [type(entry.input).__name__ for entry in log]


def test_system_functions_are_two_turns_each(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("noops", {"x": 1})
        assert await r.engine.wait_closed(job.run, 10)
        row = await r.job(job.run)
        assert (row.status, row.output["x"], row.closed) == ("completed", 1, True)
        log = await r.engine.history(job.run)
        assert kinds(log) == ["RunStarted", "ActivityCompleted", "ActivityCompleted"]
        assert [entry.seq for entry in log] == [1, 2, 3]
        assert [name.rsplit(".", 1)[1] for entry in log for name in (x.activity for x in entry.resolved.values())] == [
            "NoOp",
            "NoOp",
        ]
        scheduled = [record for entry in log for record in entry.records if record.type == "activity.scheduled"]
        assert len(scheduled) == 2
        assert r.host.closed == [("noops", "completed")]

    rig(test)


def test_a_worker_does_the_work(rig: Any) -> None:
    async def test(r: Any) -> None:
        woken = asyncio.Event()
        end = r.engine.watch("lab", woken.set)
        job = await r.start("get", {"name": "r1"})
        assert woken.is_set()
        end()
        assert r.engine.poll("lab", 5, ["another.adapter.v1.0.0"]) == []
        (task,) = r.poll()
        assert (task.job, task.run, task.input, task.attempt) == (job.id, job.run, {"name": "r1"}, 1)
        pending = r.engine.pending(job.run)
        assert [(a.ref, a.state, a.attempt) for a in pending.activities] == [(task.ref, "started", 1)]
        assert r.poll() == [] and r.engine.heartbeat([task.attempt_id]) == []
        await r.complete(Result(task.attempt_id, {"ok": True}))
        row = await r.job(job.run)
        assert row.status == "completed" and row.output == {"name": "r1", "ok": True}
        await r.complete(Result(task.attempt_id, {"ok": False}), Result("unknown", 1))
        assert (await r.job(job.run)).output == {"name": "r1", "ok": True}
        assert r.engine.pending(job.run).activities == []
        entry = (await r.engine.history(job.run, after=1))[0]
        assert entry.input.started_at == r.clock.now and entry.input.worker

    rig(test)


def test_failures_are_retried_by_the_definition_and_then_fault_the_run(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("get", {"name": "r1"})
        (first,) = r.poll()
        await r.complete(Result(first.attempt_id, fault=Fault("HTTP_STATUS_503", "busy")))
        assert r.poll() == [] and r.engine.pending(job.run).timers
        await r.advance(60)
        (second,) = r.poll()
        assert second.attempt_id != first.attempt_id
        await r.complete(Result(second.attempt_id, fault=Fault("HTTP_STATUS_400", "no", retryable=False)))
        row = await r.job(job.run)
        assert (row.status, row.fault["code"]) == ("faulted", "HTTP_STATUS_400")

    rig(test)


def test_a_failed_run_is_taken_up_again(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("two", {"name": "r1"})
        (task,) = r.poll()
        await r.complete(Result(task.attempt_id, fault=Fault("BAD", "no", retryable=False)))
        assert (await r.job(job.run)).status == "faulted"
        again = await r.write(lambda tx: r.engine.retry(tx, job.run, "me"))
        await r.engine.idle()
        assert (again.id, again.attempt, again.first_run) == (job.id, 2, job.run) and again.run != job.run
        (task,) = r.poll()
        assert (task.run, task.activity.rsplit(".", 1)[1]) == (again.run, "Get")
        await r.complete(Result(task.attempt_id, {"ok": 1}))
        assert (await r.job(again.run)).status == "completed"
        with pytest.raises(InUse):
            await r.write(lambda tx: r.engine.retry(tx, again.run, "me"))

    rig(test)


def test_sleeps_end_by_the_clock(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("nap")
        assert (await r.job(job.run)).status == "waiting"
        await r.advance(29)
        assert not (await r.job(job.run)).closed
        await r.advance(1)
        assert (await r.job(job.run)).status == "completed"

    rig(test)


def test_clocks_that_jump_back_do_no_harm(rig: Any) -> None:
    async def test(r: Any) -> None:
        job, other = await r.start("nap"), await r.start("noops")
        await r.advance(-3_600)
        late = await r.start("nap")
        await r.advance(3_600 + 30)
        assert [(await r.job(run.run)).status for run in (job, other, late)] == ["completed"] * 3
        for run in (job, other, late):
            times = [entry.at for entry in await r.engine.history(run.run)]
            assert times == sorted(times)

    rig(test)


def test_events_are_correlated(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("listen")
        assert await r.deliver({"type": "link.down", "device": "r1"}) == 0
        await r.deliver({"data": {"a": 0}})  # without the attribute
        assert not (await r.job(job.run)).closed
        assert await r.deliver({"data": {"a": 1}}, device="r1") == 1
        row = await r.job(job.run)
        assert (row.status, row.output) == ("completed", {"a": 1})
        assert await r.deliver({"device": "r1"}) == 0

    rig(test)


def test_events_that_come_early_are_kept(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("later", {"name": "x"})
        (task,) = r.poll()
        assert await r.deliver({"device": "r1", "data": {"early": True}}) == 1
        await r.reopen()
        (task,) = r.poll()
        await r.complete(Result(task.attempt_id, {}))
        row = await r.job(job.run)
        assert (row.status, row.output) == ("completed", {"name": "x", "early": True})

    rig(test)


def test_sub_flows(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("parent", {"name": "r1"})
        (task,) = r.poll()
        child = await r.job(task.run)
        assert (child.parent_job, child.parent_run, child.root_job) == (job.id, job.run, job.id)
        assert r.engine.pending(job.run).children[0].run == child.run
        await r.complete(Result(task.attempt_id, {"ok": 1}))
        assert (await r.job(child.run)).status == (await r.job(job.run)).status == "completed"
        assert kinds(await r.engine.history(job.run)) == ["RunStarted", "ChildStarted", "ChildCompleted"]
        orphan = await r.start("orphan")
        row = await r.job(orphan.run)
        assert (row.status, row.fault["code"]) == ("faulted", "WORKFLOW_NOT_FOUND")

    rig(test)


def test_sub_flows_end_with_their_parents(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("parent", {"name": "r1"})
        (task,) = r.poll()
        await r.control(job.run, "terminate", "enough")
        assert (await r.job(job.run)).status == (await r.job(task.run)).status == "terminated"
        assert r.engine.heartbeat([task.attempt_id]) == [task.attempt_id]
        second = await r.start("parent", {"name": "r1"})
        (task,) = r.poll()
        await r.control(second.run, "cancel")
        await r.complete(Result(task.attempt_id, {}))
        assert (await r.job(second.run)).status == (await r.job(task.run)).status == "cancelled"

    rig(test)


def test_cancel_lets_what_runs_finish_and_drops_its_result(rig: Any) -> None:
    async def test(r: Any) -> None:
        job, waiting, unstarted = await r.start("get", {"name": "a"}), await r.start("nap"), None
        (task,) = r.poll()
        unstarted = await r.start("get", {"name": "b"})
        for run in (job, waiting, unstarted):
            await r.control(run.run, "cancel", "stop")
        assert (await r.job(waiting.run)).status == (await r.job(unstarted.run)).status == "cancelled"
        row = await r.job(job.run)
        assert not row.closed and row.cancel_requested
        await r.complete(Result(task.attempt_id, {"late": 1}))
        row = await r.job(job.run)
        assert (row.status, row.output) == ("cancelled", None)
        assert (await r.engine.history(job.run))[-1].input.result == {"late": 1}
        with pytest.raises(InUse):
            await r.control(job.run, "cancel")
        with pytest.raises(NotFound):
            await r.control("nobody", "terminate")

    rig(test)


def test_suspended_runs_rest(rig: Any) -> None:
    async def test(r: Any) -> None:
        job, nap = await r.start("get", {"name": "a"}), await r.start("nap")
        for run in (job, nap):
            await r.control(run.run, "suspend")
            await r.control(run.run, "suspend")
        assert r.poll() == []
        await r.advance(60)
        await r.reopen()
        assert r.poll() == []
        assert (await r.job(nap.run)).status == "suspended"
        for run in (job, nap):
            await r.control(run.run, "resume")
        assert (await r.job(nap.run)).status == "completed"
        (task,) = r.poll()
        await r.complete(Result(task.attempt_id, {}))
        assert (await r.job(job.run)).status == "completed"

    rig(test)


def test_a_restart_changes_nothing(rig: Any) -> None:
    async def test(r: Any) -> None:
        get, nap, listen, parent = [await r.start(n, {"name": "x"}) for n in ("get", "nap", "listen", "parent")]
        before = {task.attempt_id for task in r.poll()}
        await r.reopen()
        tasks = r.poll()
        assert {task.attempt_id for task in tasks} == before and len(before) == 2
        await r.complete(*(Result(task.attempt_id, {"ok": 1}) for task in tasks))
        await r.advance(30)
        await r.deliver({"device": "r1", "data": {"e": 1}})
        for run in (get, nap, listen, parent):
            assert (await r.job(run.run)).status == "completed"

    rig(test)


def test_lost_workers_count_as_an_attempt(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("get", {"name": "a"})
        (task,) = r.poll()
        r.engine.lost([task.attempt_id, "unknown"], "WORKER_LOST")
        await r.engine.idle()
        entry = (await r.engine.history(job.run))[-1]
        assert entry.input.lost and entry.input.fault.code == "WORKER_LOST"
        await r.advance(60)
        (again,) = r.poll()
        await r.complete(Result(task.attempt_id, {"late": 1}))  # the lost one answers after all: too late
        assert not (await r.job(job.run)).closed
        await r.complete(Result(again.attempt_id, {"ok": 1}))
        assert (await r.job(job.run)).output == {"name": "a", "ok": 1}

    rig(test)


def test_starts_are_all_or_nothing(rig: Any) -> None:
    async def test(r: Any) -> None:
        plan = r.host.plan("noops", {})

        def fails(tx: Any) -> None:
            r.engine.start(tx, plan)
            raise ValueError("after the start")

        with pytest.raises(ValueError, match="after"):
            await r.write(fails)
        await r.engine.idle()
        with pytest.raises(NotFound):
            await r.engine.history(plan.job.run)
        job = await r.start("noops")
        twin = r.host.plan("noops", {})
        twin.job.run = job.run
        with pytest.raises(Conflict):
            await r.write(lambda tx: r.engine.start(tx, twin))

    rig(test)


def test_waiting_for_a_run(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("listen")
        last = (await r.engine.history(job.run))[-1].seq
        assert await r.engine.wait_history(job.run, last - 1, 0.01)
        assert not await r.engine.wait_history(job.run, last, 0.01)
        assert not await r.engine.wait_closed(job.run, 0.01)
        seen: list[str] = []
        end = r.engine.on_change(lambda jobs: seen.extend(f"{one.run} {one.status}" for one in jobs))
        closed = asyncio.ensure_future(r.engine.wait_closed(job.run, 10))
        moved = asyncio.ensure_future(r.engine.wait_history(job.run, last, 10))
        await asyncio.sleep(0)
        await r.deliver({"device": "r1"})
        assert await closed and await moved and f"{job.run} completed" in seen
        end()
        for ask in (r.engine.wait_closed("nobody", 1), r.engine.wait_history("nobody", 0, 1)):
            with pytest.raises(NotFound):
                await ask
        with pytest.raises(NotFound):
            r.engine.pending("nobody")

    rig(test)


def test_forks_go_on_from_an_earlier_state(rig: Any) -> None:
    async def test(r: Any) -> None:
        job = await r.start("two", {"name": "r1"})
        (task,) = r.poll()
        await r.complete(Result(task.attempt_id, {"ok": 1}))
        plan = r.host.plan("two", {"name": "r1"})
        forked = await r.write(lambda tx: r.engine.fork(tx, job.run, 2, plan.job, "me"))
        await r.engine.idle()
        (task,) = r.poll()
        assert task.run == forked.run and forked.id != job.id
        await r.complete(Result(task.attempt_id, {"ok": 2}))
        assert (await r.job(forked.run)).output["ok"] == 2 and (await r.job(job.run)).output["ok"] == 1

    rig(test)


def test_an_event_that_cannot_leave_ends_the_run(rig: Any) -> None:
    async def test(r: Any) -> None:
        well = await r.start("tell-well")
        assert (await r.job(well.run)).status == "completed"
        for name in ("tell-at-once", "tell-late"):
            job = await r.start(name)
            for task in r.poll():
                await r.complete(Result(task.attempt_id, {}))
            row = await r.job(job.run)
            assert (row.status, row.fault["code"]) == ("faulted", "EVENT_TYPE_NOT_FOUND")
            assert r.engine.pending(job.run).activities == []
            log = await r.engine.history(job.run)
            assert [entry.input.refused is not None for entry in log] == [False] * (len(log) - 1) + [True]
        await r.reopen()
        again = await r.write(lambda tx: r.engine.retry(tx, job.run, "me"))
        await r.engine.idle()
        assert (await r.job(again.run)).status == "running"  # the activity is done again, as it stood before its answer
        assert [event["type"] for event in r.host.published] == ["fine"]

    rig(test)


def test_stats_tell_what_is_held(rig: Any) -> None:
    async def test(r: Any) -> None:
        await r.start("get", {"name": "a"})
        await r.start("nap")
        stats = r.engine.stats()
        assert (stats.open_runs, stats.queued_tasks, stats.leased_tasks) == (2, 1, 0) and stats.timers >= 1
        r.poll()
        stats = r.engine.stats()
        assert (stats.queued_tasks, stats.leased_tasks) == (0, 1)

    rig(test)
