"""What the engine asks while it runs: programs, sub-flows, activities, hand-outs, events, system functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from weft.domain.errors import Refusal
from weft.domain.jobs import Job
from weft.dsl.machine.commands import ContinueAs, EmitEvent, ScheduleActivity, StartChild
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import Trigger
from weft.dsl.machine.limits import limit_of, over_limit
from weft.dsl.machine.program import Program
from weft.ports.engine import LogEntry, ResolvedActivity, StartPlan, Task
from weft.ports.store import Tx
from weft.ports.tasks import HandOut
from weft.services import history
from weft.services.activity_resolution import ActivityResolution
from weft.services.event_publishing import EventPublishing
from weft.services.hand_out import HandOuts
from weft.services.job_plans import JobRequest, Planner
from weft.services.programs import Programs
from weft.services.system_functions import SystemFunctions
from weft.services.workflows import Workflows


class Host:
    """Implements `EngineHost` over the services of the nouns."""

    def __init__(
        self,
        *,
        workflows: Workflows,
        programs: Programs,
        planner: Planner,
        resolution: ActivityResolution,
        hand_outs: HandOuts,
        publishing: EventPublishing,
        functions: SystemFunctions,
    ) -> None:
        self.workflows = workflows
        self.programs = programs
        self.planner = planner
        self.resolution = resolution
        self.hand_outs = hand_outs
        self.publishing = publishing
        self.functions = functions

    def program(self, tx: Tx, revision: str) -> Program:
        return self.programs.get(tx, revision)

    def plan_child(self, tx: Tx, parent: Job, command: StartChild, at_ms: int) -> StartPlan | Fault:
        wanted = command.identity
        limit = limit_of(self.planner.limits, "child_depth")
        above = _runs_above(tx, parent, limit)
        if above > limit:
            return over_limit("child_depth", limit, above)
        found = self.workflows.find_child(tx, parent.tenant, wanted.name, wanted.version)
        if found is None:
            return _no_workflow(wanted.name, wanted.version)
        request = JobRequest(
            workflow_name=found.name,
            name=_child_name(command, found.version) or found.name,
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

    def _planned(self, tx: Tx, make: Callable[[Program], StartPlan], revision: str) -> StartPlan | Fault:
        try:
            return make(self.programs.get(tx, revision))
        except Refusal as refusal:
            return fault("configuration", refusal.message, code="WORKFLOW_NOT_FOUND", retryable=False)

    def resolve_activity(self, tx: Tx, job: Job, command: ScheduleActivity) -> ResolvedActivity | Fault:
        if command.kind == "http":
            detail = f"calls of {command.target[:200]} are not part of this release; use an activity of generic.rest"
            return fault("configuration", detail, code="UNSUPPORTED", retryable=False)
        return self.resolution.resolve(tx, command.target, command.queue)

    def open_task(self, job: Job, task: Task) -> HandOut | Fault:
        return self.hand_outs.open(job, task)

    async def publish(self, job: Job, emitted: EmitEvent) -> None:
        await self.publishing.publish(job.tenant, emitted.event)

    def job_closed(self, tx: Tx, job: Job) -> None:
        """Nothing yet hangs on the end of a job but what the engine does itself."""

    def system(self, activity: str, input: Any) -> Any | Fault:
        return self.functions.run(activity, input)

    def history_length(self, entry: LogEntry) -> int:
        return history.length(entry)


def _runs_above(tx: Tx, job: Job, limit: int) -> int:
    """How many runs a child of this job would have above it; not counted further than needed to pass `limit`. Without
    it a definition that starts itself would never come to an end."""
    depth, above = 1, job
    while above.parent_run and depth <= limit:
        found = tx.jobs.by_run(above.parent_run)
        if found is None:  # removed by retention: what is left of the chain counts
            break
        depth, above = depth + 1, found
    return depth


def _child_name(command: StartChild, version: str) -> str:
    """The name the machine gave; where the reference left the version open, it ends with the one that was found."""
    name = command.job_name
    return f"{name}.{version}" if name and not command.identity.version else name


def _no_workflow(name: str, version: str) -> Fault:
    text = f"no definition {name} {version}".rstrip()
    return fault("configuration", text, code="WORKFLOW_NOT_FOUND", retryable=False)
