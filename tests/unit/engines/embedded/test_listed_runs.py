"""Runs as lists of tasks, by the engine's own port; the services' tests hold the rest."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from weft.domain.errors import Busy, InUse, NotFound
from weft.domain.manual_tasks import ManualTask
from weft.dsl.machine.faults import fault

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def made() -> ModuleType:
    name = "weft_listed_world"
    if name not in sys.modules:
        path = Path(__file__).parents[3] / "contract/engine/listed_world.py"
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[name] = module
        spec.loader.exec_module(module)
    return sys.modules[name]


@pytest.fixture
async def world(made: ModuleType, anyio_backend: str) -> Any:
    found = made.ListedWorld()
    await found.open()
    yield found
    await found.close()


async def test_unknown_runs(world: Any) -> None:
    listed = world.engine.listed
    for call in (lambda: listed.tasks("x"), lambda: listed.entries("x")):
        with pytest.raises(NotFound):
            call()
    for call in (
        lambda tx: listed.answer(tx, "x", "m1", {}, "me"),
        lambda tx: listed.terminate_closed(tx, "x"),
    ):
        with pytest.raises(NotFound):
            await world.store.write(call)


async def test_the_entries_of_a_further_run_follow_those_of_the_runs_before(world: Any, made: Any) -> None:
    world.list(made.http("a"))
    job = await world.start()
    await world.failed(world.poll()["a"])
    listed = world.engine.listed
    before = listed.entries(job.run)
    assert before

    def again(tx: Any) -> tuple[Any, list[Any]]:
        new = world.engine.retry(tx, job.run, "me")
        return new, listed.entries(new.run, tx=tx)

    new, seen = await world.store.write(again)
    assert [type(entry.input).__name__ for entry in seen[len(before) :]] == ["RunRestored"]
    assert [entry.input for entry in seen[: len(before)]] == [entry.input for entry in before]
    assert len(listed.entries(new.run)) == len(seen) == len(listed.entries(new.run, upto=0)) + 1
    assert len(listed.entries(new.run, len(before))) == len(before)
    assert len(listed.entries(job.run)) == len(before)


async def test_it_has_begun_for_as_long_as_the_row_does_not_say_so(world: Any, made: Any) -> None:
    world.list(made.http("a"))
    job = await world.start()
    assert not world.engine.listed.begun(job)
    world.poll()
    for _ in range(2):
        assert world.engine.listed.begun(job)
        await world.advance(0.3)
    assert not world.engine.listed.begun(job) and world.row(job).status == "running"


async def test_rows_say_it_at_once_where_somebody_reads(world: Any, made: Any) -> None:
    world.list(made.http("a"))
    first, second = await world.start(), await world.start()
    await world.engine.listed.show_begun()
    assert world.row(first).status == world.row(second).status == "pending"
    world.poll()
    assert world.row(first).status == "pending"
    await world.engine.listed.show_begun()
    assert world.row(first).status == world.row(second).status == "running"
    assert not world.engine.listed.begun(first) and not world.engine._runner.unshown()


async def test_what_cannot_be_written_now_can_still_be_read(world: Any, made: Any, monkeypatch: Any) -> None:
    world.list(made.http("a"))
    job = await world.start()
    world.poll()

    async def full(work: Any) -> None:
        raise Busy("too much", retry_after=1)

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "write", full)
        await world.engine.listed.show_begun()
    assert world.engine.listed.begun(job)
    await world.engine.listed.show_begun()
    assert world.row(job).status == "running"


async def test_an_attempt_that_ends_at_once_costs_no_write(world: Any, made: Any) -> None:
    world.list(made.http("a"), made.http("b"))
    job = await world.start()
    await world.done(world.poll()["a"])
    row = world.row(job)
    await world.advance(0.3)
    await world.advance(0.3)
    assert world.row(job) == row and row.status == "running"


async def test_a_start_that_is_shown_in_an_undone_unit_is_shown_later(world: Any, made: Any) -> None:
    world.list(made.http("a"))
    job = await world.start()
    world.poll()
    runner = world.engine._runner  # pyright: ignore[reportPrivateUsage]
    runner._to_show.add(job.key)

    def undone(tx: Any) -> None:
        runner._show_begun(tx)
        raise InUse("no")

    with pytest.raises(InUse):
        await world.store.write(undone)
    await world.engine.idle()
    assert world.row(job).status == "running"


async def test_only_a_run_that_failed_is_called_terminated(world: Any, made: Any) -> None:
    world.list(made.http("a"))
    job = await world.start()
    with pytest.raises(InUse):
        await world.store.write(lambda tx: world.engine.listed.terminate_closed(tx, job.run))
    seen: list[str] = []
    world.engine.on_change(lambda jobs: seen.extend(found.status for found in jobs))
    await world.failed(world.poll()["a"])
    found = await world.store.write(lambda tx: world.engine.listed.terminate_closed(tx, job.run, "r", "me"))
    assert (found.status, seen[-1], found.updated_by, found.fault["reason"]) == ("terminated", "terminated", "me", "r")


async def test_an_answer_for_a_run_that_is_set_aside(world: Any) -> None:
    world.list({"_name": "t", "_type": "HUMAN"})
    job = await world.start()
    relations = world.engine._relations  # pyright: ignore[reportPrivateUsage]
    await world.store.write(lambda tx: relations.quarantine(tx, job.key, RuntimeError("bad")))
    ident = world.store.read_now(lambda tx: tx.of(ManualTask).find())[0]
    answer = lambda tx: world.engine.listed.answer(tx, job.run, ident.ref, {"n": 1}, "me")  # noqa: E731
    await world.store.write(answer)
    with pytest.raises(InUse):  # kept for the run, and so not taken again
        await world.store.write(answer)
    await world.command(job, "resume")
    assert (world.row(job).status, world.record(job, "t").output) == ("completed", {"_userInput": {"n": 1}})


async def test_forks_of_a_live_run_have_tasks_of_their_own(world: Any) -> None:
    world.list({"_name": "t", "_type": "HUMAN"})
    job = await world.start()
    other = world.host.plan("l", {}).job
    await world.store.write(lambda tx: world.engine.fork(tx, job.run, 1, other, "me"))
    tasks = world.store.read_now(lambda tx: tx.of(ManualTask).find())
    assert {task.id for task in tasks} == {world.record(job, "t").id, world.record(other, "t").id}
    await world.answer(other, "t", {})
    assert (world.row(other).status, world.row(job).status) == ("completed", "waiting")


async def test_a_run_that_must_be_closed_without_its_interpreter(world: Any, monkeypatch: Any) -> None:
    world.list({"_name": "t", "_type": "HUMAN"})
    job = await world.start()
    monkeypatch.setattr(world.engine._turns, "run", _broken)  # pyright: ignore[reportPrivateUsage]
    found = await world.command(job, "terminate", reason="r")
    assert (found.status, found.fault["reason"], found.fault["taskId"]) == ("terminated", "r", None)
    assert world.store.read_now(lambda tx: tx.of(ManualTask).find()) == []


def _broken(*_: Any) -> None:
    raise RuntimeError("broken")


async def test_events_that_cannot_leave_are_told_until_none_is_left(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def refuse(tx: Any, job: Any, command: Any) -> Any:
        asked.append(command.name)
        return None if command.name == "fine" else fault("configuration", f"no {command.name}", code="NO_TYPE")

    monkeypatch.setattr(world.host, "check_emit", refuse)
    tell = {"_type": "EVENT", "_optional": True}
    names = ("one", "two", "fine")
    branches = [[{**tell, "_name": name, "_sink": f"event:${{workflow.input.{name}}}"}] for name in names]
    after = {**tell, "_name": "after", "_sink": "event:${workflow.input.one}"}
    fork = {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": branches}
    world.list(fork, after)
    job = await world.seen(await world.start(data={name: name for name in names}))
    assert {name: world.states(job)[name] for name in (*names, "after")} == {
        "one": "completed_with_errors", "two": "completed_with_errors", "fine": "completed",
        "after": "completed_with_errors",
    }  # fmt: skip
    assert world.record(job, "two").reason == "no two"
    assert {"one", "two", "fine"} <= set(asked)
