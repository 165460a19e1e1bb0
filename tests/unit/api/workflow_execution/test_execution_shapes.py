from __future__ import annotations

import msgspec

from weft.api.workflow_execution.definition_shapes import Graph
from weft.api.workflow_execution.execution_shapes import created_at, execution_of, first_queued, info_of
from weft.domain.jobs import Job
from weft.services.job_tasks import TaskRecord

GRAPH = Graph(
    tasks=[{"id": ident} for ident in "abc"], edges=[{"parent": "a", "child": "b"}], ids={"a": "a", "b": "b", "c": "c"}
)


def job(status="running", **more):
    return Job("j", "r", "n", "n", "1.0.0", "w", "d", status, 1000, **more)


def record(key, status, **more):
    return TaskRecord(id=f"record-{key}", key=key, name=key, type="http", number=1, status=status, **more)


def test_the_queue_is_in_the_order_of_queueing_then_of_the_tasks():
    records = [
        record("a", "running", queued_at=5),
        record("b", "queued", queued_at=3),
        record("c", "suspended", queued_at=3, child="child-job"),
    ]
    data = execution_of(job(), GRAPH, records)
    assert data["executionQueue"] == [
        {"taskId": "b", "jobSubjectId": "record-b"},
        {"taskId": "c", "jobSubjectId": "child-job"},
        {"taskId": "a", "jobSubjectId": "record-a"},
    ]
    assert (data["created"], data["finished"]) == ("1970-01-01T00:00:01.000000Z", None)
    info = info_of(job(), GRAPH, records)
    assert info == {
        "status": "running", "reason": None, "failedTaskId": None,
        "tasks": {"a": "running", "b": "queued", "c": "queued"},
    }  # fmt: skip


def test_a_finished_execution_has_no_queue_and_names_its_first_failure():
    records = [
        record("a", "faulted", ended_at=9, reason="later"),
        record("b", "timed_out", ended_at=4, reason="earlier"),
        record("c", "cancelled", ended_at=1),
    ]
    ended = job("timed_out", closed_at=2000)
    data, info = execution_of(ended, GRAPH, ()), info_of(ended, GRAPH, records)
    assert (data["executionQueue"], data["finished"]) == ([], "1970-01-01T00:00:02.000000Z")
    assert (info["status"], info["failedTaskId"], info["reason"]) == ("timed_out", "b", "earlier")


def test_a_failure_without_a_failed_task_tells_the_jobs_own_reason():
    ended = job("faulted", closed_at=1, fault={"detail": "", "title": "broken"})
    info = info_of(ended, GRAPH, [])
    assert (info["failedTaskId"], info["reason"]) == (None, "broken")
    assert info["tasks"] == dict.fromkeys("abc", "canceled")
    stopped = info_of(job("terminated", closed_at=1, fault={"reason": "enough", "by": "x"}), GRAPH, [])
    assert (stopped["status"], stopped["reason"], stopped["failedTaskId"]) == ("terminated", "enough", None)
    assert info_of(job("cancelled", closed_at=1), GRAPH, [])["reason"] is None


def test_records_are_found_by_place_where_the_key_says_nothing():
    graph = Graph(tasks=[{"id": "x"}], edges=[], ids={"/states/0": "x"})
    found = info_of(job(), graph, [record("first", "completed", position="/states/0"), record("inner", "running")])
    assert found["tasks"] == {"x": "completed"}


def test_a_job_without_records_begins_with_its_first_task():
    graph = Graph(tasks=[{"id": "x"}, {"id": "y"}], edges=[], ids={"/states/0": "x", "/states/1": "y"})
    records = first_queued(job("pending"), graph)
    data = execution_of(job("pending"), graph, records)
    assert data["executionQueue"] == [{"taskId": "x", "jobSubjectId": records[0].id}]
    assert info_of(job("pending"), graph, records)["tasks"] == {"x": "queued", "y": "pending"}
    assert first_queued(job(), Graph([], [], {})) == []


def test_the_time_of_acceptance():
    assert created_at(job()) == 1000
    assert created_at(job(created_at=500)) == 500


def test_of_another_language_only_the_first_task_that_has_not_ended_is_queued():
    graph = msgspec.structs.replace(GRAPH, projected=True)
    states = (("completed", "queued", "queued"), ("running", "queued", "suspended"), ("queued", "queued", "queued"))
    shown = (("completed", "queued", "pending"), ("running", "pending", "pending"), ("queued", "pending", "pending"))
    for given, wanted in zip(states, shown, strict=True):
        records = [record(key, status) for key, status in zip("abc", given, strict=True)]
        assert tuple(info_of(job(), graph, records)["tasks"].values()) == wanted
        queue = [entry["taskId"] for entry in execution_of(job(), graph, records)["executionQueue"]]
        assert queue == [key for key, word in zip("abc", wanted, strict=True) if word in ("queued", "running")]
