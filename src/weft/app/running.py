"""The running half of the server: engine, workers, and the services of definitions, jobs, adapters and events.

Order of the start: built-in types, engine with recovery, built-in adapters, workers that should run. Ends in the
opposite order, so that no worker answers an engine that has gone.
"""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weft.app.answering import build_idempotency
from weft.app.connecting import build_connectors, build_payloads, check_scripts
from weft.app.definitions import DefinitionParts, build_definitions
from weft.app.fetching import HttpFetch
from weft.app.schedules import build_schedules
from weft.app.settings import Settings
from weft.connectors.runner import ConnectorRunner
from weft.dsl.machine.inputs import Trigger
from weft.engines.embedded.engine import EmbeddedEngine
from weft.engines.embedded.limits import Limits
from weft.engines.embedded.scheduler import Scheduler
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Tx
from weft.ports.vault import Vault
from weft.services.access_rights import rights_now
from weft.services.activity_resolution import ActivityResolution
from weft.services.adapter_files import AdapterFiles
from weft.services.adapters import Adapters
from weft.services.engine_host import Host
from weft.services.event_publishing import EventPublishing
from weft.services.event_types import EventTypes
from weft.services.events import Events, EventStart, StartFromEvent
from weft.services.hand_out import HandOuts
from weft.services.idempotency import Idempotency
from weft.services.inline_secrets import InlineSecrets
from weft.services.job_control import JobControl
from weft.services.job_list import JobList
from weft.services.job_plans import JobRequest
from weft.services.job_tasks import JobTasks
from weft.services.jobs import JobService
from weft.services.listed_definitions import ListedDefinitions
from weft.services.manual_tasks import ManualTasks
from weft.services.payloads import Payloads
from weft.services.programs import Programs
from weft.services.resource_types import ResourceTypes
from weft.services.resources import Resources
from weft.services.schedules import Schedules
from weft.services.secret_types import SecretTypes
from weft.services.secrets import Secrets
from weft.services.system_functions import SystemFunctions
from weft.services.type_registry import register_builtin
from weft.services.worker_profiles import WorkerProfiles
from weft.services.workers import Workers
from weft.services.workflow_transfer import WorkflowTransfer
from weft.services.workflows import Workflows
from weft.store.job_search import Search
from weft.store.run_list import SqlRunList
from weft.store.sqlite import SqliteStore
from weft.workers.sdk_dir import ensure
from weft.workers.supervisor import Supervisor, SupervisorSettings
from weft_adapter.egress import EgressPolicy


@dataclass(frozen=True)
class Running:
    """The services that the dialects are made of, and the backends behind them."""

    engine: EmbeddedEngine
    supervisor: Supervisor
    workflows: Workflows
    listed: ListedDefinitions
    inline: InlineSecrets
    transfer: WorkflowTransfer
    jobs: JobService
    job_list: JobList
    job_tasks: JobTasks
    job_control: JobControl
    manual_tasks: ManualTasks
    payloads: Payloads
    connectors: ConnectorRunner
    resources: Resources
    resource_types: ResourceTypes
    secrets: Secrets
    secret_types: SecretTypes
    adapters: Adapters
    workers: Workers
    profiles: WorkerProfiles
    event_types: EventTypes
    events: Events
    functions: SystemFunctions
    schedules: Schedules
    scheduler: Scheduler
    idempotency: Idempotency


def sdk_dir(settings: Settings) -> Path:
    """Where the adapter SDK stands for adapters: made at install time beside the interpreter, else under the data."""
    installed = Path(sys.prefix) / "share" / "weft" / "sdk"
    return installed if (installed / "weft_adapter").is_dir() else settings.data_dir / "sdk"


def egress_policy(settings: Settings) -> EgressPolicy:
    return EgressPolicy(allow=tuple(settings.egress_allow), own_ports=(settings.port,))


def engine_limits(settings: Settings) -> Limits:
    return Limits(
        open_runs=settings.engine_max_open_runs,
        queued_tasks=settings.engine_queue,
        inbox=settings.engine_inbox,
        resident_runs=settings.engine_cache,
        retention_ms=int(settings.engine_retention * 1000),
    )


async def build_running(
    settings: Settings, store: SqliteStore, vault: Vault, clock: Clock, ids: Ids, stack: AsyncExitStack, log: Any
) -> Running:
    """Make and start everything that runs jobs."""
    await register_builtin(store)
    policy = egress_policy(settings)
    programs = Programs()
    resolution = ActivityResolution()
    secrets = Secrets(store, vault, clock)
    functions = SystemFunctions()
    made = build_definitions(settings, store, vault, clock, ids, programs, resolution, stack)
    workflows, planner = made.workflows, made.planner
    host = Host(
        workflows=workflows,
        programs=programs,
        planner=planner,
        resolution=resolution,
        hand_outs=HandOuts(store, secrets, made.inline),
        publishing=EventPublishing(store, secrets, HttpFetch(policy)),
        functions=functions,
        starts=made.starts,
        rights=rights_now(clock),
        children=made.children,
    )
    engine = EmbeddedEngine(store, host, clock, ids, limits=engine_limits(settings))
    supervisor = _supervisor(settings, engine, policy)
    jobs = _jobs(store, engine, programs, made)
    host.start_within = jobs.start_within
    workers = Workers(store, supervisor, clock, ids, resolution)
    adapters = Adapters(store, supervisor, _adapter_files(settings), workers, resolution, clock, ids)
    timed = build_schedules(store, clock, ids, made, jobs)
    job_tasks = JobTasks(store, engine, programs)
    running = Running(
        engine=engine,
        supervisor=supervisor,
        workflows=workflows,
        listed=made.listed,
        inline=made.inline,
        transfer=WorkflowTransfer(store, clock, ids, programs),
        jobs=jobs,
        job_list=JobList(store, SqlRunList(), engine.listed.show_begun),
        job_tasks=job_tasks,
        job_control=JobControl(store, engine),
        manual_tasks=ManualTasks(store, engine, job_tasks),
        payloads=build_payloads(store, job_tasks),
        connectors=build_connectors(settings, store, engine, secrets, policy, clock, ids),
        resources=Resources(store, clock),
        resource_types=ResourceTypes(store),
        secrets=secrets,
        secret_types=SecretTypes(store),
        adapters=adapters,
        workers=workers,
        profiles=WorkerProfiles(store, clock),
        event_types=EventTypes(store, clock),
        events=Events(store, clock, ids, engine, from_event(jobs)),
        functions=functions,
        schedules=timed.schedules,
        scheduler=timed.scheduler,
        idempotency=build_idempotency(settings, store, clock, stack),
    )
    await check_scripts(settings, log)
    await start_running(running, stack, log)
    return running


def _adapter_files(settings: Settings) -> AdapterFiles:
    return AdapterFiles(settings.data_dir / "adapters" / "files", settings.adapters_max_upload)


def _supervisor(settings: Settings, engine: EmbeddedEngine, policy: EgressPolicy) -> Supervisor:
    return Supervisor(
        engine,
        settings.data_dir / "adapters",
        ensure(sdk_dir(settings)),
        egress=policy,
        settings=SupervisorSettings(index=settings.adapters_index or None),
    )


def _jobs(store: SqliteStore, engine: EmbeddedEngine, programs: Programs, made: DefinitionParts) -> JobService:
    return JobService(
        store=store,
        engine=engine,
        search=Search(),
        workflows=made.workflows,
        programs=programs,
        planner=made.planner,
        starts=made.starts,
    )


async def start_running(running: Running, stack: AsyncExitStack, log: Any) -> None:
    """Recovery first, then what answers it."""
    await running.engine.open()
    stack.push_async_callback(running.engine.close)
    stack.push_async_callback(running.supervisor.close)
    stack.push_async_callback(running.workers.close)
    await running.connectors.open()
    stack.push_async_callback(running.connectors.close)
    await running.adapters.install_builtin()
    for problem in await running.workers.start_wanted():
        log.warning("worker not started", problem=problem)
    await running.scheduler.open()
    stack.push_async_callback(running.scheduler.close)


def from_event(jobs: JobService) -> StartFromEvent:
    """A job that an event asks for; the event itself goes to the job's first wait."""

    def start_job(tx: Tx, start: EventStart) -> None:
        jobs.start_within(
            tx,
            JobRequest(
                workflow_name=start.workflow_name,
                workflow_version=start.workflow_version,
                name=start.job_name,
                data=start.data,
                trigger=Trigger("event", start.started_by, (start.event,)),
                started_by=start.started_by,
                tenant=start.tenant,
            ),
        )

    return start_job
