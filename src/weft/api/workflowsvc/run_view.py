"""Runs of any dialect as this one shows them: the run's row, its task records, and what only the definition knows.

Of a graph a task is shown under its name, from the second use of a name on with a number; of other languages under the
name of its node. Type words of other languages are read backwards where there is one that fits, else SIMPLE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from weft.api.workflowsvc.definition_shapes import LANGUAGE
from weft.api.workflowsvc.projection import nodes_of, numbered, type_word
from weft.api.workflowsvc.run_shapes import run_body
from weft.domain.errors import Refusal
from weft.domain.jobs import Job
from weft.domain.tenancy import Tenant
from weft.dsl.machine.program import Program
from weft.dsl.problems import value_at
from weft.ports.store import Tx
from weft.services.job_tasks import JobTasks, TaskRecord

GRAPH: Final = "graph"
MAX_NAMED: Final = 4096
"""Graphs whose names of tasks are kept in memory."""


def graph_names(program: Program) -> dict[str, str]:
    """The names of a graph's tasks by their place, no name twice: as the projection of the definition has them."""
    nodes = nodes_of(program)
    return dict(zip((node.position for node in nodes), numbered([node.name for node in nodes]), strict=True))


def template_at(document: Any, position: str) -> Any:
    """The inputs of the task at a place of a definition, as written; None without any."""
    task = value_at(document, position) if position else None
    if not isinstance(task, dict):
        return None
    members = cast("dict[str, Any]", task)
    return members.get("_inputParams", members.get("parameters"))


class RunView:
    """Makes the bodies of runs."""

    def __init__(self, tasks: JobTasks) -> None:
        self.tasks = tasks
        self._names: dict[str, Mapping[str, str]] = {}
        """By revision of a graph: the names of its tasks by their place."""

    def page(self, jobs: Sequence[Job], tenant: Tenant) -> list[dict[str, Any]]:
        """Runs of a list: without the tasks of iterations."""
        briefs = self.tasks.brief(jobs)
        return [self._body(job, tenant, records) for job, records in zip(jobs, briefs, strict=True)]

    def alone(self, job: Job, tenant: Tenant, *, iterations: bool = False, tx: Tx | None = None) -> dict[str, Any]:
        """One run. `tx` is the unit of work that has just changed it."""
        return self._body(job, tenant, self.tasks.records(job, iterations=iterations, tx=tx))

    def created(self, job: Job, program: Program, tenant: Tenant) -> dict[str, Any]:
        """A run as it was accepted, even if the engine has it already: queued, without output."""
        if job.dialect == GRAPH:
            self._keep(job.revision, graph_names(program))
        body = self._body(job, tenant, self.tasks.at_start(job, program))
        body["_status"], body["_output"] = "QUEUED", None
        return body

    def record(self, job: Job, task: str) -> TaskRecord:
        """One task as it is shown. Raises NotFound."""
        return self._whole(job, [self.tasks.record(job, task)])[0]

    def records(self, job: Job) -> list[TaskRecord]:
        """All tasks of a run as they are shown, those of iterations too."""
        return self._whole(job, self.tasks.records(job))

    def _whole(self, job: Job, records: Iterable[TaskRecord]) -> list[TaskRecord]:
        """Records with their inputs: those that have not begun show what the definition says."""
        named = self._named(job, records)
        if all(record.started for record in named):
            return named
        document = self.tasks.program(job).document
        return [
            record
            if record.started or record.input is not None
            else msgspec.structs.replace(record, input=template_at(document, record.position))
            for record in named
        ]

    def _body(self, job: Job, tenant: Tenant, records: Iterable[TaskRecord]) -> dict[str, Any]:
        return run_body(job, tenant, self._named(job, records))

    def _named(self, job: Job, records: Iterable[TaskRecord]) -> list[TaskRecord]:
        if job.dialect == LANGUAGE:
            return list(records)
        names = self._names_of(job) if job.dialect == GRAPH else {}
        return [
            msgspec.structs.replace(record, name=names.get(record.position, record.name), type=type_word(record.type))
            for record in records
        ]

    def _names_of(self, job: Job) -> Mapping[str, str]:
        found = self._names.get(job.revision)
        if found is not None:
            return found
        try:
            return self._keep(job.revision, graph_names(self.tasks.program(job)))
        except Refusal:
            return {}

    def _keep(self, revision: str, names: Mapping[str, str]) -> Mapping[str, str]:
        if len(self._names) >= MAX_NAMED:
            self._names = {}  # replaced as a whole: units of work may look at it from the committer's thread
        self._names[revision] = names
        return names
