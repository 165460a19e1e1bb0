"""After a start: tasks, timers and what was left to do, made again from the open items of the runs.

Runs themselves are not folded here but loaded when their first input comes, so that a start with many open runs is
quick. A run whose items cannot be read is handed back to be quarantined.
"""

from __future__ import annotations

from weft.dsl.machine import inputs as i
from weft.engines.embedded.codec import activity_item, child_item, decode_input
from weft.engines.embedded.dispatcher import Dispatcher
from weft.engines.embedded.effects import attempt_id
from weft.engines.embedded.runner import Runner
from weft.ports.engine import DEFAULT_QUEUE, Task
from weft.ports.runs import OpenItem
from weft.ports.store import Store

WHOLE = 1_000_000
"""Rows: more than any inbox may hold."""


class Recovery:
    """Used at the start, and for a run that is quarantined no more."""

    def __init__(self, store: Store, runner: Runner, tasks: Dispatcher) -> None:
        self._store = store
        self._runner = runner
        self._tasks = tasks
        self._answered: set[tuple[int, str, int]] = set()

    def recover(self) -> list[tuple[int, Exception]]:
        """Rebuild everything; returns the runs whose items cannot be read."""
        store, runner = self._store, self._runner
        runner.open_runs = store.read_now(lambda tx: tx.jobs.count_open())
        for key in store.read_now(lambda tx: tx.jobs.quarantined()):
            runner.quarantined[key] = "quarantined before the start"
            self._tasks.suspend(key)
        bad: dict[int, Exception] = {}
        inboxes = store.read_now(lambda tx: tx.runs.inbox_runs())
        for key in inboxes:
            try:
                self._note_answers(key)
            except Exception as error:  # noqa: BLE001 - as below
                bad[key] = error

        def each(item: OpenItem) -> None:
            try:
                self._rebuild(item)
            except Exception as error:  # noqa: BLE001 - one unreadable run must not keep the server from starting
                bad[item.run] = error

        store.read_now(lambda tx: tx.runs.open_items(each))
        self._answered.clear()
        for key in inboxes:
            runner.stored.add(key)
            if key not in runner.quarantined:
                runner.waiting.nudge(key)
        self._tasks.wake_all()
        runner.begin_work()
        return list(bad.items())

    def rebuild_run(self, key: int) -> None:
        """A run is free again: its items as after a restart."""
        self._note_answers(key)
        try:
            for item in self._store.read_now(lambda tx: tx.runs.items(key)):
                self._rebuild(item)
        finally:
            self._answered.clear()

    def _note_answers(self, key: int) -> None:
        """Attempts whose answers wait in the stored inbox were acknowledged: they are not handed out again."""
        for row in self._store.read_now(lambda tx: tx.runs.inbox(key, WHOLE)):
            inp = decode_input(row.body)
            if isinstance(inp, i.ActivityCompleted | i.ActivityFailed):
                self._answered.add((key, inp.ref, inp.attempt))

    def _rebuild(self, item: OpenItem) -> None:
        runner = self._runner
        if item.run in runner.quarantined:
            return
        if item.kind == "timer":
            runner.timers.set(item.run, item.ref, item.due)
        elif item.kind == "activity":
            self._rebuild_task(item)
        elif item.kind == "child":
            # One that lies in blobs is looked at when it would be started.
            if not item.body or not child_item.decode(item.body).key:
                runner.defer_start(item.run, item.ref)
        elif item.kind == "more":
            runner.waiting.put(item.run, i.Continue(seq=0, at=0))

    def _rebuild_task(self, item: OpenItem) -> None:
        if not item.body:
            found = self._store.read_now(lambda tx: tx.runs.item(item.run, item.ref))
            if found is None:
                return
            item = found
        body = activity_item.decode(item.body)
        if (item.run, item.ref, body.command.attempt) in self._answered:
            return
        task = Task(
            run=body.run,
            key=item.run,
            ref=item.ref,
            attempt=body.command.attempt,
            attempt_id=attempt_id(body.run, item.ref, body.command.attempt),
            resolved=body.resolved,
            scheduled_at=body.scheduled_at,
            command=body.command,
        )
        if body.resolved.queue == DEFAULT_QUEUE:
            self._runner.waiting.put(item.run, task)
        else:
            self._tasks.add(task)
