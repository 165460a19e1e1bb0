"""Results that the server has not acknowledged yet."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from weft_adapter.errors import PANIC, RESULT_TOO_LARGE
from weft_adapter.messages import MAX_MESSAGE, Fault, ProtocolError, Result, encode_item, result_frames


class Outbox:
    """Keeps each result, encoded once, until its acknowledgement; gives it out again when that stays away.

    Times are seconds of any one monotonic clock.
    """

    __slots__ = ("_fresh", "_kept")

    def __init__(self) -> None:
        self._kept: dict[str, tuple[msgspec.Raw, float]] = {}
        self._fresh: dict[str, msgspec.Raw] = {}

    def __len__(self) -> int:
        return len(self._kept) + len(self._fresh)

    def __contains__(self, attempt_id: str) -> bool:
        return attempt_id in self._kept or attempt_id in self._fresh

    def add(self, result: Result) -> None:
        """Queue a result. One that cannot be sent is replaced by the fault that says why."""
        try:
            item = encode_item(result)
        except ProtocolError as error:
            item = _instead(result, RESULT_TOO_LARGE, f"the result is too large: {error}")
        except (OverflowError, TypeError, ValueError, RecursionError) as error:
            item = _instead(result, PANIC, f"the result is not JSON: {error}")
        self._fresh[result.attempt_id] = item

    def take(self, now: float) -> list[bytes]:
        """Frames with every result that was never sent."""
        if not self._fresh:
            return []
        items = list(self._fresh.values())
        for attempt_id, item in self._fresh.items():
            self._kept[attempt_id] = (item, now)
        self._fresh.clear()
        return result_frames(items)

    def repeat(self, now: float, after: float) -> list[bytes]:
        """Frames with the results sent at least `after` seconds ago and not acknowledged since."""
        due = [attempt_id for attempt_id, (_, sent) in self._kept.items() if now - sent >= after]
        items: list[msgspec.Raw] = []
        for attempt_id in due:
            item, _ = self._kept[attempt_id]
            self._kept[attempt_id] = (item, now)
            items.append(item)
        return result_frames(items) if items else []

    def renew(self, attempt_id: str) -> None:
        """The server asked again for an attempt that is done: send its result once more."""
        kept = self._kept.pop(attempt_id, None)
        if kept is not None:
            self._fresh[attempt_id] = kept[0]

    def acknowledge(self, attempt_ids: Iterable[str]) -> int:
        """Forget these results; how many there were."""
        count = 0
        for attempt_id in attempt_ids:
            if self._kept.pop(attempt_id, None) is not None or self._fresh.pop(attempt_id, None) is not None:
                count += 1
        return count


def _instead(result: Result, code: str, message: str) -> msgspec.Raw:
    fault = Fault(code, message[:MAX_MESSAGE], code != RESULT_TOO_LARGE)
    return encode_item(Result(result.attempt_id, None, fault, result.duration_ms))
