"""What runs do to one another."""

from __future__ import annotations

from typing import Any

from weft.engines.embedded.limits import Limits
from weft.ports.tasks import Result

NOOP = "system.function.v1.0.0.common.NoOp"


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


def test_a_parent_that_cannot_be_loaded_is_set_aside_alone(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("run", "acme.v1.get")]
        k.host.scripts["parent"] = [("call", "child"), ("run", NOOP)]
        job = await k.start("parent", {"n": 0})
        await k.restart_engine()
        k.host.missing.add("parent")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.engine.complete([Result(task.attempt_id, {"n": 5})])
        assert k.job(task.run).status == "completed"
        assert k.job(job.run).quarantine_reason == "no program parent"
        k.host.missing.clear()
        await k.control(job.run, "resume")
        await k.idle()
        assert (k.job(job.run).status, k.job(job.run).output) == ("completed", {"n": 6})

    kit(test)


def test_many_children_of_a_waiting_parent_all_start(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("run", NOOP)]
        k.host.scripts["parent"] = [("spawn", "child")] * 20 + [("await", "up")]
        job = await k.start("parent", {"n": 0})
        await k.idle()
        assert [name for name, _ in k.host.closed] == ["child"] * 20
        assert k.engine.pending(job.run).children == []
        assert k.engine.stats().open_runs == 1

    kit(test, limits=Limits(inline_children=4))


def test_a_run_and_its_row_agree_on_when_it_was_created(kit: Any, monkeypatch: Any) -> None:
    """Also where every look at the clock tells another time."""

    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", NOOP)]
        told = iter(range(k.clock.now_ms(), k.clock.now_ms() + 1_000_000, 3))
        monkeypatch.setattr(k.clock, "now_ms", lambda: next(told))
        job = await k.start("one")
        row = k.job(job.run)
        first = (await k.engine.history(job.run))[0]
        assert row.created_at == row.started_at == first.input.at

    kit(test)
