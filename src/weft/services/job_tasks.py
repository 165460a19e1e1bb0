"""The tasks of a job as records: what is to be done, how far it is, in the order in which people read it.

Of a task list or graph the records are made from the definition's tasks and the facts that the run keeps of them; the
id of a record is made from the job's id and the task's key, so it stays over attempts and further runs. Of a job in
another language the records are its executed top-level nodes, from the run's log.

Statuses: `queued, running, suspended, completed, completed_with_errors, faulted, timed_out, cancelled, skipped`, and
`pending` for a task of a graph whose parents have not ended.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

import msgspec

from weft.domain.errors import NotFound, Refusal
from weft.domain.jobs import Job
from weft.dsl.graph.concealed import shown
from weft.dsl.machine.nodes.facts import (
    CANCELLED,
    COMPLETED,
    FAULTED,
    OPEN,
    PENDING,
    QUEUED,
    RUNNING,
    SKIPPED,
    Facts,
    task_id,
)
from weft.dsl.machine.program import Program
from weft.dsl.machine.state import ENDED
from weft.dsl.machine.task_outline import Outline, OutlineTask, Placed, arrange, is_listed, outline_of
from weft.ports.engine import Engine, LogEntry
from weft.ports.store import Store, Tx
from weft.services.outlines import OutlineNode, outline
from weft.services.programs import Programs

MAX_OUTLINES = 256
BRIEF_ENTRIES = 200
"""Log entries looked at for the tasks of a job in another language, in a list of jobs."""
LONGEST_LOG = 20_000
SUSPENDED = "suspended"
_OPEN = OPEN | {SUSPENDED}

_ENDINGS: dict[str, str] = {
    "task.completed": COMPLETED,
    "task.faulted": FAULTED,
    "task.cancelled": CANCELLED,
    "task.skipped": SKIPPED,
}


class TaskRecord(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One task of one job. Times are UTC milliseconds, 0 for not yet.

    `parent` is the id of the record that made this one, `top` whether it stands in the definition's own list.
    `position` is the JSON pointer of its definition ("" for a task made while running), `type` the type word of the
    definition, `number` its place in its list. `attempt` counts attempts begun. `output` is None until the task ends.
    `answered`: a person's answer may end it; `form`, `assignees`, `fields` are those of its form. `child` is the job
    that it started.
    """

    id: str
    key: str
    name: str
    type: str
    number: int
    status: str
    iteration: int = 0
    parent: str = ""
    top: bool = True
    position: str = ""
    input: Any = None
    output: Any = None
    reason: str = ""
    attempt: int = 0
    queued_at: int = 0
    started_at: int = 0
    updated_at: int = 0
    ended_at: int = 0
    answered: bool = False
    form: str = ""
    assignees: tuple[str, ...] = ()
    fields: Any = None
    child: str = ""
    started: bool = False


class JobTasks:
    """Reads only. All methods are quick and synchronous: they take what is in memory, or one look at the store.

    A job whose `seq` is known is shown with its tasks as they were at that input, so that row and tasks are of one
    commit; of another one the latest state is shown.
    """

    def __init__(self, store: Store, engine: Engine, programs: Programs) -> None:
        self._store = store
        self._engine = engine
        self._programs = programs
        self._outlines: dict[str, Outline | None] = {}
        self._top_levels: dict[str, dict[str, OutlineNode]] = {}

    def program(self, job: Job) -> Program:
        """The program of a job. Raises NotFound, Invalid."""
        return self._store.read_now(lambda tx: self._programs.get(tx, job.revision))

    def records(self, job: Job, *, iterations: bool = True, tx: Tx | None = None) -> list[TaskRecord]:
        """All records of a job; without `iterations` those inside loops are left out. Raises NotFound for a job that
        is not stored. `tx` is the unit of work that has changed the job, where it is not committed yet."""
        outline = self._outline(job)
        if outline is None:
            return _nodes(job, self._top_level(job), self._entries(job, LONGEST_LOG, tx))
        found = self._engine.listed.tasks(job.run, job.seq)
        left = _left(outline, job.status if job.closed else found.phase)
        return [_record(job, one, left) for one in arrange(outline, found.facts, iterations=iterations)]

    def brief(self, jobs: Sequence[Job]) -> list[list[TaskRecord]]:
        """Per job id, name, number, type and status of its tasks, those inside loops left out; closed jobs of lists and
        graphs are read from their rows. A job whose definition or state cannot be read has none: it must not keep the
        others of its list from being shown."""
        return [self._brief_or_none(job) for job in jobs]

    def record(self, job: Job, task: str) -> TaskRecord:
        """The record with that id, compared without regard to case. Raises NotFound."""
        wanted = task.lower()
        for record in self.records(job):
            if record.id == wanted:
                return record
        raise NotFound(f"job {job.id} has no task {task[:64]}")

    def at_start(self, job: Job, program: Program) -> list[TaskRecord]:
        """The records as they are when a job has been accepted: queued; of graphs only what needs no parent."""
        if not is_listed(program):
            return []
        outline = self._outlines.get(job.revision) or outline_of(program)
        left = _left(outline, "pending")
        return [_record(job, one, left, queued_at=job.created_at or job.started_at) for one in arrange(outline, {})]

    def _brief_or_none(self, job: Job) -> list[TaskRecord]:
        try:
            return self._brief(job)
        except (Refusal, ValueError):
            return []

    def _brief(self, job: Job) -> list[TaskRecord]:
        outline = self._outline(job)
        if outline is None:
            return _nodes(job, self._top_level(job), self._entries(job, BRIEF_ENTRIES))
        if job.closed and job.tasks is not None:
            return [_short(job, outline, cast("list[Any]", entry)) for entry in cast("list[Any]", job.tasks)]
        return self.records(job, iterations=False)

    def _entries(self, job: Job, limit: int, tx: Tx | None = None) -> list[LogEntry]:
        """The log as far as the row knows it, after those of the job's earlier runs, which it goes on from."""
        return self._engine.listed.entries(job.run, limit, upto=job.seq, tx=tx)

    def _outline(self, job: Job) -> Outline | None:
        """None for a job in another language."""
        revision = job.revision
        if revision not in self._outlines:
            program = self.program(job)
            if len(self._outlines) >= MAX_OUTLINES:
                del self._outlines[next(iter(self._outlines))]
            self._outlines[revision] = outline_of(program) if is_listed(program) else None
        return self._outlines[revision]

    def _top_level(self, job: Job) -> Mapping[str, OutlineNode]:
        """The nodes of a job in another language that have a record, by position."""
        found = self._top_levels.get(job.revision)
        if found is None:
            if len(self._top_levels) >= MAX_OUTLINES:
                del self._top_levels[next(iter(self._top_levels))]
            found = self._top_levels[job.revision] = {node.position: node for node in outline(self.program(job))}
        return found


class _Left(msgspec.Struct, frozen=True):
    """The status of what nothing is known of yet: of a task that waits for parents, and of any other."""

    waiting: str
    other: str


def _left(outline: Outline, phase: str) -> _Left:
    if phase in ENDED:
        status = SKIPPED if phase == "completed" else CANCELLED
        return _Left(status, status)
    queued = SUSPENDED if phase == SUSPENDED else QUEUED
    return _Left(PENDING if outline.graph else queued, queued)


def _record(job: Job, one: Placed, left: _Left, *, queued_at: int = 0) -> TaskRecord:
    task, facts = one.task, one.facts
    parent = task_id(job.id, one.parent) if one.parent else ""
    if facts is None:
        assert task is not None
        status = left.waiting if task.waits else left.other
        return TaskRecord(
            id=task_id(job.id, one.key), key=one.key, name=one.key, type=task.type, number=task.number, status=status,
            iteration=one.iteration, parent=parent, top=not parent, position=task.position, answered=task.answered,
            form=task.form, assignees=task.assignees, queued_at=0 if task.waits else queued_at,
        )  # fmt: skip
    return _known(job, one, task, facts, parent)


def _known(job: Job, one: Placed, task: OutlineTask | None, facts: Facts, parent: str) -> TaskRecord:
    status: str = facts["status"]
    given = facts.get("input")
    fields: Any = None
    if task is not None and task.fields_key and isinstance(given, dict):
        fields = cast("dict[str, Any]", given).get(task.fields_key)
    return TaskRecord(
        id=task_id(job.id, one.key),
        key=one.key,
        name=one.key,
        type=task.type if task is not None else facts.get("type", ""),
        number=task.number if task is not None else facts.get("number", 0),
        status=status,
        iteration=one.iteration,
        parent=parent,
        top=not parent,
        position=task.position if task is not None else "",
        input=shown(given),
        output=None if status in _OPEN else facts.get("output"),
        reason=facts.get("reason", ""),
        attempt=facts.get("attempt", 0),
        queued_at=facts.get("queued", 0),
        started_at=facts.get("started", 0),
        updated_at=facts.get("updated", 0),
        ended_at=facts.get("ended", 0) or (job.closed_at if status not in _OPEN and facts.get("started") else 0),
        answered=task is not None and task.answered,
        form=task.form if task is not None else "",
        assignees=task.assignees if task is not None else (),
        fields=fields,
        child=facts.get("child", ""),
        started=bool(facts.get("started")),
    )


def _short(job: Job, outline: Outline, entry: list[Any]) -> TaskRecord:
    key, status = entry[0], entry[1]
    task = outline.by_name.get(key)
    return TaskRecord(
        id=task_id(job.id, key),
        key=key,
        name=key,
        type=task.type if task is not None else entry[2] if len(entry) > 3 else "",
        number=task.number if task is not None else entry[3] if len(entry) > 3 else 0,
        status=status,
        position=task.position if task is not None else "",
    )


def _nodes(job: Job, nodes: Mapping[str, OutlineNode], entries: Iterable[LogEntry]) -> list[TaskRecord]:
    """The executed top-level nodes of a run in another language, in the order in which they were first entered."""
    found: dict[str, TaskRecord] = {}
    for entry in entries:
        for record in entry.records:
            node = nodes.get(record.position)
            if node is None or not record.type.startswith("task."):
                continue
            address = record.address or record.position
            known = found.get(address)
            if known is None:
                known = found[address] = TaskRecord(
                    id=task_id(job.id, address), key=address, name=node.name, type=node.kind,
                    number=len(found) + 1, status=RUNNING, position=record.position, queued_at=entry.at,
                    started_at=entry.at, attempt=1, started=True,
                )  # fmt: skip
            known.updated_at = entry.at
            ending = _ENDINGS.get(record.type)
            known.status = ending or RUNNING
            known.ended_at = entry.at if ending else 0
            known.output = record.data.get("output") if ending == COMPLETED and isinstance(record.data, dict) else None
    records = list(found.values())
    _close(job, records)
    return records


def _close(job: Job, records: list[TaskRecord]) -> None:
    if not job.closed:
        return
    left = COMPLETED if job.status == "completed" else CANCELLED
    for record in records:
        if record.status == RUNNING:
            record.status = left
            record.ended_at = job.closed_at
