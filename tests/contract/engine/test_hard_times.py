"""What has to hold when things go wrong in the middle: retries inside fans, control with everything in flight, size."""

from __future__ import annotations

import asyncio
from typing import Any

from weft.domain.errors import NotFound
from weft.dsl.compile import compile_document
from weft.ports.tasks import Fault, Result

NOOP = "system.function.v1.0.0.common.NoOp"
GET = "lab.device.v1.0.0.request.Get"
UP = [
    {"name": "up", "type": "link.up", "source": "", "correlation": [{"contextAttributeName": "device"}]},
    {"name": "go", "type": "link.look", "source": "weft", "kind": "produced"},
]


def action(label: str, function: str = "get", **arguments: Any) -> dict[str, Any]:
    return {"name": label, "functionRef": {"refName": function, "arguments": {"input": arguments}}}


def define(rig: Any, name: str, *states: dict[str, Any], **more: Any) -> None:
    """Give the host one more definition."""
    functions = [{"name": "noop", "operation": NOOP}, {"name": "get", "operation": GET}]
    document = {
        "id": name, "name": name, "version": "1.0", "specVersion": "0.9", "functions": functions,
        "start": states[0]["name"], "states": list(states), **more,
    }  # fmt: skip
    compiled = compile_document(document, dialect="cwm")
    assert compiled.program is not None, compiled.problems
    rig.host.programs[name] = compiled.program


def parallel(*branches: dict[str, Any]) -> dict[str, Any]:
    return {"name": "all", "type": "parallel", "completionType": "allOf", "branches": list(branches), "end": True}


async def answer(rig: Any, **by_name: Any) -> list[str]:
    """Answer every task that waits by its input's `name`; the names."""
    tasks = rig.poll(100)
    results = [Result(task.attempt_id, by_name.get(task.input["name"], {"ok": task.input["name"]})) for task in tasks]
    for place, result in enumerate(results):
        if isinstance(result.output, Fault):
            results[place] = Result(result.attempt_id, fault=result.output)
    await rig.complete(*results)
    return sorted(task.input["name"] for task in tasks)


NO = Fault("BAD", "no", retryable=False)


def test_a_retry_repeats_only_the_branch_that_failed(rig: Any) -> None:
    async def test(r: Any) -> None:
        branches = [
            {"name": n, "actions": [action(f"{n}1", name=f"{n}1"), action(f"{n}2", name=f"{n}2")]} for n in "ab"
        ]
        define(r, "fan", parallel(*branches))
        job = await r.start("fan")
        assert await answer(r) == ["a1", "b1"]
        tasks = {task.input["name"]: task.attempt_id for task in r.poll()}
        await r.complete(Result(tasks["a2"], {"x": 1}))
        await r.complete(Result(tasks["b2"], fault=NO))
        assert (await r.job(job.run)).status == "faulted"
        await r.reopen()
        again = await r.write(lambda tx: r.engine.retry(tx, job.run, "me"))
        await r.engine.idle()
        assert await answer(r) == ["b2"]
        assert (await r.job(again.run)).status == "completed"

    rig(test)


def test_a_retry_goes_on_in_the_middle_of_a_foreach(rig: Any) -> None:
    async def test(r: Any) -> None:
        each = {
            "name": "each", "type": "foreach", "inputCollection": "${ .all }", "iterationParam": "one",
            "outputCollection": "${ .out }", "mode": "sequential", "end": True,
            "actions": [action("get", name="${ .one }")],
        }  # fmt: skip
        define(r, "each", each)
        job = await r.start("each", {"all": ["p", "q", "s"]})
        assert await answer(r) == ["p"]
        assert await answer(r, q=NO) == ["q"]
        assert (await r.job(job.run)).status == "faulted"
        again = await r.write(lambda tx: r.engine.retry(tx, job.run, "me"))
        await r.engine.idle()
        await r.reopen()
        assert await answer(r) == ["q"]
        assert await answer(r) == ["s"]
        assert (await r.job(again.run)).status == "completed"

    rig(test)


def test_a_retry_starts_a_failed_sub_flow_anew_and_keeps_a_completed_one(rig: Any) -> None:
    async def test(r: Any) -> None:
        subs = [{"name": f"s{n}", "subFlowRef": {"workflowId": "get", "version": "1.0"}} for n in (1, 2)]
        define(r, "subs", {"name": "a", "type": "operation", "actions": subs, "end": True})
        job = await r.start("subs", {"name": "x"})
        assert await answer(r) == ["x"]
        assert await answer(r, x=NO) == ["x"]
        assert (await r.job(job.run)).status == "faulted"
        again = await r.write(lambda tx: r.engine.retry(tx, job.run, "me"))
        await r.engine.idle()
        (task,) = r.poll()
        child = await r.job(task.run)
        assert child.parent_run == again.run
        await r.complete(Result(task.attempt_id, {"ok": 2}))
        assert (await r.job(again.run)).status == "completed"

    rig(test)


def everything(r: Any) -> None:
    """An activity, a sleep, an event wait and a sub-flow, all at once."""
    define(r, "napping", {"name": "a", "type": "sleep", "duration": "PT30S", "end": True})
    define(
        r,
        "busy",
        parallel(
            {"name": "work", "actions": [action("get", name="w")]},
            {"name": "pause", "actions": [{**action("no", "noop"), "sleep": {"before": "PT30S"}}]},
            {"name": "sub", "actions": [{"name": "s", "subFlowRef": {"workflowId": "napping", "version": "1.0"}}]},
            {"name": "hear", "actions": [{"name": "e", "eventRef": {"triggerEventRef": "go", "resultEventRef": "up"}}]},
        ),
        events=UP,
    )


def nothing_open(r: Any) -> bool:
    stats = r.engine.stats()
    return (stats.open_runs, stats.timers, stats.queued_tasks) == (0, 0, 0)


def test_terminate_and_cancel_with_everything_in_flight(rig: Any) -> None:
    async def test(r: Any) -> None:
        everything(r)
        for kind, status in (("terminate", "terminated"), ("cancel", "cancelled")):
            job = await r.start("busy", {"name": "x"})
            (task,) = r.poll()
            pending = r.engine.pending(job.run)
            assert pending.activities and pending.timers and pending.children and pending.subscriptions
            child = pending.children[0].run
            await r.control(job.run, kind, "enough")
            if kind == "cancel":
                assert not (await r.job(job.run)).closed
                await r.reopen()
                (task,) = r.poll()
            await r.complete(Result(task.attempt_id, {"late": 1}))
            assert [(await r.job(run)).status for run in (job.run, child)] == [status] * 2
            assert await r.deliver({"device": "r1"}) == 0
            assert nothing_open(r)
            pending = r.engine.pending(job.run)
            assert not (pending.activities or pending.timers or pending.children or pending.subscriptions)

    rig(test)


def test_suspended_with_everything_in_flight_and_a_restart_in_between(rig: Any) -> None:
    async def test(r: Any) -> None:
        everything(r)
        job = await r.start("busy", {"name": "x"})
        (task,) = r.poll()
        await r.control(job.run, "suspend")
        await r.complete(Result(task.attempt_id, {"ok": 1}))
        await r.deliver({"device": "r1", "data": {"heard": 1}})
        await r.advance(40)  # the pause and the sub-flow end meanwhile
        assert (await r.job(job.run)).status == "suspended"
        await r.reopen()
        assert r.poll() == []
        await r.control(job.run, "resume")
        row = await r.job(job.run)
        assert row.status == "completed" and row.output["ok"] == 1 and row.output["heard"] == 1
        assert nothing_open(r)

    rig(test)


def test_a_result_that_comes_twice_counts_once(rig: Any) -> None:
    async def test(r: Any) -> None:
        define(r, "two", {"name": "a", "type": "operation", "end": True, "actions": [action("a", name="a")] * 2})
        job = await r.start("two")
        (task,) = r.poll()
        first = Result(task.attempt_id, {"n": 1})
        await r.complete(first, Result(task.attempt_id, {"n": 2}), first)
        await r.reopen()
        await r.complete(first)
        assert [type(e.input).__name__ for e in await r.engine.history(job.run)] == ["RunStarted", "ActivityCompleted"]
        (second,) = r.poll()
        assert second.attempt_id != task.attempt_id
        await r.complete(Result(second.attempt_id, {"m": 1}))
        assert (await r.job(job.run)).output == {"n": 1, "m": 1}

    rig(test)


def test_values_of_five_megabytes(rig: Any) -> None:
    async def test(r: Any) -> None:
        define(r, "big", {"name": "a", "type": "operation", "end": True, "actions": [action("a", name="${ .x }")] * 2})
        given = "i" * 5_000_000
        job = await r.start("big", {"x": given})
        await r.reopen()
        (task,) = r.poll()
        assert task.input == {"name": given}
        await r.complete(Result(task.attempt_id, {"y": "o" * 5_000_000}))
        await r.reopen()
        (task,) = r.poll()
        await r.complete(Result(task.attempt_id, {}))
        row = await r.job(job.run)
        assert row.status == "completed" and len(row.output["x"]) == len(row.output["y"]) == 5_000_000
        assert len(await r.engine.history(job.run)) == 3

    rig(test)


def test_a_thousand_branches_and_a_restart_in_the_middle(rig: Any) -> None:
    async def test(r: Any) -> None:
        branches = [{"name": f"b{n}", "actions": [action("get", name=f"{n}")]} for n in range(1_000)]
        define(r, "wide", parallel(*branches))
        job = await r.start("wide")
        tasks = r.poll(2_000)
        assert len(tasks) == 1_000
        await r.complete(*(Result(task.attempt_id, {task.input["name"]: 1}) for task in tasks[:500]))
        await r.reopen()
        rest = r.poll(2_000)
        assert {task.attempt_id for task in rest} == {task.attempt_id for task in tasks[500:]}
        await r.complete(*(Result(task.attempt_id, {task.input["name"]: 1}) for task in rest))
        row = await r.job(job.run)
        assert row.status == "completed" and len(row.output) == 1_000

    rig(test)


def test_work_in_flight_when_the_server_is_stopped(rig: Any) -> None:
    """Answers that come while the engine closes are stored or refused; what was refused is asked for again."""

    async def test(r: Any) -> None:
        jobs = [await r.start("get", {"name": "x"}) for _ in range(20)]
        tasks = r.poll(20)
        answers = [asyncio.ensure_future(r.engine.complete([Result(t.attempt_id, {"ok": 1})])) for t in tasks[:10]]
        await asyncio.sleep(0)
        await r.backend.close()
        told = await asyncio.gather(*answers, return_exceptions=True)
        await r.backend.open()
        stored = {task.attempt_id for task, outcome in zip(tasks, told, strict=False) if outcome is None}
        again = r.poll(20)
        assert not stored & {task.attempt_id for task in again}
        assert {task.attempt_id for task in again} | stored == {task.attempt_id for task in tasks}
        await r.complete(*(Result(task.attempt_id, {"ok": 1}) for task in again))
        assert {(await r.job(job.run)).status for job in jobs} == {"completed"}

    rig(test)


def test_jobs_that_are_read_while_they_are_removed(rig: Any) -> None:
    async def test(r: Any) -> None:
        jobs = [await r.start("noops") for _ in range(30)]
        r.clock.now += 40 * 86_400_000
        kept = await r.start("nap")
        sweep = asyncio.ensure_future(r.engine.sweep())
        seen = []
        for job in jobs * 3:
            try:
                seen.append(len(await r.engine.history(job.run)))
                assert await r.engine.wait_closed(job.run, 1)
            except NotFound:
                seen.append(0)
        assert await sweep == 30
        assert set(seen) <= {0, 3}  # whole or gone, never half
        assert not (await r.job(kept.run)).closed
        assert await r.engine.sweep() == 0

    rig(test)
