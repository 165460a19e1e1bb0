"""From a definition and a request to the start of a run: the job's row and the machine's first input."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from weft.domain.access import DEFAULT_TENANT
from weft.domain.jobs import Job
from weft.domain.workflows import Workflow
from weft.dsl.machine.inputs import Identity, RunStarted, Trigger
from weft.dsl.machine.program import Program
from weft.ports.clock import Clock
from weft.ports.engine import StartPlan
from weft.ports.ids import Ids

SYSTEM_DEFAULTS: dict[str, Any] = {
    "actionTimeout": 60,
    "stateTimeout": 300,
    "eventTimeout": 600,
    "workflowTimeout": 3600,
    "systemActivityTimeout": 10,
    "retryMaxAttempts": 5,
    "retryDelay": 10,
    "retryMaxDelay": 300,
    "retryDelayMultiplier": 1.5,
    "retryJitter": 0.2,
}
"""Time-outs in seconds (0: none), retries for actions that name no policy. They apply where the language says so."""


class JobRequest(msgspec.Struct, kw_only=True):
    """What a start is asked with: a definition by name (and version), or by `workflow_id` in a namespace.

    `namespace` is as records name it; a job that is started by id stands in it, else where its definition stands.
    `id` and `started_by` are given only by what starts jobs by itself. `shown` is the input as people may see it, where
    that is not `data` itself. `root_job` is the job that this one goes back to, where that is another.
    """

    workflow_name: str = ""
    workflow_version: str = ""
    workflow_id: str = ""
    namespace: str = ""
    name: str = ""
    tags: tuple[str, ...] = ()
    data: Any = None
    log_level: str = ""
    id: str = ""
    trigger: Trigger = Trigger("request")
    started_by: str = ""
    tenant: str = DEFAULT_TENANT
    schedule: str = ""
    scheduled_at: int = 0
    business_key: str | None = None
    root_job: str = ""
    labels: dict[str, Any] = {}
    shown: Any = msgspec.UNSET


class Planner:
    """Makes StartPlans. `defaults` gives the system defaults in force at the moment of a start."""

    def __init__(
        self,
        *,
        clock: Clock,
        ids: Ids,
        limits: Mapping[str, int] | None = None,
        defaults: Callable[[], Mapping[str, Any]] = lambda: SYSTEM_DEFAULTS,
        runtime: Mapping[str, Any] | None = None,
    ) -> None:
        self.clock = clock
        self.ids = ids
        self.limits = dict(limits or {})
        self.defaults = defaults
        self.runtime = dict(runtime or {})

    def plan(self, workflow: Workflow, program: Program, request: JobRequest) -> StartPlan:
        """The start of a new job; ids and the seed are drawn here."""
        at = self.clock.now_ms()
        job_id, run_id = request.id or self.ids.uuid4(), self.ids.uuid7()
        job = Job(
            id=job_id,
            run=run_id,
            name=request.name or workflow.name,
            workflow_name=workflow.name,
            workflow_version=workflow.version,
            workflow_id=workflow.id,
            revision=workflow.revision,
            status="pending",
            started_at=at,
            tenant=request.tenant,
            namespace=request.namespace if request.workflow_id else workflow.namespace,
            tags=request.tags,
            workflow_tags=workflow.tags,
            input=request.data if request.shown is msgspec.UNSET else request.shown,
            first_run=run_id,
            root_job=request.root_job or job_id,
            root_run=run_id,
            started_by=request.started_by,
            schedule=request.schedule,
            scheduled_at=request.scheduled_at,
            log_level=request.log_level,
            dialect=program.dialect,
            created_at=at,
            updated_at=at,
            label=workflow.label,
            timeout_s=workflow.timeout_s,
            timeout_policy=workflow.timeout_policy,
        )
        plan = self.of_job(job, program, request.trigger)
        plan.started = msgspec.structs.replace(
            plan.started,
            input=request.data,
            business_key=request.business_key,
            labels=request.labels,
        )
        return plan

    def of_job(self, job: Job, program: Program, trigger: Trigger) -> StartPlan:
        """The start of a run of `job`, whose ids are set, with the job's input."""
        defaults = dict(self.defaults()) if program.rules.system_defaults else {}
        job.due_at = due_at(program, defaults, job.started_at)
        started = RunStarted(
            seq=1,
            at=job.started_at,
            job=job.id,
            run=job.run,
            attempt=job.attempt,
            seed=self.ids.token(32),
            identity=Identity(
                job.workflow_name, job.workflow_version, program.identity.namespace or job.namespace, job.revision
            ),
            input=job.input,
            trigger=trigger,
            job_name=job.name,
            secrets=program.secrets,
            limits=self.limits,
            defaults=defaults,
            runtime=self.runtime,
        )
        return StartPlan(job, program, started)


def due_at(program: Program, defaults: Mapping[str, Any], at: int) -> int:
    """When the run's time limit ends it (UTC ms); 0 without one, or where only the run itself can tell."""
    limit = program.run.timeout
    if limit is not None:
        fixed = limit.fixed
        return fixed.after(at) if fixed is not None and (fixed.ms or fixed.months) else 0
    seconds = defaults.get("workflowTimeout", 0) if program.rules.system_defaults else 0
    return at + int(seconds * 1000) if seconds else 0
