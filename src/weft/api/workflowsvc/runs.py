"""Runs: list, look at, start, command."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Protocol
from urllib.parse import quote

from weft.api.workflowsvc import schemas
from weft.api.workflowsvc.declaring import declare
from weft.api.workflowsvc.errors import BODY, located
from weft.api.workflowsvc.front import Front, Problems, members, page_body
from weft.api.workflowsvc.parameters import Query
from weft.api.workflowsvc.run_view import RunView
from weft.api.workflowsvc.schemas import answers
from weft.api.workflowsvc.scoping import Asked
from weft.api.workflowsvc.sorting import NEWEST_RUNS, RUN_COLUMNS, read_sort
from weft.api.workflowsvc.words import COMMANDS, STATUSES_OF, Command, run_status
from weft.domain.access import Principal
from weft.domain.errors import InUse, Invalid, Refusal
from weft.domain.jobs import Job
from weft.ports.run_list import RunPage, RunQuery
from weft.ports.store import Tx
from weft.services.job_control import MAX_REASON, JobControl
from weft.services.job_plans import JobRequest
from weft.services.jobs import JobService
from weft.web.once import Keep
from weft.web.operations import Answer, Operation, Parameter

PATH: Final = "/workflowsvc/api/v1"
GROUP: Final = "Workflows"
_operation: Final = partial(declare, GROUP, BODY)
_LOOPS: Final = "_includeLoopOverTasks"
_UUID: Final = r"^[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}$"
_UUID_TEXT: Final = {"type": "string", "pattern": _UUID}


RANKS: Final = tuple(STATUSES_OF[word] for word in sorted(STATUSES_OF))
"""How states are ordered: by their words."""


class RunPages(Protocol):
    """Lists of runs in one namespace."""

    async def listed(self, principal: Principal, query: RunQuery) -> RunPage: ...


class RunEndpoints:
    """The handlers."""

    def __init__(self, front: Front, jobs: JobService, pages: RunPages, view: RunView, control: JobControl) -> None:
        self._front = front
        self._jobs = jobs
        self._pages = pages
        self._view = view
        self._control = control

    async def page(self, asked: Asked) -> Answer:
        """Runs of the namespace, those of every dialect."""
        query = read_query(asked.query, asked.scope)
        found = await self._pages.listed(asked.principal, query)
        shown = self._view.page(found.jobs, asked.tenant)
        return Answer(body=page_body(query.offset, query.limit, found.total, shown))

    async def get(self, asked: Asked) -> Answer:
        """One run with its tasks; those of iterations only when asked for."""
        loops = asked.query.flag(_LOOPS)
        asked.query.done()
        job = await self._control.get(asked.principal, asked.path("workflowid"), scope=asked.scope)
        return Answer(body=self._view.alone(job, asked.tenant, iterations=loops))

    async def start(self, asked: Asked) -> Answer:
        """A new run of a definition; the answer shows it as it was created."""

        async def work(keep: Keep) -> Answer:
            request = await read_start(asked)
            made: list[Answer] = []

            def also(tx: Tx, job: Job) -> None:
                made[:] = [self._created(tx, asked, job)]
                keep(tx, made[0])

            try:
                await self._jobs.start(asked.principal, request, also=also)
            except Invalid as cause:
                raise located(cause, "/_inputParams", BODY) from None
            return made[0]

        return await self._front.once(asked, "/workflows", work)

    def _created(self, tx: Tx, asked: Asked, job: Job) -> Answer:
        body = self._view.created(job, self._jobs.programs.get(tx, job.revision), asked.tenant)
        where = f"{PATH}/workflows/{quote(job.id, safe='')}?nsfilter={asked.namespace.id}"
        return Answer(status=201, body=body, headers={"Location": where})

    async def command(self, asked: Asked) -> Answer:
        """Pause, resume, retry or terminate a run."""
        run = asked.path("workflowid")

        async def work(keep: Keep) -> Answer:
            try:
                verb, reason = await read_command(asked)
            except Refusal:
                await self._known(asked, run)
                raise
            made: list[Answer] = []

            def also(tx: Tx, job: Job) -> None:
                made[:] = [Answer(body=self._view.alone(job, asked.tenant, tx=tx))]
                keep(tx, made[0])

            try:
                await self._control.command(asked.principal, run, verb, scope=asked.scope, reason=reason, also=also)
            except InUse as cause:
                raise await self._worded(asked, run, verb, cause) from None
            return made[0]

        return await self._front.once(asked, f"/workflows/{run}/status", work)

    async def _worded(self, asked: Asked, run: str, verb: Command, cause: InUse) -> InUse:
        """The refusal of a command in the words of this dialect."""
        if cause.code != "illegal_state":
            return cause
        job = await self._control.get(asked.seeing("job.get"), run, scope=asked.scope)
        word = next(word for word, command in COMMANDS.items() if command == verb)
        return InUse(f"The workflow is {run_status(job)} and cannot be {word}.", code=cause.code)

    async def _known(self, asked: Asked, run: str) -> None:
        """An unknown run is told before what is wrong with the body. Raises NotFound."""
        await self._control.get(asked.seeing("job.get"), run, scope=asked.scope)

    def operations(self) -> tuple[Operation, ...]:
        """All operations on runs."""
        handler = self._front.handler
        return (
            _operation(
                "GET", "(workflows|workflow)", "listWorkflows", "job.list", "Runs, the newest first",
                handler(self.page), parameters=(*schemas.LISTING, schemas.NAME, *FILTERS, schemas.SORT),
                responses=answers({200: schemas.listed(schemas.RUN)}),
            ),
            _operation(
                "GET", "(workflows|workflow)/{workflowid}", "getWorkflow", "job.get", "One run", handler(self.get),
                parameters=(Parameter(_LOOPS, "query", "show the tasks of iterations, too", schema=schemas.FLAG),),
                responses=answers({200: schemas.RUN}, 404),
            ),
            _operation(
                "POST", "(workflows|workflow)", "startWorkflow", "job.create", "Start a run", handler(self.start),
                parameters=(schemas.KEY,), request=schemas.START,
                responses=answers({201: schemas.RUN}, 404, 409, 422, body=True),
            ),
            _operation(
                "PUT", "(workflows|workflow)/{workflowid}/status", "commandWorkflow", "run.control",
                "Pause, resume, retry or terminate a run", handler(self.command), parameters=(schemas.KEY,),
                request=schemas.COMMAND, responses=answers({200: schemas.RUN}, 404, 409, 422, body=True),
            ),
            _operation(
                "PUT", "(workflows|workflow){workflowid:uuid}/status", "commandWorkflowUnseparated", "run.control",
                "The same, with the id directly behind the word", handler(self.command),
                parameters=(
                    Parameter("workflowid", "path", "a UUID", required=True, schema=_UUID_TEXT),
                    schemas.KEY,
                ),
                request=schemas.COMMAND, responses=answers({200: schemas.RUN}, 404, 409, 422, body=True),
            ),
        )  # fmt: skip


FILTERS: Final = (
    Parameter("_defId", "query", "part of the definition's id, in any case"),
    Parameter("_status", "query", "a run state, or several with commas"),
    Parameter("startDate", "query", "earliest creation: YYYY-MM-DD or a date-time"),
    Parameter("endDate", "query", "latest creation: a whole day, or an instant"),
)


def read_query(query: Query, scope: str) -> RunQuery:
    """The parameters of the list. Raises Wrong with all problems."""
    page = query.page()
    order = read_sort(query, RUN_COLUMNS, NEWEST_RUNS)
    statuses = query.statuses()
    low, high = query.bounds()
    name, definition = query.text("_name"), query.text("_defId")
    query.done()
    return RunQuery(
        namespace=scope,
        name=name,
        definition=definition,
        statuses=statuses,
        created_from=low,
        created_to=high,
        order=order,
        ranks=RANKS,
        offset=page.offset,
        limit=page.limit,
    )


async def read_start(asked: Asked) -> JobRequest:
    """What a run is started with. Raises Wrong."""
    body = await members(asked)
    problems = Problems(BODY)
    definition = body.get("_workflowDefId")
    if not isinstance(definition, str) or not definition:
        problems.add("/_workflowDefId", "_workflowDefId is the id of a definition and required")
        definition = ""
    data = body.get("_inputParams")
    if data is not None and not isinstance(data, dict):
        problems.add("/_inputParams", "_inputParams is an object")
    problems.done()
    return JobRequest(
        workflow_name="",
        workflow_id=definition.lower(),
        namespace=asked.scope,
        data={} if data is None else data,
    )


async def read_command(asked: Asked) -> tuple[Command, str | None]:
    """The command and its reason. Raises Wrong."""
    body = await members(asked)
    problems = Problems(BODY)
    verb = _command(body)
    if verb is None:
        problems.add("/_status", f"_status is one of {', '.join(COMMANDS)}")
    reason = body.get("_reason")
    if reason is not None and (not isinstance(reason, str) or len(reason) > MAX_REASON):
        problems.add("/_reason", f"_reason is a text of at most {MAX_REASON} characters")
    problems.done()
    return verb or "pause", reason if isinstance(reason, str) else None


def _command(body: Mapping[str, Any]) -> Command | None:
    word = body.get("_status")
    return COMMANDS.get(word.upper()) if isinstance(word, str) else None


__all__ = ["PATH", "RunEndpoints", "RunPages", "read_command", "read_query", "read_start"]
