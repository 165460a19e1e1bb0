"""What is open is made again after a restart."""

from __future__ import annotations

from typing import Any

import msgspec

from weft.ports.tasks import Result

NOOP = "system.function.v1.0.0.common.NoOp"


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


def test_a_run_whose_items_cannot_be_read_is_set_aside(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["nap"] = [("sleep", 10), ("run", NOOP)]
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        bad, good = await k.start("one", {"n": 0}), await k.start("nap", {"n": 0})
        damage = "UPDATE run_open SET body = ? WHERE run = ?"
        sound = k.store.read_now(lambda tx: tx.runs.items(bad.key))
        broken = [[item.ref, item.kind, item.due, b"\xc1"] for item in sound]
        body = msgspec.msgpack.encode(broken)
        await k.store.write(lambda tx: tx.sql.execute(damage, (body, bad.key)) and None)
        await k.restart_engine()
        assert k.job(bad.run).quarantine_reason and not k.job(good.run).quarantine_reason
        await k.advance(10)
        assert k.job(good.run).status == "completed"
        await k.store.write(lambda tx: tx.runs.put_open(bad.key, sound))
        await k.control(bad.run, "resume")
        await k.idle()
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.engine.complete([Result(task.attempt_id, {"n": 3})])
        assert k.job(bad.run).output == {"n": 3}

    kit(test)


def test_large_tasks_are_rebuilt_from_their_blobs(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["big"] = [("big", 100_000), ("run", "acme.v1.get")]
        await k.start("big")
        await k.restart_engine()
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        assert task.input == {"text": "x" * 100_000}

    kit(test)
