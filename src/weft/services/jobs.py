"""Jobs: start them, find them, see what they did, control them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import InUse, Invalid, NotFound
from weft.domain.filters import Filter, JobQuery
from weft.domain.jobs import Job
from weft.domain.workflows import Workflow
from weft.dsl.machine.inputs import Trigger
from weft.ports.engine import ControlKind, Engine, LogEntry, Pending
from weft.ports.job_search import JobSearch
from weft.ports.store import Also, Store, Tx
from weft.services import history
from weft.services.history import HistoryEvent
from weft.services.job_plans import JobRequest, Planner
from weft.services.job_starts import Prepared, StartRules
from weft.services.pending_work import needs_history, place
from weft.services.programs import Programs
from weft.services.workflows import Workflows, check_input, definition_in

MAX_TAGS = 50
MAX_TAG = 255
MAX_NAME = 255
MAX_REASON = 4096
LONG_LOG = 200
LOG_PART = 10_000


class Page(msgspec.Struct):
    """`after` is the position of the page's last job when more may follow, else None."""

    jobs: list[Job]
    after: tuple[Any, ...] | None = None


class Description(msgspec.Struct):
    """A job, what its run waits for now, and how many history events it has.

    `numbers`: by the ref of something pending, the history event that scheduled or opened it.
    """

    job: Job
    pending: Pending
    history_length: int
    numbers: dict[str, int] = {}


class JobService:
    """Use cases of jobs: each method one authorization, one transaction, one outcome."""

    def __init__(
        self,
        *,
        store: Store,
        engine: Engine,
        search: JobSearch,
        workflows: Workflows,
        programs: Programs,
        planner: Planner,
        starts: StartRules | None = None,
    ) -> None:
        self.store = store
        self.engine = engine
        self.search = search
        self.workflows = workflows
        self.programs = programs
        self.planner = planner
        self.starts = starts or StartRules()
        self.stopping = asyncio.Event()
        """Set when the server begins to stop: nobody is kept waiting any longer."""

    async def start(self, principal: Principal, request: JobRequest, *, also: Also[Job] | None = None) -> Job:
        """Start a job; it is durable then. Raises Invalid (definition by name, data), NotFound (definition by id),
        Conflict (`task_type_disabled`), TooLarge, Busy, QuotaExceeded."""
        principal.require("job.create")
        check_request(request)
        self.engine.capacity()
        request.started_by, request.tenant = principal.name, principal.tenant
        if not request.trigger.by:
            request.trigger = Trigger(request.trigger.kind, principal.name, request.trigger.events)
        prepared = self.store.read_now(lambda tx: self._plan(tx, request))
        await self.starts.prepare(request.tenant, prepared.concealed)

        def work(tx: Tx) -> Job:
            self.starts.check_quota(tx, request.tenant, prepared.plan.job.namespace)
            job = self._begin(tx, prepared)
            if also is not None:
                also(tx, job)
            return job

        return await self.store.write(work)

    def start_within(self, tx: Tx, request: JobRequest) -> Job:
        """Start a job inside a transaction that does more (an event that is stored and starts a job)."""
        check_request(request)
        return self._begin(tx, self._plan(tx, request))

    def _begin(self, tx: Tx, prepared: Prepared) -> Job:
        self.starts.store(tx, prepared.plan.job.tenant, prepared.concealed)
        return self.engine.start(tx, prepared.plan)

    def _plan(self, tx: Tx, request: JobRequest) -> Prepared:
        workflow = self._definition(tx, request)
        program = self.programs.get(tx, workflow.revision)
        if program.rules.input_object and request.data is None:
            request.data = {}
        check_input(workflow, request.data)
        self.starts.check_features(program)
        request.id = request.id or self.planner.ids.uuid4()
        concealed = self.starts.read_input(tx, workflow, program, request)
        return Prepared(self.planner.plan(workflow, program, request), concealed)

    def _definition(self, tx: Tx, request: JobRequest) -> Workflow:
        if request.workflow_id:
            return definition_in(tx, request.tenant, request.workflow_id, request.namespace)
        workflow = self.workflows.find(tx, request.tenant, request.workflow_name, request.workflow_version)
        if workflow is None:
            wanted = f"{request.workflow_name} {request.workflow_version}".rstrip()
            raise Invalid(f"workflow {wanted} does not exist", code="WORKFLOW_NOT_FOUND")
        return workflow

    async def page(self, principal: Principal, query: JobQuery) -> Page:
        """One page of the caller's tenant. A page as long as the limit may be followed by an empty one."""
        principal.require("job.list")

        def work(tx: Tx) -> Page:
            wanted = msgspec.structs.replace(query, limit=query.limit + 1)
            jobs = self.search.page(tx, wanted, tenant=principal.tenant)
            if len(jobs) <= query.limit:
                return Page(jobs)
            jobs.pop()
            return Page(jobs, self.search.position(jobs[-1], query))

        return await self.store.read(work)

    async def count(self, principal: Principal, where: Filter | None) -> int:
        principal.require("job.count")
        return await self.store.read(lambda tx: self.search.count(tx, where, tenant=principal.tenant))

    async def tags(self, principal: Principal) -> list[str]:
        principal.require("job.listTags")
        return await self.store.read(lambda tx: self.search.tags(tx, tenant=principal.tenant))

    async def describe(self, principal: Principal, job: str, run: str) -> Description:
        """Raises NotFound."""
        principal.require("job.get")
        found = self._get(principal, job, run)
        if found.closed:
            return Description(found, Pending(), found.history_length)
        pending = self.engine.pending(found.run)
        if not needs_history(pending):
            return Description(found, pending, found.history_length)
        entries = await self.engine.history(found.run)
        if len(entries) > LONG_LOG:  # numbering a long log takes a while: others go on meanwhile
            numbers = await asyncio.to_thread(place, pending, entries)
        else:
            numbers = place(pending, entries)
        return Description(found, pending, found.history_length, numbers)

    async def history(self, principal: Principal, job: str, run: str) -> tuple[Job, list[HistoryEvent]]:
        """The job and every event so far, numbered from 1. Raises NotFound."""
        principal.require("job.events")
        found = self._get(principal, job, run)
        return found, history.project(await self._log(found.run))

    async def _log(self, run: str) -> list[LogEntry]:
        """The whole log, read in parts so that no reader is held for long."""
        log: list[LogEntry] = []
        while True:
            part = await self.engine.history(run, after=log[-1].seq if log else 0, limit=LOG_PART)
            log += part
            if len(part) < LOG_PART:
                return log

    async def wait_closed(self, principal: Principal, job: str, run: str, timeout_s: float) -> bool:
        """True once the run has closed, False after `timeout_s` or when the server stops. Raises NotFound."""
        principal.require("job.events")
        found = self._get(principal, job, run)
        if found.closed or self.stopping.is_set() or timeout_s <= 0:
            return found.closed
        closed = asyncio.ensure_future(self.engine.wait_closed(found.run, timeout_s))
        stopped = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait((closed, stopped), return_when=asyncio.FIRST_COMPLETED)
            return closed.done() and closed.result()
        finally:
            closed.cancel()
            stopped.cancel()

    async def cancel(self, principal: Principal, job: str, run: str, reason: str = "") -> Job:
        """Ask an open job to end gracefully. Raises NotFound, InUse when it is closed."""
        principal.require("job.cancel")
        return await self._control(principal, job, run, "cancel", reason)

    async def terminate(self, principal: Principal, job: str, run: str, reason: str = "") -> Job:
        """End an open job now. Raises NotFound, InUse when it is closed."""
        principal.require("job.terminate")
        return await self._control(principal, job, run, "terminate", reason)

    async def suspend(self, principal: Principal, job: str, run: str, reason: str = "") -> Job:
        principal.require("run.control")
        return await self._control(principal, job, run, "suspend", reason)

    async def resume(self, principal: Principal, job: str, run: str, reason: str = "") -> Job:
        """Go on with a suspended or quarantined job."""
        principal.require("run.control")
        return await self._control(principal, job, run, "resume", reason)

    async def retry(self, principal: Principal, job: str, run: str, positions: Sequence[str] = ()) -> Job:
        """Take a failed job up again from where it failed, as a new run. Raises NotFound, InUse."""
        principal.require("run.control")
        found = self._get(principal, job, run)
        self.engine.capacity()
        return await self.store.write(lambda tx: self.engine.retry(tx, found.run, principal.name, tuple(positions)))

    async def _control(self, principal: Principal, job: str, run: str, kind: ControlKind, reason: str) -> Job:
        if len(reason) > MAX_REASON:
            raise Invalid(f"reason is longer than {MAX_REASON} characters")
        found = self._get(principal, job, run)
        if found.closed:
            raise InUse(f"job {job} is closed")
        await self.store.write(lambda tx: self.engine.control(tx, found.run, kind, reason, principal.name))
        return found

    def _get(self, principal: Principal, job: str, run: str) -> Job:
        found = self.store.read_now(lambda tx: tx.jobs.get(job, run, tenant=principal.tenant))
        if found is None:
            raise NotFound(f"job {job} with run {run} does not exist")
        return found


def check_request(request: JobRequest) -> None:
    """Raises Invalid for a name, tag or version that no job can have."""
    problems: list[str] = []
    if not request.workflow_name and not request.workflow_id:
        problems.append("workflowName is missing")
    if len(request.name) > MAX_NAME:
        problems.append(f"jobName is longer than {MAX_NAME} characters")
    if len(request.tags) > MAX_TAGS:
        problems.append(f"more than {MAX_TAGS} tags")
    if any(not tag or len(tag) > MAX_TAG for tag in request.tags):
        problems.append(f"a tag has 1 to {MAX_TAG} characters")
    if problems:
        raise Invalid(problems[0], problems)
