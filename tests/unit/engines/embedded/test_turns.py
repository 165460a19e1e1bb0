"""Inputs applied to runs, and their rows."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import Conflict
from weft.engines.embedded.limits import Limits
from weft.ports.tasks import Fault as TaskFault
from weft.ports.tasks import Result

NOOP = "system.function.v1.0.0.common.NoOp"


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


def test_a_large_state_is_written_less_often(kit: Any) -> None:
    """What snapshots cost stays in proportion to what the run was told."""

    async def test(k: Any) -> None:
        sizes: list[int] = []
        snapshot = k.engine._turns.snapshot

        def counted(tx: Any, cell: Any) -> None:
            snapshot(tx, cell)
            sizes.append(cell.snapshot_size)

        k.engine._turns.snapshot = counted
        k.host.scripts["small"] = [("again", 300)]
        await k.start("small")
        await k.idle()
        assert len(sizes) >= 4
        sizes.clear()
        k.host.scripts["large"] = [("big", 60_000), ("again", 300)]
        job = await k.start("large")
        await k.idle()
        assert k.job(job.run).status == "completed"
        assert sum(sizes) <= 4 * k.job(job.run).history_bytes + 2 * 70_000

    kit(test)
