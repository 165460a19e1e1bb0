"""Definitions that are kept by number: one name for all saves, each save a revision, the version `<number>.0.0`.

A name is unique in each of the definition's namespaces, among the definitions of all languages. The document is stored
as it was given, its literal secret values taken out and sealed; where it says `***` it means the value that the place
had in the save before. Such a value stays bound to the origins it was given for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from weft.domain.access import Principal, subject_id
from weft.domain.errors import Busy, Conflict, Forbidden, Invalid, PreconditionFailed
from weft.domain.event_types import EventType
from weft.domain.workflows import (
    REVISIONS,
    Revision,
    Workflow,
    WorkflowSave,
    clash,
    numbered_version,
    revision_digest,
)
from weft.dsl.compile import DEFAULT_OPTIONS
from weft.dsl.document.context import CompileOptions, Optional
from weft.dsl.graph.concealed import Value, masked_places, take_out
from weft.dsl.graph.start import ListStart, start_of
from weft.dsl.machine.faults import Fault
from weft.dsl.machine.program import Program
from weft.dsl.problems import Problem, error, errors_of, pointer_of
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Also, Store, Tx
from weft.services.activity_resolution import ActivityResolution, Catalogue
from weft.services.definitions import json_text
from weft.services.inline_secrets import InlineSecrets
from weft.services.programs import Programs, compile_source
from weft.services.workflows import definition_in, store_workflow

INLINE_COMPILE = 32 * 1024
"""Characters up to which a definition is compiled at once; larger ones leave the event loop free."""
MAX_TRIES = 5
MAX_DOCUMENT = 1 << 20
"""Bytes of a definition as JSON."""
DefinitionColumn = Literal[
    "id", "name", "description", "label", "timeout_s", "timeout_policy", "created_at", "updated_at", "created_by",
    "updated_by",
]  # fmt: skip
"""What a list can be ordered by."""


class ListedDefinition(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller wants to keep: the canonical document, its language, and the namespaces in which it is seen."""

    document: dict[str, Any]
    hint: str
    scopes: tuple[str, ...] = ("",)


class DefinitionQuery(msgspec.Struct, frozen=True, kw_only=True):
    """`scope` None means all namespaces. `name` is a substring without regard to case, `label` exact; empty: all.

    Times are UTC ms: `created_from` inclusive, `created_to` exclusive.
    `order` is (column, descending) pairs; nulls come first when ascending; the id ascending is always added last.
    """

    scope: str | None = None
    name: str = ""
    label: str = ""
    created_from: int | None = None
    created_to: int | None = None
    order: tuple[tuple[DefinitionColumn, bool], ...] = (("created_at", True),)
    offset: int = 0
    limit: int = 10


class _Changed(Exception):
    """The definition was saved by somebody else between reading and writing."""


class _Draft(msgspec.Struct):
    text: str
    program: Program
    dialect: str
    values: Mapping[str, Value]
    bundle: str
    warnings: tuple[str, ...]

    @property
    def digest(self) -> str:
        return revision_digest(self.dialect, self.text, self.bundle)


class ListedDefinitions:
    """See the module. `features` are what the operator has switched on (`script`)."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        ids: Ids,
        programs: Programs,
        inline: InlineSecrets,
        resolution: ActivityResolution,
        *,
        features: frozenset[Optional] = frozenset(),
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._programs = programs
        self._inline = inline
        self._resolution = resolution
        self._features = features
        self.removing: list[Callable[[Tx, Workflow], None]] = [forget_saves]
        """Called inside the transaction that deletes a definition, before it is gone: what hangs under it goes too."""

    async def create(
        self, principal: Principal, given: ListedDefinition, *, also: Also[Workflow] | None = None
    ) -> Workflow:
        """Keep a new definition. Raises Invalid (with `problems`), Conflict `name_taken`, Forbidden."""
        principal.require("workflow.create")
        _check_scopes(principal, given.scopes, "workflow.create")
        draft = await self._read(principal.tenant, given, None)
        now = self._clock.now_ms()
        record = _record(
            draft, given, Workflow(
                id=self._ids.uuid4(), name="", version="", revision="", definition="", created_at=now, updated_at=now,
                tenant=principal.tenant, created_by=principal.name, updated_by=principal.name,
            )
        )  # fmt: skip

        def work(tx: Tx) -> Workflow:
            self._keep(tx, record, draft)
            if also is not None:
                also(tx, record)
            return record

        return await self._written(draft, work)

    async def replace(
        self,
        principal: Principal,
        workflow_id: str,
        given: ListedDefinition,
        *,
        scope: str | None,
        if_number: int | None = None,
        also: Also[Workflow] | None = None,
    ) -> Workflow:
        """Save a definition anew, as the next revision. Where `given.scopes` is empty, it is seen where it was.

        Raises NotFound, Invalid, Conflict (`read_only_definition`: made in another language; `name_taken`),
        PreconditionFailed when its number is not `if_number`, Forbidden.
        """
        for _ in range(MAX_TRIES):
            try:
                return await self._replace(principal, workflow_id, given, scope, if_number, also)
            except _Changed:
                continue
        raise Busy("the definition is being changed all the time", retry_after=1)

    async def _replace(
        self,
        principal: Principal,
        workflow_id: str,
        given: ListedDefinition,
        scope: str | None,
        if_number: int | None,
        also: Also[Workflow] | None,
    ) -> Workflow:
        principal.require("workflow.update")
        tenant = principal.tenant
        old = await self._store.read(lambda tx: definition_in(tx, tenant, workflow_id, scope))
        _check_scopes(principal, given.scopes, "workflow.update")
        foreign = old.dialect != given.hint
        draft = None if foreign else await self._read(tenant, given, old)
        now = self._clock.now_ms()

        def work(tx: Tx) -> Workflow:
            found = definition_in(tx, tenant, workflow_id, scope)
            _check_scopes(principal, found.scopes, "workflow.update")
            if draft is None or found.dialect != given.hint:
                raise Conflict(
                    f"definition {found.name} was made in another language and cannot be changed here",
                    code="read_only_definition",
                )
            check_number(found, if_number)
            if found.revision != old.revision and draft.bundle:
                raise _Changed  # a kept value may be another one by now
            scopes = given.scopes or found.scopes
            start = msgspec.structs.replace(
                found, number=found.number + 1, updated_at=now, updated_by=principal.name, namespaces=()
            )
            record = _record(draft, msgspec.structs.replace(given, scopes=scopes), start)
            self._keep(tx, record, draft)
            if also is not None:
                also(tx, record)
            return record

        return await self._written(draft, work)

    async def get(self, principal: Principal, workflow_id: str, *, scope: str | None) -> Workflow:
        """By id; `scope` None means any namespace. Raises NotFound."""
        principal.require("workflow.get")
        return await self._store.read(lambda tx: definition_in(tx, principal.tenant, workflow_id, scope))

    async def delete(
        self, principal: Principal, workflow_id: str, *, scope: str | None, if_number: int | None = None
    ) -> None:
        """Remove a definition and what hangs under it; jobs stay. Raises NotFound, PreconditionFailed, Forbidden."""
        principal.require("workflow.delete")
        tenant = principal.tenant

        def work(tx: Tx) -> None:
            found = definition_in(tx, tenant, workflow_id, scope)
            _check_scopes(principal, found.scopes, "workflow.delete")
            check_number(found, if_number)
            for call in self.removing:
                call(tx, found)
            tx.of(Workflow).delete(found.id, tenant=tenant)

        await self._store.write(work)

    async def page(self, principal: Principal, query: DefinitionQuery) -> tuple[list[Workflow], int]:
        """Definitions of every language, one page and the number of all matches, from one snapshot."""
        principal.require("workflow.list")
        found = await self._store.read(lambda tx: tx.of(Workflow).find(tenant=principal.tenant))
        wanted = query.name.casefold()
        matching = [
            one
            for one in found
            if (query.scope is None or query.scope in one.scopes)
            and wanted in one.name.casefold()
            and (not query.label or one.label == query.label)
            and (query.created_from is None or one.created_at >= query.created_from)
            and (query.created_to is None or one.created_at < query.created_to)
        ]
        matching.sort(key=lambda one: one.id)
        for column, descending in reversed(query.order):
            matching.sort(key=lambda one: _sort_key(one, column), reverse=descending)
        return matching[query.offset : query.offset + query.limit], len(matching)

    async def program(self, workflow: Workflow) -> Program:
        """The program of a definition's present revision. Raises NotFound, Invalid."""
        return await self._store.read(lambda tx: self._programs.get(tx, workflow.revision))

    # -- saving --

    def _keep(self, tx: Tx, record: Workflow, draft: _Draft) -> None:
        if clash(tx.of(Workflow).find(tenant=record.tenant, name=record.name), record) is not None:
            raise Conflict(f"a definition named {record.name} exists", code="name_taken")
        if draft.bundle:
            self._inline.write(tx, record.tenant, draft.bundle, draft.values)
        store_workflow(tx, record, draft.bundle, draft.warnings)
        save = WorkflowSave(
            id=f"{record.id}/{record.number}",
            workflow_id=record.id,
            number=record.number,
            revision=record.revision,
            saved_at=record.updated_at,
            saved_by=record.updated_by,
            tenant=record.tenant,
        )
        tx.of(WorkflowSave).put(save)

    async def _written(self, draft: _Draft | None, work: Callable[[Tx], Workflow]) -> Workflow:
        stored = await self._store.write(work)
        if draft is not None:
            self._programs.put(draft.digest, draft.program)
        return stored

    # -- reading what is given --

    async def _read(self, tenant: str, given: ListedDefinition, old: Workflow | None) -> _Draft:
        document, values = take_out(given.document, origins=True)
        problems: list[Problem] = []
        values = {**values, **(await self._kept_values(tenant, document, values, old, problems))}
        bundle = ""
        if values:
            await self._inline.prepare(tenant)
            bundle = self._ids.uuid4()
        text = json_text(document)
        if len(text) > MAX_DOCUMENT:
            raise Invalid(f"a definition has at most {MAX_DOCUMENT} bytes as JSON")
        options = self._store.read_now(lambda tx: self.options(tx, tenant, bundle))
        if len(text) <= INLINE_COMPILE:
            return _compiled(document, text, given.hint, options, values, problems)
        return await asyncio.to_thread(_compiled, document, text, given.hint, options, values, problems)

    def options(self, tx: Tx, tenant: str, bundle: str = "") -> CompileOptions:
        """What compiles in a tenant now: its activities, its event types, what the operator has switched on."""
        catalogue = self._resolution.catalogue(tx)
        produced = {one.type for one in tx.of(EventType).find(tenant=tenant, kind="produced")}
        return msgspec.structs.replace(
            DEFAULT_OPTIONS,
            allow=self._features,
            adapters=known_activity(catalogue),
            sinks=produced.__contains__,
            bundle=bundle,
        )

    async def _kept_values(
        self,
        tenant: str,
        document: Any,
        fresh: Mapping[str, Value],
        old: Workflow | None,
        problems: list[Problem],
    ) -> dict[str, Value]:
        """The stored values that `***` stands for, by their places in the new document."""
        places = {at: names for at, names in masked_places(document).items() if at not in fresh}
        if not places:
            return {}
        stored = await self._store.read(lambda tx: self._stored(tx, tenant, old)) if old is not None else {}
        allowed = _allowed(document, places)
        found: dict[str, Value] = {}
        for at, names in places.items():
            value = next((stored[name] for name in names if name in stored), None)
            if value is None:
                message = "'***' stands for a stored value, and there is none"
                problems.append(error("semantics", "secret-missing", at, message))
            elif not set(allowed[at]) <= set(value.origins or ()):
                message = "the stored value was given for another origin: write the value itself"
                problems.append(error("semantics", "secret-origin", at, message))
            else:
                found[at] = value
        return found

    def _stored(self, tx: Tx, tenant: str, old: Workflow) -> dict[str, Value]:
        """The values of the save before, by every name that their places have."""
        revision = tx.of(Revision).get(old.revision, tenant=REVISIONS)
        if revision is None or not revision.bundle:
            return {}
        values = self._inline.read(tx, tenant, revision.bundle)
        found: dict[str, Value] = {}
        for at, names in masked_places(msgspec.json.decode(revision.text)).items():
            if at in values:
                found.update((name, values[at]) for name in names if name not in found)
        return found


def shown_document(workflow: Workflow) -> dict[str, Any]:
    """The stored document, `***` in place of secret values."""
    return msgspec.json.decode(workflow.definition)


def forget_saves(tx: Tx, workflow: Workflow) -> None:
    """Remove what says which revision each number was."""
    for save in tx.of(WorkflowSave).find(tenant=workflow.tenant, workflow_id=workflow.id):
        tx.of(WorkflowSave).delete(save.id, tenant=workflow.tenant)


def check_number(workflow: Workflow, if_number: int | None) -> None:
    """Raises PreconditionFailed."""
    if if_number is not None and workflow.number != if_number:
        raise PreconditionFailed(
            f"the definition is at revision {workflow.number}, not {if_number}", code="precondition_failed"
        )


def known_activity(catalogue: Catalogue) -> Callable[[str], bool]:
    """Whether a name is that of a deployed activity, whatever its case."""
    return lambda name: not isinstance(catalogue.resolve_folded(name), Fault)


def _allowed(document: Any, places: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The origins that the values at these places may be sent to, as the document stands."""
    probe = _with_literals(document, set(places), "")
    _, values = take_out(probe, origins=True)
    return {at: values[at].origins or () for at in places if at in values}


def _with_literals(value: Any, places: set[str], pointer: str) -> Any:
    if pointer in places:
        return "x"
    if isinstance(value, dict):
        return {key: _with_literals(item, places, pointer + pointer_of(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_literals(item, places, f"{pointer}/{index}") for index, item in enumerate(value)]
    return value


def _compiled(
    document: dict[str, Any],
    text: str,
    hint: str,
    options: CompileOptions,
    values: Mapping[str, Value],
    found: Sequence[Problem],
) -> _Draft:
    compiled = compile_source(document, hint, options)
    problems = [*found, *errors_of(compiled.problems)]
    program, dialect = compiled.program, compiled.dialect
    if dialect is not None and dialect != hint:
        problems.append(error("parse", "dialect-unsupported", "", "the definition is written in another language"))
    if problems or program is None or dialect is None:
        raise Invalid("definition invalid", [one.text() for one in problems], problems=problems, code=_code(problems))
    return _Draft(
        text=text,
        program=program,
        dialect=dialect,
        values=values,
        bundle=options.bundle,
        warnings=tuple(one.text() for one in compiled.problems if one.severity == "warning"),
    )


def _code(problems: Sequence[Problem]) -> str:
    """`task_type_disabled` where nothing else is wrong than that the operator has switched something off."""
    disabled = problems and all(problem.code == "task-type-disabled" for problem in problems)
    return "task_type_disabled" if disabled else "invalid_definition"


def _record(draft: _Draft, given: ListedDefinition, start: Workflow) -> Workflow:
    about = start_of(draft.program) or ListStart()
    return msgspec.structs.replace(
        start,
        name=draft.program.identity.name,
        version=numbered_version(start.number),
        revision=draft.digest,
        definition=draft.text,
        description=about.description,
        namespace=given.scopes[0],
        namespaces=given.scopes if len(given.scopes) > 1 else (),
        dialect=draft.dialect,
        numbered=True,
        label=about.label,
        timeout_s=about.timeout_s,
        timeout_policy=about.timeout_policy,
    )


def _check_scopes(principal: Principal, scopes: Sequence[str], permission: str) -> None:
    """The caller may write in every namespace in which the definition is seen, or is to be. Raises Forbidden.

    A change made in one of them is a change in all, so that rights in one alone do not reach the others through it.
    """
    if not principal.scopes:  # a principal of one place, without rights elsewhere: it stands where it was let in
        return
    for scope in scopes:
        there = principal.within(principal.tenant, scope)
        if there is None or not there.may(permission):
            raise Forbidden(f"{principal.name} lacks permission {permission} in every namespace of the definition")


def _sort_key(workflow: Workflow, column: str) -> tuple[bool, Any]:
    value = getattr(workflow, column)
    if column in ("created_by", "updated_by"):
        value = subject_id(value) if value else None  # as people see them
    empty = value is None or (value == "" and column in ("description", "label"))
    return (not empty, value if not empty else 0)
