"""Commands on jobs: every status with every command on the real engine, and what a command leaves behind."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.access import Principal
from weft.domain.errors import Forbidden, InUse, Invalid, NotFound
from weft.services.job_control import JobControl

pytestmark = pytest.mark.anyio

REFUSED = "refused"
TABLE = {
    "pending": {"pause": "suspended", "resume": REFUSED, "retry": REFUSED, "terminate": "terminated"},
    "running": {"pause": "suspended", "resume": REFUSED, "retry": REFUSED, "terminate": "terminated"},
    "suspended": {"pause": "suspended", "resume": "running", "retry": REFUSED, "terminate": "terminated"},
    "completed": {"pause": REFUSED, "resume": REFUSED, "retry": REFUSED, "terminate": REFUSED},
    "faulted": {"pause": REFUSED, "resume": REFUSED, "retry": "running", "terminate": "terminated"},
    "timed_out": {"pause": REFUSED, "resume": REFUSED, "retry": "running", "terminate": "terminated"},
    "terminated": {"pause": REFUSED, "resume": REFUSED, "retry": "running", "terminate": "terminated"},
}
UNCHANGED = {("suspended", "pause"), ("terminated", "terminate")}


async def bring(world: Any, status: str) -> Any:
    """A job of one task in the given status; the task has begun in all but the first."""
    job = await world.start()
    if status == "pending":
        return job
    (found,) = world.poll().values()
    await world.advance(2)
    await world.advance(2)
    if status == "suspended":
        await world.command(job, "pause")
    elif status == "completed":
        await world.done(found)
    elif status == "faulted":
        await world.failed(found)
    elif status == "timed_out":
        await world.advance(3600)
    elif status == "terminated":
        await world.command(job, "terminate")
    return job


@pytest.mark.parametrize("verb", ["pause", "resume", "retry", "terminate"])
@pytest.mark.parametrize("status", list(TABLE))
async def test_the_table(listed: Any, listed_made: Any, status: str, verb: str) -> None:
    listed.list(listed_made.http("a"), _timeoutSeconds=3000)
    job = await bring(listed, status)
    before = listed.row(job)
    assert before.status == status
    listed.clock.now += 1000
    wanted = TABLE[status][verb]
    if wanted == REFUSED:
        with pytest.raises(InUse) as refused:
            await listed.command(job, verb)
        assert refused.value.code == "illegal_state"
        assert listed.row(job) == before
        return
    found = await listed.command(job, verb)
    assert found.status == wanted == listed.row(job).status
    if (status, verb) in UNCHANGED:
        assert listed.row(job) == before
    else:
        assert found.updated_at > before.updated_at
        assert found.updated_by == listed_made.ME.name
        # twice is once, or is refused
        before = listed.row(job)
        if verb in ("pause", "terminate"):
            await listed.command(job, verb)
            assert listed.row(job) == before


async def test_a_job_that_never_began_is_pending_again(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"))
    job = await listed.start()
    assert (await listed.command(job, "pause")).status == "suspended"
    assert listed.states(job) == {"a": "suspended"}
    assert listed.poll() == {}
    assert (await listed.command(job, "resume")).status == "pending"
    assert listed.states(job) == {"a": "queued"}
    await listed.command(job, "terminate")
    assert listed.states(job) == {"a": "cancelled"}
    assert (await listed.command(job, "retry")).status == "pending"
    (found,) = listed.poll().values()
    assert listed.row(job).status == "pending"
    seen = await listed.seen(job)
    assert seen.status == "running" and listed.row(job).status == "running"
    assert seen.updated_at == listed.row(job).updated_at
    await listed.done(found)
    assert listed.row(job).status == "completed"


async def test_a_task_in_hand_ends_while_the_run_is_suspended(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"), listed_made.http("b"))
    job = await listed.start()
    (found,) = listed.poll().values()
    assert (await listed.command(job, "pause")).status == "suspended"
    assert listed.states(job) == {"a": "running", "b": "suspended"}
    await listed.done(found, {"n": 1})
    assert listed.states(job) == {"a": "completed", "b": "suspended"}
    assert (listed.row(job).status, listed.poll()) == ("suspended", {})
    assert (await listed.command(job, "resume")).status == "running"
    assert listed.states(job) == {"a": "completed", "b": "queued"}
    await listed.done(listed.poll()["b"])
    assert listed.row(job).status == "completed"


@pytest.mark.parametrize("kind", ["list", "graph"])
async def test_the_last_task_ends_while_suspended(listed: Any, listed_made: Any, kind: str) -> None:
    if kind == "list":
        listed.list(listed_made.http("a"))
    else:
        listed.graph([listed_made.call("a")], name="l")
    job = await listed.start()
    (found,) = listed.poll().values()
    await listed.command(job, "pause")
    await listed.done(found, {"n": 1})
    assert (listed.row(job).status, listed.states(job)) == ("suspended", {"a": "completed"})
    assert (await listed.command(job, "resume")).status == "completed"
    assert listed.row(job).output == ({"n": 1} if kind == "list" else {"a": {"n": 1}})


async def test_a_failure_for_good_ends_a_suspended_run(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"))
    job = await listed.start()
    (found,) = listed.poll().values()
    await listed.command(job, "pause")
    await listed.failed(found, message="gone")
    row = listed.row(job)
    assert (row.status, row.fault["reason"], row.fault["taskId"]) == ("faulted", "gone", listed.record(job, "a").id)


async def test_a_retry_that_is_due_waits_for_the_resume(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a", _retryCount=1, _retryDelaySeconds=10))
    job = await listed.start()
    await listed.failed(listed.poll()["a"], retryable=True)
    assert listed.states(job) == {"a": "queued"}
    await listed.command(job, "pause")
    assert listed.states(job) == {"a": "suspended"}
    await listed.advance(60)
    assert (listed.states(job), listed.poll()) == ({"a": "suspended"}, {})
    assert (await listed.command(job, "resume")).status == "running"
    found = listed.poll()["a"]
    assert (found.attempt, listed.record(job, "a").attempt) == (2, 2)


async def test_a_wait_runs_out_while_suspended_and_is_shown_running(listed: Any, listed_made: Any) -> None:
    wait = {"_name": "w", "_type": "WAIT", "_inputParams": {"duration": "5s"}}
    listed.list(wait, listed_made.http("a"))
    job = await listed.start()
    assert listed.row(job).status == "waiting"
    await listed.command(job, "pause")
    await listed.advance(60)
    assert listed.states(job) == {"w": "running", "a": "suspended"}
    await listed.command(job, "resume")
    assert listed.states(job) == {"w": "completed", "a": "queued"}


async def test_the_clock_of_a_run_stands_still_while_it_is_suspended(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"), _timeoutSeconds=60)
    job = await listed.start()
    await listed.advance(50)
    await listed.command(job, "pause")
    await listed.advance(3600)
    await listed.command(job, "resume")
    await listed.advance(9)
    assert listed.row(job).status == "pending"
    await listed.advance(2)
    row = listed.row(job)
    assert (row.status, row.fault["taskId"], listed.states(job)) == ("timed_out", None, {"a": "cancelled"})
    # after a retry it counts the whole time again, also that which it had been stopped
    await listed.command(job, "retry")
    await listed.advance(59)
    assert not listed.row(job).closed
    await listed.advance(2)
    assert listed.row(job).status == "timed_out"


async def test_what_a_terminate_says(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"))
    job = await listed.start()
    found = await listed.command(job, "terminate", reason="x")
    assert (found.fault["reason"], found.fault["taskId"], found.closed_at > 0) == ("x", None, True)
    other = await listed.start()
    assert (await listed.command(other, "terminate")).fault["reason"] == "Terminated by command"
    failed = await listed.start()
    await listed.failed(listed.poll()["a"], message="no")
    first = listed.record(failed, "a").id
    assert (await listed.command(failed, "terminate")).fault["reason"] == "no"
    assert listed.states(failed) == {"a": "faulted"}
    again = await listed.start()
    await listed.failed(listed.poll()["a"], message="no")
    told = (await listed.command(again, "terminate", reason="why")).fault
    assert (told["reason"], told["taskId"]) == ("why", listed.record(again, "a").id) and first != told["taskId"]


async def test_a_retry_leaves_completed_branches(listed: Any, listed_made: Any) -> None:
    http = listed_made.http
    fork = {"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[http("a")], [http("b"), http("c")]]}
    listed.list(fork, {"_name": "j", "_type": "JOIN"})
    job = await listed.start()
    found = listed.poll()
    await listed.done(found["a"], {"n": 1})
    before = {record.name: record for record in listed.records(job)}
    await listed.failed(found["b"])
    assert listed.states(job) == {
        "f": "completed", "a": "completed", "b": "faulted", "c": "cancelled", "j": "faulted",
    }  # fmt: skip
    row = await listed.command(job, "retry")
    assert (row.status, row.output, row.fault, row.attempt, row.id) == ("running", None, None, 2, job.id)
    found = listed.poll()
    assert list(found) == ["b"]
    after = {record.name: record for record in listed.records(job)}
    assert after["a"] == before["a"] and after["b"].id == before["b"].id
    assert (after["b"].attempt, after["b"].status, after["c"].status) == (2, "running", "queued")
    await listed.done(found["b"])
    await listed.done(listed.poll()["c"])
    assert listed.row(job).status == "completed"
    rows = listed.store.read_now(lambda tx: tx.jobs.runs_of(job.id))
    assert [found.superseded for found in rows] == [True, False]


async def test_a_retry_goes_on_in_the_iteration_that_failed(listed: Any, listed_made: Any) -> None:
    loop = {
        "_name": "poll", "_type": "DO_WHILE", "_loopCondition": "$.poll.iteration < 3",
        "_loopOver": [listed_made.http("p"), listed_made.http("q")],
    }  # fmt: skip
    listed.list(loop)
    job = await listed.start()
    await listed.done(listed.poll()["p"])
    await listed.done(listed.poll()["q"])
    await listed.done(listed.poll()["p"])
    await listed.failed(listed.poll()["q"])
    assert listed.states(job) == {
        "poll": "faulted", "p__1": "completed", "q__1": "completed", "p__2": "completed", "q__2": "faulted",
    }  # fmt: skip
    await listed.command(job, "retry")
    found = listed.poll()
    assert list(found) == ["q"]
    await listed.done(found["q"])
    await listed.done(listed.poll()["p"])
    await listed.done(listed.poll()["q"])
    assert listed.row(job).status == "completed"
    assert [record.status for record in listed.records(job)] == ["completed"] * 7


def child(name: str = "c", **more: Any) -> dict[str, Any]:
    return {"_name": "sub", "_type": "SUB_WORKFLOW", "_subWorkflowParam": {"name": name}, **more}


async def test_a_retried_parent_starts_a_new_child(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("x"), name="c")
    listed.list(child())
    job = await listed.start()
    first = listed.record(job, "sub").child
    assert first and listed.record(job, "sub").status == "running"
    await listed.failed(listed.poll()["x"])
    assert listed.states(job) == {"sub": "faulted"}
    await listed.command(job, "retry")
    second = listed.record(job, "sub")
    assert second.child not in ("", first) and second.attempt == 2
    await listed.done(listed.poll()["x"], {"n": 1})
    assert listed.row(job).status == "completed"
    assert listed.record(job, "sub").output == {"n": 1, "subWorkflowId": second.child}


async def test_a_child_is_retried_only_while_its_parent_is_open(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("x"), name="c")
    listed.list(child(_optional=True), listed_made.http("b"))
    job = await listed.start()
    inner = listed.store.read_now(lambda tx: tx.jobs.latest(listed.record(job, "sub").child))
    await listed.failed(listed.poll()["x"])
    assert listed.states(job) == {"sub": "completed_with_errors", "b": "queued"}
    again = await listed.command(inner, "retry")
    found = listed.poll()
    assert (again.status, sorted(found)) == ("running", ["b", "x"])
    await listed.failed(found["x"])
    await listed.done(found["b"])
    assert listed.row(job).status == "completed"  # it heard nothing of the child's second failure
    with pytest.raises(InUse) as refused:
        await listed.command(inner, "retry")
    assert refused.value.code == "retry_parent"


@pytest.mark.parametrize(("whom", "task", "run"), [("child", "cancelled", "terminated"), ("parent", "cancelled", "")])
async def test_terminating_a_child_or_its_parent(listed: Any, listed_made: Any, whom: str, task: str, run: str) -> None:
    listed.list(listed_made.http("x"), name="c")
    listed.list(child())
    job = await listed.start()
    inner = listed.store.read_now(lambda tx: tx.jobs.latest(listed.record(job, "sub").child))
    await listed.command(inner if whom == "child" else job, "terminate", reason="enough")
    assert listed.states(job) == {"sub": task}
    assert (listed.row(job).status, listed.row(inner).status) == ("terminated", "terminated")
    if run:
        assert listed.row(job).fault["taskId"] == listed.record(job, "sub").id


@pytest.mark.parametrize("optional", [False, True])
async def test_how_a_child_that_ran_out_of_time_ends_its_task(listed: Any, listed_made: Any, optional: bool) -> None:
    listed.list(listed_made.http("x"), name="c", _timeoutSeconds=5)
    listed.list(child(_optional=optional))
    job = await listed.start()
    await listed.advance(6)
    wanted = ("completed_with_errors", "completed") if optional else ("timed_out", "timed_out")
    assert (listed.states(job)["sub"], listed.row(job).status) == wanted


async def test_a_task_that_ended_the_run_runs_again(listed: Any, listed_made: Any) -> None:
    end = {"_name": "t", "_type": "TERMINATE"}
    given = {"terminationStatus": "FAILED", "terminationReason": "r", "workflowOutput": {"a": 1}}
    listed.list(listed_made.http("x"), {**end, "_inputParams": given}, listed_made.http("y"))
    job = await listed.start()
    await listed.done(listed.poll()["x"])
    row = listed.row(job)
    assert (row.status, row.output, row.fault["reason"]) == ("faulted", {"a": 1}, "r")
    assert row.fault["taskId"] == listed.record(job, "t").id
    assert listed.states(job) == {"x": "completed", "t": "completed", "y": "cancelled"}
    await listed.command(job, "retry")
    assert (listed.row(job).status, listed.record(job, "t").attempt) == ("faulted", 2)
    other = {**given, "terminationStatus": "COMPLETED"}
    listed.list({**end, "_inputParams": other}, listed_made.http("y"), name="ok")
    done = await listed.start("ok")
    assert (done.status, done.output) == ("completed", {"a": 1})
    assert listed.states(done) == {"t": "completed", "y": "skipped"}
    third = {**given, "terminationStatus": "TERMINATED"}
    listed.list({**end, "_inputParams": third}, name="over")
    over = await listed.start("over")
    assert (over.status, over.output, over.fault["reason"], over.fault["taskId"]) == (
        "terminated", {"a": 1}, "r", listed.record(over, "t").id,
    )  # fmt: skip


async def test_what_nobody_took_has_not_begun_when_the_run_ends(listed: Any, listed_made: Any) -> None:
    http = listed_made.http
    listed.list({"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[http("a")], [http("b")], [http("c")]]})
    job = await listed.start()
    first = listed.poll(2)
    await listed.failed(first["a"])
    found = {record.name: (record.status, record.started, record.attempt) for record in listed.records(job)}
    assert (found["b"], found["c"]) == (("cancelled", True, 1), ("cancelled", False, 0))
    await listed.command(job, "retry")
    assert listed.record(job, "b").attempt == 1 and listed.record(job, "b").status == "queued"
    listed.poll()
    await listed.command(job, "terminate")
    assert {record.name: record.attempt for record in listed.records(job)} == {"f": 1, "a": 2, "b": 2, "c": 1}


@pytest.mark.parametrize("restart", [False, True])
async def test_nobody_is_late_while_the_run_is_suspended(
    listed_made: Any, tmp_path: Any, anyio_backend: str, restart: bool
) -> None:
    world = await listed_made.ListedWorld(tmp_path / "w.db").open()
    world.list(listed_made.http("a", _pollTimeoutSeconds=10))
    job = await world.start()
    await world.advance(4)
    await world.command(job, "pause")
    if restart:
        await world.reopen()
    await world.advance(3600)
    assert world.states(job) == {"a": "suspended"}
    await world.command(job, "resume")
    await world.advance(5)
    assert world.states(job) == {"a": "queued"}
    await world.advance(2)
    assert world.states(job) == {"a": "timed_out"}
    await world.close()


async def test_what_else_is_told_in_the_same_unit(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"))
    job = await listed.start()
    told: list[str] = []
    await listed.command(job, "pause", also=lambda tx, found: told.append(found.status))
    assert told == ["suspended"]

    def refuse(tx: Any, found: Any) -> None:
        raise Invalid("no")

    with pytest.raises(Invalid):
        await listed.command(job, "resume", also=refuse)
    assert listed.row(job).status == "suspended"


async def test_whom_and_what(listed: Any, listed_made: Any) -> None:
    listed.list(listed_made.http("a"))
    job = await listed.start()
    with pytest.raises(NotFound):
        await listed.control.command(listed_made.ME, job.id, "pause", scope="other")
    with pytest.raises(NotFound):
        await listed.control.command(listed_made.ME, "none", "pause", scope=None)
    with pytest.raises(Invalid):
        await listed.command(job, "pause", reason="x" * 1001)
    stranger = Principal(name="s", tenant="t2", permissions=frozenset({"run.control", "job.get"}))
    with pytest.raises(NotFound):
        await listed.control.get(stranger, job.id, scope=None)
    assert (await listed.control.get(listed_made.ME, job.id.upper(), scope="")).id == job.id


async def test_denied_first() -> None:
    control: Any = JobControl(None, None)  # type: ignore[arg-type]
    for call in (
        control.get(Principal(name="n"), "j", scope=None),
        control.command(Principal(name="n"), "j", "pause", scope=None),
    ):
        with pytest.raises(Forbidden):
            await call
