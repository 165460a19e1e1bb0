"""Timers: a heap of due times in memory; their rows are the open items of the runs."""

from __future__ import annotations

from heapq import heapify, heappop, heappush


class Timers:
    """Cancelled entries stay in the heap until they are due, or until they are more than the live ones."""

    __slots__ = ("_due", "_heap")

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, str]] = []
        self._due: dict[tuple[int, str], int] = {}

    def __len__(self) -> int:
        return len(self._due)

    def set(self, run: int, ref: str, due: int) -> None:
        self._due[run, ref] = due
        heappush(self._heap, (due, run, ref))

    def cancel(self, run: int, ref: str) -> None:
        self._due.pop((run, ref), None)
        if len(self._heap) > 2 * len(self._due) + 1_000:
            self._heap = [(due, run_, ref_) for (run_, ref_), due in self._due.items()]
            heapify(self._heap)

    def next_due(self) -> int | None:
        """UTC ms of the first live timer."""
        heap = self._heap
        while heap:
            due, run, ref = heap[0]
            if self._due.get((run, ref)) == due:
                return due
            heappop(heap)
        return None

    def take_due(self, now: int, limit: int = 10_000) -> list[tuple[int, int, str]]:
        """(due, run, ref) of at most `limit` timers due at `now`, in order of time; they are set no more."""
        found: list[tuple[int, int, str]] = []
        while len(found) < limit:
            due = self.next_due()
            if due is None or due > now:
                break
            entry = heappop(self._heap)
            del self._due[entry[1], entry[2]]
            found.append(entry)
        return found
