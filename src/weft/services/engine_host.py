"""What the engine asks while it runs: programs, sub-flows, activities, hand-outs, events, system functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, cast

import structlog

from weft.domain.access import uuid_of
from weft.domain.errors import NotFound, Refusal
from weft.domain.jobs import FAILED, Job
from weft.dsl.graph.start import failure_input, failure_name, start_of
from weft.dsl.machine.commands import ContinueAs, EmitEvent, ScheduleActivity, StartChild
from weft.dsl.machine.faults import Fault, fault
from weft.dsl.machine.inputs import Trigger
from weft.dsl.machine.limits import limit_of, over_limit
from weft.dsl.machine.nodes.facts import revision_of
from weft.dsl.machine.nodes.task_calls import INLINE
from weft.dsl.machine.nodes.task_values import CHANNELS
from weft.dsl.machine.program import Program
from weft.dsl.machine.rules import RULES
from weft.dsl.machine.times import stamp
from weft.ports.engine import LogEntry, ResolvedActivity, StartPlan, Task
from weft.ports.store import Tx
from weft.ports.tasks import HandOut
from weft.services import history
from weft.services.access_rights import RightsOf
from weft.services.activity_resolution import ActivityResolution
from weft.services.child_definitions import ChildDefinitions, missing
from weft.services.connectors import resolve as resolve_connector
from weft.services.event_publishing import EVENT_TYPE_NOT_FOUND, EventPublishing
from weft.services.hand_out import HandOuts
from weft.services.job_plans import JobRequest, Planner
from weft.services.job_starts import StartRules, fill, label
from weft.services.programs import Programs
from weft.services.system_functions import SystemFunctions
from weft.services.workflows import Workflows

LISTED_DEPTH: Final = 20
"""How deep task lists and graphs may start one another."""
ALL_FEATURES: Final = frozenset({"script"})

_log = structlog.get_logger("weft.jobs")


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
        starts: StartRules | None = None,
        rights: RightsOf | None = None,
        children: ChildDefinitions | None = None,
    ) -> None:
        self.workflows = workflows
        self.programs = programs
        self.planner = planner
        self.resolution = resolution
        self.hand_outs = hand_outs
        self.publishing = publishing
        self.functions = functions
        self.starts = starts or StartRules(features=ALL_FEATURES)
        self.rights = rights
        self.children = children or ChildDefinitions(workflows, programs)
        self.start_within: Callable[[Tx, JobRequest], Job] | None = None
        """How a job is started inside a transaction; set when the service of jobs exists."""

    def program(self, tx: Tx, revision: str) -> Program:
        return self.programs.get(tx, revision)

    def plan_child(self, tx: Tx, parent: Job, command: StartChild, at_ms: int) -> StartPlan | Job | Fault:
        listed = _listed(parent)
        limit = LISTED_DEPTH if listed else limit_of(self.planner.limits, "child_depth")
        above = _runs_above(tx, parent, limit)
        if above > limit:
            return over_limit("child_depth", limit, above)
        if listed and not self._may_start(tx, parent):
            detail = f"{parent.started_by} may not start jobs here"
            return fault("authorization", detail, code="START_FORBIDDEN", retryable=False)
        found = self.children.find(tx, parent, command.identity, command.input, at_ms, listed=listed)
        if isinstance(found, Fault):
            return found
        child_id = _keyed_id(parent, found.id, command.key) if command.key else ""
        known = tx.jobs.runs_of(child_id) if child_id else []
        if known:
            return known[-1]
        brought = command.identity.namespace == INLINE
        request = JobRequest(
            workflow_name=found.name,
            workflow_id=found.id if listed else "",
            namespace=parent.namespace if listed else "",
            name=_child_name(command, found.version) or found.name,
            data=command.input["input"] if brought else command.input,
            trigger=Trigger("parent", by=parent.started_by),
            started_by=parent.started_by,
            tenant=parent.tenant,
            log_level=parent.log_level,
            id=child_id,
            business_key=command.business_key,
        )

        def made(program: Program) -> StartPlan:
            self.starts.check_features(program)
            start = start_of(program)
            if start is not None:
                fill(request, start, request.data)
                label(tx, found, request)
            return self.planner.plan(found, program, request)

        return self._planned(tx, made, found.revision)

    def _may_start(self, tx: Tx, parent: Job) -> bool:
        """Whether who started the parent still may: a caller that is gone may do nothing."""
        if self.rights is None:
            return True
        who = self.rights(tx, parent.started_by, parent.tenant, parent.namespace)
        return who is not None and who.may("job.create")

    def plan_continue(self, tx: Tx, job: Job, command: ContinueAs, at_ms: int) -> StartPlan | Fault:
        wanted = command.identity
        found = self.workflows.find_child(tx, job.tenant, wanted.name, wanted.version)
        if found is None:
            return missing(wanted)

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
            code = refusal.code.upper() if refusal.code else "WORKFLOW_NOT_FOUND"
            return fault("configuration", refusal.message, code=code, retryable=False)

    def resolve_activity(self, tx: Tx, job: Job, command: ScheduleActivity) -> ResolvedActivity | Fault:
        connector = resolve_connector(command.target) if command.kind == "system" else None
        if connector is not None:
            return connector
        if command.kind == "http":
            detail = f"calls of {command.target[:200]} are not part of this release; use an activity of generic.rest"
            return fault("configuration", detail, code="UNSUPPORTED", retryable=False)
        if _listed(job):
            return self.resolution.resolve(tx, command.target, command.queue, folded=True)
        return self.resolution.resolve(tx, command.target, command.queue)

    def open_task(self, job: Job, task: Task) -> HandOut | Fault:
        return self.hand_outs.open(job, task)

    def check_emit(self, tx: Tx, job: Job, command: EmitEvent) -> Fault | None:
        """An event needs a produced event type of its type, unless nobody has to have declared it."""
        kind = str(command.event.get("type", ""))
        if command.optional:
            return None
        if command.name != kind and command.name.startswith(CHANNELS) and _listed(job):
            detail = f"{command.name[:100]!r} is a channel: events leave through event types here"
            return fault("configuration", detail, code="SINK_NOT_FOUND", retryable=False)
        if self.publishing.produced(tx, job.tenant, kind) is None:
            detail = f"no produced event type has type {kind[:255]}"
            return fault("configuration", detail, code=EVENT_TYPE_NOT_FOUND, retryable=False)
        return None

    async def publish(self, job: Job, emitted: EmitEvent) -> None:
        try:
            await self.publishing.publish(job.tenant, emitted.event)
        except NotFound as refusal:
            if not emitted.optional or refusal.code != EVENT_TYPE_NOT_FOUND:
                raise
            _log.info("an event that nobody has declared goes nowhere", job=job.id, type=emitted.event.get("type"))

    def job_closed(self, tx: Tx, job: Job) -> None:
        """A task list that fails may name a definition that is started then; the fault tells the id of its job.

        A job that was started in this way starts none itself: two that name each other would go on for ever.
        """
        if job.status not in FAILED or not _listed(job) or self.start_within is None:
            return
        start = start_of(self.programs.get(tx, job.revision))
        if start is None or start.failure is None or (job.root_job != job.id and not job.parent_run):
            return
        problem = _object(job.fault)
        name = failure_name(start, _facts_of(job))
        found = self.workflows.find_in(tx, job.tenant, name, "", job.namespace) if name else None
        if found is None:
            _log.warning("no failure workflow of that name", job=job.id, name=name[:255])
            return
        told = failure_input(job.status, job.id, str(problem.get("reason", "")), problem.get("taskId"))
        request = JobRequest(
            workflow_id=found.id,
            namespace=job.namespace,
            data={**_object(job.input), **told},
            trigger=Trigger("parent", by=job.started_by),
            started_by=job.started_by,
            tenant=job.tenant,
            log_level=job.log_level,
            root_job=job.id,
        )
        try:
            started = self.start_within(tx, request)
        except Refusal as refusal:
            _log.warning("the failure workflow was not started", job=job.id, reason=refusal.message)
            return
        job.fault = {**problem, "failureJob": started.id}
        tx.jobs.update(job)

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


def _keyed_id(parent: Job, workflow_id: str, key: str) -> str:
    """The id of the job that all starts of a definition with one key mean, in the namespace of the parent."""
    return uuid_of(f"child\n{parent.tenant}\n{parent.namespace}\n{workflow_id}\n{key}")


def _child_name(command: StartChild, version: str) -> str:
    """The name the machine gave; where the reference left the version open, it ends with the one that was found."""
    name = command.job_name
    return f"{name}.{version}" if name and not command.identity.version else name


def _listed(job: Job) -> bool:
    """Whether it is a run of a task list or graph."""
    rules = RULES.get(job.dialect)
    return rules is not None and rules.hooks == "lists"


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _facts_of(job: Job) -> dict[str, Any]:
    """The facts of a run that a definition may name when it has ended."""
    return {
        "input": job.input,
        "output": job.output,
        "id": job.id,
        "name": job.workflow_name,
        "version": revision_of(job.workflow_version),
        "correlation": None,
        "parent": job.parent_job or None,
        "started": job.started_at,
        "startedText": stamp(job.started_at),
        "by": job.started_by,
        "labels": {},
    }
