"""Definitions: list, create, look at, replace, delete."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, NoReturn

from weft.api.workflowsvc import schemas
from weft.api.workflowsvc.declaring import declare
from weft.api.workflowsvc.definition_shapes import LANGUAGE, definition_body, projected_body
from weft.api.workflowsvc.errors import DEFINITION, Detail, Wrong
from weft.api.workflowsvc.front import Front, members, page_body
from weft.api.workflowsvc.projection import nodes_of, projected_tasks
from weft.api.workflowsvc.runs import PATH
from weft.api.workflowsvc.schemas import answers
from weft.api.workflowsvc.scoping import Asked
from weft.api.workflowsvc.sharing import shared_scopes
from weft.api.workflowsvc.sorting import DEFINITION_COLUMNS, NEWEST_DEFINITIONS, read_sort
from weft.api.workflowsvc.spelling import Spelled, spell
from weft.domain.errors import Invalid, NotFound
from weft.domain.workflows import Workflow
from weft.dsl.compile import compile_document
from weft.ports.store import Tx
from weft.services.listed_definitions import DefinitionQuery, ListedDefinition, ListedDefinitions, shown_document
from weft.web.once import Keep
from weft.web.operations import Answer, Operation, Parameter
from weft.web.preconditions import etag, wanted

GROUP: Final = "Workflow definitions"
_operation: Final = partial(declare, GROUP, DEFINITION)
MAX_DESCRIPTION: Final = 64 * 1024


class DefinitionEndpoints:
    """The handlers. `new_id` makes ids of task definitions."""

    def __init__(self, front: Front, definitions: ListedDefinitions, new_id: Callable[[], str]) -> None:
        self._front = front
        self._definitions = definitions
        self._new_id = new_id

    async def page(self, asked: Asked) -> Answer:
        """Definitions of the namespace, those of every dialect."""
        query = asked.query
        page = query.page()
        order = read_sort(query, DEFINITION_COLUMNS, NEWEST_DEFINITIONS)
        name, label = query.text("_name"), query.text("_userType")
        query.done()
        wanted = DefinitionQuery(
            scope=asked.scope, name=name, label=label, order=order, offset=page.offset, limit=page.limit
        )
        found, total = await self._definitions.page(asked.principal, wanted)
        return Answer(body=page_body(page.offset, page.limit, total, [await self._shown(asked, one) for one in found]))

    async def get(self, asked: Asked) -> Answer:
        """One definition."""
        found = await self._definitions.get(asked.principal, asked.path("defid"), scope=asked.scope)
        return answer_of(found, await self._shown(asked, found))

    async def create(self, asked: Asked) -> Answer:
        """A new definition; nothing is stored when anything is wrong with it."""

        async def work(keep: Keep) -> Answer:
            given, spelled = await self._given(asked, "workflow.create")
            made: list[Answer] = []

            def also(tx: Tx, workflow: Workflow) -> None:
                where = f"{PATH}/workflowdefs/{workflow.id}?nsfilter={asked.namespace.id}"
                body = definition_body(workflow, asked.tenant, shown_document(workflow))
                made[:] = [answer_of(workflow, body, 201, Location=where)]
                keep(tx, made[0])

            try:
                await self._definitions.create(asked.principal, given, also=also)
            except Invalid as cause:
                reword(cause, spelled)
            return made[0]

        return await self._front.once(asked, "/workflowdefs", work)

    async def replace(self, asked: Asked) -> Answer:
        """All of a definition anew, as its next revision."""
        ident = asked.path("defid")
        spelled: Spelled | None = None
        try:
            given, spelled = await self._given(asked, "workflow.update", ident)
            number = await self._number(asked, ident)
            found = await self._definitions.replace(asked.principal, ident, given, scope=asked.scope, if_number=number)
        except Invalid as cause:
            await self._known(asked, ident)
            if spelled is None:
                raise
            reword(cause, spelled)
        return answer_of(found, await self._shown(asked, found))

    async def delete(self, asked: Asked) -> Answer:
        """Remove a definition with its schedules; its runs stay."""
        ident = asked.path("defid")
        number = await self._number(asked, ident)
        await self._definitions.delete(asked.principal, ident, scope=asked.scope, if_number=number)
        return Answer(status=204, empty=True)

    async def _known(self, asked: Asked, ident: str) -> None:
        """An unknown definition is told before what is wrong with the body. Raises NotFound."""
        await self._definitions.get(asked.seeing("workflow.get"), ident, scope=asked.scope)

    async def _number(self, asked: Asked, ident: str) -> int | None:
        """The revision that `If-Match` asks for; see `weft.web.preconditions`."""

        async def present() -> int:
            return (await self._definitions.get(asked.seeing("workflow.get"), ident, scope=asked.scope)).number

        return await wanted(asked.call.headers.get("if-match"), present)

    async def _given(self, asked: Asked, permission: str, ident: str = "") -> tuple[ListedDefinition, Spelled]:
        """The definition in the body. Raises Wrong with all problems, Forbidden for a namespace that it names."""
        body = await members(asked)
        spelled = spell(body, self._new_id)
        problems = own_problems(body, ident)
        scopes = shared_scopes(self._front.scoping, asked, body, permission, problems, DEFINITION)
        if problems:
            compiled = compile_document(spelled.document, dialect=LANGUAGE)
            problems += [Detail(spelled.pointer(one.pointer), one.code, one.message) for one in compiled.errors]
            raise Wrong(DEFINITION, problems, "The definition is not valid.")
        return ListedDefinition(document=spelled.document, hint=LANGUAGE, scopes=scopes), spelled

    async def _shown(self, asked: Asked, workflow: Workflow) -> dict[str, Any]:
        if workflow.dialect == LANGUAGE:
            return definition_body(workflow, asked.tenant, shown_document(workflow))
        try:
            nodes = nodes_of(await self._definitions.program(workflow))
        except (Invalid, NotFound):  # a text of an older version that no longer compiles is still listed
            nodes = []
        return projected_body(workflow, asked.tenant, projected_tasks(workflow.id, nodes))

    def operations(self) -> tuple[Operation, ...]:
        """All operations on definitions."""
        handler = self._front.handler
        one = "workflowdefs/{defid}"
        return (
            _operation(
                "GET", "workflowdefs", "listWorkflowDefs", "workflow.list", "Definitions, the newest first",
                handler(self.page),
                parameters=(
                    *schemas.LISTING, schemas.NAME, Parameter("_userType", "query", "the label, exactly"), schemas.SORT,
                ),
                responses=answers({200: schemas.listed(schemas.DEFINITION)}),
            ),
            _operation(
                "POST", "workflowdefs", "createWorkflowDef", "workflow.create", "Store a new definition",
                handler(self.create), parameters=(schemas.KEY,), request=schemas.DEFINITION_INPUT,
                responses=answers({201: schemas.DEFINITION}, 409, 422, body=True),
            ),
            _operation(
                "GET", one, "getWorkflowDef", "workflow.get", "One definition", handler(self.get),
                responses=answers({200: schemas.DEFINITION}, 404),
            ),
            _operation(
                "PUT", one, "replaceWorkflowDef", "workflow.update", "Replace a definition", handler(self.replace),
                parameters=(schemas.IF_MATCH,), request=schemas.DEFINITION_INPUT,
                responses=answers({200: schemas.DEFINITION}, 404, 409, 412, body=True),
            ),
            _operation(
                "DELETE", one, "deleteWorkflowDef", "workflow.delete", "Remove a definition and its schedules",
                handler(self.delete), parameters=(schemas.IF_MATCH,), responses=answers({204: None}, 404, 409, 412),
            ),
        )  # fmt: skip


def answer_of(workflow: Workflow, body: dict[str, Any], status: int = 200, **headers: str) -> Answer:
    """A definition with its revision."""
    return Answer(status=status, body=body, headers={"ETag": etag(workflow.number), **headers})


def own_problems(body: Mapping[str, Any], ident: str) -> list[Detail]:
    """What the language does not look at: the description, and an id that is not that of the path."""
    found: list[Detail] = []
    for key in ("_description", "description"):
        text = body.get(key)
        if text is not None and (not isinstance(text, str) or len(text) > MAX_DESCRIPTION):
            found.append(Detail("/" + key, "type", f"{key} is a text of at most {MAX_DESCRIPTION} characters, or null"))
    given = body.get("_id")
    if ident and given is not None and (not isinstance(given, str) or given.lower() != ident):
        found.append(Detail("/_id", DEFINITION, "_id is not the id in the path"))
    return found


def reword(cause: Invalid, spelled: Spelled) -> NoReturn:
    """The same refusal with the places of the body as it was written."""
    problems = getattr(cause, "problems", ())
    if not problems:
        raise cause
    items = [Detail(spelled.pointer(one.pointer), one.code, one.message) for one in problems]
    off = all(item.code == "task-type-disabled" for item in items)
    raise Wrong("task_type_disabled" if off else DEFINITION, items, cause.message) from None
