"""What a list matches, counted by kind and by day."""

from __future__ import annotations

from typing import Any

import pytest

from weft.ports.run_list import RunQuery
from weft.store.run_counts import DAY_MS
from weft.store.run_list_counts import (
    ACTIVE,
    HELD,
    Span,
    by_day,
    closed_kinds,
    closed_total,
    open_total,
    own_kinds,
    selection,
    span_of,
)

DAY = DAY_MS


@pytest.mark.parametrize(
    ("start", "end", "days", "edges"),
    [
        (0, DAY, (0, 1), []),
        (1, DAY, (1, 1), [Span(1, DAY)]),
        (5, 2 * DAY + 7, (1, 2), [Span(5, DAY), Span(2 * DAY, 2 * DAY + 7)]),
        (5, 9, (1, 0), [Span(5, 9)]),
        (DAY - 1, DAY + 1, (1, 1), [Span(DAY - 1, DAY), Span(DAY, DAY + 1)]),
        (-5, 0, (0, 0), [Span(-5, 0)]),
    ],
)
def test_a_range_is_whole_days_and_edges(start: int, end: int, days: tuple[int, int], edges: list[Span]) -> None:
    span = Span(start, end)
    assert (span.days(), span.edges()) == (days, edges)


def test_a_range_may_be_open() -> None:
    assert span_of(RunQuery()).whole and not span_of(RunQuery()).edges()
    assert span_of(RunQuery(created_from=3 * DAY)).edges() == []
    assert span_of(RunQuery(created_from=3 * DAY + 1)).edges() == [Span(3 * DAY + 1, 4 * DAY)]
    assert span_of(RunQuery(created_from=-(1 << 60), created_to=1 << 60)).whole


@pytest.fixture
def runs(tx: Any, make_job: Any) -> Any:
    """Twelve runs of three definitions in two namespaces, one every half day; the last three are open."""
    tx.begin()
    for key in range(1, 13):
        ended = {"closed_at": key * DAY, "status": ("completed", "faulted")[key % 2], "updated_at": 20 * DAY}
        held = {"status": ("pending", "suspended", "waiting")[key % 3]}
        tx.jobs.insert(
            make_job(
                key, started_at=key * DAY // 2, created_at=key * DAY // 2, name=("Meter", "valve", "pump")[key % 3],
                workflow_id=f"id-{key % 3}", namespace="n" if key % 4 == 0 else "", **(ended if key < 10 else held),
            )
        )  # fmt: skip
    tx.settle()
    return tx


def chosen(runs: Any, *, by_text: bool = False, **query: Any) -> Any:
    return selection(runs.sql, RunQuery(**query), "default", by_text=by_text)


def test_whole_namespaces_stand_for_their_groups(runs: Any) -> None:
    every = chosen(runs)
    assert every.scoped and every.rows is None and len(every.counted) == 2
    one = chosen(runs, namespace="n")
    assert one.scoped and one.rows is not None and len(one.counted) == 1
    assert not chosen(runs, name="METER").scoped and len(chosen(runs, name="METER").counted) == 2
    assert not chosen(runs, by_text=True).scoped and chosen(runs, by_text=True).rows is None
    assert chosen(runs, namespace="unknown").counted == {}
    assert (
        chosen(runs, definition="ID-2", namespace="").counted.keys()
        == chosen(runs, workflow_id="id-2", namespace="").counted.keys()
    )


def test_closed_runs_by_kind(runs: Any) -> None:
    words = ("completed", "faulted")
    for query, total in (
        ({}, 9),
        ({"namespace": "n"}, 2),
        ({"name": "v"}, 3),
        ({"created_from": DAY, "created_to": 3 * DAY}, 4),
        ({"created_from": DAY + 1, "created_to": 3 * DAY + 1}, 4),
        ({"created_from": DAY + 1, "created_to": DAY + 2}, 0),
        ({"name": "v", "created_from": DAY // 2, "created_to": 2 * DAY + 1}, 2),
    ):
        assert sum(closed_kinds(runs.sql, chosen(runs, **query), words).values()) == total, query
    assert sum(closed_kinds(runs.sql, chosen(runs), ("faulted",)).values()) == 5
    assert closed_kinds(runs.sql, chosen(runs), ("timed_out",)) == {}
    assert closed_total(runs.sql, "default") == 9 and closed_total(runs.sql, "other") == 0


def test_runs_by_day(runs: Any) -> None:
    for query, days in (({}, {0: 1, 1: 2, 2: 2, 3: 2, 4: 2}), ({"created_from": DAY + 1}, {1: 1, 2: 2, 3: 2, 4: 2})):
        for more in ({}, {"name": "e"}):
            found = chosen(runs, **query, **more)
            kinds = closed_kinds(runs.sql, found, ("completed", "faulted"))
            counted = by_day(runs.sql, found, kinds, "created_at")
            assert more or counted == days
            assert sum(counted.values()) == sum(kinds.values())
            assert by_day(runs.sql, found, kinds, "updated_at") == {20: sum(kinds.values())}


def test_kinds_of_groups_behind_a_namespace(runs: Any) -> None:
    found = chosen(runs)
    kinds = closed_kinds(runs.sql, found, ("faulted",))
    own = own_kinds(runs.sql, found, kinds)
    assert len(kinds) == 1 and len(own) == 3 and {status for _, status in own} == {"faulted"}
    assert own_kinds(runs.sql, chosen(runs, name="m"), [(1, "faulted")]) == [(1, "faulted")]


def test_open_runs_by_status(runs: Any) -> None:
    every = (*HELD, *ACTIVE)
    for statuses, total in (
        ((), 0), (every, 3), (("pending",), 1), (("suspended",), 1), (HELD, 2), (ACTIVE, 1), (("waiting",), 1),
        (("running",), 0), (("pending", *ACTIVE), 2), (("pending", "waiting"), 2),
    ):  # fmt: skip
        assert open_total(runs.sql, chosen(runs), statuses) == total, statuses
    late = chosen(runs, created_from=5 * DAY + DAY // 2)
    assert open_total(runs.sql, late, every) == 2
    assert open_total(runs.sql, chosen(runs, namespace="n"), every) == 1
    assert open_total(runs.sql, chosen(runs, name="pump"), every) == 1
    assert open_total(runs.sql, chosen(runs, created_from=5 * DAY, created_to=6 * DAY), HELD) == 1
