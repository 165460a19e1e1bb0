"""What the engine asks while it runs: programs, sub-flows, activities, hand-outs, events, system functions."""

from __future__ import annotations

from typing import Any, Protocol

from weft.domain.errors import NotFound, Refusal
from weft.domain.jobs import Job
from weft.dsl.machine.commands import ContinueAs, EmitEvent, ScheduleActivity, StartChild
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import Trigger
from weft.dsl.machine.program import Program
from weft.ports.engine import LogEntry, ResolvedActivity, StartPlan, Task
from weft.ports.store import Tx
from weft.ports.tasks import HandOut
from weft.services import history
from weft.services.job_plans import JobRequest, Planner
from weft.services.programs import Programs
from weft.services.workflows import Workflows


class Activities(Protocol):
    """What the adapters' service answers: which activity a name stands for, and its hand-out."""

    def resolve(
        self, tx: Tx, operation: str, worker_hint: str, *, tenant: str, kind: str
    ) -> ResolvedActivity | Fault: ...

    def open_task(self, job: Job, task: Task) -> HandOut | Fault: ...


class Events(Protocol):
    async def publish(self, job: Job, emitted: EmitEvent) -> None: ...


class SystemFunctions(Protocol):
    def call(self, activity: str, input: Any) -> Any | Fault: ...


class Host:
    """Implements `EngineHost` over the services of the nouns."""

    def __init__(
        self,
        *,
        workflows: Workflows,
        programs: Programs,
        planner: Planner,
        activities: Activities,
        events: Events,
        functions: SystemFunctions,
    ) -> None:
        self.workflows = workflows
        self.programs = programs
        self.planner = planner
        self.activities = activities
        self.events = events
        self.functions = functions

    def program(self, tx: Tx, revision: str) -> Program:
        return self.programs.get(tx, revision)

    def plan_child(self, tx: Tx, parent: Job, command: StartChild, at_ms: int) -> StartPlan | Fault:
        wanted = command.identity
        found = self.workflows.find_child(tx, parent.tenant, wanted.name, wanted.version)
        if found is None:
            return _no_workflow(wanted.name, wanted.version)
        request = JobRequest(
            workflow_name=found.name,
            name=command.job_name or found.name,
            data=command.input,
            trigger=Trigger("parent", by=parent.started_by),
            started_by=parent.started_by,
            tenant=parent.tenant,
            log_level=parent.log_level,
        )
        return self._planned(tx, lambda program: self.planner.plan(found, program, request), found.revision)

    def plan_continue(self, tx: Tx, job: Job, command: ContinueAs, at_ms: int) -> StartPlan | Fault:
        wanted = command.identity
        found = self.workflows.find_child(tx, job.tenant, wanted.name, wanted.version)
        if found is None:
            return _no_workflow(wanted.name, wanted.version)

        def made(program: Program) -> StartPlan:
            request = JobRequest(
                workflow_name=found.name,
                id=job.id,
                name=job.name,
                tags=job.tags,
                data=command.input,
                trigger=Trigger("continue", by=job.started_by),
                started_by=job.started_by,
                tenant=job.tenant,
                log_level=job.log_level,
            )
            plan = self.planner.plan(found, program, request)
            plan.job.first_run = job.first_run
            plan.job.root_job, plan.job.root_run = job.root_job, job.root_run
            if command.workflow_timeout_ms:
                plan.job.due_at = at_ms + command.workflow_timeout_ms
            return plan

        return self._planned(tx, made, found.revision)

    def _planned(self, tx: Tx, make: Any, revision: str) -> StartPlan | Fault:
        try:
            return make(self.programs.get(tx, revision))
        except NotFound as refusal:
            return fault("configuration", refusal.message, code="WORKFLOW_NOT_FOUND", retryable=False)

    def resolve_activity(self, tx: Tx, job: Job, command: ScheduleActivity) -> ResolvedActivity | Fault:
        return self.activities.resolve(tx, command.target, command.queue, tenant=job.tenant, kind=command.kind)

    def open_task(self, job: Job, task: Task) -> HandOut | Fault:
        try:
            return self.activities.open_task(job, task)
        except Refusal as refusal:
            return fault("configuration", refusal.message, code="DEFAULT")

    async def publish(self, job: Job, emitted: EmitEvent) -> None:
        await self.events.publish(job, emitted)

    def job_closed(self, tx: Tx, job: Job) -> None:
        """Nothing yet hangs on the end of a job but what the engine does itself."""

    def system(self, activity: str, input: Any) -> Any | Fault:
        return self.functions.call(activity, input)

    def history_length(self, entry: LogEntry) -> int:
        return history.length(entry)


def _no_workflow(name: str, version: str) -> Fault:
    text = f"no definition {name} {version}".rstrip()
    return fault("configuration", text, code="WORKFLOW_NOT_FOUND", retryable=False)
