"""What people do to runs."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import InUse, NotFound
from weft.ports.tasks import Fault as TaskFault
from weft.ports.tasks import Result

NOOP = "system.function.v1.0.0.common.NoOp"


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
