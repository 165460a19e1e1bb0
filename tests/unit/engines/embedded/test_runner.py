"""The loop: time, restarts, poisoned and passive runs."""

from __future__ import annotations

from typing import Any

from weft.engines.embedded.limits import Limits

NOOP = "system.function.v1.0.0.common.NoOp"


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
