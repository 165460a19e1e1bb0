"""Workflow definitions: save, read, delete, list, validate.

(name, version) is unique within a namespace, and no definition has the name of one that is kept by number there. A
definition may be saved before its adapters and resources exist, but not before the definitions it calls. Deleting never
disturbs a running job, which keeps its revision.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Conflict, Invalid, NotFound
from weft.domain.schemas import check, texts
from weft.domain.tenancy import DEFAULT_NAMESPACE, SERVER_WIDE, Namespace
from weft.domain.versions import highest
from weft.domain.workflows import REVISIONS, Revision, Workflow, clash, input_schema, workflow_order
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.definitions import Definition, Draft, read_definition
from weft.services.programs import Programs

INLINE_COMPILE = 32 * 1024
"""Characters up to which a definition is compiled at once; larger ones leave the event loop free."""

KEPT_SCHEMAS = 512
"""Revisions whose input schema is kept in memory."""

MissingActivities = Callable[[Tx, str, Draft], list[str]]
"""(tx, tenant, draft) -> a warning per adapter that the definition names and that is not deployed."""


class Workflows:
    """The definitions of a tenant. Names and versions are matched exactly."""

    def __init__(
        self, store: Store, clock: Clock, ids: Ids, programs: Programs, missing: MissingActivities | None = None
    ) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._programs = programs
        self._missing = missing
        self.removing: list[Callable[[Tx, Workflow], None]] = []
        """Called inside the transaction that deletes a definition, before it is gone: what hangs under it goes too."""

    async def create(self, principal: Principal, given: Definition) -> Workflow:
        """Store a new definition. Raises Invalid (content, unknown sub-flow or form), Conflict (pair is taken)."""
        principal.require("workflow.create")
        draft = await self.read(given)
        tenant = principal.tenant
        record = record_of(draft, self._ids.uuid4(), tenant, self._clock.now_ms(), by=principal.name)

        def work(tx: Tx) -> Workflow:
            place(tx, record, draft)
            check_references(tx, tenant, draft)
            store_workflow(tx, record)
            return record

        stored = await self._store.write(work)
        self._programs.put(draft.digest, draft.program)
        return stored

    async def update(self, principal: Principal, workflow_id: str, given: Definition) -> Workflow:
        """Replace the definition with that id; name and version may change. Raises also NotFound."""
        return await self._replace(principal, lambda tx: self._by_id(tx, principal.tenant, workflow_id), given)

    async def update_named(self, principal: Principal, name: str, version: str, given: Definition) -> Workflow:
        """Replace the definition of that name and version."""
        return await self._replace(principal, lambda tx: self._named(tx, principal.tenant, name, version), given)

    async def _replace(self, principal: Principal, look: Callable[[Tx], Workflow], given: Definition) -> Workflow:
        principal.require("workflow.update")
        draft = await self.read(given)
        tenant = principal.tenant
        now = self._clock.now_ms()

        def work(tx: Tx) -> Workflow:
            old = look(tx)
            if old.numbered:
                raise Conflict(f"workflow {old.name} was made in another language", code="read_only_definition")
            record = record_of(draft, old.id, tenant, now, old=old, by=principal.name)
            place(tx, record, draft)
            check_references(tx, tenant, draft)
            store_workflow(tx, record)
            return record

        stored = await self._store.write(work)
        self._programs.put(draft.digest, draft.program)
        return stored

    async def get(self, principal: Principal, workflow_id: str) -> Workflow:
        """By its id. Raises NotFound."""
        principal.require("workflow.get")
        return await self._store.read(lambda tx: self._by_id(tx, principal.tenant, workflow_id))

    async def get_named(self, principal: Principal, name: str, version: str) -> Workflow:
        """By name and version. Raises NotFound."""
        principal.require("workflow.get")
        return await self._store.read(lambda tx: self._named(tx, principal.tenant, name, version))

    async def delete(self, principal: Principal, workflow_id: str) -> Workflow:
        """Remove; what uses it fails at its next use. Raises NotFound."""
        return await self._remove(principal, lambda tx: self._by_id(tx, principal.tenant, workflow_id))

    async def delete_named(self, principal: Principal, name: str, version: str) -> Workflow:
        """Remove by name and version. Raises NotFound."""
        return await self._remove(principal, lambda tx: self._named(tx, principal.tenant, name, version))

    async def _remove(self, principal: Principal, look: Callable[[Tx], Workflow]) -> Workflow:
        principal.require("workflow.delete")

        def work(tx: Tx) -> Workflow:
            record = look(tx)
            for call in self.removing:
                call(tx, record)
            tx.of(Workflow).delete(record.id, tenant=principal.tenant)
            return record

        return await self._store.write(work)

    async def list_all(self, principal: Principal, tags: Iterable[str] = ()) -> list[Workflow]:
        """All definitions, or those with any of the tags, by name, then version."""
        principal.require("workflow.list")
        wanted = frozenset(tags)
        found = await self._store.read(lambda tx: tx.of(Workflow).find(tenant=principal.tenant))
        if wanted:
            found = [workflow for workflow in found if not wanted.isdisjoint(workflow.tags)]
        return sorted(found, key=workflow_order)

    async def tags(self, principal: Principal) -> list[str]:
        """Every tag of a stored definition, sorted."""
        principal.require("workflow.listTags")
        found = await self._store.read(lambda tx: tx.of(Workflow).find(tenant=principal.tenant))
        return sorted({tag for workflow in found for tag in workflow.tags})

    async def validate(self, principal: Principal, given: Definition) -> Sequence[str]:
        """The warnings of a definition that could be saved, `<pointer>: <message>`. Raises Invalid with all errors."""
        principal.require("workflow.validate")
        draft = await self.read(given)

        def work(tx: Tx) -> list[str]:
            check_references(tx, principal.tenant, draft)
            return self._missing(tx, principal.tenant, draft) if self._missing is not None else []

        missing = await self._store.read(work)
        return [problem.text() for problem in draft.warnings] + missing

    async def validate_input(self, principal: Principal, name: str, version: str, data: Any) -> None:
        """Raises Invalid with each problem's pointer when `data` does not fit the definition's input schema."""
        principal.require("workflow.validateInput")
        record = await self._store.read(lambda tx: self._named(tx, principal.tenant, name, version))
        check_input(record, data)

    def find(self, tx: Tx, tenant: str, name: str, version: str = "") -> Workflow | None:
        """The definition of that name and version, the highest version without one. For other services.

        Of several namespaces the default one comes first.
        """
        wanted = {"name": name, "version": version} if version else {"name": name}
        return _first(tx.of(Workflow).find(tenant=tenant, **wanted), version)

    def find_child(self, tx: Tx, tenant: str, name: str, version: str = "", scope: str = "") -> Workflow | None:
        """As `find`; only where no definition has that name, the definitions that carry it as their own `id`.

        `scope` is the namespace that comes first.
        """
        return child_of(tx, tenant, name, version, scope)

    def find_in(self, tx: Tx, tenant: str, name: str, version: str, scope: str) -> Workflow | None:
        """The definition of that name which is seen in a namespace. An older version of one that is kept by number is
        another save of it: see `weft.domain.workflows.WorkflowSave`."""
        found = [one for one in tx.of(Workflow).find(tenant=tenant, name=name) if scope in one.scopes]
        return _first(found, version, scope)

    async def read(self, given: Definition) -> Draft:
        """Compile outside any transaction. Raises Invalid."""
        if isinstance(given.source, (str, bytes)) and len(given.source) <= INLINE_COMPILE:
            return read_definition(given)
        return await asyncio.to_thread(read_definition, given)

    @staticmethod
    def _by_id(tx: Tx, tenant: str, workflow_id: str) -> Workflow:
        record = tx.of(Workflow).get(workflow_id, tenant=tenant)
        if record is None:
            raise NotFound(f"workflow {workflow_id} does not exist")
        return record

    @staticmethod
    def _named(tx: Tx, tenant: str, name: str, version: str) -> Workflow:
        found = named(tx, tenant, name, version)
        if found is None:
            raise NotFound(f"workflow {name} version {version} does not exist")
        return found


def find_by_id(tx: Tx, tenant: str, workflow_id: str, scope: str | None) -> Workflow | None:
    """The definition of that id, if it is seen in the namespace (None: in any)."""
    found = tx.of(Workflow).get(workflow_id, tenant=tenant)
    return found if found is not None and (scope is None or scope in found.scopes) else None


def definition_in(tx: Tx, tenant: str, workflow_id: str, scope: str | None) -> Workflow:
    """As `find_by_id`. Raises NotFound (code WORKFLOW_NOT_FOUND)."""
    found = find_by_id(tx, tenant, workflow_id, scope)
    if found is None:
        raise NotFound(f"definition {workflow_id[:100]} does not exist", code="WORKFLOW_NOT_FOUND")
    return found


def named(tx: Tx, tenant: str, name: str, version: str) -> Workflow | None:
    """The definition with exactly this name and version; of several namespaces the default one comes first."""
    found = tx.of(Workflow).find(tenant=tenant, name=name, version=version)
    return min(found, key=lambda one: (DEFAULT_NAMESPACE not in one.scopes, one.scopes)) if found else None


def place(tx: Tx, record: Workflow, draft: Draft) -> None:
    """Set the namespace that the definition names, as records name it. Raises Conflict when its name is taken there."""
    namespace = tx.of(Namespace).get(draft.namespace, tenant=SERVER_WIDE) if draft.namespace else None
    if namespace is not None and namespace.owner == record.tenant:
        record.namespace = namespace.scope
    if clash(tx.of(Workflow).find(tenant=record.tenant, name=record.name), record) is not None:
        raise taken(draft)


def record_of(
    draft: Draft, workflow_id: str, tenant: str, now: int, *, old: Workflow | None = None, by: str = ""
) -> Workflow:
    """The record of a draft that `by` saves; `old` is what it replaces."""
    given = draft.given
    return Workflow(
        id=workflow_id,
        name=draft.name,
        version=draft.version,
        revision=draft.digest,
        definition=draft.text,
        created_at=now if old is None else old.created_at,
        updated_at=now,
        description=draft.description,
        definition_id=draft.definition_id,
        namespace=draft.namespace,
        dialect=draft.dialect,
        tags=tuple(dict.fromkeys(given.tags)),
        form=given.form,
        folder=given.folder,
        tenant=tenant,
        number=1 if old is None else old.number + 1,
        created_by=by if old is None else old.created_by,
        updated_by=by,
    )


def store_workflow(tx: Tx, record: Workflow, bundle: str = "", warnings: Sequence[str] = ()) -> None:
    """Write a definition and, where it is new, its revision. `bundle`: where the secret values of its text are."""
    tx.of(Workflow).put(record)
    revision = Revision(
        digest=record.revision,
        text=record.definition,
        dialect=record.dialect,
        created_at=record.updated_at,
        bundle=bundle,
        warnings=tuple(warnings),
    )
    store_revision(tx, revision)


def store_revision(tx: Tx, revision: Revision) -> None:
    """Keep a text for good, once."""
    if tx.of(Revision).get(revision.digest, tenant=REVISIONS) is None:
        tx.of(Revision).put(revision)


def check_references(tx: Tx, tenant: str, draft: Draft) -> None:
    """Every sub-flow is stored, or is the definition itself; no form is bound. Raises Invalid naming what is not."""
    if draft.given.form:
        raise Invalid(f"form {draft.given.form} does not exist")
    missing: list[str] = []
    for child in draft.children:
        if child.name == draft.name and child.version in ("", draft.version):
            continue
        if child_of(tx, tenant, child.name, child.version) is None:
            label = f"{child.name} version {child.version}" if child.version else child.name
            missing.append(f"{child.pointer}: workflow {label} does not exist")
    if missing:
        raise Invalid("a sub-flow does not exist", missing)


def child_of(tx: Tx, tenant: str, name: str, version: str = "", scope: str = "") -> Workflow | None:
    """The definition that a sub-flow reference means: by name, else by the definition's own id; highest version.

    `scope` is the namespace that comes first.
    """
    for column in ("name", "definition_id"):
        found = tx.of(Workflow).find(tenant=tenant, **{column: name})
        if found:
            return _first(found, version, scope)
    return None


def _first(found: Sequence[Workflow], version: str, scope: str = "") -> Workflow | None:
    """The one with that version, else the highest: in the given namespace, else the default one, else any."""
    fitting = [one for one in found if not version or one.version == version]
    for wanted in (scope, DEFAULT_NAMESPACE):
        here = [one for one in fitting if wanted in one.scopes]
        if here:
            return highest(here, lambda workflow: workflow.version)
    return highest(fitting, lambda workflow: workflow.version)


def check_input(workflow: Workflow, data: Any) -> None:
    """Raises Invalid, its details `<pointer>: <message>`, when `data` does not fit the definition's input schema."""
    if not isinstance(data, dict):
        raise Invalid("input data invalid", ("/: must be an object",))
    schema = _schema_of(workflow)
    if schema is None:
        return
    problems = check(schema, data)
    if problems:
        raise Invalid("input data invalid", texts(problems))


_schemas: dict[str, Any] = {}


def _schema_of(workflow: Workflow) -> Any:
    """The definition's input schema. A revision names its text for good, so that what was read of it stays true."""
    revision = workflow.revision
    if revision in _schemas:
        return _schemas[revision]
    schema = input_schema(msgspec.json.decode(workflow.definition))
    if revision:
        if len(_schemas) >= KEPT_SCHEMAS:
            _schemas.clear()
        _schemas[revision] = schema
    return schema


def taken(draft: Draft) -> Conflict:
    return Conflict(f"workflow {draft.name} version {draft.version} exists")
