"""Taking definitions out of one server and into another: export in the order asked, import in one transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import msgspec

from weft.domain.access import Principal
from weft.domain.errors import Invalid
from weft.domain.names import check_name
from weft.domain.workflows import Workflow, workflow_order
from weft.ports.clock import Clock
from weft.ports.ids import Ids
from weft.ports.store import Store, Tx
from weft.services.definitions import Definition, Draft, read_definition
from weft.services.programs import Programs
from weft.services.workflows import check_references, named, place, record_of, store_workflow, taken

MAX_ENTRIES = 2000


class Wanted(msgspec.Struct, frozen=True):
    """Which definition to export: an id, or a name and a version."""

    id: str = ""
    name: str = ""
    version: str = ""


class WorkflowTransfer:
    """Export and import of a tenant's definitions."""

    def __init__(self, store: Store, clock: Clock, ids: Ids, programs: Programs) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids
        self._programs = programs

    async def export(self, principal: Principal, wanted: Sequence[Wanted]) -> list[Workflow]:
        """The definitions in the order asked; all of them, by name and version, when nothing is asked.

        Those that are kept by number are only given when asked for: no import takes them. Raises Invalid for an id or
        pair that does not exist.
        """
        principal.require("workflow.export")
        tenant = principal.tenant

        def work(tx: Tx) -> list[Workflow]:
            if not wanted:
                found = [one for one in tx.of(Workflow).find(tenant=tenant) if not one.numbered]
                return sorted(found, key=workflow_order)
            return [_wanted(tx, tenant, one) for one in wanted]

        return await self._store.read(work)

    async def import_all(self, principal: Principal, entries: Sequence[Definition], *, override: bool) -> int:
        """Store every entry or none; gives how many were written. Children are written before their parents.

        An entry equal to what is stored is skipped. A different one with a stored pair replaces it, under its id,
        with `override`, and is refused without. Raises Invalid naming the entry, Conflict.
        """
        principal.require("workflow.import")
        if len(entries) > MAX_ENTRIES:
            raise Invalid(f"more than {MAX_ENTRIES} workflows in one import")
        drafts = children_first(await asyncio.to_thread(_read_all, entries))
        tenant, now = principal.tenant, self._clock.now_ms()
        new_ids = [self._ids.uuid4() for _ in drafts]

        def work(tx: Tx) -> int:
            written = 0
            for draft, new_id in zip(drafts, new_ids, strict=True):
                written += _import_one(tx, tenant, draft, new_id, now, override, principal.name)
            return written

        written = await self._store.write(work)
        for draft in drafts:
            self._programs.put(draft.digest, draft.program)
        return written


def _read_all(entries: Sequence[Definition]) -> list[Draft]:
    drafts: list[Draft] = []
    for index, entry in enumerate(entries):
        try:
            drafts.append(read_definition(entry))
        except Invalid as refusal:
            raise Invalid(f"entry {index}: {refusal.message}", refusal.details) from None
    return drafts


def _wanted(tx: Tx, tenant: str, one: Wanted) -> Workflow:
    if one.id:
        found = tx.of(Workflow).get(one.id, tenant=tenant)
        if found is None:
            raise Invalid(f"workflow {one.id} does not exist")
        return found
    pair = named(tx, tenant, one.name, one.version)
    if pair is None:
        raise Invalid(f"workflow {one.name} version {one.version} does not exist")
    return pair


def _import_one(tx: Tx, tenant: str, draft: Draft, new_id: str, now: int, override: bool, by: str) -> int:
    old = named(tx, tenant, draft.name, draft.version)
    if old is not None:
        record = record_of(draft, old.id, tenant, now, old=old, by=by)
        if _equal(old, record):
            return 0
        if not override or old.numbered:
            raise taken(draft)
    else:
        record = record_of(draft, _free_id(tx, tenant, draft.given.id, new_id), tenant, now, by=by)
    place(tx, record, draft)
    check_references(tx, tenant, draft)
    store_workflow(tx, record)
    return 1


def _free_id(tx: Tx, tenant: str, wanted: str, new_id: str) -> str:
    """The id that an exported entry carries, unless another definition has it."""
    if not wanted:
        return new_id
    check_name("workflowId", wanted)
    return new_id if tx.of(Workflow).get(wanted, tenant=tenant) is not None else wanted


def _equal(old: Workflow, new: Workflow) -> bool:
    return (old.revision, old.tags, old.form, old.folder) == (new.revision, new.tags, new.form, new.folder)


def children_first(drafts: Sequence[Draft]) -> list[Draft]:
    """Sorted so that each definition stands after those it calls, else in the order given. Cycles stay as they are."""
    by_name: dict[str, list[int]] = {}
    for index, draft in enumerate(drafts):
        by_name.setdefault(draft.name, []).append(index)
        if draft.definition_id and draft.definition_id != draft.name:
            by_name.setdefault(draft.definition_id, []).append(index)
    result: list[Draft] = []
    state = [0] * len(drafts)  # 0 not looked at, 1 its children are being placed, 2 placed
    for root in range(len(drafts)):
        stack = [root]
        while stack:
            index = stack[-1]
            if state[index] == 2:
                stack.pop()
                continue
            waiting = [] if state[index] == 1 else [c for c in _called(drafts, index, by_name) if state[c] == 0]
            state[index] = 1
            if waiting:
                stack.extend(reversed(waiting))
            else:
                stack.pop()
                state[index] = 2
                result.append(drafts[index])
    return result


def _called(drafts: Sequence[Draft], index: int, by_name: dict[str, list[int]]) -> list[int]:
    found: list[int] = []
    for child in drafts[index].children:
        for other in by_name.get(child.name, ()):
            if other != index and child.version in ("", drafts[other].version):
                found.append(other)
    return found
