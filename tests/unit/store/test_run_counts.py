"""Counts of listed runs: kept with the rows, undone with them."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from weft.store.run_counts import DAY_MS, OPEN, counted


def totals(tx: Any, *, scopes: bool = False) -> dict[str, int]:
    tx.settle()
    condition = "=" if scopes else ">"
    found = tx.sql.execute(
        "SELECT g.name, t.status, t.n FROM run_totals AS t JOIN run_groups AS g ON g.id = t.grp "
        f"WHERE g.scope {condition} 0"
    )
    return {f"{name} {status}".strip(): n for name, status, n in found}


def test_a_row_counts_as_open_until_it_is_closed() -> None:
    assert counted(4, 0, "waiting", 3 * DAY_MS + 5, 9 * DAY_MS) == (4, OPEN, 3, 0)
    assert counted(4, 1, "faulted", 3 * DAY_MS, 4 * DAY_MS - 1) == (4, "faulted", 3, 3)


def test_counts_follow_a_run(tx: Any, make_job: Any) -> None:
    tx.begin()
    job = make_job(1)
    tx.jobs.insert(job)
    tx.jobs.insert(make_job(2, closed_at=5, status="faulted"))
    assert totals(tx) == {"n open": 1, "n faulted": 1}
    job.status = "waiting"
    tx.jobs.update(job)
    assert totals(tx) == {"n open": 1, "n faulted": 1}
    job.status, job.closed_at = "faulted", 900
    tx.jobs.update(job)
    assert totals(tx) == {"n faulted": 2} == totals(tx)
    assert totals(tx, scopes=True) == {"faulted": 2}
    job.status = "terminated"  # what people do to a closed one
    tx.jobs.update(msgspec.structs.replace(job))
    assert totals(tx) == {"n faulted": 1, "n terminated": 1}
    tx.jobs.supersede(1)
    tx.jobs.supersede(1)
    assert totals(tx) == {"n faulted": 1}
    tx.runs.forget([1, 2])
    assert totals(tx) == {}
    assert tx.sql.execute("SELECT count(*) FROM run_groups").fetchone()[0] == 0
    assert tx.sql.execute("SELECT count(*) FROM run_days").fetchone()[0] == 0


def test_the_last_command_moves_a_run_to_another_group(tx: Any, make_job: Any) -> None:
    tx.begin()
    tx.jobs.insert(make_job(1, started_by="ann", name="a"))
    tx.jobs.update(make_job(1, started_by="ann", name="a", updated_by="bob", status="completed", closed_at=900))
    assert totals(tx) == {"a completed": 1}
    row = tx.sql.execute("SELECT g.updated_by FROM jobs JOIN run_groups AS g ON g.id = jobs.grp").fetchone()
    assert row == ("bob",)


def test_what_is_undone_is_not_counted(tx: Any, make_job: Any) -> None:
    tx.begin()
    tx.jobs.insert(make_job(1))

    def work(inner: Any) -> None:
        inner.jobs.insert(make_job(2, name="other"))
        inner.settle()  # writes what the unit around it gathered as well
        inner.jobs.insert(make_job(3))
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        tx.unit(work)
    assert totals(tx) == {"n open": 1}
    assert tx.sql.execute("SELECT count(*) FROM run_groups WHERE name = 'other'").fetchone()[0] == 0
    tx.jobs.insert(make_job(4, name="other"))
    assert totals(tx) == {"n open": 1, "other open": 1}


def test_a_lost_commit_leaves_nothing(tx: Any, make_job: Any) -> None:
    tx.begin()
    tx.jobs.insert(make_job(1))
    tx.settle()
    tx.jobs.insert(make_job(2))
    tx.lost()
    tx.begin()
    assert totals(tx) == {}
    tx.jobs.insert(make_job(2))
    assert totals(tx) == {"n open": 1}


def test_many_kinds_of_runs_are_remembered_in_bounds(tx: Any, make_job: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("weft.store.run_counts._GROUPS_KEPT", 3)
    tx.begin()
    for key in range(1, 9):
        tx.jobs.insert(make_job(key, name=f"n{key % 4}"))
    assert totals(tx) == {f"n{number} open": 2 for number in range(4)}
