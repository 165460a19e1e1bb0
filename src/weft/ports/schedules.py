"""Schedules in the order of their times, and what a scheduler asks of the services.

Contract
- `ScheduleTimes` reads the store by the indexed time of the next start, over all tenants.
- `FireDue` is carried out by the services: each start is one transaction with the change of its schedule.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from weft.domain.schedules import Schedule
from weft.ports.store import Tx


class ScheduleTimes(Protocol):
    def next_due(self, tx: Tx) -> int | None:
        """The least time of the next start (UTC ms), None when no schedule is active."""
        ...

    def due(self, tx: Tx, now: int, limit: int) -> list[Schedule]:
        """Schedules whose next start is at or before `now`, the earliest first."""
        ...

    def ahead_of(self, tx: Tx, now: int, limit: int) -> list[Schedule]:
        """Active schedules whose next start was worked out after `now`: the clock was set back since."""
        ...


class FireDue(Protocol):
    def next_due(self) -> int | None:
        """See `ScheduleTimes.next_due`."""
        ...

    async def fire_due(self, floor: int) -> int:
        """Start what is due now, one batch; how many schedules were looked after, 0 when none is due.

        Times before `floor` (UTC ms) were missed: a schedule starts one job for all of them. Every later time starts
        a job of its own. Raises Busy or Unavailable when nothing can be started now; what is due stays due.
        """
        ...

    async def reckon_again(self) -> int:
        """Work out anew what was worked out at a time that lies in the future; how many schedules, one batch."""
        ...

    def on_change(self, call: Callable[[], None]) -> Callable[[], None]:
        """`call()` on the event loop after schedules were changed; returns the call that ends it."""
        ...
