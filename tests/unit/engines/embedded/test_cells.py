"""Runs in memory."""

from __future__ import annotations

from typing import Any

from weft.domain.jobs import Job
from weft.dsl.machine.inputs import Continue
from weft.engines.embedded.cells import Cell, Residents, Waiting


def cell(key: int) -> Cell:
    job = Job(
        id="j", run=f"r{key}", name="", workflow_name="", workflow_version="", workflow_id="", revision="",
        status="running", started_at=0, key=key,
    )  # fmt: skip
    program: Any = None
    return Cell(key, job, program, None, 0)


def more() -> Continue:
    return Continue(seq=0, at=0)


def test_the_least_recently_used_go_first() -> None:
    residents = Residents(10)
    for key in range(1, 13):
        residents.add(cell(key))
    assert residents.crowded and residents.get(1) is not None and residents.peek(2) is not None
    assert [found.key for found in residents.oldest()] == [2, 3, 4]
    residents.drop(2)
    residents.drop(2)
    assert residents.key_of("r2") is None and residents.key_of("r1") == 1 and len(residents) == 11


def test_inputs_wait_in_order_and_runs_take_turns() -> None:
    waiting = Waiting()
    first = [more() for _ in range(5)]
    for entry in first:
        waiting.put(1, entry)
    waiting.put(2, more())
    assert (waiting.count, len(waiting)) == (6, 2) and bool(waiting)
    assert waiting.next_runs(1) == [1]
    assert waiting.take(1, 3) == first[:3]
    assert waiting.next_runs(9) == [2, 1]
    assert waiting.take(1, 3) == first[3:] and len(waiting.take(2, 3)) == 1
    assert (waiting.count, bool(waiting)) == (0, False)


def test_what_is_given_back_comes_first() -> None:
    waiting = Waiting()
    old, new = more(), more()
    waiting.put(1, old)
    waiting.next_runs(1)
    taken = waiting.take(1, 9)
    waiting.put(1, new)
    waiting.give_back(1, taken)
    waiting.give_back(2, [])
    assert waiting.next_runs(9) == [1, 2]
    assert waiting.take(1, 9) == [old, new] and waiting.count == 0


def test_nudged_and_forgotten_runs_have_nothing() -> None:
    waiting = Waiting()
    waiting.nudge(1)
    waiting.nudge(1)
    waiting.put(2, more())
    waiting.forget(2)
    waiting.forget(3)
    assert waiting.next_runs(9) == [1, 2]
    assert waiting.take(1, 9) == waiting.take(2, 9) == [] and waiting.count == 0
