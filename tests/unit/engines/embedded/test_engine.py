"""The embedded engine as a whole, with a small machine and a store in memory."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import Busy, Unavailable
from weft.engines.embedded.limits import Limits
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
