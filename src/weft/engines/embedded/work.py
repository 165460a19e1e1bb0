"""What one unit of work of the engine gathers: cells it touched, and effects that leave after the commit."""

from __future__ import annotations

from collections import deque

from weft.domain.jobs import Job
from weft.dsl.machine.commands import ContinueAs
from weft.dsl.machine.inputs import AnyInput
from weft.ports.engine import Task
from weft.ports.store import Tx


class Work:
    """Runs are named by key. `sends`, `starts`, `continues` are done before the unit ends; the rest leaves after the
    commit: `dropped`, `cancelled` and `answered` are attempt ids, `freed` runs that are quarantined no more."""

    __slots__ = (
        "answered", "cancelled", "changed", "closed", "continues", "deferred", "dropped", "emitted", "freed", "more",
        "opened", "quarantined", "resumed", "sends", "starts", "stored", "suspended", "taken", "tasks", "timers",
        "touched", "tx", "untimers",
    )  # fmt: skip

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.touched: set[int] = set()
        self.changed: dict[int, Job] = {}
        self.taken: list[tuple[int, list[AnyInput | Task]]] = []
        self.sends: deque[tuple[int, AnyInput]] = deque()
        self.starts: deque[tuple[int, str]] = deque()
        self.continues: deque[tuple[int, ContinueAs]] = deque()
        self.tasks: list[Task] = []
        self.dropped: list[str] = []
        self.cancelled: list[str] = []
        self.timers: list[tuple[int, str, int]] = []
        self.untimers: list[tuple[int, str]] = []
        self.deferred: list[tuple[int, str]] = []
        self.stored: list[int] = []
        self.more: list[int] = []
        self.suspended: list[int] = []
        self.resumed: list[int] = []
        self.closed: list[Job] = []
        self.quarantined: list[tuple[int, str]] = []
        self.freed: list[int] = []
        self.answered: list[str] = []
        self.opened = 0
        self.emitted = False
