"""What was tried to break the engine: a disk that fails in the middle, poisoned runs, races between units of a commit.

Each test names the promise that it tries to break.
"""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from typing import Any

import pytest

from weft.domain.errors import Unavailable
from weft.dsl.machine import commands as c
from weft.dsl.machine import inputs as i
from weft.engines.embedded.limits import Limits
from weft.ports.tasks import Fault, Result
from weft.store import committer

NOOP = "system.function.v1.0.0.common.NoOp"


class DiskFull:
    """Lets `program` of the host fail like a database whose disk is full: once, when it is asked for `name`."""

    def __init__(self, host: Any, name: str) -> None:
        self.name = name
        self.met = 0
        self._program = host.program
        host.program = self

    def __call__(self, tx: Any, revision: str) -> Any:
        if revision == self.name and not self.met:
            self.met += 1
            raise sqlite3.OperationalError("database or disk is full")
        return self._program(tx, revision)


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(committer, "RETRY_S", 0.001)


def test_runs_behind_the_one_that_met_a_full_disk_are_not_forgotten(kit: Any) -> None:
    async def test(k: Any) -> None:
        for name in ("first", "second", "third"):
            k.host.scripts[name] = [("sleep", 10), ("run", NOOP)]
        jobs = [await k.start(name, {"n": 0}) for name in k.host.scripts]
        await k.restart_engine()
        disk = DiskFull(k.host, "first")
        await k.advance(10)
        assert disk.met == 1
        assert [k.job(job.run).status for job in jobs] == ["completed"] * 3

    kit(test)


def test_sub_flows_that_wait_for_their_start_survive_a_full_disk(kit: Any) -> None:
    """The disk fails before the piece that starts one has begun."""

    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("run", NOOP)]
        k.host.scripts["parent"] = [("spawn", "child")] * 8 + [("await", "up")]
        start, failures = k.engine._runner._deferred_start, []

        def failing(tx: Any, entry: Any) -> None:
            if len(failures) < 3:
                failures.append(entry)
                flush = tx.runs.flush
                tx.runs.__class__.flush = broken
                try:
                    start(tx, entry)
                finally:
                    tx.runs.__class__.flush = flush.__func__
            else:
                start(tx, entry)

        def broken(rows: Any) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        k.engine._runner._deferred_start = failing
        await k.start("parent", {"n": 0})
        await k.idle()
        assert len(failures) == 3
        closed = k.store.read_now(lambda tx: [tx.jobs.by_key(key).status for key in range(2, 10)])
        assert closed == ["completed"] * 8 and k.engine.stats().open_runs == 1

    kit(test, limits=Limits(inline_children=2))


def test_a_failed_commit_does_not_lose_what_a_poisoned_run_was_to_be_told(kit: Any) -> None:
    """The commit that sets a run aside fails: the run is not set aside, and what waited for it must still be there."""

    async def test(k: Any) -> None:
        k.host.scripts["bad"] = [("sleep", 10), ("run", NOOP)]
        job = await k.start("bad", {"n": 0})
        await k.restart_engine()
        real, calls = k.store._committer._commit, []

        def commit() -> Any:
            calls.append(1)
            if len(calls) == 1:
                k.host.missing.clear()
                return sqlite3.OperationalError("disk I/O error")
            return real()

        k.host.missing.add("bad")
        k.store._committer._commit = commit
        await k.advance(10)
        row = k.job(job.run)
        assert (row.status, row.output, row.quarantine_reason) == ("completed", {"n": 1}, "")

    kit(test)


def test_a_state_that_cannot_be_written_stops_only_its_own_run(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["wait"] = [("run", NOOP), ("await", "up")]
        encode = k.engine._turns.machine.encode

        def failing(state: Any) -> bytes:
            if (state.data or {}).get("n") == 2:
                raise OverflowError("too large to be written")
            return encode(state)

        k.engine._turns.machine.encode = failing
        jobs = [await k.start("wait", {"n": n}) for n in range(9)]
        await k.idle()
        rows = [k.job(job.run) for job in jobs]
        assert [bool(row.quarantine_reason) for row in rows] == [n == 1 for n in range(9)]
        assert await k.deliver("up", {"n": 1}) == 9
        assert [k.job(job.run).closed for job in jobs] == [n != 1 for n in range(9)]

    kit(test, limits=Limits(resident_runs=4))


def test_many_sub_flows_in_a_row_that_end_at_once(kit: Any) -> None:
    """Each is started in the turn that the one before ended in: that must not pile up on the interpreter's stack."""

    async def test(k: Any) -> None:
        deepest, apply = 0, k.engine._turns.apply

        def applied(*arguments: Any) -> Any:
            nonlocal deepest
            deepest = max(deepest, depth())
            return apply(*arguments)

        k.engine._turns.apply = applied
        k.host.scripts["empty"] = []
        k.host.scripts["parent"] = [("call", "empty")] * 150
        job = await k.start("parent", 5)
        await k.idle()
        assert deepest - depth() < 200
        row = k.job(job.run)
        assert (row.status, row.quarantine_reason, row.output) == ("completed", "", 5)

    kit(test)


def test_a_sub_flow_that_outlives_its_parent_is_started_although_the_parent_has_ended(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("run", NOOP)]
        k.host.scripts["parent"] = [("leave", "child")] * 7
        job = await k.start("parent", {"n": 0})
        await k.idle()
        assert k.job(job.run).status == "completed"
        assert sorted(name for name, _ in k.host.closed) == ["child"] * 7 + ["parent"]
        assert k.store.read_now(lambda tx: tx.runs.items(job.key)) == []
        assert k.engine.stats().open_runs == 0

    kit(test, limits=Limits(inline_children=3))


def test_sub_flows_that_outlive_their_parent_are_started_after_a_restart(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("run", NOOP)]
        k.host.scripts["parent"] = [("leave", "child")] * 7
        k.engine._runner.fill = lambda tx, until: 0
        k.engine._runner.ready = lambda: False
        await k.start("parent", {"n": 0})
        await k.restart_engine()
        await k.idle()
        assert sorted(name for name, _ in k.host.closed) == ["child"] * 7 + ["parent"]

    kit(test, limits=Limits(inline_children=3))


def test_control_of_a_run_that_has_not_had_its_first_turn(kit: Any) -> None:
    """A continued job's next run begins in a later commit; a cancel or terminate that comes first must hold."""

    async def test(k: Any) -> None:
        k.host.scripts["a"] = [("next", "b")]
        k.host.scripts["b"] = [("sleep", 1_000)]
        for kind, status in (("terminate", "terminated"), ("cancel", "cancelled"), ("suspend", "suspended")):
            plan = k.host.plan("a", {"n": 5})

            def work(tx: Any, plan: Any = plan, kind: Any = kind) -> Any:
                job = k.engine.start(tx, plan)
                last = tx.jobs.runs_of(job.id)[-1]
                k.engine.control(tx, last.run, kind, "enough", "me")
                return last

            last = await k.store.write(work)
            await k.idle()
            row = k.job(last.run)
            assert row.status == status
            log = [type(entry.input).__name__ for entry in await k.engine.history(last.run)]
            assert log[0] == "RunStarted"

    kit(test)


def test_an_acknowledged_result_of_a_poisoned_run_is_not_asked_for_again(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["bad"] = [("run", "acme.v1.get")]
        job = await k.start("bad")
        await k.restart_engine()
        k.host.missing.add("bad")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        await k.engine.complete([Result(task.attempt_id, {"x": 1})])
        k.host.missing.clear()
        handed: list[Any] = []
        end = k.engine.watch("lab", lambda: handed.extend(k.engine.poll("lab", 9, ["acme.v1"])))
        await k.control(job.run, "resume")
        await k.idle()
        end()
        assert k.job(job.run).output == {"x": 1}
        assert handed == [] and k.engine.stats().queued_tasks == 0

    kit(test)


def test_an_acknowledged_result_is_not_asked_for_again_after_a_restart(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        job = await k.start("one")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        k.engine._runner.stored.add(job.key)
        k.engine._runner.ready = lambda: False
        await k.engine.complete([Result(task.attempt_id, {"x": 1})])
        await k.engine.close()
        k.engine = k._engine()
        handed: list[Any] = []
        k.engine.watch("lab", lambda: handed.extend(k.engine.poll("lab", 9, ["acme.v1"])))
        await k.engine.open()
        await k.idle()
        assert k.job(job.run).output == {"x": 1}
        assert handed == [] and k.engine.stats().queued_tasks == 0

    kit(test)


def test_being_set_aside_is_told_to_those_who_look_on(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["bad"] = [("sleep", 10)]
        job = await k.start("bad")
        await k.restart_engine()
        seen: list[tuple[str, str]] = []
        k.engine.on_change(lambda jobs: seen.extend((one.run, one.quarantine_reason) for one in jobs))
        k.host.missing.add("bad")
        await k.advance(10)
        assert seen == [(job.run, "no program bad")]
        seen.clear()
        await k.control(job.run, "cancel")
        assert [run for run, _ in seen] == [job.run]

    kit(test)


def test_events_to_one_run_keep_their_order_within_a_commit(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["twice"] = [("await", "up"), ("await", "up")]
        k.host.scripts["once"] = [("await", "up"), ("await", "down")]
        one = await k.start("once")
        job = await k.start("twice")

        def work(tx: Any) -> None:
            ref = k.engine.pending(job.run).subscriptions[0].ref
            first = i.EventReceived(seq=0, at=0, ref=ref, event={"id": "1", "type": "up", "data": 1})
            second = i.EventReceived(seq=0, at=0, ref=ref, event={"id": "2", "type": "up", "data": 2})
            k.engine._relations.send(tx, job.key, first, inline=False)
            k.engine._relations.send(tx, job.key, second)

        await k.store.write(work)
        await k.idle()
        told = [entry.input.event["id"] for entry in await k.engine.history(job.run, after=1)]
        assert told == ["1", "2"] and not k.job(one.run).closed

    kit(test)


def test_a_run_that_is_set_aside_and_overflows_does_not_keep_events_from_others(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["bad"] = k.host.scripts["good"] = [("await", "up")]
        bad, good = await k.start("bad"), None
        await k.restart_engine()
        k.host.missing.add("bad")
        for number in range(3):
            await k.deliver("up", number)
        good = await k.start("good")
        assert await k.deliver("up", "last") == 1
        assert k.job(good.run).output == "last"
        assert k.store.read_now(lambda tx: tx.runs.inbox_size(bad.key)) == 3
        for _ in range(5):
            with pytest.raises(Exception, match="waiting for"):
                await k.control(bad.run, "cancel")
        k.host.missing.clear()
        await k.control(bad.run, "resume")
        await k.idle()
        assert k.job(bad.run).output == 0

    kit(test, limits=Limits(inbox=3))


def test_a_closed_run_that_cannot_be_loaded_costs_nothing_more(kit: Any) -> None:
    """Terminated without its interpreter while a worker has its task: the late answer must not spin the engine."""

    async def test(k: Any) -> None:
        k.host.scripts["child"] = [("sleep", 1_000)]
        k.host.scripts["bad"] = [("spawn", "child"), ("run", "acme.v1.get")]
        job = await k.start("bad")
        (task,) = k.engine.poll("lab", 1, ["acme.v1"])
        k.engine._turns.residents.drop(job.key)
        k.host.missing.add("bad")
        await k.control(job.run, "terminate", "stuck")
        assert k.job(job.run).status == "terminated"
        assert k.engine.heartbeat([task.attempt_id]) == [task.attempt_id]
        await k.idle()
        assert [status for _, status in k.host.closed] == ["terminated", "terminated"]  # the sub-flow too
        late = i.ActivityCompleted(seq=0, at=0, ref=task.ref, attempt=1, result=1)
        await k.store.write(lambda tx: k.engine._relations.send(tx, job.key, late))
        before = k.store.commits
        await k.idle()
        assert k.store.commits - before < 5
        assert k.store.read_now(lambda tx: tx.runs.inbox_size(job.key)) == 0

    kit(test)


def test_an_overtaken_server_hands_out_nothing(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("run", "acme.v1.get")]
        await k.start("one")
        k.engine._runner.undone(Unavailable("another server has taken over this database", code="fenced"))
        assert k.engine.poll("lab", 9, ["acme.v1"]) == []
        with pytest.raises(Unavailable):
            k.engine.capacity()

    kit(test)


def test_delays_that_begin_while_the_run_clock_is_ahead_are_as_long_as_asked(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["wait"] = [("await", "a"), ("await", "b"), ("sleep", 5_000)]
        job = await k.start("wait")
        k.clock.now += 3_600_000
        await k.deliver("a")
        k.clock.now -= 3_600_000
        await k.deliver("b")
        assert k.engine.pending(job.run).timers[0].due_at == k.clock.now + 5_000
        await k.restart_engine()
        await k.advance(5_000)
        assert k.job(job.run).status == "completed"
        times = [entry.at for entry in await k.engine.history(job.run)]
        assert times == sorted(times)

    kit(test)


def test_a_tick_that_fails_does_not_stop_the_clockwork(kit: Any) -> None:
    async def test(k: Any) -> None:
        runner = k.engine._runner
        expire = runner._tasks.expire

        def broken() -> None:
            runner._tasks.expire = expire
            raise ValueError("once")

        runner._tasks.expire = broken
        runner._timed()
        assert runner._timer is not None

    kit(test)


def test_a_long_run_keeps_little_in_memory(kit: Any) -> None:
    async def test(k: Any) -> None:
        k.host.scripts["long"] = [("run", NOOP)] * 2_000 + [("await", "up")]
        job = await k.start("long", {"n": 0})
        await k.idle()
        cell = k.engine._turns.residents.peek(job.key)
        assert cell is not None and cell.seq == 2_001
        assert len(cell.resolved) < 10 and len(cell.faults) < 10

    kit(test)


def test_a_further_attempt_knows_why_it_is_needed_also_after_a_restart(kit: Any) -> None:
    """The engine's part of a retry: what the activity was resolved to, and its last fault, survive the delay."""

    async def test(k: Any) -> None:
        k.host.scripts["one"] = [("later", "acme.v1.get")]
        job = await k.start("one", 1)
        for number in (1, 2):
            (task,) = k.engine.poll("lab", 1, ["acme.v1"])
            assert task.attempt == number
            await k.engine.complete([Result(task.attempt_id, fault=Fault("BUSY", f"busy {number}"))])
            await k.restart_engine()
            await k.advance(1_000)
            (pending,) = k.engine.pending(job.run).activities
            assert (pending.attempt, pending.last_fault.detail) == (number + 1, f"busy {number}")
        assert k.host.resolved == 1

    kit(test)


def test_kinds_of_commands_are_all_carried_out() -> None:
    """A command without a handler would poison each run that gives it."""
    import typing

    from weft.engines.embedded.effects import HANDLERS

    assert set(typing.get_args(c.AnyCommand)) - set(HANDLERS) == {c.Record}


def test_nothing_leaves_before_a_slow_disk_has_it(kit: Any, tmp_path: Any) -> None:
    """Neither the answer of a start, nor its task, timer or event, nor the acknowledgement of a result."""

    async def test(k: Any) -> None:
        gate, real = threading.Event(), k.store._committer._commit
        gate.set()
        k.store._committer._commit_s = 1.0  # as a disk that was slow before
        k.store._committer._commit = lambda: gate.wait(20) and real()
        k.host.scripts["all"] = [("emit", "up"), ("run", "acme.v1.get")]
        k.host.scripts["nap"] = [("sleep", 0)]
        for script in ("all", "nap"):
            gate.clear()
            started = asyncio.ensure_future(k.start(script, 1))
            await until(lambda: k.store._committer._committing)
            k.clock.now += 1
            k.engine.tick()
            assert not started.done() and k.engine.stats().queued_tasks == (script == "nap")
            assert k.host.published == ([] if script == "all" else ["up"]) and k.engine.stats().timers == 0
            gate.set()
            await started
            await k.idle()
        (task,) = k.engine.poll("lab", 9, ["acme.v1"])
        gate.clear()
        told = asyncio.ensure_future(k.engine.complete([Result(task.attempt_id, 2)]))
        await until(lambda: k.store._committer._committing)
        again = asyncio.ensure_future(k.engine.complete([Result(task.attempt_id, 3)]))
        await asyncio.sleep(0)
        assert not told.done() and not again.done() and not k.job(task.run).closed
        gate.set()
        await asyncio.gather(told, again)
        assert k.job(task.run).output == 2

    kit(test, path=str(tmp_path / "slow.db"))


async def until(holds: Any) -> None:
    """Let the loop go round until it holds."""
    for _ in range(1_000):
        if holds():
            return
        await asyncio.sleep(0)
    raise AssertionError("never came to hold")


def depth() -> int:
    """Frames on the stack."""
    frame, count = sys._getframe(), 0
    while frame is not None:
        frame, count = frame.f_back, count + 1
    return count
