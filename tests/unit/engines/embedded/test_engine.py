"""The embedded engine as a whole, with a small machine and a store in memory."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import Busy, Conflict, InUse, NotFound, Unavailable
from weft.engines.embedded.limits import Limits
from weft.ports.tasks import Fault as TaskFault
from weft.ports.tasks import Result

NOOP = "system.function.v1.0.0.common.NoOp"


def test_a_run_of_system_activities_completes(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["three"] = [("run", NOOP)] * 3
        job = await k.start("three", {"n": 0})
        assert job.status == "running" and job.key > 0
        assert await k.engine.wait_closed(job.run, 5)
        row = k.job(job.run)
        assert (row.status, row.output, row.closed_at) == ("completed", {"n": 3}, k.clock.now)
        log = await k.engine.history(job.run)
        assert [type(entry.input).__name__ for entry in log] == ["RunStarted"] + ["ActivityCompleted"] * 3
        assert [entry.seq for entry in log] == [1, 2, 3, 4]
        assert log[0].resolved["a1"].activity == NOOP
        assert row.history_length == sum(3 + len(entry.records) for entry in log)
        assert k.host.closed == [("three", "completed")]
        assert k.engine.stats().open_runs == 0 and k.engine.stats().resident_runs == 0

    kit(test)


def test_a_worker_takes_and_answers_tasks(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        woken: list[int] = []
        end = k.engine.watch("lab", lambda: woken.append(1))
        job = await k.start("one", 7)
        assert woken == [1]
        end()
        (task,) = k.engine.poll("lab", 10, ["acme.v1"])
        assert (task.input, task.attempt_id, task.deadline_ms) == (7, f"{job.run}:a1:1", k.clock.now + 60_000)
        assert k.engine.poll("lab", 10, ["acme.v1"]) == []
        pending = k.engine.pending(job.run).activities[0]
        assert (pending.state, pending.target, pending.started_at) == ("started", "acme.v1.get", k.clock.now)
        await k.engine.complete([Result(task.attempt_id, {"ok": True}), Result("nobody", 1)])
        assert k.job(job.run).output == {"ok": True}
        await k.engine.complete([Result(task.attempt_id, {"ok": False})])
        assert k.job(job.run).output == {"ok": True}
        assert len(await k.engine.history(job.run)) == 2

    kit(test)


def test_a_failure_is_tried_again_with_the_same_resolution(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        job = await k.start("one")
        for attempt in (1, 2, 3):
            (task,) = k.engine.poll("lab", 10, ["acme.v1"])
            assert task.attempt == attempt
            await k.engine.complete([Result(task.attempt_id, fault=TaskFault("HTTP_STATUS_503", "down"))])
        row = k.job(job.run)
        assert (row.status, row.fault["code"]) == ("faulted", "HTTP_STATUS_503")
        assert k.host.resolved == 1

    kit(test)


def test_an_unknown_activity_fails_without_a_retry(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "unknown")]
        job = await k.start("one")
        assert (job.status, job.fault["code"]) == ("faulted", "ACTIVITY_NOT_FOUND")

    kit(test)


def test_timers_fire_by_the_clock(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["nap"] = [("sleep", 5_000)]
        job = await k.start("nap", 1)
        assert k.engine.pending(job.run).timers[0].due_at == k.clock.now + 5_000
        await k.advance(4_999)
        assert not k.job(job.run).closed
        await k.advance(1)
        assert k.job(job.run).status == "completed"
        assert k.engine.stats().timers == 0

    kit(test)


def test_events_reach_every_waiting_run(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["wait"] = [("await", "up")]
        runs = [(await k.start("wait")).run for _ in range(5)]
        assert await k.deliver("down") == 0
        assert await k.deliver("up", {"x": 1}) == 5
        await k.idle()
        assert [k.job(run).output for run in runs] == [{"x": 1}] * 5
        assert await k.deliver("up") == 0

    kit(test, limits=Limits(inline_deliveries=2))


def test_children_start_and_answer(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("run", NOOP)]
        k.host.scripts["parent"] = [("call", "child"), ("call", "child")]
        job = await k.start("parent", {"n": 0})
        assert await k.engine.wait_closed(job.run, 5)
        assert k.job(job.run).output == {"n": 2}
        kinds = [type(entry.input).__name__ for entry in await k.engine.history(job.run)]
        assert kinds == ["RunStarted", "ChildStarted", "ChildCompleted", "ChildStarted", "ChildCompleted"]
        rows = k.store.read_now(lambda tx: [tx.jobs.by_key(n) for n in (1, 2, 3)])
        child = next(row for row in rows if row.name == "child")
        assert (child.parent_job, child.parent_run, child.root_job) == (job.id, job.run, job.id)

    kit(test)


def test_a_child_that_ends_at_once_and_one_that_is_unknown(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["empty"] = []
        k.host.scripts["parent"] = [("call", "empty"), ("call", "nobody")]
        job = await k.start("parent", 5)
        row = k.job(job.run)
        assert (row.status, row.fault["code"]) == ("faulted", "WORKFLOW_NOT_FOUND")

    kit(test)


def test_many_children_are_started_in_later_commits(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("run", NOOP)]
        k.host.scripts["parent"] = [("spawn", "child")] * 20
        job = await k.start("parent", {"n": 0})
        await k.idle()
        assert k.job(job.run).status == "completed"
        # The parent has ended before most were started, and its policy ends those that were running.
        assert k.engine.stats().open_runs == 0

    kit(test, limits=Limits(inline_children=4))


def test_terminating_a_parent_terminates_its_children(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("run", "acme.v1.get")]
        k.host.scripts["parent"] = [("call", "child")]
        job = await k.start("parent")
        await k.idle()
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.control(job.run, "terminate", "enough")
        assert k.job(job.run).status == "terminated"
        assert k.job(task.run).status == "terminated"
        assert k.engine.heartbeat([task.attempt_id]) == [task.attempt_id]
        await k.engine.complete([Result(task.attempt_id, 1)])
        assert k.engine.stats().open_runs == 0

    kit(test)


def test_cancel_waits_for_what_runs_and_answers_for_what_does_not(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        taken, waiting = await k.start("one"), await k.start("one")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.control(taken.run, "cancel", "why")
        await k.control(waiting.run, "cancel")
        assert k.job(waiting.run).status == "cancelled"
        row = k.job(taken.run)
        assert (row.status, row.cancel_requested) == ("running", True)
        await k.engine.complete([Result(task.attempt_id, {"late": True})])
        assert (k.job(taken.run).status, k.job(taken.run).output) == ("cancelled", None)
        assert k.engine.poll("lab", 9, ["acme.v1"]) == []
        with pytest.raises(InUse):
            await k.control(taken.run, "cancel")
        with pytest.raises(NotFound):
            await k.control("nobody", "cancel")

    kit(test)


def test_suspended_runs_hold_their_tasks_back(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        job = await k.start("one")
        await k.control(job.run, "suspend")
        assert k.job(job.run).status == "suspended"
        assert k.engine.poll("lab", 1, ["acme.v1"]) == []
        await k.restart_engine()
        assert k.engine.poll("lab", 1, ["acme.v1"]) == []
        await k.control(job.run, "resume")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.engine.complete([Result(task.attempt_id, 3)])
        assert k.job(job.run).output == 3

    kit(test)


def test_a_retry_goes_on_where_the_run_failed(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["two"] = [("run", NOOP), ("run", "acme.v1.get")]
        job = await k.start("two", {"n": 0})
        await k.idle()
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.engine.complete([Result(task.attempt_id, fault=TaskFault("NO", "no", retryable=False))])
        assert k.job(job.run).status == "faulted"
        again = await k.store.write(lambda tx: k.engine.retry(tx, job.run, "me"))
        assert (again.id, again.attempt, again.first_run) == (job.id, 2, job.run)
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        assert task.input == {"n": 1}
        await k.engine.complete([Result(task.attempt_id, {"done": 1})])
        assert k.job(again.run).output == {"done": 1}
        with pytest.raises(InUse):
            await k.store.write(lambda tx: k.engine.retry(tx, again.run, "me"))
        with pytest.raises(InUse):
            await k.store.write(lambda tx: k.engine.retry(tx, job.run, "me"))

    kit(test)


def test_continue_as_makes_the_next_run_of_the_job(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["a"] = [("next", "b")]
        k.host.scripts["b"] = [("run", NOOP)]
        job = await k.start("a", {"n": 5})
        await k.idle()
        first, second = k.store.read_now(lambda tx: tx.jobs.runs_of(job.id))
        assert (first.status, second.status, second.output) == ("continued", "completed", {"n": 6})
        assert second.first_run == first.run

    kit(test)


def test_a_parent_waits_for_the_last_run_of_a_child_that_continues(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["parent"] = [("call", "a")]
        k.host.scripts["a"] = [("run", NOOP), ("next", "b")]
        k.host.scripts["b"] = [("run", NOOP)]
        job = await k.start("parent", {"n": 0})
        await k.idle()
        assert (k.job(job.run).status, k.job(job.run).output) == ("completed", {"n": 2})

    kit(test)


def test_a_yield_goes_on_and_survives_a_restart(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["again"] = [("again", 5)]
        job = await k.start("again")
        await k.restart_engine()
        await k.idle()
        assert k.job(job.run).status == "completed"

    kit(test)


def test_everything_open_is_rebuilt_after_a_restart(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["task"] = [("run", "acme.v1.get")]
        k.host.scripts["nap"] = [("sleep", 100)]
        k.host.scripts["wait"] = [("await", "up")]
        task_job, nap, wait = await k.start("task", 1), await k.start("nap"), await k.start("wait")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.restart_engine()
        assert k.engine.stats().open_runs == 3
        (again,) = k.engine.poll("lab", 9, ["acme.v1"])
        assert again.attempt_id == task.attempt_id
        await k.engine.complete([Result(again.attempt_id, 2)])
        await k.advance(100)
        await k.deliver("up", 9)
        assert [k.job(j.run).output for j in (task_job, nap, wait)] == [2, None, 9]

    kit(test)


def test_a_poisoned_run_is_set_aside_and_a_resume_tries_again(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["bad"] = [("sleep", 10), ("run", NOOP)]
        k.host.scripts["good"] = [("sleep", 10), ("run", NOOP)]
        bad, good = await k.start("bad", {"n": 0}), await k.start("good", {"n": 0})
        await k.restart_engine()
        k.host.missing.add("bad")
        await k.advance(10)
        row = k.job(bad.run)
        assert (row.status, row.quarantine_reason) == ("suspended", "no program bad")
        assert k.job(good.run).status == "completed"
        await k.restart_engine()
        await k.idle()
        k.host.missing.clear()
        await k.control(bad.run, "resume")
        k.engine.tick()
        await k.idle()
        row = k.job(bad.run)
        assert (row.status, row.output, row.quarantine_reason) == ("completed", {"n": 1}, "")

    kit(test)


def test_a_poisoned_run_can_be_terminated(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["bad"] = [("sleep", 10)]
        job = await k.start("bad")
        await k.restart_engine()
        k.host.missing.add("bad")
        await k.advance(10)
        await k.control(job.run, "terminate", "stuck")
        assert k.job(job.run).status == "terminated"
        assert k.engine.stats().open_runs == 0 and k.engine.stats().quarantined == 0

    kit(test)


def test_results_for_a_poisoned_run_wait_for_its_resume(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["bad"] = [("run", "acme.v1.get")]
        job = await k.start("bad")
        await k.restart_engine()
        k.host.missing.add("bad")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.engine.complete([Result(task.attempt_id, {"x": 1})])
        assert k.job(job.run).quarantine_reason
        k.host.missing.clear()
        await k.control(job.run, "resume")
        await k.idle()
        assert k.job(job.run).output == {"x": 1}

    kit(test)


def test_lost_workers(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        job = await k.start("one")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        k.engine.lost([task.attempt_id], "WORKER_LOST")
        await k.idle()
        (second,) = k.engine.poll("lab", 1, ["acme.v1"])
        assert second.attempt == 2
        entry = (await k.engine.history(job.run))[-1]
        assert entry.input.lost and entry.input.fault.code == "WORKER_LOST"
        k.host.idempotent = True
        other = await k.start("one")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        k.engine.lost([task.attempt_id], "WORKER_LOST")
        await k.idle()
        (again,) = k.engine.poll("lab", 1, ["acme.v1"])
        assert again.attempt_id == task.attempt_id and len(await k.engine.history(other.run)) == 1

    kit(test)


def test_an_attempt_over_its_time_limit_fails(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        job = await k.start("one")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.advance(60_000)
        assert k.engine.heartbeat([task.attempt_id]) == [task.attempt_id]
        assert (await k.engine.history(job.run))[-1].input.fault.code == "TIMEOUT"
        assert k.engine.poll("lab", 1, ["acme.v1"])[0].attempt == 2

    kit(test)


def test_emitted_events_leave_and_are_tried_again(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["emit"] = [("emit", "up")]
        k.host.refuse_publishing = 1
        await k.start("emit")
        await k.idle()
        assert k.host.published == [] and k.engine.stats().outbox == 1
        await k.advance(1_000)
        assert k.host.published == ["up"] and k.engine.stats().outbox == 0

    kit(test)


def test_passive_runs_are_loaded_again(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["wait"] = [("run", NOOP), ("await", "up"), ("run", NOOP)]
        runs = [(await k.start("wait", {"n": n})).run for n in range(30)]
        await k.idle()
        assert k.engine.stats().resident_runs <= 10
        assert await k.deliver("up", {"n": 1}) == 30
        await k.idle()
        assert {k.job(run).status for run in runs} == {"completed"}

    kit(test, limits=Limits(resident_runs=10))


def test_full_engines_say_busy(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["wait"] = [("await", "up")]
        k.engine.capacity()
        await k.start("wait")
        with pytest.raises(Busy) as refused:
            k.engine.capacity()
        assert refused.value.retry_after
        await k.engine.close()
        with pytest.raises(Unavailable):
            k.engine.capacity()

    kit(test, limits=Limits(open_runs=1))


def test_a_run_that_is_told_too_much_is_set_aside(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["again"] = [("again", 100)]
        job = await k.start("again")
        await k.idle()
        assert "the limit is 10" in k.job(job.run).quarantine_reason

    kit(test, limits=Limits(log_length=10))


def test_a_start_that_is_undone_leaves_nothing(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", NOOP)]
        plan = k.host.plan("one")

        def work(tx: Any) -> None:
            k.engine.start(tx, plan)
            raise ValueError("no")

        with pytest.raises(ValueError, match="no"):
            await k.store.write(work)
        await k.idle()
        assert k.store.read_now(lambda tx: tx.jobs.by_run(plan.job.run)) is None
        assert k.engine.stats().open_runs == 0 and k.engine.stats().resident_runs == 0
        job = await k.start("one")
        with pytest.raises(Conflict):
            twin = k.host.plan("one")
            twin.job.run = job.run
            await k.store.write(lambda tx: k.engine.start(tx, twin))

    kit(test)


def test_large_values_are_blobs_and_swept_with_the_run(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["big"] = [("big", 200_000), ("sleep", 1)]
        job = await k.start("big")
        await k.restart_engine()
        await k.advance(1)
        assert k.job(job.run).output == {"text": "x" * 200_000}
        count = lambda tx: tx.sql.execute("SELECT count(*), max(length(body)) FROM blobs").fetchone()  # noqa: E731
        assert k.store.read_now(count)[0] == 1
        k.clock.now += 10_000
        assert await k.engine.sweep() == 1
        assert k.store.read_now(count)[0] == 0
        assert k.store.read_now(lambda tx: tx.jobs.by_run(job.run)) is None

    kit(test, limits=Limits(retention_ms=5_000))


def test_fork_goes_on_from_an_earlier_input(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["two"] = [("run", NOOP), ("run", NOOP)]
        job = await k.start("two", {"n": 0})
        await k.idle()
        plan = k.host.plan("two")
        forked = await k.store.write(lambda tx: k.engine.fork(tx, job.run, 2, plan.job, "me", {"n": 40}))
        await k.idle()
        assert k.job(forked.run).output == {"n": 41}

    kit(test)


def test_waiting_for_history(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["wait"] = [("await", "up")]
        job = await k.start("wait")
        assert await k.engine.wait_history(job.run, 0, 1)
        assert not await k.engine.wait_history(job.run, 1, 0.01)
        assert not await k.engine.wait_closed(job.run, 0.01)
        seen: list[str] = []
        end = k.engine.on_change(lambda jobs: seen.extend(job.status for job in jobs))
        await k.deliver("up")
        end()
        assert seen == ["completed"]
        assert await k.engine.wait_history(job.run, 5, 1)
        with pytest.raises(NotFound):
            await k.engine.wait_closed("nobody", 1)

    kit(test)
