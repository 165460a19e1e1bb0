"""Activity tasks: queues in memory, leases, heartbeats, time limits. Rebuilt from the runs' open items at the start.

An unanswered task of an earlier life of the server is handed out again under the same attempt id. A worker that is
lost while the server lives fails the attempt, except for an idempotent activity, which is handed out again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from heapq import heappop, heappush

import structlog

from weft.domain.errors import Unavailable
from weft.dsl.machine.faults import Fault, fault
from weft.engines.embedded.limits import Limits
from weft.ports.clock import Clock
from weft.ports.engine import Task
from weft.ports.tasks import HandOut

_log = structlog.get_logger("weft.engine")


class Lease:
    """A task in a worker's hands: since when, when it was last heard of, and whether it should stop."""

    __slots__ = ("beat_at", "cancel", "deadline", "silence", "taken_at", "task")

    def __init__(self, task: Task, now: int) -> None:
        command = task.command
        self.task = task
        self.taken_at = now
        self.beat_at = now
        self.deadline = now + command.start_to_close_ms if command and command.start_to_close_ms else 0
        self.silence = command.heartbeat_ms if command else 0
        self.cancel = False


class Dispatcher:
    """`open_task` makes the hand-out; `fail` reports an attempt that failed without an answer.

    `held_since` tells since when (ms) the run of a task is suspended, None when it is not: after a restart nobody else
    knows.
    """

    def __init__(
        self,
        clock: Clock,
        limits: Limits,
        open_task: Callable[[Task], HandOut | Fault | None],
        fail: Callable[[Task, Fault, bool, int], None],
        held_since: Callable[[Task], int | None] = lambda task: None,
    ) -> None:
        self._clock = clock
        self._limits = limits
        self._open = open_task
        self._fail = fail
        self._held_since = held_since
        self._queues: dict[str, dict[str, deque[str]]] = {}
        self._tasks: dict[str, Task] = {}
        self._leases: dict[str, Lease] = {}
        self._claimed: set[str] = set()
        self._watchers: dict[str, list[Callable[[], None]]] = {}
        self._suspended: dict[int, int] = {}
        self._withheld: dict[int, list[str]] = {}
        self._start_by: list[tuple[int, str]] = []
        self._start_due: dict[str, int] = {}
        self._looked_at = 0

    @property
    def queued(self) -> int:
        return len(self._tasks) - len(self._leases)

    @property
    def leased(self) -> int:
        return len(self._leases)

    # -- tasks come --

    def add(self, task: Task) -> None:
        """Queue a task; one that is known is left as it is."""
        if task.attempt_id in self._tasks:
            return
        command = task.command
        if command is not None and command.schedule_to_start_ms:
            self._limit_start(task.attempt_id, task.scheduled_at + command.schedule_to_start_ms)
        self._tasks[task.attempt_id] = task
        if self.queued > self._limits.lazy_tasks:
            task.command = None
        self._push(task)

    def _limit_start(self, attempt_id: str, due: int) -> None:
        self._start_due[attempt_id] = due
        heappush(self._start_by, (due, attempt_id))

    def _push(self, task: Task, *, front: bool = False) -> None:
        if task.key in self._suspended:
            self._withheld.setdefault(task.key, []).append(task.attempt_id)
            return
        queue = self._queues.setdefault(task.resolved.queue, {}).setdefault(task.resolved.adapter, deque())
        if front:
            queue.appendleft(task.attempt_id)
        else:
            queue.append(task.attempt_id)
        for wake in list(self._watchers.get(task.resolved.queue, ())):
            wake()

    def watch(self, queue: str, wake: Callable[[], None]) -> Callable[[], None]:
        """See `weft.ports.tasks`."""
        watchers = self._watchers.setdefault(queue, [])
        watchers.append(wake)

        def end() -> None:
            if wake in watchers:
                watchers.remove(wake)

        return end

    # -- tasks go --

    def poll(self, queue: str, limit: int, adapter_ids: Sequence[str]) -> list[HandOut]:
        """See `weft.ports.tasks`. Raises Unavailable when nothing can be opened now; the tasks stay queued."""
        found: list[HandOut] = []
        by_adapter = self._queues.get(queue)
        if not by_adapter:
            return found
        for adapter in adapter_ids:
            waiting = by_adapter.get(adapter)
            if waiting is None:
                continue
            try:
                self._hand_out(waiting, limit, found)
            except Unavailable:
                if not found:
                    raise
                break  # these are leased: they have to reach the worker
            if not waiting:
                del by_adapter[adapter]
            if len(found) >= limit:
                break
        return found

    def _hand_out(self, waiting: deque[str], limit: int, found: list[HandOut]) -> None:
        while waiting and len(found) < limit:
            task = self._tasks.get(waiting.popleft())
            if task is None or task.attempt_id in self._leases:
                continue
            if task.key in self._suspended:
                self._withheld.setdefault(task.key, []).append(task.attempt_id)
                continue
            try:
                hand_out = self._lease(task)
            except Unavailable:
                waiting.appendleft(task.attempt_id)
                raise
            if hand_out is not None:
                found.append(hand_out)

    def _lease(self, task: Task) -> HandOut | None:
        try:
            opened = self._open(task)
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one task that cannot be opened must not hold up its queue
            _log.exception("a task cannot be handed out", attempt_id=task.attempt_id)
            opened = fault("runtime", f"the task could not be handed out ({type(error).__name__})", code="PANIC")
        if opened is None:  # closed meanwhile, or withheld
            if task.key not in self._suspended:
                self._tasks.pop(task.attempt_id, None)
            return None
        if isinstance(opened, Fault):
            self._tasks.pop(task.attempt_id, None)
            self._fail(task, opened, False, 0)
            return None
        lease = Lease(task, self._clock.now_ms())
        self._leases[task.attempt_id] = lease
        opened.deadline_ms = lease.deadline
        opened.heartbeat_ms = lease.silence
        return opened

    def claim(self, attempt_id: str) -> Lease | None:
        """Take the one right to answer an attempt; None when it is unknown, answered, or being answered."""
        if attempt_id in self._claimed:
            return None
        lease = self._leases.get(attempt_id)
        if lease is None:
            task = self._tasks.get(attempt_id)
            if task is None:
                return None
            lease = Lease(task, 0)
        self._claimed.add(attempt_id)
        return lease

    def unclaim(self, attempt_id: str) -> None:
        """The answer could not be stored: it may come again."""
        self._claimed.discard(attempt_id)

    def drop(self, attempt_id: str) -> None:
        """The attempt is over: answered, cancelled, or its run has closed."""
        self._claimed.discard(attempt_id)
        self._leases.pop(attempt_id, None)
        self._tasks.pop(attempt_id, None)
        self._start_due.pop(attempt_id, None)

    def lease_of(self, attempt_id: str) -> Lease | None:
        return self._leases.get(attempt_id)

    def knows(self, attempt_id: str) -> bool:
        return attempt_id in self._tasks

    def cancel(self, attempt_id: str) -> None:
        """Ask the worker to stop: told with its next heartbeat."""
        lease = self._leases.get(attempt_id)
        if lease is not None:
            lease.cancel = True

    # -- runs are held back --

    def suspend(self, run: int) -> None:
        """Hand out no more tasks of this run."""
        self._suspended.setdefault(run, self._clock.now_ms())

    def resume(self, run: int) -> None:
        """The limits of tasks that nobody has taken stood still meanwhile."""
        since = self._suspended.pop(run, None)
        if since is not None and self._start_due:
            rested = max(0, self._clock.now_ms() - since)
            for attempt_id, due in list(self._start_due.items()):
                task = self._tasks.get(attempt_id)
                if task is not None and task.key == run:
                    self._limit_start(attempt_id, due + rested)
        for attempt_id in self._withheld.pop(run, ()):
            task = self._tasks.get(attempt_id)
            if task is not None:
                self._push(task)

    def forget(self, run: int) -> None:
        """The run has closed."""
        self._suspended.pop(run, None)
        self._withheld.pop(run, None)

    def withhold(self, task: Task) -> None:
        """The run of this task was found suspended."""
        self.suspend(task.key)
        self._withheld.setdefault(task.key, []).append(task.attempt_id)

    # -- workers live and die --

    def heartbeat(self, attempt_ids: Sequence[str]) -> list[str]:
        """See `weft.ports.tasks`: also attempts that are over should stop."""
        now = self._clock.now_ms()
        stop: list[str] = []
        for attempt_id in attempt_ids:
            lease = self._leases.get(attempt_id)
            if lease is None:
                stop.append(attempt_id)
                continue
            lease.beat_at = now
            if lease.cancel:
                stop.append(attempt_id)
        return stop

    def lost(self, attempt_ids: Sequence[str], code: str) -> None:
        """See `weft.ports.tasks`."""
        for attempt_id in attempt_ids:
            lease = self._leases.get(attempt_id)
            if lease is None or attempt_id in self._claimed:
                continue
            task = lease.task
            del self._leases[attempt_id]
            # What was stopped by force has failed in any case: someone wanted it to end.
            if task.resolved.idempotent and not lease.cancel and code != "WORKER_STOPPED":
                self._push(task, front=True)
                continue
            self._tasks.pop(attempt_id, None)
            problem = fault("runtime", f"the worker of queue {task.resolved.queue} was lost", code=code)
            self._fail(task, problem, True, lease.taken_at)

    def expire(self) -> None:
        """Fail what is over its time limits: start to close, heartbeat, schedule to start."""
        now = self._clock.now_ms()
        if now < self._looked_at:  # the clock was set back: what is left of each limit stays as it was
            for lease in self._leases.values():
                lease.beat_at = min(lease.beat_at, now)
                if lease.deadline:
                    lease.deadline -= self._looked_at - now
        self._looked_at = now
        late: list[tuple[Lease, str]] = []
        for lease in self._leases.values():
            if lease.deadline and now >= lease.deadline:
                late.append((lease, "did not end within its time limit"))
            elif lease.silence and now >= lease.beat_at + lease.silence:
                late.append((lease, "sent no heartbeat within its time limit"))
        for lease, text in late:
            self._late(lease.task, text, lease.taken_at)
        self._expire_untaken(now)

    def _expire_untaken(self, now: int) -> None:
        while self._start_by and self._start_by[0][0] <= now:
            due, attempt_id = heappop(self._start_by)
            if self._start_due.get(attempt_id) != due:
                continue  # over, or put off
            task = self._tasks.get(attempt_id)
            if task is not None and self._is_held(task):
                continue  # its limit goes on with the resume
            del self._start_due[attempt_id]
            if task is not None and attempt_id not in self._leases:
                self._late(task, "was not taken by a worker within its time limit", 0)

    def _is_held(self, task: Task) -> bool:
        if task.key not in self._suspended:
            since = self._held_since(task)
            if since is None:
                return False
            self._suspended[task.key] = since
        return True

    def _late(self, task: Task, text: str, taken_at: int) -> None:
        if task.attempt_id in self._claimed:
            return
        self._leases.pop(task.attempt_id, None)
        self._tasks.pop(task.attempt_id, None)
        what = task.resolved.activity.rpartition(":")[2]  # without the word for the server's own calls
        self._fail(task, fault("timeout", f"{what} {text}", code="TIMEOUT"), False, taken_at)

    def wake_all(self) -> None:
        """Tell every watcher, after the tasks were rebuilt."""
        for watchers in self._watchers.values():
            for wake in list(watchers):
                wake()
