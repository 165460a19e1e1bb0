"""Local time of a zone as stretches of constant offset, so that clock changes can be reckoned with exactly.

Whoever may read files gives the `tzinfo`; here is only arithmetic. Instants are UTC seconds since 1970.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo

DAY_S = 86_400
CHUNK_S = 182 * DAY_S
STEP_S = 7 * DAY_S
"""Two clock changes of a zone never lie closer together than this and undo each other."""
MAX_CHUNKS = 400
"""Two hundred years of one zone are kept; beyond that the oldest reckoning is done again."""


class Zone:
    """A named zone. What was found out of it is kept, for the same zone serves many schedules."""

    __slots__ = ("_chunks", "_tz", "name")

    def __init__(self, name: str, tz: tzinfo) -> None:
        self.name = name
        self._tz = tz
        self._chunks: dict[int, list[tuple[int, int]]] = {}

    def offset(self, at: int) -> int:
        """Seconds by which local time is ahead of UTC at that instant."""
        found = datetime.fromtimestamp(at, self._tz).utcoffset()
        return 0 if found is None else found.days * DAY_S + found.seconds

    def stretch(self, at: int) -> tuple[int, int]:
        """(offset, end): the offset at `at`, and the instant up to which it is known to last (exclusive)."""
        number = at // CHUNK_S
        chunk = self._chunks.get(number)
        if chunk is None:
            if len(self._chunks) >= MAX_CHUNKS:
                self._chunks.clear()
            chunk = self._chunks[number] = self._read(number * CHUNK_S, (number + 1) * CHUNK_S)
        for end, offset in chunk:
            if at < end:
                return offset, end
        raise AssertionError("an instant lies in its own chunk")  # pragma: no cover - a chunk reaches to its end

    def _read(self, start: int, stop: int) -> list[tuple[int, int]]:
        """The stretches from `start` to `stop` as (end, offset)."""
        found: list[tuple[int, int]] = []
        at, offset = start, self.offset(start)
        while at < stop:
            later = min(at + STEP_S, stop)
            after = self.offset(later)
            if after != offset:
                change = self._change(at, later, offset)
                found.append((change, offset))
                # More than one change in a week (a zone that is reset) is found by looking again from there.
                at, offset = change, self.offset(change)
            else:
                at = later
        if not found or found[-1][0] < stop:
            found.append((stop, offset))
        return found

    def _change(self, low: int, high: int, offset: int) -> int:
        """The first instant after `low` with another offset; at `high` it has changed."""
        while high - low > 1:
            middle = (low + high) // 2
            if self.offset(middle) == offset:
                low = middle
            else:
                high = middle
        return high


UTC_ZONE = Zone("UTC", UTC)
