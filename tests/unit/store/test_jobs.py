"""The job index."""

from __future__ import annotations

from typing import Any

import pytest

from weft.domain.errors import Conflict


def test_a_job_comes_back_as_it_was_stored(tx: Any, make_job: Any) -> None:
    job = make_job(
        1, tags=("b", "a"), workflow_tags=("w",), input={"x": [1]}, parent_job="p", parent_run="pr", parent_ref="c1",
        root_job="p", schedule="s", scheduled_at=5, due_at=9, namespace="ns", dialect="cwm", log_level="debug",
        on_parent_close="abandon", attempt=2, started_by="me", created_at=7, updated_at=8, updated_by="you",
        label="kind", timeout_s=60, superseded=True, tasks=[["a", "completed"]],
    )  # fmt: skip
    tx.jobs.insert(job)
    assert tx.jobs.by_key(1) == job == tx.jobs.by_run("run-1") == tx.jobs.get("job-1", "run-1")
    assert tx.jobs.get("job-2", "run-1") is None
    assert tx.jobs.get("job-1", "run-1", tenant="other") is None
    tags = tx.sql.execute("SELECT kind, tag FROM job_tags WHERE job = 1 ORDER BY kind, tag").fetchall()
    assert tags == [("job", "a"), ("job", "b"), ("workflow", "w")]


def test_updates_are_gathered_and_the_last_one_wins(tx: Any, make_job: Any) -> None:
    job = make_job(1)
    tx.jobs.insert(job)
    job.status, job.history_length, job.cancel_requested = "waiting", 7, True
    tx.jobs.update(job)
    job.status = "suspended"
    tx.jobs.update(job)
    assert tx.sql.execute("SELECT status FROM jobs").fetchone()[0] == "running"
    found = tx.jobs.by_key(1)
    assert (found.status, found.history_length, found.cancel_requested) == ("suspended", 7, True)
    job.status, job.closed_at, job.output, job.fault = "faulted", 500, {"o": 1}, {"code": "X"}
    tx.jobs.update(job)
    found = tx.jobs.by_key(1)
    assert (found.output, found.fault, found.closed) == ({"o": 1}, {"code": "X"}, True)
    assert tx.sql.execute("SELECT duration FROM jobs").fetchone()[0] == 500 - job.started_at


def test_run_ids_are_unique(tx: Any, make_job: Any) -> None:
    tx.jobs.insert(make_job(1))
    with pytest.raises(Conflict):
        tx.jobs.insert(make_job(2, run="run-1"))


def test_open_and_closed(tx: Any, make_job: Any) -> None:
    for key in range(1, 6):
        tx.jobs.insert(
            make_job(key, id="one", closed_at=key * 10 if key > 2 else 0, quarantine_reason="q" * (key == 2))
        )
    assert tx.jobs.open_keys() == [1, 2] and tx.jobs.count_open() == 2 and tx.jobs.quarantined() == [2]
    assert tx.jobs.expired(50, 10) == [3, 4]
    assert tx.jobs.expired(99, 1) == [3]
    assert [job.key for job in tx.jobs.runs_of("one")] == [1, 2, 3, 4, 5]


def test_lists_are_read_from_their_indexes(tx: Any) -> None:
    def plan(where: str, order: str) -> str:
        rows = tx.sql.execute(
            f"EXPLAIN QUERY PLAN SELECT key FROM jobs WHERE tenant = 'd' AND {where} ORDER BY {order}"
        )
        return " ".join(row[3] for row in rows)

    running = plan("closed_at = 0", "started_at DESC, key DESC")
    closed = plan("closed_at > 0", "closed_at DESC, key DESC")
    assert "ix_jobs_open" in running and "TEMP B-TREE" not in running
    assert "ix_jobs_closed" in closed and "TEMP B-TREE" not in closed
