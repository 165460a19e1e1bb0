"""The tasks of a job as records: which there are, in what order, and how far they are, on the real engine."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from weft.domain.access import Principal
from weft.domain.errors import NotFound
from weft.dsl.machine.nodes.facts import task_id
from weft.ports.run_list import RunQuery
from weft.services.job_list import JobList
from weft.store.run_list import SqlRunList

pytestmark = pytest.mark.anyio


def inline(name: str, text: str = "1") -> dict[str, Any]:
    return {"_name": name, "_type": "INLINE", "_inputParams": {"expression": text}}


async def test_a_task_is_queued_until_somebody_takes_it(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"), listed_made.http("b"))
    job = await listed.start()
    assert (job.status, listed.states(job)) == ("pending", {"a": "queued", "b": "queued"})
    record = listed.record(job, "a")
    assert (record.started, record.attempt, record.started_at, record.input) == (
        False, 0, 0, {"uri": "http://a.example/", "method": "GET"},
    )  # fmt: skip
    listed.clock.now += 5_000
    (found,) = listed.poll().values()
    taken = listed.record(job, "a")
    assert (taken.status, taken.started, taken.attempt, taken.started_at) == ("running", True, 1, listed.clock.now)
    assert (await listed.seen(job)).status == "running"
    listed.clock.now += 1_000
    await listed.done(found, {"n": 1})
    ended = listed.record(job, "a")
    assert (ended.status, ended.output, ended.attempt) == ("completed", {"n": 1}, 1)
    assert (ended.started_at, ended.ended_at) == (taken.started_at, taken.started_at + 1_000)
    assert (ended.id, listed.row(job).status) == (record.id, "running")


async def test_the_row_says_running_within_two_ticks(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"))
    job = await listed.start()
    listed.poll()
    await listed.advance(0.3)
    await listed.advance(0.3)
    assert listed.row(job).status == "running" and listed.row(job).updated_at > job.updated_at


async def test_a_retry_in_its_delay_is_queued(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a", _retryCount=2, _retryDelaySeconds=2, _retryLogic="EXPONENTIAL_BACKOFF"))
    job = await listed.start()
    for number, delay in ((1, 2), (2, 4)):
        await listed.failed(listed.poll()["a"], retryable=True, message=f"no {number}")
        record = listed.record(job, "a")
        assert (record.status, record.attempt, record.reason, record.started) == (
            "queued",
            number,
            f"no {number}",
            True,
        )
        await listed.advance(delay - 1)
        assert listed.poll() == {}
        await listed.advance(1)
        assert listed.record(job, "a").status == "queued"
    await listed.failed(listed.poll()["a"], retryable=True)
    assert (listed.record(job, "a").status, listed.record(job, "a").attempt) == ("faulted", 3)


async def test_nobody_takes_it_in_time(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a", _pollTimeoutSeconds=5))
    job = await listed.start()
    await listed.advance(6)
    record = listed.record(job, "a")
    assert (record.status, record.started, record.attempt) == ("timed_out", False, 0)


async def test_nested_lists_in_their_order(listed: Any, listed_made: Any) -> None:
    http = listed_made.http
    switch = {
        "_name": "s", "_type": "SWITCH", "_expression": "k",
        "_inputParams": {"k": "${workflow.input.k}"}, "_sequenceno": 7,
        "_decisionCases": {"x": [http("x1", _sequenceno=2), http("x0", _sequenceno=1)]}, "_defaultCase": [inline("d")],
    }  # fmt: skip
    branches = [[inline("a"), http("b")], [http("c")]]
    fork = {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": branches, "_sequenceno": 5}
    loop = {
        "_name": "l", "_type": "DO_WHILE", "_loopCondition": "$.l.iteration < 2",
        "_loopOver": [inline("i"), inline("k")], "_sequenceno": 1,
    }  # fmt: skip
    listed.list(switch, fork, loop)
    job = await listed.start(data={"k": "x"})
    assert job.status == "running"
    names = ["l", "i__1", "k__1", "i__2", "k__2", "f", "a", "b", "c", "s"]
    assert list(listed.states(job)) == names
    assert [record.number for record in listed.records(job)] == [1, 1, 2, 1, 2, 5, 1, 2, 1, 7]
    assert [record.iteration for record in listed.records(job)][:5] == [0, 1, 1, 2, 2]
    assert [record.top for record in listed.records(job)] == [name in ("l", "f", "s") for name in names]
    assert [record.name for record in listed.records(job, iterations=False)] == ["l", "f", "a", "b", "c", "s"]
    below = listed.record(job, "b")
    assert below.parent == listed.record(job, "f").id == task_id(job.id, "f")
    found = listed.poll()
    await listed.done(found["b"])
    await listed.done(found["c"])
    assert list(listed.states(job))[-3:] == ["s", "x0", "x1"]
    await listed.done(listed.poll()["x0"])
    await listed.done(listed.poll()["x1"])
    row = listed.row(job)
    assert row.status == "completed"
    assert row.tasks == [[name, "completed"] for name in ["l", "f", "a", "b", "c", "s", "x0", "x1"]]
    (brief,) = listed.tasks.brief([row])
    full = listed.records(job, iterations=False)
    assert [(r.id, r.name, r.number, r.type, r.status) for r in brief] == [
        (r.id, r.name, r.number, r.type, r.status) for r in full
    ]
    assert listed.record(job, "x0").position == "/_taskDefs/0/_decisionCases/x/1"


async def test_other_cases_leave_no_records(listed: Any, listed_made: Any) -> None:
    switch = {
        "_name": "s", "_type": "SWITCH", "_switchCaseValue": "k", "_inputParams": {"k": "${workflow.input.k}"},
        "_decisionCases": {"x": [inline("x1")]}, "_defaultCase": [inline("d")],
    }  # fmt: skip
    switch["_inputParams"]["switchCaseValue"] = "${workflow.input.k}"
    listed.list(switch)
    assert list(listed.states(await listed.start(data={"k": "x"}))) == ["s", "x1"]
    assert list(listed.states(await listed.start(data={"k": "y"}))) == ["s", "d"]


async def test_old_iterations_are_dropped_on_wish(listed: Any) -> None:
    loop = {
        "_name": "l", "_type": "DO_WHILE", "_loopCondition": "$.l.iteration < 5", "_loopOver": [inline("i")],
        "_inputParams": {"keepLastN": 2},
    }  # fmt: skip
    listed.list(loop)
    assert list(listed.states(await listed.start())) == ["l", "i__4", "i__5"]


async def test_branches_made_while_running(listed: Any) -> None:
    dynamic = {
        "_name": "f", "_type": "FORK_JOIN_DYNAMIC",
        "_inputParams": {"forkTaskType": "HTTP", "forkTaskInputs": [{"uri": "http://x/", "method": "GET"}] * 3},
    }  # fmt: skip
    listed.list(dynamic, {"_name": "j", "_type": "JOIN"}, name="l")
    job = await listed.start()
    assert listed.states(job) == {
        "f": "completed", "_HTTP_0": "queued", "_HTTP_1": "queued", "_HTTP_2": "queued", "j": "running",
    }  # fmt: skip
    made = [record for record in listed.records(job) if record.name.startswith("_")]
    assert [(r.type, r.number, r.top, r.position) for r in made] == [("HTTP", n, False, "") for n in (1, 2, 3)]
    for found in listed.poll().values():
        await listed.done(found)
    row = listed.row(job)
    assert row.status == "completed"
    assert row.tasks[1] == ["_HTTP_0", "completed", "HTTP", 1]
    assert [record.type for record in listed.tasks.brief([row])[0]][1:4] == ["HTTP"] * 3


async def test_at_the_start(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"), inline("b"))
    listed.graph([listed_made.call("b"), listed_made.call("a")], ("a", "b"))
    job = await listed.start()
    records = listed.tasks.at_start(job, listed.tasks.program(job))
    assert [(r.id, r.status, r.started, r.output) for r in records] == [
        (task_id(job.id, name), "queued", False, None) for name in ("a", "b")
    ]
    other = await listed.start("g")
    records = listed.tasks.at_start(other, listed.tasks.program(other))
    assert [(r.name, r.status, r.number, r.queued_at) for r in records] == [
        ("a", "queued", 1, other.created_at), ("b", "pending", 2, 0),
    ]  # fmt: skip


async def test_a_record_by_its_id(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"))
    job = await listed.start()
    ident = task_id(job.id, "a")
    assert listed.tasks.record(job, ident.upper()).name == "a"
    with pytest.raises(NotFound):
        listed.tasks.record(job, "nonsense")


async def test_a_run_that_is_not_in_memory(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"), listed_made.http("b"))
    job = await listed.start()
    await listed.done(listed.poll()["a"], {"n": 1})
    hot = listed.records(job)
    listed.engine._turns.residents.drop(job.key)  # pyright: ignore[reportPrivateUsage]
    assert listed.records(job) == hot


async def test_jobs_of_other_languages(listed: Any) -> None:
    function = {"name": "f", "operation": "lab.device.v1.0.0.request.Get"}

    def state(name: str, **more: Any) -> dict[str, Any]:
        action = {"functionRef": {"refName": "f", "arguments": {"input": {}}}}
        return {"name": name, "type": "operation", "actions": [action], **more}

    document = {
        "id": "o", "name": "o", "version": "1.0", "specVersion": "0.8", "functions": [function], "start": "one",
        "states": [state("one", transition="two"), state("two", end=True)],
    }  # fmt: skip
    listed.host.add(document)
    job = await listed.start("o")
    assert job.status == "running"
    assert listed.states(job) == {"one": "running"}
    for found in listed.poll().values():
        await listed.done(found)
    assert listed.states(job) == {"one": "completed", "two": "running"}
    ids = [record.id for record in listed.records(job)]
    for found in listed.poll().values():
        await listed.done(found)
    assert [(r.status, r.id, r.number) for r in listed.records(job)] == [
        ("completed", ids[0], 1), ("completed", ids[1], 2),
    ]  # fmt: skip
    assert [r.name for r in listed.tasks.brief([listed.row(job)])[0]] == ["one", "two"]
    assert listed.tasks.at_start(job, listed.tasks.program(job)) == []


DIAMOND = [("A", "B"), ("A", "C"), ("B", "D"), ("C", "D"), ("D", "E")]
TASKS = ["A", "B", "C", "D", "E"]


def queue(world: Any, job: Any) -> list[str]:
    """What a caller of graphs is shown as the queue: in the order of queueing, ties in that of the definition."""
    found = [r for r in world.records(job) if r.status in ("queued", "running", "suspended")]
    return [r.name for r in sorted(found, key=lambda r: (r.queued_at, TASKS.index(r.name)))]


async def test_the_worked_example_row_by_row(listed: Any, listed_made: Any) -> None:
    listed.graph([listed_made.call(name) for name in TASKS], *DIAMOND)
    job = await listed.start("g")

    def row() -> tuple[str, list[str], str]:
        return "".join(listed.states(job)[name][0] for name in TASKS), queue(listed, job), listed.row(job).status

    assert row() == ("qpppp", ["A"], "pending")
    subjects = {record.name: record.id for record in listed.records(job)}
    found = listed.poll()
    assert row()[:2] == ("rpppp", ["A"])
    assert (await listed.seen(job)).status == "running"
    listed.clock.now += 10
    await listed.done(found["A"])
    assert row() == ("cqqpp", ["B", "C"], "running")
    found = listed.poll()
    assert row() == ("crrpp", ["B", "C"], "running")
    listed.clock.now += 10
    await listed.done(found["B"], {"b": 1})
    assert row() == ("ccrpp", ["C"], "running")
    assert listed.poll() == {}
    await listed.done(found["C"])
    assert row() == ("cccqp", ["D"], "running")
    await listed.done(listed.poll()["D"])
    assert row() == ("ccccq", ["E"], "running")
    await listed.done(listed.poll()["E"])
    assert row() == ("ccccc", [], "completed")
    assert {record.name: record.id for record in listed.records(job)} == subjects
    assert [record.number for record in listed.records(job)] == [1, 2, 3, 4, 5]
    assert listed.row(job).tasks == [[name, "completed"] for name in TASKS]


async def test_a_task_of_a_graph_fails_for_good(listed: Any, listed_made: Any) -> None:
    listed.graph([listed_made.call(name) for name in TASKS], *DIAMOND)
    job = await listed.start("g")
    await listed.done(listed.poll()["A"])
    found = listed.poll()
    await listed.done(found["B"], {"b": 1})
    await listed.failed(found["C"], message="no")
    row = listed.row(job)
    assert listed.states(job) == {
        "A": "completed", "B": "completed", "C": "faulted", "D": "cancelled", "E": "cancelled",
    }  # fmt: skip
    assert (row.status, row.fault["taskId"], queue(listed, job)) == ("faulted", listed.record(job, "C").id, [])
    assert row.fault["task"] == "C" and listed.record(job, "B").output == {"b": 1}
    before = listed.record(job, "C").id
    await listed.command(job, "retry")
    assert listed.states(job) == {"A": "completed", "B": "completed", "C": "queued", "D": "pending", "E": "pending"}
    await listed.done(listed.poll()["C"])
    await listed.done(listed.poll()["D"])
    await listed.done(listed.poll()["E"])
    assert listed.row(job).status == "completed" and listed.record(job, "C").id == before


async def test_what_becomes_ready_while_suspended_is_queued(listed: Any, listed_made: Any) -> None:
    listed.graph([listed_made.call(name) for name in TASKS], *DIAMOND)
    job = await listed.start("g")
    found = listed.poll()
    await listed.command(job, "pause")
    listed.clock.now += 10
    await listed.done(found["A"])
    assert listed.states(job) == {
        "A": "completed", "B": "suspended", "C": "suspended", "D": "pending", "E": "pending",
    }  # fmt: skip
    assert (queue(listed, job), listed.poll()) == (["B", "C"], {})
    queued = listed.record(job, "B").queued_at
    listed.clock.now += 10
    await listed.command(job, "resume")
    assert sorted(listed.poll()) == ["B", "C"] and listed.record(job, "B").queued_at == queued


async def test_two_triggers_and_parts_that_are_not_connected(listed: Any, listed_made: Any) -> None:
    listed.graph([listed_made.call(name) for name in TASKS], ("A", "C"), ("B", "D"))
    job = await listed.start("g")
    assert queue(listed, job) == ["A", "B", "E"]
    assert [record.name for record in listed.records(job)] == ["A", "B", "C", "D", "E"]
    found = listed.poll()
    await listed.failed(found["A"])
    assert listed.states(job)["C"] == "cancelled" and not listed.row(job).closed
    await listed.done(found["B"])
    await listed.done(found["E"])
    await listed.done(listed.poll()["D"])
    assert (listed.row(job).status, listed.states(job)["D"]) == ("faulted", "completed")


@pytest.mark.parametrize("moment", ["ended", "begun"])
async def test_nothing_is_lost_between_two_tasks(
    listed_made: Any, tmp_path: Any, anyio_backend: str, moment: str
) -> None:
    world = listed_made.ListedWorld(tmp_path / "w.db")
    await world.open()
    world.graph([listed_made.call(name) for name in TASKS], *DIAMOND)
    job = await world.start("g")
    await world.done(world.poll()["A"])
    if moment == "begun":
        assert sorted(world.poll()) == ["B", "C"]
    await world.reopen()
    assert world.states(job) == {"A": "completed", "B": "queued", "C": "queued", "D": "pending", "E": "pending"}
    found = world.poll()
    for name in ("B", "C"):
        await world.done(found[name])
    await world.done(world.poll()["D"])
    assert world.poll().keys() == {"E"}
    await world.close()


async def test_a_job_that_cannot_be_read_has_no_tasks_in_a_list(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"))
    good, bad = await listed.start(), await listed.start()
    bad.revision = "gone"
    listed.host.programs.get = _missing(listed.host.programs.get)
    assert [len(found) for found in listed.tasks.brief([bad, good])] == [0, 1]


def _missing(get: Any) -> Any:
    def look(tx: Any, revision: str) -> Any:
        if revision == "gone":
            raise NotFound("no such revision")
        return get(tx, revision)

    return look


STATES = {
    "id": "g", "name": "g", "version": "1.0", "specVersion": "0.8", "start": "one",
    "functions": [{"name": "f", "operation": "lab.device.v1.0.0.request.Get"}],
    "states": [
        {
            "name": "one", "type": "operation", "end": True,
            "actions": [{"functionRef": {"refName": "f", "arguments": {"input": {}}}}],
        }
    ],
}  # fmt: skip


class HeldCommit:
    """COMMIT is made on the writer's thread and waits: `before` until it may begin, `after` until its end is told."""

    def __init__(self, world: Any, moment: str) -> None:
        self._reached, self._go = threading.Event(), threading.Event()
        committer = world.store._committer
        commit = committer._commit
        committer._commit_s = 1.0  # a slow disk: never on the loop's thread

        def held() -> Any:
            done = commit() if moment == "after" else None
            self._reached.set()
            assert self._go.wait(20)
            return done if moment == "after" else commit()

        committer._commit = held

    async def reached(self) -> None:
        assert await asyncio.get_running_loop().run_in_executor(None, self._reached.wait, 20)

    def release(self) -> None:
        self._go.set()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("kind", ["graph", "list", "states"])
async def test_row_and_tasks_are_of_one_commit(
    listed_made: Any, tmp_path: Any, anyio_backend: str, moment: str, kind: str
) -> None:
    """While the last task's end is on its way to the disk both say the old, once it is there both say the new."""
    world = listed_made.ListedWorld(tmp_path / "w.db")
    await world.open()
    if kind == "graph":
        world.graph([listed_made.call("A")])
    elif kind == "list":
        world.list(listed_made.http("A"), name="g")
    else:
        world.host.add(STATES)
    job = await world.start("g")
    (found,) = world.poll().values()
    commit = HeldCommit(world, moment)
    ending = asyncio.ensure_future(world.done(found))
    await commit.reached()
    pages = JobList(world.store, SqlRunList(), world.engine.listed.show_begun)
    lister = Principal(name="me", permissions=frozenset({"job.list"}))
    try:
        alone = await world.seen(job)
        (listed_,) = (await pages.listed(lister, RunQuery())).jobs
        shown = [(row.status, record.status) for row in (alone, listed_) for record in world.tasks.records(row)]
        shown += [(listed_.status, record.status) for record in world.tasks.brief([listed_])[0]]
    finally:
        commit.release()
        await ending
    assert {(status != "completed", task != "completed") for status, task in shown} == {
        (moment == "before", moment == "before")
    }
    assert [record.status for record in world.tasks.records(await world.seen(job))] == ["completed"]
    await world.close()


async def test_a_row_that_was_read_earlier_has_its_own_tasks(listed: Any, listed_made: Any) -> None:
    listed.graph([listed_made.call(name) for name in "AB"], ("A", "B"))
    job = await listed.start("g")
    before = await listed.seen(job)
    await listed.done(listed.poll()["A"])
    between = await listed.seen(job)
    await listed.done(listed.poll()["B"])
    states = [[record.status for record in listed.tasks.records(row)] for row in (before, between, listed.row(job))]
    assert states == [["queued", "pending"], ["completed", "queued"], ["completed", "completed"]]
