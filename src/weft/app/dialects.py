"""The dialects over the running services."""

from __future__ import annotations

from weft.api.cwm import dialect as cwm
from weft.api.cwm.jobs import JobEndpoints, operations
from weft.api.cwm.words import LONG, SHORT
from weft.api.workflow_execution import dialect as workflow_execution
from weft.api.workflowsvc import dialect as workflowsvc
from weft.app.access import AccessParts
from weft.app.running import Running
from weft.app.settings import Settings
from weft.ports.ids import Ids
from weft.ports.store import Store
from weft.web.operations import Dialect


def cwm_dialect(settings: Settings, running: Running) -> Dialect:
    """Crosswork Workflow Manager, both generations."""
    words = {
        "v1": LONG if settings.cwm_v1_enum_text == "long" else SHORT,
        "v2": LONG if settings.cwm_v2_enum_text == "long" else SHORT,
    }
    jobs = JobEndpoints(running.jobs, words=words, long_poll_limit_s=settings.cwm_long_poll_limit)
    services = cwm.CwmServices(
        workflows=running.workflows,
        transfer=running.transfer,
        resources=running.resources,
        resource_types=running.resource_types,
        secrets=running.secrets,
        secret_types=running.secret_types,
        adapters=running.adapters,
        workers=running.workers,
        worker_profiles=running.profiles,
        event_types=running.event_types,
        events=running.events,
        system_functions=running.functions,
        empty_as_204=settings.cwm_empty_as_204,
    )
    return cwm.dialect(services, operations(jobs))


def workflowsvc_dialect(access: AccessParts, running: Running) -> Dialect:
    """The workflow service."""
    services = workflowsvc.WorkflowsvcServices(
        tenants=access.tenants,
        idempotency=running.idempotency,
        jobs=running.jobs,
        pages=running.job_list,
        tasks=running.job_tasks,
        control=running.job_control,
        manual=running.manual_tasks,
        payloads=running.payloads,
        definitions=running.listed,
        schedules=running.schedules,
        new_id=running.jobs.planner.ids.uuid4,
    )
    return workflowsvc.dialect(services)


def workflow_execution_dialects(running: Running, access: AccessParts, store: Store, ids: Ids) -> tuple[Dialect, ...]:
    """Task graphs and their executions, with the token endpoint that goes with them."""
    services = workflow_execution.WorkflowExecutionServices(
        tenants=access.tenants,
        clients=access.clients,
        definitions=running.listed,
        jobs=running.jobs,
        pages=running.job_list,
        tasks=running.job_tasks,
        control=running.job_control,
        idempotency=running.idempotency,
        store=store,
        ids=ids,
    )
    return workflow_execution.dialects(services)
