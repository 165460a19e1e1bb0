"""What a run knows of its tasks."""

from __future__ import annotations

from typing import Any

from weft.dsl.machine.inputs import ActivityCompleted, ActivityStarted, TerminateRequested
from weft.dsl.machine.nodes.facts import has_begun, read_tasks, revision_of, task_id


def test_ids_are_stable_and_differ() -> None:
    assert task_id("j", "a") == task_id("j", "a")
    assert len({task_id("j", "a"), task_id("j", "b"), task_id("k", "a"), task_id("j", "a__1")}) == 4
    assert [len(part) for part in task_id("j", "a").split("-")] == [8, 4, 4, 4, 12]


def test_facts_of_a_task(listed: Any, http: Any) -> None:
    run = listed([http("a"), http("b")])
    assert run.facts("a")["status"] == "running"
    assert "b" not in read_tasks(run.live)
    run.now += 5
    run.done({"n": 1})
    found = run.facts("a")
    assert (found["status"], found["output"], found["attempt"], found["ended"] - found["started"]) == (
        "completed",
        {"n": 1},
        1,
        5,
    )


def test_what_is_open_at_the_end_is_cancelled_or_skipped(listed: Any, http: Any) -> None:
    run = listed([http("a")])
    run.told(TerminateRequested, reason="x")
    assert run.facts("a")["status"] == "cancelled"
    end = {"_name": "t", "_type": "TERMINATE", "_inputParams": {"terminationStatus": "COMPLETED"}}
    run = listed([{"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[http("a")], [end]]}])
    assert run.live.phase == "completed"
    assert run.facts("a")["status"] == "skipped"
    wait = {"_name": "w", "_type": "WAIT"}
    run = listed([{"_name": "f", "_type": "FORK_JOIN", "_forkTasks": [[wait], [end]]}])
    assert (run.live.phase, run.facts("w")["status"], run.facts("f")["status"]) == (
        "completed",
        "cancelled",
        "cancelled",
    )


def test_states_given_before_keep_their_facts(listed: Any, http: Any) -> None:
    run = listed([http("a")])
    before = run.live
    run.done({})
    assert read_tasks(before)["a"]["status"] == "running"


def test_a_run_has_begun_once_more_than_an_attempt_waits(listed: Any, http: Any) -> None:
    run = listed([http("a"), http("b")])
    assert not has_begun(run.live)
    wait = run.wait("activity")
    run.told(ActivityStarted, ref=wait.ref, attempt=1, started_at=run.now - 3)
    assert has_begun(run.live) and run.facts("a")["started"] == run.now - 3
    run = listed([http("a")])
    run.done({})
    assert has_begun(run.live)
    assert has_begun(listed([{"_name": "w", "_type": "WAIT"}]).live)


def test_the_first_start_of_a_task_is_when_it_was_taken(listed: Any, http: Any) -> None:
    run = listed([http("a", _retryCount=1), http("b")])
    first = run.now + 7
    run.failed(started_at=first)
    run.fired("retry")
    wait = run.wait("activity")
    run.told(ActivityCompleted, ref=wait.ref, attempt=2, result={}, started_at=run.now + 9)
    assert (run.facts("a")["attempt"], run.facts("a")["started"]) == (2, first)


def test_the_number_of_a_revision() -> None:
    assert [revision_of(text) for text in ("3.0.0", "1.2.0", "x.0.0", "")] == [3, "1.2.0", "x.0.0", ""]
