"""Open items: together in one row while they are few and small, alone otherwise."""

from __future__ import annotations

from typing import Any

from weft.domain.jobs import Job
from weft.engines.embedded.cells import Cell
from weft.engines.embedded.effects import SMALL_BYTES, SMALL_COUNT, attempt_id, close_item, open_item, put_item
from weft.ports.runs import OpenItem


class Rows:
    """Remembers rows of their own."""

    def __init__(self) -> None:
        self.own: dict[str, OpenItem] = {}

    def put_item(self, item: OpenItem) -> None:
        self.own[item.ref] = item

    def delete_item(self, run: int, ref: str) -> None:
        del self.own[ref]

    def item(self, run: int, ref: str) -> OpenItem | None:
        return self.own.get(ref)


class FakeWork:
    def __init__(self) -> None:
        self.runs = Rows()
        self.tx = self


def cell() -> Cell:
    job = Job(
        id="j", run="r", name="", workflow_name="", workflow_version="", workflow_id="", revision="",
        status="running", started_at=0, key=1,
    )  # fmt: skip
    program: Any = None
    return Cell(1, job, program, None, 0)


def item(ref: str, size: int = 1) -> OpenItem:
    return OpenItem(1, ref, "activity", 0, b"x" * size)


def test_large_and_many_items_have_rows_of_their_own() -> None:
    work: Any = FakeWork()
    run = cell()
    put_item(work, run, item("large", SMALL_BYTES + 1))
    for number in range(SMALL_COUNT + 2):
        put_item(work, run, item(f"a{number}"))
    assert len(run.small) == SMALL_COUNT and sorted(work.runs.own) == ["a24", "a25", "large"]
    assert open_item(work, run, "large") == work.runs.own["large"] and open_item(work, run, "a0") == item("a0")
    assert open_item(work, run, "nothing") is None
    put_item(work, run, item("a25", 5))  # stays where it is, also when there is room
    assert close_item(work, run, "a0") and not close_item(work, run, "a0")
    put_item(work, run, item("a25", 6))
    assert "a25" not in run.small and work.runs.own["a25"].body == b"x" * 6
    assert close_item(work, run, "large") and "large" not in work.runs.own
    assert run.small_changed and len(run.open) == SMALL_COUNT + 1


def test_attempt_ids_are_stable() -> None:
    assert attempt_id("r", "a1", 2) == "r:a1:2"
