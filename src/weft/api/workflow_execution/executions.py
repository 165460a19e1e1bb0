"""Executions of a workflow: start, list, look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from weft.api.workflow_execution import envelope
from weft.api.workflow_execution.execution_shapes import RETRY_AFTER_S, execution_of, first_queued, info_of
from weft.api.workflow_execution.graphs import Graphs
from weft.api.workflow_execution.once import Once
from weft.api.workflow_execution.problems import BadRequest, Entry, bad
from weft.api.workflow_execution.reading import BAD_ID, data_of, listing, members, path_id, uuid
from weft.api.workflow_execution.words import FINISHED, status_of
from weft.domain.access import Principal
from weft.domain.errors import Invalid, NotFound
from weft.domain.jobs import Job
from weft.domain.tenancy import DEFAULT_NAMESPACE
from weft.domain.workflows import Workflow
from weft.ports.run_list import RunPage, RunQuery
from weft.ports.store import Tx
from weft.services.job_plans import JobRequest
from weft.services.jobs import JobService
from weft.web.once import Keep
from weft.web.operations import Answer, Call

if TYPE_CHECKING:
    from weft.services.job_control import JobControl
    from weft.services.job_tasks import JobTasks
    from weft.services.listed_definitions import ListedDefinitions

PREFIX: Final = "/api/workflow/v1.0/customer"
"""Links are written with this version, whichever one the request names."""
ACCEPTED: Final = 202
"""The answer to a start: the body is the state at acceptance, the work comes later."""
_START: Final = ("workflowId", "input")


class RunPages(Protocol):
    """Lists of runs."""

    async def listed(self, principal: Principal, query: RunQuery) -> RunPage: ...


def workflow_path(customer: str, workflow: str = "") -> str:
    """The canonical path of a definition, or of all of them."""
    base = f"{PREFIX}/{customer}/workflow"
    return f"{base}/{workflow}" if workflow else base


def execution_path(customer: str, workflow: str, execution: str = "") -> str:
    """The canonical path of an execution, or of all of one workflow."""
    base = f"{workflow_path(customer, workflow)}/WorkflowExecution"
    return f"{base}/{execution}" if execution else base


def no_workflow() -> NotFound:
    """One answer for every workflow that the customer does not have."""
    return NotFound("the workflow does not exist", code="workflow_not_found")


def no_execution() -> NotFound:
    """One answer for every execution that the workflow does not have."""
    return NotFound("the execution does not exist", code="execution_not_found")


async def existing(definitions: ListedDefinitions, principal: Principal, workflow: str) -> Workflow:
    """A definition, also for a caller that may do something with it but not read it. Raises NotFound."""
    try:
        return await definitions.get(principal.seeing("workflow.get"), workflow, scope=DEFAULT_NAMESPACE)
    except NotFound:
        raise no_workflow() from None


class ExecutionEndpoints:
    """The handlers."""

    def __init__(
        self,
        *,
        definitions: ListedDefinitions,
        jobs: JobService,
        pages: RunPages,
        tasks: JobTasks,
        control: JobControl,
        graphs: Graphs,
        once: Once,
    ) -> None:
        self._definitions = definitions
        self._jobs = jobs
        self._pages = pages
        self._tasks = tasks
        self._control = control
        self._graphs = graphs
        self._once = once

    async def start(self, call: Call) -> Answer:
        """Accept an execution: its job, task records and trigger queue are stored before the answer."""
        customer, workflow = path_id(call, "customerId"), path_id(call, "workflowId")

        async def work(keep: Keep) -> Answer:
            await existing(self._definitions, call.principal, workflow)
            data = await self._input(call, workflow)
            made: list[Answer] = []

            def also(tx: Tx, job: Job) -> None:
                made[:] = [self._accepted(tx, job, customer)]
                keep(tx, made[0])

            request = JobRequest(workflow_name="", workflow_id=workflow, namespace=DEFAULT_NAMESPACE, data=data)
            try:
                await self._jobs.start(call.principal, request, also=also)
            except NotFound:
                raise no_workflow() from None
            except Invalid as cause:
                raise _input_refused(cause) from None
            return made[0]

        return await self._once.answer(call, execution_path(customer, workflow), work)

    async def page(self, call: Call) -> Answer:
        """Executions, the newest first."""
        wanted = listing(call)
        workflow = path_id(call, "workflowId")
        await existing(self._definitions, call.principal, workflow)
        query = RunQuery(
            namespace=DEFAULT_NAMESPACE, workflow_id=workflow, created_from=wanted.created_from,
            created_to=wanted.created_to, order=(("created_at", True),), offset=wanted.skip, limit=wanted.take,
        )  # fmt: skip
        found = await self._pages.listed(call.principal, query)
        going = [job for job in found.jobs if status_of(job) not in FINISHED]
        records = dict(zip((job.id for job in going), self._tasks.brief(going), strict=True))
        shown = [execution_of(job, self._graphs.of_job(job), records.get(job.id, ())) for job in found.jobs]
        info = {"statuses": {job.id: status_of(job) for job in found.jobs}}
        return Answer(body=envelope.listed(shown, found.total, info))

    async def get(self, call: Call) -> Answer:
        """One execution in its present state; also one whose workflow has been deleted meanwhile."""
        try:
            job = await self._control.get(call.principal, path_id(call, "id"), scope=DEFAULT_NAMESPACE)
        except NotFound:
            raise no_execution() from None
        if job.workflow_id != path_id(call, "workflowId"):
            raise no_execution()
        headers = {} if status_of(job) in FINISHED else {"Retry-After": str(RETRY_AFTER_S)}
        graph, records = self._graphs.of_job(job), self._tasks.records(job, iterations=False)
        return Answer(
            body=envelope.success(execution_of(job, graph, records), info_of(job, graph, records)), headers=headers
        )

    def _accepted(self, tx: Tx, job: Job, customer: str) -> Answer:
        program = self._jobs.programs.get(tx, job.revision)
        graph = self._graphs.within(tx, job.workflow_id, job.revision)
        records = self._tasks.at_start(job, program) or first_queued(job, graph)
        accepted = msgspec.structs.replace(job, status="pending")
        body = envelope.success(execution_of(accepted, graph, records), info_of(accepted, graph, records))
        where = execution_path(customer, job.workflow_id, job.id)
        return Answer(status=ACCEPTED, body=body, headers={"Location": where})

    async def _input(self, call: Call, workflow: str) -> dict[str, Any]:
        """The run input of a start. Raises BadRequest with every problem of the body."""
        given = members(await data_of(call), _START)
        entries: list[Entry] = []
        named = given.get("workflowId")
        if named is not None and uuid(named) != workflow:
            message = BAD_ID if uuid(named) is None else "another workflow than the path's"
            entries.append(Entry("data.workflowId", message))
        data = given.get("input", {})
        if not isinstance(data, dict):
            entries.append(Entry("data.input", "an object"))
        if entries:
            raise BadRequest(entries)
        return data


def _input_refused(cause: Invalid) -> Invalid:
    """A start that the definition's own rules refuse speaks of the run input."""
    if isinstance(cause, BadRequest) or cause.problems:
        return cause
    return bad("data.input", "; ".join((cause.message, *cause.details))[:4096])
