"""Definitions of a customer: list, create, look at, replace, delete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NoReturn

from weft.api.workflow_execution import envelope
from weft.api.workflow_execution.definition_bodies import Written, merged, read_definition
from weft.api.workflow_execution.definition_shapes import LANGUAGE, Graph, definition_of, info_of
from weft.api.workflow_execution.executions import existing, no_workflow, workflow_path
from weft.api.workflow_execution.graphs import Graphs
from weft.api.workflow_execution.once import Once
from weft.api.workflow_execution.problems import BadRequest, entries_of
from weft.api.workflow_execution.reading import data_of, listing, path_id
from weft.domain.errors import Conflict, Invalid, NotFound, PreconditionFailed
from weft.domain.tenancy import DEFAULT_NAMESPACE
from weft.domain.workflows import Workflow
from weft.ports.ids import Ids
from weft.ports.store import Also, Tx
from weft.services.listed_definitions import DefinitionQuery, ListedDefinition, ListedDefinitions
from weft.web.once import Keep
from weft.web.operations import Answer, Call
from weft.web.preconditions import etag, wanted

IF_MATCH: Final = "if-match"


class DefinitionEndpoints:
    """The handlers."""

    def __init__(self, definitions: ListedDefinitions, graphs: Graphs, once: Once, ids: Ids) -> None:
        self._definitions = definitions
        self._graphs = graphs
        self._once = once
        self._ids = ids

    async def page(self, call: Call) -> Answer:
        """Definitions of every language, the newest first."""
        wanted = listing(call)
        query = DefinitionQuery(
            scope=DEFAULT_NAMESPACE, created_from=wanted.created_from, created_to=wanted.created_to,
            order=(("created_at", True),), offset=wanted.skip, limit=wanted.take,
        )  # fmt: skip
        found, total = await self._definitions.page(call.principal, query)
        shown = [definition_of(workflow, self._graphs.of_workflow(workflow)) for workflow in found]
        return Answer(body=envelope.listed(shown, total, {}))

    async def create(self, call: Call) -> Answer:
        """A new definition, checked as a whole."""
        customer = path_id(call, "customerId")

        async def work(keep: Keep) -> Answer:
            written = read_definition(await data_of(call), self._ids.uuid4)
            made: list[Answer] = []

            def also(tx: Tx, workflow: Workflow) -> None:
                where = {"Location": workflow_path(customer, workflow.id)}
                made[:] = [self._shown(tx, workflow, 201, where)]
                keep(tx, made[0])

            try:
                await self._definitions.create(call.principal, _given(written), also=_refusing(written, also))
            except (Invalid, Conflict) as cause:
                _refused(written, cause)
            return made[0]

        return await self._once.answer(call, workflow_path(customer), work)

    async def get(self, call: Call) -> Answer:
        """One definition."""
        try:
            workflow = await self._definitions.get(call.principal, path_id(call, "workflowId"), scope=DEFAULT_NAMESPACE)
        except NotFound:
            raise no_workflow() from None
        return _answer(workflow, self._graphs.of_workflow(workflow), 200, {})

    async def replace(self, call: Call) -> Answer:
        """The whole definition anew, as its next revision; what runs keeps the revision that it began with."""
        ident = path_id(call, "workflowId")
        number = await self._expected(call, ident)
        written = read_definition(await data_of(call), self._ids.uuid4, ident)
        made: list[Answer] = []

        def also(tx: Tx, workflow: Workflow) -> None:
            made[:] = [self._shown(tx, workflow, 200)]

        try:
            await self._definitions.replace(
                call.principal, ident, _given(written), scope=DEFAULT_NAMESPACE, if_number=number,
                also=_refusing(written, also),
            )  # fmt: skip
        except NotFound:
            raise no_workflow() from None
        except (Invalid, Conflict, PreconditionFailed) as cause:
            _refused(written, cause)
        return made[0]

    async def delete(self, call: Call) -> Answer:
        """Later starts find nothing; what runs goes on."""
        ident = path_id(call, "workflowId")
        number = await self._expected(call, ident)
        try:
            await self._definitions.delete(call.principal, ident, scope=DEFAULT_NAMESPACE, if_number=number)
        except NotFound:
            raise no_workflow() from None
        return Answer(status=204, empty=True)

    async def _expected(self, call: Call, ident: str) -> int | None:
        """The number on which a change may be made; see `weft.web.preconditions`."""

        async def present() -> int:
            return (await existing(self._definitions, call.principal, ident)).number

        return await wanted(call.headers.get(IF_MATCH), present)

    def _shown(self, tx: Tx, workflow: Workflow, status: int, headers: Mapping[str, str] | None = None) -> Answer:
        graph = self._graphs.within(tx, workflow.id, workflow.revision)
        return _answer(workflow, graph, status, headers or {})


def _answer(workflow: Workflow, graph: Graph, status: int, headers: Mapping[str, str]) -> Answer:
    body = envelope.success(definition_of(workflow, graph), info_of(workflow))
    return Answer(status=status, body=body, headers={**headers, "ETag": etag(workflow.number)})


def _given(written: Written) -> ListedDefinition:
    return ListedDefinition(document=written.document, hint=LANGUAGE, scopes=(DEFAULT_NAMESPACE,))


def _refusing(written: Written, also: Also[Workflow]) -> Also[Workflow]:
    """What ends the transaction: `also`, or the refusal of a body that only this dialect finds wrong."""
    if not written.entries:
        return also

    def refuse(tx: Tx, workflow: Workflow) -> None:
        raise BadRequest(written.entries)

    return refuse


def _refused(written: Written, cause: Invalid | Conflict | PreconditionFailed) -> NoReturn:
    """Raise what the caller is told: all problems of the body at once, and those before any question of state."""
    found = entries_of(cause.problems)
    if written.entries or found:
        raise BadRequest(merged(written.entries, found)) from None
    raise cause
